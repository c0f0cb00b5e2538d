import Basics
import GitKit
import TestSupport
import Testing

@testable import Capture

/// What a look at a worktree tells, compared with what was done to it.
@Suite struct WorktreeTests {
  /// A person changes a file that changed before, and a call that names no file changes it further at once.
  @Test func callThatNamesNoFileIsToldApartFromThePersonBeforeIt() throws {
    let place = try TemporaryRepository()
    try place.commit("start", files: ["a.txt": "a\n", "b.txt": "b\n"])
    let recorder = BoundaryRecorder(try place.open())
    try recorder.settle()
    func call(_ name: String) -> ToolWindow { ToolWindow(agent: "claude-code", session: "s", call: name, paths: nil) }
    _ = try recorder.begin(call("1"))
    try place.write("a.txt", "a\none\n")
    try recorder.settle(recorder.end(call("1")))
    MonotonicClock.pause(milliseconds: 20)
    #expect(try recorder.begin(call("2")).files.isEmpty)
    try recorder.settle(recorder.end(call("2")))
    try place.write("a.txt", "a\none\nperson\n")
    MonotonicClock.pause(milliseconds: 20)
    let glimpse = try recorder.begin(call("3"))
    #expect(glimpse.files.map(\.path) == ["a.txt"])
    // The tool is quicker than the look.
    try place.write("a.txt", "a\none\nperson\nthree\n")
    try recorder.settle(glimpse)
    try recorder.settle(recorder.end(call("3")))
    let journal = Journal(directory: try place.open().stateDirectory, agent: "claude-code", session: "s")
    let changes = try journal.ends().filter { $0["tool_use_id"] == "3" }
    #expect(changes.count == 1)
    let before = changes.first?["files"]?.array?.first?["before"]?["blob"]?.string ?? ""
    #expect(try place.git("cat-file", "blob", before).output == "a\none\nperson\n")
  }

  private struct Scene {
    let git: TemporaryRepository
    let repository: Repository
    var cache: WorktreeCache

    init(_ files: [String: String]) throws {
      git = try TemporaryRepository()
      _ = try git.commit("start", files: files)
      repository = try git.open()
      cache = try #require(try WorktreeBaseline.make(repository))
    }

    /// `+path`, `-path` or `~path` for what changed, sorted.
    mutating func look(_ paths: [BytePath]? = nil) throws -> [String] {
      let file = git.path + "/.git/worktree-test"
      try cache.save(file)
      let loaded = try #require(WorktreeCache.load(file))
      let scanner = try #require(WorktreeScanner(repository, cache: loaded))
      let differences = try paths.map { try scanner.look(at: $0) } ?? scanner.scan()
      cache = scanner.cache
      return differences.map { difference in
        let sign = difference.before == .absent ? "+" : difference.after == .absent ? "-" : "~"
        return sign + difference.path.description
      }.sorted()
    }

    func shell(_ command: String) throws {
      let result = try git.run("/bin/sh", ["-c", command])
      try #require(result.succeeded, "\(result.errors)")
    }
  }

  @Test func everyKindOfChangeIsSeenOnce() throws {
    var scene = try Scene([
      "a.txt": "a\n", "b/c.txt": "c\n", "b/d/e.txt": "e\n", "gone/x": "x\n", ".gitignore": "*.o\nout/\n",
    ])
    #expect(try scene.look().isEmpty)
    try scene.shell(
      "echo more >> a.txt; rm b/c.txt; chmod +x b/d/e.txt; rm -r gone; mkdir -p n/m; echo 1 > n/m/1; echo 2 > 2")
    try scene.shell("touch ignored.o; mkdir out; echo y > out/y; ln -s a.txt link; mkdir empty")
    #expect(
      try scene.look() == ["+2", "+link", "+n/m/1", "-b/c.txt", "-gone/x", "~a.txt", "~b/d/e.txt"])
    #expect(try scene.look().isEmpty)
    try scene.shell("echo again >> n/m/1; mv 2 n/2; touch a.txt; git mv b/d/e.txt b/e.txt")
    #expect(try scene.look() == ["+b/e.txt", "+n/2", "-2", "-b/d/e.txt", "~n/m/1"])
  }

  @Test func fileBecomesADirectoryAndBack() throws {
    var scene = try Scene(["x": "file\n", "y/z": "z\n"])
    try scene.shell("rm x; mkdir x; echo in > x/in; rm -r y; echo now > y")
    #expect(try scene.look() == ["+x/in", "+y", "-x", "-y/z"])
    try scene.shell("rm -r x; echo back > x; rm y; mkdir y; echo z > y/z")
    #expect(try scene.look() == ["+x", "+y/z", "-x/in", "-y"])
    #expect(try scene.look().isEmpty)
  }

  @Test func changeOfTheSameSizeRightAfterALookIsSeen() throws {
    var scene = try Scene(["a.txt": "1\n"])
    for number in 2..<8 {
      try scene.git.write("a.txt", "\(number)\n")
      #expect(try scene.look() == ["~a.txt"])
    }
  }

  @Test func ignoredFilesAndOtherRepositoriesStayUnread() throws {
    var scene = try Scene([".gitignore": "secret*\n", "a": "a\n"])
    try scene.shell("echo k > secret.key; mkdir sub; git -C sub init -q; echo s > sub/s; echo m > .opentraces.json")
    #expect(try scene.look().isEmpty)
    let blob = try scene.git.git("hash-object", "secret.key").output.split(separator: "\n")[0]
    #expect(try !scene.git.tryGit("cat-file", "-e", String(blob)).succeeded)
    // What comes into sight was there before; nobody has just made it.
    try scene.shell("sleep 0.05; : > .gitignore")
    #expect(try scene.look() == ["~.gitignore"])
    try scene.shell("echo more >> secret.key")
    #expect(try scene.look() == ["~secret.key"])
  }

  @Test func filesNamedAreLookedAtAlone() throws {
    var scene = try Scene(["a": "a\n", "b": "b\n"])
    try scene.shell("echo 1 >> a; echo 1 >> b; mkdir -p deep/er; echo d > deep/er/d; echo e > deep/er/e")
    #expect(try scene.look(["a", "deep/er/d", "not/there"]) == ["+deep/er/d", "~a"])
    let rest = try scene.look()
    #expect(rest == ["+deep/er/e", "~b"])
    #expect(try scene.look().isEmpty)
  }

  @Test func fileThatBecomesIgnoredIsReadNoMore() throws {
    var scene = try Scene(["a": "a\n"])
    try scene.shell("echo k1 > key; echo o1 > other")
    #expect(try scene.look() == ["+key", "+other"])
    try scene.shell("echo key > .gitignore; sleep 0.05")
    #expect(try scene.look() == ["+.gitignore"])
    try scene.shell("echo k2 > key; echo other > .git/info/exclude; echo o2 > other")
    #expect(try scene.look().isEmpty)
    for text in ["k2", "o2"] {
      let blob = try scene.git.run("/bin/sh", ["-c", "echo \(text) | git hash-object --stdin"]).output.prefix(40)
      #expect(try !scene.git.tryGit("cat-file", "-e", String(blob)).succeeded)
    }
  }

  @Test func directoryThatMovesTakesItsFilesAlong() throws {
    var scene = try Scene(["d/a": "a\n", "d/e/b": "b\n"])
    try scene.shell("sleep 0.05")
    _ = try scene.look()
    let before = WallClock.tick()
    try scene.shell("mv d moved")
    let scanner = try #require(WorktreeScanner(scene.repository, cache: scene.cache))
    let differences = try scanner.scan()
    #expect(differences.map(\.path.description).sorted() == ["d/a", "d/e/b", "moved/a", "moved/e/b"])
    #expect(differences.allSatisfy { $0.changed >= before })
  }

  @Test func directoryThatBecomesALinkIsNotFollowed() throws {
    var scene = try Scene(["d/e/a": "a\n"])
    let outside = try TemporaryDirectory()
    _ = try outside.write("e/a", "private\n")
    try scene.shell("rm -r d; ln -s '\(outside.path)' d")
    #expect(try scene.look() == ["+d", "-d/e/a"])
    #expect(try scene.look().isEmpty)
    #expect(try scene.look(["d/e/a"]).isEmpty)
  }

  @Test func directoryThatCannotBeReadIsNotGone() throws {
    var scene = try Scene(["d/a": "a\n"])
    try scene.shell("chmod 000 d")
    _ = try scene.look()
    try scene.shell("chmod 755 d")
    #expect(try scene.look().isEmpty)
  }

  @Test func twoNamedFilesInANewDirectoryAreSeenOnce() throws {
    var scene = try Scene(["a": "a\n"])
    try scene.shell("mkdir -p n/m; echo 1 > n/m/1; echo 2 > n/m/2")
    #expect(try scene.look(["n/m/1", "n/m/2"]) == ["+n/m/1", "+n/m/2"])
    #expect(try scene.look().isEmpty)
    try scene.shell("echo 3 > n/m/1")
    #expect(try scene.look() == ["~n/m/1"])
  }

  @Test(arguments: [".env", "nested/x", ".git/config", "link/x", ".opentraces/y", "plain"])
  func onlyWhatGitWouldSeeIsReadForACall(_ path: String) throws {
    let scene = try Scene([".gitignore": ".env\n", "plain": "p\n"])
    let outside = try TemporaryDirectory()
    try scene.shell(
      "echo k > .env; mkdir nested; git -C nested init -q; echo x > nested/x; ln -s '\(outside.path)' link")
    let reader = ContentReader(scene.repository, root: scene.git.path, budget: 1000)
    #expect(reader.mayRead(BytePath(path)) == (path == "plain"))
  }

  @Test func damagedCacheIsNone() throws {
    let scene = try Scene(["a": "a\n", "d/b": "b\n"])
    let file = scene.git.path + "/.git/worktree-test"
    try scene.cache.save(file)
    let whole = try #require(try Files.readIfPresent(file))
    var random = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      var bytes = whole
      let isCut = Bool.random(using: &random)
      if isCut {
        bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &random)))
      } else {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      try Files.writeAtomically(bytes, to: file)
      #expect(!isCut || WorktreeCache.load(file) == nil)
      // Loading must not trap, and what it lets through must be safe to look with.
      guard let cache = WorktreeCache.load(file), let scanner = WorktreeScanner(scene.repository, cache: cache) else {
        continue
      }
      _ = try? scanner.scan()
    }
  }

  /// Random changes, with the looks compared against a plain listing of the files.
  @Test(arguments: 0..<6)
  func looksAddUpToWhatIsThere(_ seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var scene = try Scene(["a": "a\n", "d/b": "b\n", "d/e/c": "c\n"])
    var known: [String: String] = ["a": "a\n", "d/b": "b\n", "d/e/c": "c\n"]
    let names = ["a", "d/b", "d/e/c", "d/f", "g/h", "g/i/j", "k"]
    for round in 0..<25 {
      var now = known
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let name = names.randomElement(using: &random) ?? "a"
        if Int.random(in: 0..<3, using: &random) == 0 {
          try Files.remove(scene.git.path + "/" + name)
          now[name] = nil
        } else {
          let text = "\(round) \(Int.random(in: 0..<1000, using: &random))\n"
          try scene.git.write(name, text)
          now[name] = text
        }
      }
      for directory in ["g/i", "g", "d/e", "d"] { Files.removeEmptyDirectory(scene.git.path + "/" + directory) }
      let expected = names.compactMap { name -> String? in
        guard known[name] != now[name] else { return nil }
        return (known[name] == nil ? "+" : now[name] == nil ? "-" : "~") + name
      }
      #expect(try scene.look() == expected.sorted())
      known = now
    }
  }
}
