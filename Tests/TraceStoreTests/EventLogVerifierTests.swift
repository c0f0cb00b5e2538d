import Basics
import GitKit
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct EventLogVerifierTests {
  private static let fields = [
    "event_id", "event_sequence", "event_time", "previous_event_id", "trace_id", "generation_index", "step_index",
    "batch_id", "writer", "capture_method", "event_type", "payload", "content_hash", "SCHEMA_VERSION",
    "SECURITY_VERSION", "ATTRIBUTION_VERSION",
  ]

  private func filled() throws -> Store {
    let store = try Store()
    let commit = PayloadRules.objectID(String(repeating: "ab", count: 20))
    try store.append(Store.draft(1, payload: ["deep": ["list": [1, ["x": "y"]]]]), Store.draft(2))
    try store.append(Store.draft(3, trace: nil, payload: ["commit_id": commit]), Store.draft(4, trace: "t2"))
    try store.append(Store.draft(5, trace: nil))
    #expect(try store.faults().isEmpty)
    return store
  }

  private static func file(_ sequence: Int) -> String { "events/00000000000\(sequence).json" }

  /// Writes the log again with other trees, as somebody with git at hand would.
  private func rewrite(_ store: Store, _ change: (inout [String: ObjectID], LooseWriter) throws -> Void) throws {
    let writer = LooseWriter(store.repository)
    var parent: ObjectID?
    for batch in try store.log().batches() {
      let tree = try store.repository.tree(ofCommit: batch)
      let listed = try store.place.git("ls-tree", "-r", batch.hex, "events/").lines.compactMap { line in
        line.firstMatch(of: #/^100644 blob (\w+)\t(.*)$/#).map { (String($0.2), ObjectID(hex: $0.1) ?? .zero) }
      }
      var files = Dictionary(uniqueKeysWithValues: listed)
      try change(&files, writer)
      let editor = TreeEditor(store.repository, base: tree)
      editor.remove("events")
      for (name, id) in files { editor.set(name, id) }
      parent = try writer.writeCommit(
        tree: editor.write(writer), parents: parent.map { [$0] } ?? [], message: "again", time: Store.time)
    }
    try store.place.git("update-ref", StoreRefs.events, (parent ?? .zero).hex)
  }

  private func tamper(_ store: Store, _ sequence: Int, _ change: (inout JSONObject) -> Void) throws {
    try rewrite(store) { files, writer in
      guard let id = files[Self.file(sequence)], let text = try store.repository.blob(id) else { return }
      var event = try #require(try JSONValue(parsing: text).object)
      change(&event)
      let changed = CanonicalJSON.pretty(.object(event), sorted: true, asciiOnly: true)
      #expect(changed != text)
      files[Self.file(sequence)] = try writer.writeBlob(changed)
    }
  }

  private func other(_ value: JSONValue?) -> JSONValue {
    switch value {
    case .number(let number): .int((number.int ?? 0) + 1)
    case .string(let text): .string(text.hasPrefix("20") ? "2020-01-01T00:00:00Z" : text + "x")
    case .array(let elements): .array(elements + ["more"])
    case .object(let object): .object(JSONObject(object.members.map { ($0.key + "x", $0.value) }))
    default: "something"
    }
  }

  @Test(arguments: fields) func changedFieldIsFound(_ field: String) throws {
    let store = try filled()
    for sequence in 1...4 {
      let before = try #require(try store.log().tip)
      try tamper(store, sequence) { $0[field] = other($0[field]) }
      #expect(try !store.faults().isEmpty, "event \(sequence)")
      try store.place.git("update-ref", StoreRefs.events, before.hex)
    }
  }

  /// Time and writer are outside the hash, and this event is in no index.
  @Test(arguments: fields.filter { $0 != "event_time" && $0 != "writer" })
  func changedFieldOfAnEventWithoutIndexIsFound(_ field: String) throws {
    let store = try filled()
    try tamper(store, 5) { $0[field] = other($0[field]) }
    #expect(try !store.faults().isEmpty)
  }

  @Test func removedAddedAndRetypedMembersAreFound() throws {
    for change in [
      { $0["capture_method"] = ["test", "made_up", 5] }, { $0["extra"] = 1 }, { $0["trace_id"] = 5 },
      { $0["generation_index"] = "1" }, { $0["step_index"] = 1.0 }, { $0["payload"] = .null },
      { $0["event_type"] = nil },
    ] as [(inout JSONObject) -> Void] {
      let store = try filled()
      try tamper(store, 5, change)
      #expect(try !store.faults().isEmpty)
    }
  }

  @Test func changeWithNewHashesBreaksTheChain() throws {
    let store = try filled()
    try tamper(store, 2) { event in
      event["payload"] = ["number": 99]
      event["content_hash"] = .string(TrailEvent.contentHash(of: ["number": 99]))
      event["event_id"] = TrailEvent(json: .object(event)).map { .string($0.recomputedEventID) } ?? .null
    }
    #expect(try store.faults().map(\.kind).contains("event_chain"))
  }

  @Test func missingExtraAndMisplacedEventsAreFound() throws {
    let store = try filled()
    let before = try #require(try store.log().tip)
    func faultsAfter(_ change: (inout [String: ObjectID]) -> Void) throws -> [String] {
      try rewrite(store) { files, _ in change(&files) }
      defer { _ = try? store.place.git("update-ref", StoreRefs.events, before.hex) }
      return try store.faults().map(\.kind)
    }
    #expect(try faultsAfter { $0[Self.file(2)] = nil }.contains("event_sequence"))
    #expect(try !faultsAfter { $0[Self.file(5)] = nil }.isEmpty)
    #expect(try !faultsAfter { files in if let last = files[Self.file(5)] { files[Self.file(6)] = last } }.isEmpty)
    let renamed = try faultsAfter { files in
      files[Self.file(9)] = files[Self.file(5)]
      files[Self.file(5)] = nil
    }
    #expect(renamed == ["event_file"])
    #expect(try store.faults().isEmpty)
  }

  @Test func unreadableEventIsAFaultAndNoCrash() throws {
    let store = try filled()
    try rewrite(store) { files, writer in
      if files[Self.file(4)] != nil { files[Self.file(4)] = try writer.writeBlob("[1,") }
    }
    #expect(try store.faults().map(\.kind).contains("event_unreadable"))
    let missing = try filled()
    let blob = try missing.place.resolve("\(StoreRefs.events):\(Self.file(5))").hex
    try Files.remove(missing.place.commonDirectory + "/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")
    #expect(try EventLogVerifier(EventLog(missing.place.open())).faults().map(\.kind).contains("event_unreadable"))
  }
}
