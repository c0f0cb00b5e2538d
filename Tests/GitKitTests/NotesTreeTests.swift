import Basics
import TestSupport
import Testing

@testable import GitKit

@Suite struct NotesTreeTests {
  private let time = Timestamp(seconds: 1_750_000_000)

  /// Writes notes and moves the reference.
  private func write(
    _ changes: [ObjectID: [UInt8]?], _ repository: Repository, with writer: (any ObjectWriter)? = nil
  ) throws -> Bool {
    let notes = try NotesTree(repository)
    let writer = writer ?? LooseWriter(repository)
    guard let commit = try notes.writing(changes, with: writer, message: "notes", time: time) else { return false }
    try writer.flush()
    var transaction = ReferenceTransaction(repository)
    transaction.set(notes.reference, to: commit, expecting: notes.tip)
    try transaction.commit(reason: "test")
    return true
  }

  private func ids(_ count: Int, seed: UInt64) -> [ObjectID] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).compactMap { _ in ObjectID(bytes: generator.bytes(20)) }
  }

  /// Has git put the same note on many objects, which need not exist.
  private func annotateWithGit(_ place: TemporaryRepository, _ ids: [ObjectID]) throws {
    let commit = try place.commit("one")
    try place.git("notes", "--ref", "opentraces", "add", "-m", "from git", commit.hex)
    let lines = ids.map { "\(commit.hex) \($0.hex)\n" }.joined()
    try place.git("notes", "--ref", "opentraces", "copy", "--stdin", input: lines)
  }

  @Test(arguments: [3, 400]) func notesOfGitAreRead(_ count: Int) throws {
    let place = try TemporaryRepository()
    let objects = ids(count, seed: 41)
    try annotateWithGit(place, objects)
    let notes = try NotesTree(try place.open())
    let listed = try GitOracle(place).notes()
    let all = try notes.all().sorted { $0.object < $1.object }
    #expect(listed.count == count + 1)
    #expect(all.map(\.object) == listed.map(\.commit) && all.map(\.blob) == listed.map(\.blob))
    let depth = all.map { $0.path.split(separator: "/").count }.max()
    #expect(depth == (count == 3 ? 1 : 2))
    for object in objects.prefix(20) { #expect(try notes.note(on: object) == Array("from git\n".utf8)) }
    #expect(try notes.note(on: .zero) == nil)
  }

  @Test func anyFanoutIsReadAndKeptUntilNotesAreMany() throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    let objects = ids(4, seed: 46)
    let writer = LooseWriter(repository)
    let editor = TreeEditor(repository, base: nil)
    for (levels, object) in objects.prefix(3).enumerated() {
      var (path, rest) = ("", Substring(object.hex))
      for _ in 0..<levels {
        path += rest.prefix(2) + "/"
        rest = rest.dropFirst(2)
      }
      editor.set(path + rest, try writer.writeBlob("level \(levels)\n"))
    }
    let tip = try writer.writeCommit(tree: editor.write(writer), parents: [], message: "notes", time: time)
    try place.git("update-ref", "refs/notes/opentraces", tip.hex)
    let texts = try objects.map { try NotesTree(repository).note(on: $0).map { String(decoding: $0, as: UTF8.self) } }
    #expect(texts == ["level 0\n", "level 1\n", "level 2\n", nil])
    let changes: [ObjectID: [UInt8]?] = [
      objects[2]: Array("new\n".utf8), objects[3]: Array("flat\n".utf8), objects[1]: nil,
    ]
    #expect(try write(changes, repository))
    let notes = try GitOracle(place).notes()
    #expect(notes.map(\.commit) == [objects[0], objects[2], objects[3]].sorted())
    #expect(try NotesTree(repository).all().map { $0.path.utf8.count }.sorted() == [40, 40, 42])
    for note in notes { #expect(try repository.blob(note.blob) == NotesTree(repository).note(on: note.commit)) }
  }

  @Test func notesOfOursAreReadByGit() throws {
    let place = try TemporaryRepository()
    let commits = try (0..<3).map { try place.commit("\($0)") }
    let repository = try place.open()
    #expect(try write([commits[0]: Array("zero\n".utf8), commits[1]: Array("one\n".utf8)], repository))
    #expect(try write([commits[1]: Array("eins\n".utf8), commits[2]: Array("two\n".utf8)], repository))
    let oracle = GitOracle(place)
    #expect(try commits.map { try oracle.note($0) } == ["zero\n", "eins\n", "two\n"])
    #expect(try place.git("log", "--notes=opentraces", "--format=%s %N", "--reverse").output.contains("1 eins"))
    #expect(try place.git("rev-list", "--count", "refs/notes/opentraces").line == "2")
    #expect(try !write([commits[1]: Array("eins\n".utf8)], repository))
    #expect(try oracle.problems().isEmpty)
  }

  @Test(arguments: [2, 300]) func removedNotesAreGone(_ count: Int) throws {
    let place = try TemporaryRepository()
    let objects = ids(count, seed: 42)
    try annotateWithGit(place, objects)
    let repository = try place.open()
    let before = try GitOracle(place).notes()
    #expect(try write([objects[0]: nil, .zero: nil], repository))
    let after = try GitOracle(place).notes()
    #expect(after.map(\.commit) == before.map(\.commit).filter { $0 != objects[0] })
    #expect(try !write([objects[0]: nil], repository))
    #expect(try write(Dictionary(uniqueKeysWithValues: after.map { ($0.commit, nil) }), repository))
    #expect(try GitOracle(place).notes().isEmpty)
    #expect(try GitOracle(place).problems().isEmpty)
  }

  @Test func foreignNotesAndFilesStayByteForByte() throws {
    let place = try TemporaryRepository()
    let commit = try place.commit("one", files: ["binary": "\u{0}\r\n\n\nno line feed"])
    let blob = try place.resolve("HEAD:binary")
    try place.git("notes", "--ref", "opentraces", "add", "-C", blob.hex, commit.hex)
    let tree = try place.git("ls-tree", "refs/notes/opentraces").output + "100644 blob \(blob.hex)\tREADME\n"
    let withFile = try place.git("mktree", input: tree).line
    let tip = try place.git("commit-tree", "-p", "refs/notes/opentraces", "-m", "file", withFile).line
    try place.git("update-ref", "refs/notes/opentraces", tip)
    let repository = try place.open()
    let many = Dictionary(uniqueKeysWithValues: ids(300, seed: 43).map { ($0, Optional(Array("x\n".utf8))) })
    #expect(try write(many, repository))
    #expect(try GitOracle(place).notes().contains { $0.commit == commit && $0.blob == blob })
    #expect(try place.resolve("refs/notes/opentraces:README") == blob)
    #expect(try NotesTree(repository).note(on: commit) == Array("\u{0}\r\n\n\nno line feed".utf8))
  }

  @Test func treeFansOutWhenNotesBecomeMany() throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    let objects = ids(300, seed: 44)
    func notes(_ objects: some Sequence<ObjectID>) -> [ObjectID: [UInt8]?] {
      Dictionary(uniqueKeysWithValues: objects.map { ($0, Optional(Array("\($0)\n".utf8))) })
    }
    #expect(try write(notes(objects.prefix(200)), repository))
    #expect(try NotesTree(repository).all().allSatisfy { !$0.path.contains("/") })
    #expect(try write(notes(objects.dropFirst(200)), repository))
    let all = try NotesTree(repository).all()
    #expect(all.count == 300 && all.allSatisfy { $0.path.utf8.count == 41 })
    #expect(try GitOracle(place).notes().map(\.commit) == objects.sorted())
    for object in objects { #expect(try NotesTree(repository).note(on: object) == Array("\(object)\n".utf8)) }
    #expect(try write(Dictionary(uniqueKeysWithValues: objects.prefix(150).map { ($0, nil) }), repository))
    #expect(try write(notes(objects.prefix(1)), repository))
    #expect(try GitOracle(place).notes().count == 151)
    try place.git("notes", "--ref", "opentraces", "add", "-m", "git", objects[1].hex)
    #expect(try NotesTree(repository).note(on: objects[1]) == Array("git\n".utf8))
  }

  @Test func thousandsOfNotesInOneCommitStaySmall() throws {
    let place = try TemporaryRepository()
    let commit = try place.commit("one")
    let repository = try place.open()
    let objects = ids(4_999, seed: 45) + [commit]
    let text = { (id: ObjectID) in "opentraces:\(id) session=\(id.short) lines=4-10,12 tier=exact path=a b/c.swift\n" }
    let notes = Dictionary(uniqueKeysWithValues: objects.map { ($0, Optional(Array(text($0).utf8))) })
    #expect(try write(notes, repository, with: PackWriter(repository)))
    #expect(try GitOracle(place).notes().map(\.commit) == objects.sorted())
    #expect(try GitOracle(place).note(commit) == text(commit))
    #expect(try place.git("rev-list", "--count", "refs/notes/opentraces").line == "1")
    let sizes = try place.git("count-objects", "-v").lines.filter { $0.hasPrefix("size") }
    let kilobytes = sizes.compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }.reduce(0, +)
    #expect((1..<30_000).contains(kilobytes))
    #expect(try GitOracle(place).problems().isEmpty)
  }
}
