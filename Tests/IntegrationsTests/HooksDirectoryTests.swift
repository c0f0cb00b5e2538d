import Basics
import GitKit
import Integrations
import TestSupport
import Testing

@Suite struct HooksDirectoryTests {
  @Test func subdirectoryInstallsForTheWholeRepository() throws {
    let it = try InstalledRepository()
    try it.repository.commit("one", files: ["deep/er/file": "x\n"])
    let report = try it.installer(at: "deep/er").install()
    #expect(report.state.isInstalled && report.state.hookDirectory == it.repository.path + "/.git/hooks")
    try it.repository.git("commit", "-q", "--allow-empty", "-m", "x", at: it.repository.path + "/deep")
    #expect(try it.calls == ["_hook git post-commit \(it.repository.path)"])
  }

  @Test func linkedWorktreeInstallsWhereGitLooks() throws {
    let it = try InstalledRepository()
    try it.repository.commit("one")
    let worktree = try it.repository.addWorktree(branch: "side")
    let installed = try GitHookInstaller(worktree.open(), options: it.options()).install()
    #expect(installed.state.hookDirectory == it.repository.path + "/.git/hooks")
    try worktree.git("commit", "-q", "--allow-empty", "-m", "x")
    try it.repository.git("commit", "-q", "--allow-empty", "-m", "y")
    #expect(try it.calls == [worktree, it.repository].map { "_hook git post-commit \($0.path)" })
  }

  @Test func huskyDirectoryIsChainedInPlace() throws {
    let it = try InstalledRepository()
    let repository = it.repository
    try repository.write(".husky/post-commit", "echo ran >>ran\n")
    try repository.commit("husky")
    try repository.write(".husky/_/.gitignore", "*")
    try repository.write(
      ".husky/_/h", #"s=$(dirname "$(dirname "$0")")/$(basename "$0"); [ ! -f "$s" ] || sh -e "$s" "$@""#)
    for hook in ["post-commit", "post-rewrite", "post-merge", "pre-push"] {
      try repository.write(".husky/_/" + hook, "#!/usr/bin/env sh\n. \"$(dirname \"$0\")/h\"", mode: 0o755)
    }
    try repository.git("config", "core.hooksPath", ".husky/_")
    let hooks = repository.path + "/.husky/_"
    let before = try it.snapshot(hooks: hooks)
    let report = try it.installer().install()
    #expect(report.error == nil && report.state.isInstalled)
    #expect(report.json["state"]?["managed_by"] == "husky")
    #expect(report.json["state"]?["hooks_path_source"] == "core.hooksPath")
    try repository.git("commit", "-q", "--allow-empty", "-m", "x")
    #expect(try it.calls == ["_hook git post-commit \(repository.path)"])
    #expect(try Files.readText(repository.path + "/ran") == "ran\n")
    _ = try it.installer().remove()
    #expect(try it.snapshot(hooks: hooks) == before)
    #expect(!Files.exists(repository.path + "/.git/hooks/opentraces-post-commit"))
  }

  @Test func trackedDirectoryIsNeverWritten() throws {
    let it = try InstalledRepository()
    try it.repository.write(".githooks/post-commit", "#!/bin/sh\necho ran >>ran\n", mode: 0o755)
    try it.repository.commit("hooks")
    try it.repository.git("config", "core.hooksPath", ".githooks")
    let report = try it.installer().install()
    let error = try #require(report.error)
    #expect(error.code == "HOOKS_PATH_UNMANAGED" && error.exitCode == 3)
    #expect(error.hint?.contains("hooks/opentraces-post-commit") == true)
    #expect(report.json["status"] == "error" && report.json["error"]?["code"] == "HOOKS_PATH_UNMANAGED")
    #expect(!report.state.isInstalled)
    #expect(try it.repository.git("status", "--porcelain").output.isEmpty)
  }

  @Test func linesAddedByHandWork() throws {
    let it = try InstalledRepository()
    try it.repository.write(".githooks/readme", "x")
    try it.repository.commit("hooks")
    try it.repository.git("config", "core.hooksPath", ".githooks")
    for hook in try it.installer().install().state.hooks {
      let snippet = try #require(hook.snippet)
      try it.repository.write(".githooks/" + hook.hook.rawValue, "#!/bin/sh\n\(snippet)\n", mode: 0o755)
    }
    try it.repository.commit("by hand")
    #expect(try it.calls.count == 1)
    let report = try it.installer().install()
    #expect(report.error == nil && report.state.isInstalled && report.json["state"]?["strategy"] == "manual")
  }

  @Test func machineWideDirectoryHoldsItsOwnScripts() throws {
    let it = try InstalledRepository()
    let shared = try TemporaryDirectory()
    try it.repository.git("config", "core.hooksPath", shared.path + "/hooks")
    let report = try it.installer().install()
    #expect(report.error == nil && report.state.hookDirectory == shared.path + "/hooks")
    try it.repository.commit("one")
    #expect(try it.calls.count == 1)
    _ = try it.installer().remove()
    #expect(Files.list(shared.path + "/hooks").isEmpty)
  }

  @Test func hooksPathOfOneWorktreeCounts() throws {
    let it = try InstalledRepository()
    try it.repository.commit("one")
    try it.repository.git("config", "extensions.worktreeConfig", "true")
    try it.repository.git("config", "--worktree", "core.hooksPath", "own-hooks")
    try it.repository.write(".git/info/exclude", "own-hooks\n")
    try Files.createDirectory(it.repository.path + "/own-hooks")
    #expect(try it.installer().install().state.hookDirectory == it.repository.path + "/own-hooks")
    try it.repository.commit("two")
    #expect(try it.calls.count == 1)
  }

  @Test func gitWithHooksInItsConfigurationNeedsNoFile() throws {
    let it = try InstalledRepository()
    try it.repository.write(".githooks/post-commit", "#!/bin/sh\n", mode: 0o755)
    try it.repository.commit("hooks")
    try it.repository.git("config", "core.hooksPath", ".githooks")
    let before = try it.snapshot()
    let recent = it.options(git: GitVersion("git version 2.54.1 (x)\n"))
    let report = try it.installer(at: "", recent).install()
    #expect(report.error == nil && report.state.isInstalled && report.json["state"]?["strategy"] == "config")
    #expect(try it.repository.git("config", "hook.opentraces-pre-push.event").line == "pre-push")
    #expect(try !it.installer(at: "", recent).install().changed)
    _ = try it.installer(at: "", recent).remove()
    #expect(try it.snapshot() == before)
  }

  @Test func configStrategyNeedsARecentGit() throws {
    let it = try InstalledRepository()
    let options = it.options(strategy: .config)
    #expect { try it.installer(at: "", options).install() } throws: { ($0 as? IntegrationError)?.exitCode == 2 }
  }

  @Test func bareRepositoryAndNoRepositoryAreRefused() throws {
    let bare = try TemporaryRepository(.bare)
    let options = GitHookInstaller.Options(binary: "/x", version: "1")
    #expect { try GitHookInstaller(at: bare.path, options: options) } throws: {
      ($0 as? IntegrationError)?.code == "NOT_A_WORKTREE"
    }
    let empty = try TemporaryDirectory()
    #expect { try GitHookInstaller(at: empty.path, options: options) } throws: {
      ($0 as? IntegrationError)?.code == "NOT_A_GIT_REPO" && ($0 as? IntegrationError)?.exitCode == 3
    }
  }
}
