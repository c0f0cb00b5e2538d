import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct PushGuardTests {
  private let it: InstalledRepository
  private let remote: TemporaryRepository
  private var repository: TemporaryRepository { it.repository }

  init() throws {
    it = try InstalledRepository()
    remote = try TemporaryRepository(.bare)
    try it.repository.git("remote", "add", "origin", remote.path)
    try it.repository.commit("one")
    try it.repository.git("checkout", "-q", "--orphan", "private")
    try it.repository.commit("captured")
    try it.repository.git("update-ref", "refs/opentraces/local/bucket/v1", "HEAD")
    try it.repository.git("checkout", "-q", "main")
    try it.repository.git("branch", "-q", "-D", "private")
  }

  private var remoteRefs: [String] { get throws { try GitOracle(remote).references().keys.sorted() } }

  private func expectRefused(_ result: ShellResult) throws {
    #expect(!result.succeeded)
    #expect(result.errors.contains("opentraces: not pushed: "))
    #expect(result.errors.contains("git push origin <branch>") || result.errors.contains("<branch>"))
    #expect(result.errors.contains("git push origin --all"))
    #expect(try remoteRefs.isEmpty)
  }

  @Test func mirrorPushIsStopped() throws {
    _ = try it.installer().install()
    try expectRefused(repository.tryGit("push", "--mirror", "origin"))
  }

  @Test(arguments: [
    "refs/opentraces/local/bucket/v1", "refs/opentraces/local/bucket/v1:refs/heads/backup",
    "refs/opentraces/*:refs/opentraces/*", "HEAD:refs/opentraces/local/x", "HEAD:refs/worktree/x",
  ])
  func privateRefIsStoppedByEitherName(_ refspec: String) throws {
    _ = try it.installer().install()
    try expectRefused(repository.tryGit("push", "origin", refspec))
  }

  @Test func privateCommitIsStoppedByItsId() throws {
    _ = try it.installer().install()
    let id = try repository.resolve("refs/opentraces/local/bucket/v1")
    try expectRefused(repository.tryGit("push", "origin", "\(id):refs/heads/backup"))
  }

  @Test func mirrorPushIsStoppedWithoutTheExecutable() throws {
    _ = try it.installer().install()
    try Files.remove(it.binary)
    try expectRefused(repository.tryGit("push", "--mirror", "origin"))
  }

  @Test func ordinaryPushPasses() throws {
    _ = try it.installer().install()
    #expect(try repository.tryGit("push", "-q", "origin", "main").succeeded)
    #expect(try remoteRefs == ["refs/heads/main"])
  }

  @Test func whatIsSharedPassesWhenTheExecutableSaysSo() throws {
    _ = try it.installer().install()
    let asked = repository.path + "/../asked"
    func answer(_ code: Int) throws {
      try Files.writeAtomically(
        Array("#!/bin/sh\necho \"$@\" > '\(asked)'\nexit \(code)\n".utf8), to: it.binary, mode: 0o755)
    }
    func push(_ refspec: String) throws -> Bool { try repository.tryGit("push", "-q", "origin", refspec).succeeded }
    try answer(1)
    #expect(try !push("HEAD:refs/opentraces/bucket/v1/abc") && remoteRefs.isEmpty)
    #expect(try Files.readText(asked) == "_guard \(repository.resolve("HEAD"))\n")
    try answer(0)
    #expect(try push("HEAD:refs/opentraces/bucket/v1/abc"))
    try answer(1)
    #expect(try push("main") && push(":refs/opentraces/bucket/v1/abc"))
    try repository.git("update-ref", "refs/opentraces/remotes/origin/bucket/v1/x", "HEAD")
    #expect(try push("refs/opentraces/remotes/origin/bucket/v1/x:refs/opentraces/bucket/v1/x"))
    // Nobody there to ask.
    try Files.remove(it.binary)
    let unasked = try repository.tryGit("push", "-q", "origin", "HEAD:refs/opentraces/bucket/v1/abc")
    #expect(!unasked.succeeded && unasked.errors.contains("opentraces: not pushed: "))
  }

  @Test func leakedRefCanBeDeletedOverThere() throws {
    try repository.git("push", "-q", "origin", "refs/opentraces/local/bucket/v1")
    _ = try it.installer().install()
    #expect(try repository.tryGit("push", "-q", "origin", ":refs/opentraces/local/bucket/v1").succeeded)
    #expect(try remoteRefs.isEmpty)
  }

  @Test(arguments: ["/bin/sh -e", "/usr/bin/env bash"])
  func existingHookStillGetsItsInputAndArguments(_ shell: String) throws {
    let hook = "#!\(shell)\nwhile read -r a b c d; do echo \"$1 $a $b $c $d\" >>seen; done\n"
    try repository.write(".git/hooks/pre-push", hook, mode: 0o755)
    _ = try it.installer().install()
    #expect(try repository.tryGit("push", "-q", "origin", "main").succeeded)
    let head = try repository.resolve("HEAD")
    let zero = ObjectID.zero
    #expect(
      try Files.readText(repository.path + "/seen")
        == "origin refs/heads/main \(head) refs/heads/main \(zero)\n")
  }

  @Test func existingHookMayStillRefuse() throws {
    try repository.write(".git/hooks/pre-push", "#!/bin/sh\ncat >/dev/null\nexit 1\n", mode: 0o755)
    _ = try it.installer().install()
    #expect(try !repository.tryGit("push", "-q", "origin", "main").succeeded)
    #expect(try remoteRefs.isEmpty)
  }

  @Test func thousandsOfRefsPassThroughAnExistingHook() throws {
    try repository.write(".git/hooks/pre-push", "#!/bin/sh\nwc -l >seen\n", mode: 0o755)
    let head = try repository.resolve("HEAD")
    let updates = (0..<3000).map { "create refs/tags/t\($0) \(head)\n" }.joined()
    try repository.git("update-ref", "--stdin", input: updates)
    _ = try it.installer().install()
    #expect(try repository.tryGit("push", "-q", "origin", "--tags").succeeded)
    #expect(try Files.readText(repository.path + "/seen")?.contains("3000") == true)
  }
}
