import Basics
import TestSupport
import Testing

@testable import GitKit

@Suite struct PackWriterTests {
  /// Every pack as `git verify-pack` sees it.
  private func verify(_ repository: TemporaryRepository) throws -> [ShellResult] {
    let directory = try repository.commonDirectory + "/objects/pack/"
    return try Files.list(directory).filter { $0.hasSuffix(".idx") }.map {
      try repository.git("verify-pack", "-v", directory + $0)
    }
  }

  private func expect(_ repository: TemporaryRepository, holds blobs: [ObjectID: [UInt8]]) throws {
    let found = try repository.objects(Array(blobs.keys))
    #expect(found.count == blobs.count)
    for (id, bytes) in blobs { #expect(found[id]?.kind == "blob" && found[id]?.bytes == bytes, "\(id)") }
    #expect(try GitOracle(repository).problems().isEmpty)
  }

  @Test func objectsOfEveryKindAreReadByGit() throws {
    let place = try TemporaryRepository()
    let writer = PackWriter(try place.open())
    let empty = try writer.writeBlob("")
    let one = try writer.writeBlob([0])
    let link = try writer.writeBlob("one")
    let tree = try writer.writeTree([
      TreeEntry(name: "one", mode: .regular, id: one), TreeEntry(name: "link", mode: .link, id: link),
      TreeEntry(name: "empty é", mode: .executable, id: empty),
    ])
    let emptyTree = try writer.writeTree([])
    let root = try writer.writeCommit(tree: emptyTree, parents: [], message: "root", time: Timestamp(seconds: 1))
    let commit = try writer.writeCommit(tree: tree, parents: [root], message: "é", time: Timestamp(seconds: 2))
    let text = "object \(commit.hex)\ntype commit\ntag v1\ntagger A <a@example.com> 3 +0000\n\nm\n"
    let tag = try writer.write(.tag, Array(text.utf8))
    #expect(writer.count == 8)
    try writer.flush()
    #expect(emptyTree == .emptyTree && writer.count == 0)
    let found = try place.objects([empty, one, tree, emptyTree, commit, tag])
    #expect(
      found.mapValues(\.kind) == [
        empty: "blob", one: "blob", tree: "tree", emptyTree: "tree", commit: "commit", tag: "tag",
      ])
    #expect(found[tag]?.bytes == Array(text.utf8) && found[one]?.bytes == [0] && found[empty]?.bytes == [])
    #expect(try verify(place).count == 1)
    try place.git("update-ref", "refs/tags/v1", tag.hex)
    #expect(try GitOracle(place).problems().isEmpty)
    try GitOracle(place).collectGarbage()
    #expect(try place.git("log", "--format=%s", "v1").lines == ["é", "root"])
  }

  @Test func largeBlobIsReadByGit() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 11)
    let bytes = generator.bytes(20 << 20)
    let repository = try place.open()
    let writer = PackWriter(repository)
    let id = try writer.writeBlob(bytes)
    try writer.flush()
    let found = try repository.blob(id)
    #expect(found == bytes)
    try expect(place, holds: [id: bytes])
  }

  /// Texts of one layout, each a little different from the one before.
  private func family(_ count: Int, _ generator: inout SeededGenerator) -> [[UInt8]] {
    (0..<count).map { number in
      let noise = generator.bytes(Int.random(in: 0...24, using: &generator))
      let rows = (0..<(8 + number % 5)).map { "  \"member_\($0)\": \"value of the member \($0)\",\n" }.joined()
      return Array("{\n  \"number\": \(number),\n\(rows)  \"noise\": \"\(Hex.encode(noise))\"\n}\n".utf8)
    }
  }

  @Test func familyIsStoredAsShortChainsOfDeltas() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 12)
    let texts = family(3_000, &generator)
    let writer = PackWriter(try place.open())
    var blobs: [ObjectID: [UInt8]] = [:]
    for (number, text) in texts.enumerated() {
      blobs[try writer.writeBlob(text, family: number % 3 == 0 ? "a" : "b")] = text
    }
    try writer.flush()
    try expect(place, holds: blobs)
    let lines = try verify(place).flatMap(\.lines)
    let depths = lines.map { $0.split(separator: " ") }.filter { $0.count == 7 }.compactMap { Int($0[5]) }
    #expect(depths.count > 2_500)
    #expect((depths.max() ?? 0) <= 32)
    let size = try place.git("count-objects", "-v").lines.first { $0.hasPrefix("size-pack: ") }
    let kilobytes = size.flatMap { Int($0.dropFirst(11)) } ?? .max
    #expect(kilobytes < texts.reduce(0) { $0 + $1.count } / 1024 / 3)
  }

  @Test func fullPackIsFollowedByAnother() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 13)
    let writer = PackWriter(try place.open())
    var blobs: [ObjectID: [UInt8]] = [:]
    for text in family(60, &generator) {
      blobs[try writer.writeBlob(text, family: "f")] = text
      let large = generator.bytes(PackWriter.packLimit / 25)
      blobs[try writer.writeBlob(large)] = large
    }
    try writer.flush()
    #expect(try verify(place).count == 3)
    try expect(place, holds: blobs)
  }

  /// Texts that repeat a passage, each in another place.
  private func parts(_ count: Int, passage: Int, noise: Int, _ generator: inout SeededGenerator) -> [[UInt8]] {
    let passage = generator.bytes(passage)
    return (0..<count).map { number in
      generator.bytes(noise * (number % 3 + 1)) + passage + generator.bytes(noise)
    }
  }

  private func write(_ parts: [[UInt8]], _ writer: PackWriter) throws -> [ObjectID: [UInt8]] {
    let buffers = parts.map { part -> UnsafeRawBufferPointer in
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: part.count, alignment: 16)
      copy.copyBytes(from: part)
      return UnsafeRawBufferPointer(copy)
    }
    defer { buffers.forEach { $0.deallocate() } }
    let ids = try writer.writeParts(buffers)
    return Dictionary(zip(ids, parts)) { first, _ in first }
  }

  @Test func partsOfATextAreStoredAsDeltasOfEachOther() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 14)
    let writer = PackWriter(try place.open())
    let texts = parts(40, passage: 60_000, noise: 900, &generator)
    let repeated = texts + [texts[3], texts[0]] + [generator.bytes(10), [], generator.bytes(70_000)]
    let blobs = try write(repeated, writer)
    try writer.flush()
    #expect(blobs.count == 43)
    try expect(place, holds: blobs)
    let depths = try verify(place).flatMap(\.lines).map { $0.split(separator: " ") }.filter { $0.count == 7 }
      .compactMap { Int($0[5]) }
    #expect(depths.count == 35 && depths.max() == 8)
    let size = try place.git("count-objects", "-v").lines.first { $0.hasPrefix("size-pack: ") }
    #expect(size.flatMap { Int($0.dropFirst(11)) } ?? .max < 700)
    try GitOracle(place).collectGarbage()
  }

  @Test func partIsWholeWhereTheOneBeforeIsInAnotherPack() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 15)
    let writer = PackWriter(try place.open())
    let blobs = try write(parts(9, passage: 10_000, noise: PackWriter.packLimit / 8, &generator), writer)
    try writer.flush()
    #expect(try verify(place).count > 1)
    try expect(place, holds: blobs)
  }

  @Test func threadsShareAWriter() async throws {
    let place = try TemporaryRepository()
    let writer = PackWriter(try place.open())
    let blobs = try await withThrowingTaskGroup(of: [ObjectID: [UInt8]].self) { group in
      for worker in 0..<3 {
        group.addTask {
          var mine: [ObjectID: [UInt8]] = [:]
          for number in 0..<400 {
            let owner = number % 2 == 0 ? "all" : "\(worker)"
            let text = Array("text \(number) of \(owner): \(String(repeating: "filling ", count: number % 40))".utf8)
            let id = number % 3 == 0 ? try writer.writeBlob(text, family: "f\(number % 2)") : try writer.writeBlob(text)
            mine[id] = text
          }
          return mine
        }
      }
      return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
    }
    #expect(blobs.count == 800 && writer.count == 800)
    try writer.flush()
    try expect(place, holds: blobs)
    #expect(try verify(place).count == 1)
  }

  @Test func abandonedWriterLeavesNothing() throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    let packs = repository.commonDirectory + "/objects/pack"
    var writer: PackWriter? = PackWriter(repository)
    var generator = SeededGenerator(seed: 14)
    let ids = try (0..<3).map { _ in try writer?.writeBlob(generator.bytes(PackWriter.packLimit / 2 + 1)) }
    #expect(Files.list(packs).count == 2 && Files.list(packs).allSatisfy { $0.hasPrefix("tmp_") })
    #expect(try GitOracle(place).problems().isEmpty)
    #expect(ids.compactMap { $0 }.allSatisfy { !repository.contains($0) })
    writer = nil
    #expect(Files.list(packs).isEmpty)
  }

  @Test func writerIsOfUseAfterFlushAndDiscard() throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    let writer = PackWriter(repository)
    let dropped = try writer.writeBlob("dropped")
    writer.discard()
    let kept = try writer.writeBlob("kept")
    try writer.flush()
    #expect(try writer.writeBlob("dropped") == dropped)
    try writer.flush()
    try expect(place, holds: [dropped: Array("dropped".utf8), kept: Array("kept".utf8)])
    try writer.flush()
    #expect(try verify(place).count == 2)
  }

  /// Few objects become loose ones, many and large ones a pack.
  @Test(arguments: [(3, 10, false), (AdaptiveWriter.packFrom, 10, true), (3, AdaptiveWriter.packFromBytes / 2, true)])
  func adaptiveWriterPacksWhatIsMuch(_ count: Int, _ size: Int, _ isPacked: Bool) throws {
    let place = try TemporaryRepository()
    let writer = AdaptiveWriter(try place.open())
    var random = SeededGenerator(seed: 7)
    var blobs: [ObjectID: [UInt8]] = [:]
    for _ in 0..<count {
      let bytes = random.bytes(size)
      blobs[try writer.writeBlob(bytes)] = bytes
    }
    try writer.flush()
    try expect(place, holds: blobs)
    #expect(try verify(place).isEmpty == !isPacked)
  }

  @Test func objectsThatAreThereAreNotWrittenAgain() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": "text\n"])
    let writer = PackWriter(try place.open())
    #expect(try writer.writeBlob("text\n") == place.resolve("HEAD:a"))
    #expect(writer.count == 0)
    try writer.flush()
    #expect(try verify(place).isEmpty)
  }
}
