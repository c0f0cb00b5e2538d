import Basics
import GitKit
import TestSupport
import Testing

@Suite struct RepositoryTests {
  @Test func nothingIsFoundOutsideARepository() throws {
    let directory = try TemporaryDirectory()
    #expect(try Repository.open(containing: directory.path) == nil)
    #expect(try Repository.open(containing: directory.path + "/missing") == nil)
  }

  @Test func subdirectoryLeadsToTheRoot() throws {
    let place = try TemporaryRepository()
    try place.commit("one", files: ["a/b/c": "1\n"])
    let repository = try place.open(at: "a/b")
    #expect(repository.worktree == place.path && repository.gitDirectory == place.path + "/.git")
    #expect(repository.commonDirectory == repository.gitDirectory)
    #expect(!repository.isBare && !repository.isLinkedWorktree && !repository.isShallow)
    #expect(try repository.head() == place.resolve("HEAD") && repository.headBranch() == "refs/heads/main")
  }

  @Test func repositoryWithoutCommitHasNoHead() throws {
    let place = try TemporaryRepository()
    let repository = try place.open()
    #expect(try repository.head() == nil && repository.headBranch() == "refs/heads/main")
    #expect(try repository.branchTips().isEmpty && repository.references(prefix: "refs/").isEmpty)
  }

  @Test func linkedWorktreeSharesObjectsAndReferences() throws {
    let place = try TemporaryRepository()
    let first = try place.commit("one", files: ["a": "1\n"])
    let linked = try place.addWorktree(branch: "side")
    let second = try linked.commit("two", files: ["a": "2\n"])
    for repository in [try linked.open(), try linked.open().reopened()] {
      #expect(repository.isLinkedWorktree && repository.worktree == linked.path)
      #expect(repository.commonDirectory == place.path + "/.git")
      #expect(repository.stateDirectory == place.path + "/.git/opentraces")
      #expect(repository.gitDirectory == place.path + "/.git/worktrees/side")
      #expect(try repository.head() == second && repository.headBranch() == "refs/heads/side")
    }
    var transaction = ReferenceTransaction(try linked.open())
    transaction.set("refs/opentraces/x", to: first, expecting: nil)
    try transaction.commit(reason: "test")
    #expect(try place.resolve("refs/opentraces/x") == first)
    #expect(try place.open().branchTips() == [first, second])
  }

  @Test func bareRepositoryIsOpened() throws {
    let source = try TemporaryRepository()
    let commit = try source.commit("one", files: ["a": "1\n"])
    let bare = try TemporaryRepository(.bare)
    try source.git("push", "-q", bare.path, "main")
    let repository = try bare.open()
    #expect(repository.isBare && repository.worktree == nil && repository.gitDirectory == bare.path)
    #expect(try repository.head() == commit)
    let blob = try LooseWriter(repository).writeBlob("x")
    #expect(try bare.git("cat-file", "blob", blob.hex).output == "x")
  }

  @Test func objectsOfAnAlternateAreRead() throws {
    let source = try TemporaryRepository()
    try source.commit("one", files: ["a": "1\n"])
    let borrower = try TemporaryRepository()
    try borrower.git("clone", "-q", "-s", source.path, borrower.path + "/copy")
    let repository = try borrower.open(at: "copy")
    let blob = try source.resolve("HEAD:a")
    #expect(repository.contains(blob))
    #expect(try repository.blob(blob) == Array("1\n".utf8))
    let writer = PackWriter(repository)
    #expect(try writer.writeBlob("1\n") == blob && writer.count == 0)
  }

  @Test func missingBlobOfAPartialCloneIsNil() throws {
    let source = try TemporaryRepository()
    try source.commit("one", files: ["a": "1\n2\n"])
    try source.commit("two", files: ["a": "1\n2\n3\n"])
    try source.git("config", "uploadpack.allowFilter", "true")
    let partial = try TemporaryRepository()
    try partial.git(
      "clone", "-q", "--filter=blob:none", "--no-checkout", "file://" + source.path, partial.path + "/copy")
    let repository = try partial.open(at: "copy")
    let (old, new) = (try source.resolve("HEAD~:a"), try source.resolve("HEAD:a"))
    #expect(!repository.contains(new))
    #expect(try repository.blob(new) == nil && repository.header(new) == nil)
    let head = try #require(try repository.head())
    let commit = try #require(try repository.commit(head))
    #expect(try repository.blob(at: "a", in: commit.tree) == nil)
    let parent = try repository.tree(ofCommit: commit.parents[0])
    #expect(try repository.changedFiles(from: parent, to: commit.tree).map(\.change) == [.modified])
    #expect { try repository.compareBlobs(old, new) { _, _, _ in } } throws: {
      ($0 as? GitError)?.code == .notFound
    }
  }

  @Test func shallowCloneIsRecognised() throws {
    let source = try TemporaryRepository()
    for number in 0..<3 { try source.commit("\(number)") }
    let clone = try TemporaryRepository()
    try clone.git("clone", "-q", "--depth", "1", "file://" + source.path, clone.path + "/copy")
    let repository = try clone.open(at: "copy")
    #expect(repository.isShallow)
    let head = try #require(try repository.head())
    #expect(try repository.walk(from: [head]) == [head])
  }

  @Test(arguments: ["preciousObjects", "worktreeConfig", "partialClone", "relativeWorktrees"])
  func harmlessExtensionIsNoObstacle(_ name: String) throws {
    let place = try TemporaryRepository()
    let commit = try place.commit("one")
    try place.git("config", "core.repositoryFormatVersion", "1")
    try place.git("config", "extensions." + name, name == "partialClone" ? "origin" : "true")
    #expect(try place.open().head() == commit)
  }

  @Test func referenceTablesAreRefused() throws {
    let place = try TemporaryRepository()
    try place.git("config", "core.repositoryFormatVersion", "1")
    try place.git("config", "extensions.refStorage", "reftable")
    #expect { try place.open() } throws: {
      ($0 as? GitError)?.code == .unsupportedFormat && "\($0)".contains("reftable")
    }
  }

  @Test func longObjectIdsAreRefused() throws {
    let place = try TemporaryRepository()
    try place.git("init", "-q", "--object-format=sha256", place.path + "/long")
    #expect { try place.open(at: "long") } throws: {
      ($0 as? GitError)?.code == .unsupportedFormat && "\($0)".contains("SHA-256")
    }
  }

  @Test func commitIsReadAsGitShowsIt() throws {
    let place = try TemporaryRepository()
    let first = try place.commit("Füße\n\nbody\n", files: ["a": "1\n"])
    let second = try place.commit("two")
    let repository = try place.open()
    let commit = try #require(try repository.commit(first))
    #expect(commit.subject == "Füße" && commit.message == "Füße\n\nbody\n" && commit.authorName == "Ada Author")
    #expect(commit.parents.isEmpty && !commit.isMerge)
    #expect(try commit.tree == place.resolve("HEAD~^{tree}"))
    #expect(commit.committerTime.seconds == 1_750_000_060 && commit.authorTime == commit.committerTime)
    #expect(try repository.commit(second)?.parents == [first])
    #expect(try repository.commit(commit.tree) == nil && repository.commit(.zero) == nil)
  }

  @Test func revisionsAreResolvedAsGitDoes() throws {
    let place = try TemporaryRepository()
    let first = try place.commit("one", files: ["a": "1\n"])
    let second = try place.commit("two", files: ["a": "2\n"])
    try place.git("tag", "-a", "v1", "-m", "tag", first.hex)
    let repository = try place.open()
    let cases = [("HEAD", second), ("HEAD~1", first), ("main^", first), ("v1", first), (first.short, first)]
    for (revision, id) in cases { #expect(try repository.commit(revision: revision) == id, "\(revision)") }
    for revision in ["nothing", "HEAD~5", "HEAD:a", "", "deadbeef", "..", "HEAD^{"] {
      #expect(try repository.commit(revision: revision) == nil, "\(revision)")
    }
  }
}

@Suite struct WalkTests {
  /// A history with merges in which every commit has its own time, children later than parents.
  private static func history(seed: UInt64) throws -> (TemporaryRepository, [ObjectID]) {
    let place = try TemporaryRepository()
    var generator = SeededGenerator(seed: seed)
    var commits: [ObjectID] = []
    for number in 0..<60 {
      let count = number == 0 ? 0 : Int.random(in: 0..<10, using: &generator) == 0 ? 3 : number % 3 == 0 ? 2 : 1
      let parents = (0..<count).map { _ in commits[Int.random(in: max(0, number - 8)..<number, using: &generator)] }
      let unique = parents.enumerated().filter { !parents[..<$0.offset].contains($0.element) }.map(\.element)
      let writer = LooseWriter(try place.open())
      let time = Timestamp(seconds: 1_750_000_000 + number * 60)
      commits.append(
        try writer.writeCommit(tree: writer.writeTree([]), parents: unique, message: "\(number)", time: time))
    }
    return (place, commits)
  }

  @Test(arguments: [51, 52, 53]) func ordersAreThoseOfGit(_ seed: UInt64) throws {
    let (place, commits) = try Self.history(seed: seed)
    let repository = try place.open()
    let tips = [commits[59], commits[58], commits[40]]
    func list(_ arguments: String...) throws -> [ObjectID] {
      try place.run("git", ["rev-list"] + arguments + tips.map(\.hex)).lines.compactMap { ObjectID(hex: $0) }
    }
    #expect(try repository.walk(from: tips) == list())
    #expect(try repository.walk(from: tips, order: .topological) == list("--date-order"))
    #expect(try repository.walk(from: tips, order: .oldestFirst) == list("--date-order", "--reverse"))
    #expect(try repository.walk(from: tips, limit: 7) == list("-n", "7"))
    #expect(try repository.walk(from: tips, order: .topological, limit: 7) == list("--date-order", "-n", "7"))
    let hidden = try repository.walk(from: tips, hiding: [commits[30], commits[35]])
    #expect(try hidden == list("^" + commits[30].hex, "^" + commits[35].hex) && !hidden.isEmpty)
    var seen: [ObjectID] = []
    try repository.walk(from: tips) { id in
      seen.append(id)
      return seen.count < 9
    }
    #expect(try seen == list("-n", "9"))
  }

  @Test(arguments: [2, 5, 8]) func ordersOfAShallowCloneAreThoseOfGit(_ depth: Int) throws {
    let (place, commits) = try Self.history(seed: 55)
    for (name, tip) in [("main", commits[59]), ("side", commits[57])] {
      try place.git("update-ref", "refs/heads/" + name, tip.hex)
    }
    let clone = try TemporaryRepository()
    try clone.git(
      "clone", "-q", "--depth", "\(depth)", "--no-single-branch", "file://" + place.path, clone.path + "/copy")
    let repository = try clone.open(at: "copy")
    let tips = [commits[59], commits[57]]
    func list(_ arguments: String...) throws -> [ObjectID] {
      let result = try clone.run("git", ["rev-list"] + arguments + tips.map(\.hex), at: clone.path + "/copy")
      return result.lines.compactMap { ObjectID(hex: $0) }
    }
    let all = try list()
    #expect(all.count >= 2 && all.count < 60)
    #expect(try repository.walk(from: tips) == all)
    #expect(try repository.walk(from: tips, order: .topological) == list("--date-order"))
    #expect(try repository.walk(from: tips, order: .oldestFirst) == list("--date-order", "--reverse"))
    #expect(try repository.walk(from: tips, limit: 2) == list("-n", "2"))
    #expect(try repository.walk(from: [commits[59]], hiding: [commits[57]]) == list("^" + commits[57].hex))
    var seen: [ObjectID] = []
    try repository.walk(from: tips + [.zero]) { id in
      seen.append(id)
      return seen.count < 3
    }
    #expect(seen == Array(all.prefix(3)))
  }

  @Test func ancestryIsThatOfGit() throws {
    let (place, commits) = try Self.history(seed: 54)
    let repository = try place.open()
    for (a, b) in [(0, 59), (59, 0), (20, 20), (31, 33), (40, 55), (12, 47)] {
      let isAncestor = try place.tryGit("merge-base", "--is-ancestor", commits[a].hex, commits[b].hex).succeeded
      #expect(try repository.isAncestor(commits[a], of: commits[b]) == isAncestor)
    }
  }
}
