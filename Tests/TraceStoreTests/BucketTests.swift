import Basics
import GitKit
import TestSupport
import Testing
import TraceStore

@Suite struct BucketTests {
  private static let trace = "trace/ü 1"
  private static let pieces = ["{\"a\":1}\n", "{\"b\":2}\n", "{\"c\":3}\n"]

  private func row(_ trace: String = trace) -> TraceRow {
    let text = StoredText(
      pieces: Self.pieces.map { piece in
        let id = Array(piece.utf8).withUnsafeBytes { ObjectID(bytes: Digest.gitBlobID($0)) }
        return StoredText.Piece(id: id ?? .zero, size: piece.utf8.count)
      })
    let source = SourceState(
      basename: "s.jsonl", bytes: text.bytes, segments: text.pieces.count, digest: text.digest)
    var row = TraceRow(
      traceID: trace, sessionID: "s", agentName: "claude-code", generationIndex: 1, source: source,
      writtenAt: Store.time)
    row.title = "Füße 😀"
    row.start = Timestamp("2026-01-02T03:04:05.678Z")
    row.filesTouched = ["a", "b c"]
    row.estimatedCostUSD = 0.25
    return row
  }

  private func filled() throws -> Store {
    let store = try Store()
    for trace in [Self.trace, "t2"] {
      let directory = StoreRefs.traceDirectory(trace)
      let path: BytePath = "src/größe.swift"
      try store.transaction { transaction in
        let writer = transaction.writer
        transaction.set(directory + "/row.json", try writer.writeBlob(CanonicalJSON.line(row(trace).json)))
        for (number, piece) in Self.pieces.enumerated() {
          transaction.set(directory + "/" + StoredText.name(number + 1), try writer.writeBlob(piece))
        }
        transaction.set(directory + "/subagents/agent-1.jsonl", try writer.writeBlob("{\"sub\":\"\(trace)\"}\n"))
        let edits = try writer.writeBlob("{\"edits\":\"\(trace)\"}\n")
        transaction.set(directory + "/edits/" + StoreRefs.pathKey(path), edits)
        transaction.set(StoreRefs.pathDirectory(path) + "/1-" + StoreRefs.fileName(trace), edits)
      }
    }
    return store
  }

  @Test func whatWasStoredIsReadBack() throws {
    let store = try filled()
    let bucket = try store.bucket()
    #expect(try bucket.rows().map(\.traceID) == ["t2", Self.trace])
    #expect(try bucket.row(Self.trace) == row() && bucket.row("unknown") == nil)
    let source = try #require(try bucket.source(Self.trace))
    #expect(try Array(source.bytes) == Array(Self.pieces.joined().utf8) && bucket.source("unknown") == nil)
    #expect(try bucket.subagentSources("t2").map(\.name) == ["agent-1.jsonl"])
    #expect(try bucket.editBlobs(of: "src/größe.swift").map(\.trace) == ["1-t2", "1-trace%2F%C3%BC%201"])
    #expect(try bucket.editBlobs(of: "src/other").isEmpty)
  }

  @Test func commitOfTheBucketHasNoParent() throws {
    let store = try filled()
    #expect(try store.place.git("rev-list", "--parents", StoreRefs.bucket).lines.count == 1)
    #expect(try store.place.git("show", "\(StoreRefs.bucket):format.json").output.contains("opentraces.bucket.git.v1"))
    #expect(try GitOracle(store.place).problems().isEmpty)
  }

  @Test func removedTraceIsGoneForGood() throws {
    let store = try filled()
    let blob = try store.place.resolve("\(StoreRefs.bucket):\(StoreRefs.traceDirectory("t2"))/subagents/agent-1.jsonl")
    try store.transaction { $0.remove(StoreRefs.traceDirectory("t2")) }
    #expect(try store.bucket().rows().map(\.traceID) == [Self.trace])
    try GitOracle(store.place).collectGarbage()
    #expect(try !store.place.open().contains(blob))
    #expect(try store.bucket().source(Self.trace) != nil)
  }

  @Test func sameContentMakesNoNewCommit() throws {
    let store = try filled()
    let tip = try store.bucket().tip
    try store.transaction { transaction in
      transaction.set(
        StoreRefs.traceDirectory("t2") + "/row.json",
        try transaction.writer.writeBlob(CanonicalJSON.line(row("t2").json)))
    }
    #expect(try store.bucket().tip == tip)
  }

  @Test func bucketEventsAndNotesMoveTogether() throws {
    let store = try Store()
    let commit = try store.place.commit("one")
    try store.transaction { transaction in
      transaction.set("x", try transaction.writer.writeBlob("x"))
      try transaction.append([Store.draft(1)])
      transaction.setNote(Array("hi\n".utf8), on: commit)
    }
    let oracle = GitOracle(store.place)
    #expect(try oracle.references("refs/opentraces").keys.sorted() == [StoreRefs.bucket, StoreRefs.events])
    #expect(try oracle.note(commit) == "hi\n")
    try store.transaction { $0.setNote(nil, on: commit) }
    #expect(try oracle.note(commit) == nil)
  }

  @Test func sourceIsCutAfterLines() {
    let line = String(repeating: "x", count: 125_000) + "\n"
    let texts = [
      "", "a", line, String(repeating: line, count: 9), String(repeating: "y", count: 9 << 17),
      line + line + line + line,
    ]
    for text in texts {
      let bytes = Array(text.utf8)
      for start in [0, bytes.count / 3] {
        let ranges = bytes.withUnsafeBufferPointer { StoredText.ranges(of: $0, from: start) }
        #expect(ranges.flatMap { bytes[$0] } == Array(bytes[start...]))
        #expect(ranges.allSatisfy { !$0.isEmpty && $0.count <= StoredText.limit })
        let inner = ranges.dropLast().filter { bytes[$0].contains(0x0A) }
        #expect(inner.allSatisfy { bytes[$0.upperBound - 1] == 0x0A })
      }
    }
    #expect(StoredText.name(7) == "source/0007.jsonl" && StoredText.name(12_345) == "source/12345.jsonl")
  }

  // MARK: Verification

  private func kinds(_ store: Store) throws -> [String] {
    try BucketVerifier(Bucket(store.place.open())).faults(sample: nil).faults.map(\.kind)
  }

  /// Puts something else at a path of a trace.
  private func replace(_ store: Store, _ path: String, _ text: String?) throws {
    try store.transaction { transaction in
      let path = StoreRefs.traceDirectory(Self.trace) + "/" + path
      if let text { transaction.set(path, try transaction.writer.writeBlob(text)) } else { transaction.remove(path) }
    }
  }

  @Test func soundBucketHasNoFaults() throws {
    let store = try filled()
    #expect(try kinds(store).isEmpty)
    let verifier = BucketVerifier(try store.bucket())
    #expect(try verifier.faults(sample: nil).checked == 2 && verifier.faults(sample: 1).checked == 1)
    #expect(try BucketVerifier(Store().bucket()).faults(sample: nil).checked == 0)
  }

  @Test(arguments: ["{\"b\":3}\n", "{\"b\":2}\n\n", "{\"b\":2}", ""]) func changedPieceIsFound(_ text: String) throws {
    let store = try filled()
    try replace(store, StoredText.name(2), text)
    #expect(try kinds(store) == ["blob_content"])
  }

  @Test func missingPieceIsFound() throws {
    let store = try filled()
    try replace(store, StoredText.name(3), nil)
    #expect(try kinds(store) == ["dangling_blob"])
    #expect(throws: StoreError.self) { try store.bucket().source(Self.trace) }
  }

  @Test func damagedRowIsFound() throws {
    let store = try filled()
    try replace(store, "row.json", "{}")
    #expect(try kinds(store) == ["manifest_missing_trace"])
    try replace(store, "row.json", "{\"")
    #expect(try kinds(store) == ["blob_content"])
    try replace(store, "row.json", nil)
    #expect(try kinds(store) == ["manifest_missing_trace"])
    try replace(store, "row.json", String(decoding: CanonicalJSON.line(row("t2").json), as: UTF8.self))
    #expect(try kinds(store) == ["manifest_schema"])
  }

  @Test(arguments: ["row.json", "source/0002.jsonl", "subagents/agent-1.jsonl", "edits/"])
  func objectLostOrChangedOnDiskIsFound(_ path: String) throws {
    let store = try filled()
    let name = path == "edits/" ? path + StoreRefs.pathKey("src/größe.swift") : path
    let id = try store.place.resolve("\(StoreRefs.bucket):\(StoreRefs.traceDirectory(Self.trace))/\(name)").hex
    let directory = try store.place.commonDirectory + "/objects/"
    let file = directory + "\(id.prefix(2))/\(id.dropFirst(2))"
    let other = try LooseWriter(store.repository).writeBlob("{\"something\":\"else\"}\n").hex
    let bytes = try #require(try Files.readIfPresent(directory + "\(other.prefix(2))/\(other.dropFirst(2))"))
    try Files.writeAtomically(bytes, to: file)
    #expect(try !kinds(store).isEmpty)
    try Files.remove(file)
    #expect(try !kinds(store).isEmpty)
  }

  @Test func indexThatNamesAnotherBlobIsFound() throws {
    let store = try filled()
    try store.transaction { transaction in
      let path = StoreRefs.pathDirectory("src/größe.swift") + "/1-t2"
      transaction.set(path, try transaction.writer.writeBlob("other\n"))
    }
    #expect(try kinds(store) == ["edit_index"])
  }
}
