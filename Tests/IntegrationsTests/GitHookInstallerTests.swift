import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct GitHookInstallerTests {
  @Test func emptyHooksDirectoryIsEmptyAgainAfterRemoval() throws {
    let it = try InstalledRepository()
    let before = try it.snapshot()
    let report = try it.installer().install()
    #expect(report.changed && report.state.isInstalled && report.state.deployedVersion == "1.2.3")
    #expect(try it.installer().remove().state.isInstalled == false)
    #expect(try it.snapshot() == before)
  }

  @Test func dryRunTellsAndWritesNothing() throws {
    let it = try InstalledRepository()
    let before = try it.snapshot()
    let planned = try it.installer().install(dryRun: true)
    #expect(planned.isDryRun && planned.changed && !planned.state.isInstalled)
    #expect(try it.snapshot() == before)
    #expect(!Files.exists(it.repository.path + "/.git/opentraces"))
    let done = try it.installer().install()
    #expect(done.changes == planned.changes)
    let installed = try it.snapshot()
    #expect(try it.installer().remove(dryRun: true).changed)
    #expect(try it.snapshot() == installed)
  }

  @Test func missingHooksDirectoryIsMade() throws {
    let it = try InstalledRepository()
    try Files.removeTree(it.repository.path + "/.git/hooks")
    #expect(try it.installer().install().state.isInstalled)
    try it.repository.commit("one")
    #expect(try it.calls.count == 1)
  }

  @Test func everyHookReachesTheExecutable() throws {
    let it = try InstalledRepository()
    let path = it.repository.path
    try it.repository.commit("base")
    _ = try it.installer().install()
    let first = try it.repository.commit("one", files: ["a": "1\n"])
    try it.repository.git("commit", "-q", "--amend", "-m", "uno")
    let amended = try it.repository.resolve("HEAD")
    try it.repository.git("checkout", "-q", "-b", "side", "HEAD~1")
    let second = try it.repository.commit("two", files: ["b": "2\n"])
    try it.repository.git("checkout", "-q", "main")
    try it.repository.git("merge", "-q", "side")
    #expect(
      try it.calls == [
        "_hook git post-commit \(path)", "_hook git post-commit \(path)", "_hook git post-rewrite amend \(path)",
        "_hook git post-checkout \(amended) \(path)", "_hook git post-commit \(path)",
        "_hook git post-checkout \(second) \(path)", "_hook git post-merge \(path)",
      ])
    #expect(try it.input == "\(first) \(amended)\n")
  }

  @Test func existingPostRewriteHookStillGetsItsInput() throws {
    let it = try InstalledRepository()
    try it.repository.commit("base")
    try it.repository.write(".git/hooks/post-rewrite", "#!/bin/sh\ncat >seen\n", mode: 0o755)
    _ = try it.installer().install()
    try it.repository.git("commit", "-q", "--amend", "--allow-empty", "-m", "again")
    #expect(try Files.readText(it.repository.path + "/seen") == it.input)
    #expect(try !it.input.isEmpty)
  }

  @Test func newerVersionRenewsTheScripts() throws {
    let it = try InstalledRepository()
    _ = try it.installer(at: "", it.options("1.0.0")).install()
    let drift = try it.installer(at: "", it.options("2.0.0")).status()
    #expect(
      drift.isInstalled && drift.drift.map(\.reason) == Array(repeating: "version-drift", count: GitHook.allCases.count)
    )
    #expect(drift.json["drift"]?.array?.count == GitHook.allCases.count)
    #expect(try it.installer(at: "", it.options("2.0.0")).install().state.drift.isEmpty)
  }

  @Test func lostScriptShowsAsPartialAndIsRepaired() throws {
    let it = try InstalledRepository()
    _ = try it.installer().install()
    try Files.remove(it.repository.path + "/.git/hooks/opentraces-post-commit")
    let result = try it.repository.tryGit("commit", "-q", "--allow-empty", "-m", "x")
    #expect(result.succeeded && result.errors.isEmpty)
    let state = try it.installer().status()
    #expect(!state.isInstalled && state.isPartial)
    #expect(try it.installer().install().state.isInstalled)
  }

  @Test func movedRepositoryKeepsItsHooks() throws {
    let it = try InstalledRepository()
    _ = try it.installer().install()
    let moved = it.repository.path + "-moved"
    #expect(
      try run("mv", [it.repository.path, moved], environment: ["PATH": "/usr/bin:/bin"], directory: "/").succeeded)
    try it.repository.git("commit", "-q", "--allow-empty", "-m", "x", at: moved)
    #expect(try it.calls == ["_hook git post-commit \(moved)"])
  }

  @Test func reportHasTheKeysOfTheContractInOrder() throws {
    let it = try InstalledRepository()
    let report = try it.installer().install().json
    #expect(report.object?.keys.prefix(3) == ["status", "action", "state"])
    #expect(
      report["state"]?.object?.keys.prefix(8) == [
        "installer", "installed", "owned_hook_present", "chain_present", "hook_dir", "deployed_version", "cli_version",
        "drift",
      ])
  }
}
