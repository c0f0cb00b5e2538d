import Basics
import Synchronization
import TestSupport
import Testing

@Suite struct FilesTests {
  private func link(_ path: String, to target: String) throws {
    #expect(try run("ln", ["-s", target, path], environment: ["PATH": "/usr/bin:/bin"], directory: "/").succeeded)
  }

  @Test func replacedFileKeepsItsMode() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f", "old", mode: 0o750)
    let inode = try #require(Files.status(path)?.inode)
    try Files.writeAtomically(Array("new".utf8), to: path, mode: 0o600)
    let status = try #require(Files.status(path))
    #expect(status.mode & 0o7777 == 0o750 && status.inode != inode)
    #expect(try Files.readText(path) == "new")
    #expect(Files.list(directory.path) == ["f"])
  }

  @Test func createdFileHasTheModeAskedFor() throws {
    let directory = try TemporaryDirectory()
    try Files.writeAtomically([1], to: directory.path + "/g", mode: 0o600)
    #expect(Files.status(directory.path + "/g").map { $0.mode & 0o7777 } == 0o600)
  }

  @Test func symbolicLinkStaysALink() throws {
    let directory = try TemporaryDirectory()
    let target = try directory.write("real/f", "old")
    let path = directory.path + "/link"
    try link(path, to: "real/f")
    try Files.writeAtomically(Array("new".utf8), to: path)
    #expect(Files.status(path, followLinks: false)?.isSymbolicLink == true)
    #expect(try Files.readText(target) == "new")
    #expect(Files.list(directory.path + "/real") == ["f"])
  }

  @Test func failedWriteLeavesNothingBehind() throws {
    let directory = try TemporaryDirectory()
    try Files.createDirectory(directory.path + "/taken/x")
    #expect { try Files.writeAtomically([1], to: directory.path + "/taken") } throws: {
      ($0 as? SystemError)?.operation == "rename"
    }
    #expect { try Files.writeAtomically([1], to: directory.path + "/no/such/f") } throws: {
      ($0 as? SystemError)?.isNotFound == true
    }
    #expect(Files.list(directory.path) == ["taken"])
  }

  @Test func whatIsNotThereIsNilOrEmpty() throws {
    let directory = try TemporaryDirectory()
    let missing = directory.path + "/missing"
    #expect(try Files.readIfPresent(missing) == nil && Files.readText(missing + "/below") == nil)
    #expect(Files.status(missing) == nil && !Files.exists(missing) && Files.list(missing).isEmpty)
    #expect(throws: Never.self) { try Files.remove(missing) }
    #expect(throws: Never.self) { try Files.removeTree(missing) }
  }

  @Test func treeIsRemovedWithoutFollowingLinks() throws {
    let directory = try TemporaryDirectory()
    let kept = try directory.write("kept/f", "x")
    try directory.write("gone/a/b/f", "x")
    try link(directory.path + "/gone/out", to: directory.path + "/kept")
    try Files.removeTree(directory.path + "/gone")
    #expect(Files.list(directory.path) == ["kept"] && Files.exists(kept))
  }

  @Test func namesAreListedInByteOrder() throws {
    let directory = try TemporaryDirectory()
    for name in ["b", "é", "e\u{301}", "B", ".a"] { try directory.write(name, "") }
    let expected = [".a", "B", "b", "e\u{301}", "é"]
    #expect(Files.list(directory.path).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }
}

@Suite struct PathsTests {
  @Test(
    arguments: [
      ("/a/b", "/a", "b"), ("/a", "/", "a"), ("a/b/c", "a/b", "c"), ("a", "", "a"), ("/a/é\u{301}", "/a", "é\u{301}"),
      ("/a/\u{301}b", "/a", "\u{301}b"),
    ])
  func parentAndName(_ path: String, _ parent: String, _ name: String) {
    #expect(Paths.parent(path) == parent && Paths.name(path) == name)
  }

  @Test(
    arguments: [
      ("b", "/a", "/a/b"), ("../b", "/a/c", "/a/b"), ("/x/./y//z/", "/a", "/x/y/z"), ("../../..", "/a", "/"),
      ("", "/a", "/a"), ("\u{301}b/..", "/a", "/a"), ("\u{301}b", "/a", "/a/\u{301}b"),
    ])
  func absolutePathIsClean(_ path: String, _ base: String, _ expected: String) {
    #expect(Array(Paths.absolute(path, base: base).utf8) == Array(expected.utf8))
  }

  @Test(
    arguments: [
      ("/a/b/c", "/a", "b/c"), ("/a", "/a", ""), ("/ab", "/a", nil), ("/b", "/", "b"), ("/a", "/a/b", nil),
      ("/a/\u{301}x", "/a", "\u{301}x"), ("/e\u{301}/x", "/é", nil), ("/é/x", "/é", "x"),
    ] as [(String, String, String?)])
  func relativePathIsThePartBelow(_ path: String, _ directory: String, _ expected: String?) {
    #expect(Paths.relative(path, to: directory).map { Array($0.utf8) } == expected.map { Array($0.utf8) })
  }
}

@Suite struct FileLockTests {
  @Test func secondHolderWaitsInVain() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/state/lock"
    let first = try #require(try FileLock.acquire(path, timeout: 0))
    let start = MonotonicClock.seconds()
    #expect(try FileLock.acquire(path, timeout: 0.1) == nil)
    #expect(MonotonicClock.seconds() - start >= 0.1)
    first.release()
    #expect(try FileLock.acquire(path, timeout: 0) != nil)
  }

  @Test func lockGoesWithItsOwner() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/lock"
    do { _ = try FileLock.acquire(path, timeout: 0) }
    #expect(try FileLock.acquire(path, timeout: 0) != nil)
  }

  @Test func otherProgramsAreExcludedToo() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/lock"
    let sealed = SealedEnvironment(home: directory.path).variables
    let lock = try #require(try FileLock.acquire(path, timeout: 0))
    let refused = try run("flock", ["-n", path, "true"], environment: sealed, directory: "/")
    try #require(refused.exitCode != 127)
    lock.release()
    #expect(!refused.succeeded)
    #expect(try run("flock", ["-n", path, "true"], environment: sealed, directory: "/").succeeded)
  }

  @Test func holdersTakeTurns() async throws {
    let directory = try TemporaryDirectory()
    let (lock, file) = (directory.path + "/lock", directory.path + "/count")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<25 {
            let held = try #require(try FileLock.acquire(lock, timeout: 30))
            let count = try Files.readText(file).flatMap { Int($0) } ?? 0
            try Files.writeAtomically(Array(String(count + 1).utf8), to: file)
            held.release()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect(try Files.readText(file) == "100")
  }
}
