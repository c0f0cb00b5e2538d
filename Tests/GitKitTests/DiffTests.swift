import Basics
import TestSupport
import Testing

@testable import GitKit

@Suite struct DiffTests {
  /// What changed in HEAD, as `<change> <old> -> <new>`.
  private func changes(_ place: TemporaryRepository) throws -> [String] {
    let deltas = try place.open().changedFiles(
      from: place.resolve("HEAD~^{tree}"), to: place.resolve("HEAD^{tree}"))
    return deltas.map {
      $0.oldPath == $0.newPath ? "\($0.change) \($0.newPath)" : "\($0.change) \($0.oldPath) -> \($0.newPath)"
    }
  }

  private func hunks(_ place: TemporaryRepository, _ path: String) throws -> [LineHunk]? {
    try place.open().compareBlobs(place.resolve("HEAD~:" + path), place.resolve("HEAD:" + path)) { $2 }
  }

  private static let body = (1...20).map { "line number \($0) of the text\n" }.joined()

  @Test func addedDeletedModifiedAndRenamedFilesAreTold() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["gone": "x\n", "kept": "1\n", "same": "s\n", "old/name": Self.body])
    try Files.remove(place.path + "/gone")
    try Files.remove(place.path + "/old/name")
    try place.commit("two", files: ["kept": "2\n", "fresh": "n\n", "new/name": Self.body + "more\n"])
    #expect(
      try Set(changes(place)) == [
        "deleted gone", "modified kept", "added fresh", "renamed old/name -> new/name",
      ])
  }

  @Test func unlikeFilesAreNoRename() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": Self.body])
    try Files.remove(place.path + "/a")
    try place.commit("two", files: ["b": (1...20).map { "completely different \($0 * 7)\n" }.joined()])
    #expect(try Set(changes(place)) == ["deleted a", "added b"])
  }

  @Test func renamesAreLeftOutWhenNotWanted() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": Self.body])
    try place.git("mv", "a", "b")
    try place.commit("two")
    let repository = try place.open()
    let (old, new) = (try place.resolve("HEAD~^{tree}"), try place.resolve("HEAD^{tree}"))
    #expect(try repository.changedFiles(from: old, to: new, findRenames: false).map(\.change) == [.deleted, .added])
    #expect(try repository.changedFiles(from: old, to: new, paths: ["b"]).map(\.newPath) == ["b"])
    #expect(try repository.changedFiles(from: nil, to: new).map(\.change) == [.added])
    #expect(try repository.changedFiles(from: new, to: nil).map(\.change) == [.deleted])
    #expect(try repository.changedFiles(from: new, to: new).isEmpty)
  }

  @Test func awkwardPathsComeAsTheyAre() throws {
    let place = try TemporaryRepository()
    let paths = [
      "a b", " leading", "größe/日本", "new\nline", "tab\there", "quote\"d", "star*", "[x]", "back\\slash",
      ":(top)x",
    ]
    try place.commit("one", files: ["README": "x\n"])
    try place.commit("two", files: Dictionary(uniqueKeysWithValues: paths.map { ($0, "1\n") }))
    let repository = try place.open()
    let (old, new) = (try place.resolve("HEAD~^{tree}"), try place.resolve("HEAD^{tree}"))
    let found = try repository.changedFiles(from: old, to: new).map(\.newPath)
    #expect(Set(found) == Set(paths.map { BytePath($0) }))
    for path in paths {
      let one = try repository.changedFiles(from: old, to: new, paths: [BytePath(path)])
      #expect(one.map(\.newPath) == [BytePath(path)])
      #expect(try repository.blob(at: path, in: new) == Array("1\n".utf8))
    }
  }

  @Test func modeChangesAreToldWithTheModes() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": "1\n", "b": "target"])
    try place.write("a", "1\n", mode: 0o755)
    try Files.remove(place.path + "/b")
    #expect(try place.run("ln", ["-s", "target", "b"]).succeeded)
    try place.commit("two")
    let deltas = try place.open().changedFiles(
      from: place.resolve("HEAD~^{tree}"), to: place.resolve("HEAD^{tree}"))
    #expect(deltas.map(\.change) == [.modified, .typeChanged])
    #expect(deltas.map(\.oldMode) == [0o100644, 0o100644] && deltas.map(\.newMode) == [0o100755, 0o120000])
    #expect(deltas.map { $0.oldBlob == $0.newBlob } == [true, true])
  }

  @Test func lineThatLooksLikeAHeaderIsALine() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": "1\n2\n3\n"])
    try place.commit("two", files: ["a": "1\n++ b/x\n-- a/x\n@@ -1 +1 @@\n\\ No newline\n2\n3\n4"])
    #expect(
      try hunks(place, "a") == [
        LineHunk(oldStart: 1, oldCount: 0, newStart: 2, newCount: 4),
        LineHunk(oldStart: 3, oldCount: 0, newStart: 8, newCount: 1),
      ])
  }

  @Test func carriageReturnIsPartOfItsLine() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": "1\r\n2\r\n3\r\n"])
    try place.git("config", "core.autocrlf", "true")
    try place.git("config", "core.whitespace", "cr-at-eol")
    try place.write("a", "1\r\n2\n3\r\n")
    try place.git("-c", "core.autocrlf=false", "add", "a")
    try place.git("-c", "core.autocrlf=false", "commit", "-q", "-m", "two")
    #expect(try hunks(place, "a") == [LineHunk(oldStart: 2, oldCount: 1, newStart: 2, newCount: 1)])
  }

  @Test func settingsAndAttributesHaveNoSay() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a.txt": "1\n2\n3\n", "b": Self.body, "dir/c": "1\n"])
    try Files.remove(place.path + "/b")
    try place.commit("two", files: ["a.txt": "1\nzwei\n3\n", "b2": Self.body, "dir/c": "2\n"])
    let plain = try (changes(place), hunks(place, "a.txt"))
    for (key, value) in [
      ("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true"), ("diff.external", "/bin/false"),
      ("diff.renames", "false"), ("diff.context", "9"), ("diff.algorithm", "patience"),
      ("diff.ignoreSubmodules", "all"),
      ("diff.interHunkContext", "50"), ("diff.driver.textconv", "/bin/false"), ("diff.driver.binary", "true"),
      ("core.quotePath", "true"), ("diff.orderFile", "nowhere"), ("color.ui", "always"),
    ] { try place.git("config", key, value) }
    try place.write(".gitattributes", "* -diff\n*.txt binary diff=driver\n")
    try place.write(".git/info/attributes", "* -diff -text\n")
    #expect(try changes(place) == plain.0)
    #expect(try hunks(place, "a.txt") == plain.1)
    #expect(plain.0.count == 3 && plain.1 == [LineHunk(oldStart: 2, oldCount: 1, newStart: 2, newCount: 1)])
  }

  @Test func binaryFilesHaveNoLines() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a": "1\n\u{0}\n", "late": String(repeating: "x\n", count: 4_000) + "\u{0}"])
    try place.commit("two", files: ["a": "2\n\u{0}\n", "late": String(repeating: "x\n", count: 4_001) + "\u{0}"])
    #expect(try hunks(place, "a") == nil)
    #expect(try hunks(place, "late")?.count == 1)
  }

  /// A text of few different lines, so that a difference has several readings.
  private func text(_ generator: inout SeededGenerator, from old: [String]) -> [String] {
    let words = ["{", "}", "", "  return", "a", "b", "    x = 1", "end"]
    var lines = old
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let at = Int.random(in: 0...lines.count, using: &generator)
      let end = min(lines.count, at + Int.random(in: 0...4, using: &generator))
      let new = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        words[Int.random(in: 0..<words.count, using: &generator)]
      }
      lines.replaceSubrange(at..<end, with: new)
    }
    return lines
  }

  @Test func hunksAreThoseOfGit() throws {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: 61)
    var (old, new): ([String: String], [String: String]) = ([:], [:])
    for number in 0..<200 {
      let before = text(&generator, from: (0..<Int.random(in: 0...40, using: &generator)).map { "line \($0 % 9)" })
      let after = text(&generator, from: before)
      let ending = number % 5 == 0 ? "" : "\n"
      old["f\(number)"] = before.joined(separator: "\n") + ending
      new["f\(number)"] = after.joined(separator: "\n") + ending
    }
    try place.commit("one", files: old)
    try place.commit("two", files: new)
    let output = try place.git("diff", "-U0", "--no-color", "--no-renames", "HEAD~", "HEAD").output
    var expected: [String: [LineHunk]] = [:]
    var path = ""
    for line in output.split(separator: "\n") {
      if let name = line.firstMatch(of: #/^diff --git a\/(\w+) /#) {
        path = String(name.1)
      } else if let hunk = line.firstMatch(of: #/^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/#) {
        func count(_ text: Substring?) -> Int { text.flatMap { Int($0) } ?? 1 }
        expected[path, default: []].append(
          LineHunk(
            oldStart: count(hunk.1), oldCount: count(hunk.2), newStart: count(hunk.3), newCount: count(hunk.4)))
      }
    }
    #expect(expected.count > 150)
    for (path, hunks) in expected { #expect(try self.hunks(place, path) == hunks, "\(path)") }
  }
}
