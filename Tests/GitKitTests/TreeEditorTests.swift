import Basics
import TestSupport
import Testing

@testable import GitKit

@Suite struct TreeEditorTests {
  /// The files of a tree as a plain map.
  private struct Model {
    var files: [String: String] = [:]

    mutating func set(_ path: String, _ entry: String) {
      remove(path)
      files = files.filter { !path.hasPrefix($0.key + "/") }
      files[path] = entry
    }

    mutating func remove(_ path: String) { files = files.filter { $0.key != path && !$0.key.hasPrefix(path + "/") } }

    var listing: [String] {
      files.map { "\($0.value)\t\($0.key)" }.sorted {
        Array($0.split(separator: "\t")[1].utf8).lexicographicallyPrecedes(Array($1.split(separator: "\t")[1].utf8))
      }
    }
  }

  private static let names = ["a", "a.b", "a0", "b", "é", "a b"]

  @Test(arguments: [31, 32, 33, 34])
  func randomChangesGiveTheTreeThatGitLists(_ seed: UInt64) throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    var generator = SeededGenerator(seed: seed)
    var model = Model()
    var base: ObjectID?
    for round in 0..<25 {
      let writer = PackWriter(repository)
      let editor = TreeEditor(repository, base: base)
      for _ in 0..<Int.random(in: 1...9, using: &generator) {
        let depth = Int.random(in: 1...3, using: &generator)
        let parts = (0..<depth).map { _ in Self.names[Int.random(in: 0..<Self.names.count, using: &generator)] }
        let path = parts.joined(separator: "/")
        if Int.random(in: 0..<3, using: &generator) == 0 {
          editor.remove(path)
          model.remove(path)
        } else {
          let blob = try writer.writeBlob("\(generator.next())")
          let mode: FileMode = Bool.random(using: &generator) ? .regular : .executable
          editor.set(path, blob, mode: mode)
          model.set(path, "\(mode == .regular ? "100644" : "100755") \(blob.hex)")
        }
      }
      let tree = try editor.write(writer)
      try writer.flush()
      #expect(try place.listing(tree) == model.listing, "round \(round)")
      base = tree
    }
    #expect(try GitOracle(place).problems().isEmpty)
  }

  private func edit(
    _ place: TemporaryRepository, _ base: ObjectID?, _ body: (TreeEditor, ObjectID) throws -> Void
  ) throws -> [String] {
    let repository = try place.open()
    let writer = LooseWriter(repository)
    let editor = TreeEditor(repository, base: base)
    try body(editor, try writer.writeBlob("new\n"))
    let tree = try editor.write(writer)
    return try place.git("ls-tree", "-r", "-t", "--name-only", tree.hex).lines
  }

  @Test func fileBecomesADirectoryAndBack() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["x": "1", "d/e/f": "2"])
    let tree = try place.resolve("HEAD^{tree}")
    #expect(try edit(place, tree) { $0.set("x/y/z", $1) } == ["d", "d/e", "d/e/f", "x", "x/y", "x/y/z"])
    #expect(try edit(place, tree) { $0.set("d", $1) } == ["d", "x"])
    let both = try edit(place, tree) { editor, blob in
      editor.set("d", blob)
      editor.set("d/g", blob)
    }
    #expect(both == ["d", "d/g", "x"])
  }

  @Test func emptyDirectoriesVanish() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["x": "1", "d/e/f": "2"])
    let tree = try place.resolve("HEAD^{tree}")
    #expect(try edit(place, tree) { editor, _ in editor.remove("d/e/f") } == ["x"])
    #expect(try edit(place, tree) { editor, _ in editor.remove("d/e") } == ["x"])
    let nothing = try edit(place, tree) { editor, _ in
      editor.remove("d")
      editor.remove("x")
    }
    #expect(nothing.isEmpty)
  }

  @Test func removingBelowAFileLeavesIt() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["x": "1"])
    #expect(try edit(place, place.resolve("HEAD^{tree}")) { editor, _ in editor.remove("x/y") } == ["x"])
  }

  @Test func missingTreeIsNoEmptyTree() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["d/a": "1", "d/b": "2"])
    let (tree, subtree) = (try place.resolve("HEAD^{tree}"), try place.resolve("HEAD:d").hex)
    try Files.remove(place.commonDirectory + "/objects/\(subtree.prefix(2))/\(subtree.dropFirst(2))")
    #expect { try edit(place, tree) { $0.set("d/c", $1) } } throws: { ($0 as? GitError)?.code == .notFound }
    #expect(try edit(place, tree) { editor, _ in editor.remove("d") }.isEmpty)
  }

  @Test func treeIsReplacedAsAWhole() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["d/a": "1", "d/b": "2"])
    let tree = try place.resolve("HEAD^{tree}")
    let subtree = try place.resolve("HEAD:d")
    #expect(
      try edit(place, tree) { editor, _ in
        editor.remove("d")
        editor.set("c", subtree, mode: .tree)
      } == ["c", "c/a", "c/b"])
  }
}
