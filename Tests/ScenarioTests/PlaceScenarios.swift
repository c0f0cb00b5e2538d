import Basics
import GitKit
import TestSupport
import Testing

/// Worktrees, submodules, missing hooks, many writers, other kinds of repositories.
@Suite struct PlaceScenarios {
  @Test func linkedWorktree() throws {
    let stage = try Stage()
    let worktree = try stage.repository.addWorktree(branch: "side")
    try stage.turn("A", in: worktree) { try $0.editA() }
    let commit = try stage.commit("tax", at: worktree.path)
    try stage.expect(commit, ["src/app.py": ["A": [11...22]]])
    #expect(try Files.readText(stage.repository.path + "/.git/opentraces/hook.log")?.contains(commit.hex) == true)
    try stage.expectSurvival("A", "src/app.py", "orphan_branch")
    try stage.git("merge", "-q", "--ff-only", "side")
    try stage.expectSurvival("A", "src/app.py", "alive_on_path", 1)
    try stage.finish(24, "session and commit in a linked worktree")
  }

  @Test func submodule() throws {
    let stage = try Stage()
    let library = try TemporaryRepository(name: "library")
    try library.commit("library", files: ["lib.py": "def lib():\n    return 1\n"])
    try stage.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.path, "lib")
    try stage.commit("submodule")
    let inner = stage.repository.path + "/lib"
    try stage.program("init", at: inner)
    try stage.turn("A") {
      try $0.edit("lib/lib.py", "    return 1\n", "    return lines_of_the_submodule(1)\n")
    }
    let change = try stage.commit("inside", at: inner)
    let bump = try stage.commit("bump")
    try stage.expectLines(change, ["lib.py": ["A": [2...2]]], at: inner)
    try stage.expectNote(change, ["A"], at: inner)
    try stage.expectLines(bump, [:])
    try stage.expectNote(bump, ["A"])
    #expect(try stage.evidence(bump).map { "\($0["path"]?.string ?? "")" } == ["lib"])
    try stage.finish(25, "edit in a submodule, then the bump")
  }

  @Test func noGitHooksThenBackfill() throws {
    var options = Stage.Options()
    options.hasGitHooks = false
    options.hasAgentHooks = false
    let stage = try Stage(options)
    let seed = try stage.head()
    stage.pass(hours: -1)
    try stage.turn("A") {
      try $0.editA()
      try $0.writeM()
    }
    stage.pass(hours: 1)
    let feature = try stage.commit("feature")
    try stage.person("README.md", "# Orders\n\nLater.\n")
    let later = try stage.commit("later")
    try stage.program("init", "--agent", "claude-code", "--import-existing")
    try stage.program("git-backfill", "--max-commits", "2000", "--window-hours", "48")
    try stage.expectNobody(seed)
    try stage.expect(feature, ["src/app.py": ["A": [11...22]], "src/money.py": ["A": [1...15]]])
    try stage.expectNobody(later)
    try stage.finish(27, "no hooks, imported later, back-fill")
  }

  @Test func transcriptOnly() throws {
    var options = Stage.Options()
    options.hasAgentHooks = false
    let stage = try Stage(options)
    try stage.turn("A") {
      try $0.editA()
      try $0.writeM()
    }
    try stage.program("init", "--agent", "claude-code", "--import-existing")
    let commit = try stage.commit("feature")
    try stage.expect(commit, ["src/app.py": ["A": [11...22]], "src/money.py": ["A": [1...15]]])
    let evidence = try stage.evidence(commit)
    #expect(!evidence.isEmpty)
    #expect(evidence.allSatisfy { $0["evidence_firmness"] == "provisional" })
    #expect(
      evidence.allSatisfy { $0["limitations"]?.array?.contains("reconstructed_without_hooks") ?? false })
    try stage.finish(36, "transcript only")
  }

  @Test func twoWorktreesTwoSessionsOnePath() throws {
    let stage = try Stage()
    let other = try stage.repository.addWorktree(branch: "other")
    let first = try stage.agent("A")
    let second = try stage.agent("B", in: other)
    try first.editA()
    try second.editR()
    try second.edit(
      "src/app.py", "        result += item.price\n", "        result += item.price * item.quantity_of_b\n")
    try first.stop()
    try second.stop()
    let here = try stage.commit("here")
    let there = try stage.commit("there", at: other.path)
    try stage.expect(here, ["src/app.py": ["A": [11...22]]])
    try stage.expect(there, ["src/app.py": ["B": [14...14, 22...22]]])
    try stage.finish(48, "two worktrees, two sessions, one path")
  }

  @Test func fiveThousandFilesInOneCommit() throws {
    let stage = try Stage()
    try stage.turn("A") {
      try $0.bash(
        "mkdir gen; i=0; while [ $i -lt 5000 ]; do echo \"generated_value_number_$i = $i\" > gen/f$i.py; i=$((i+1)); done"
      )
    }
    // Git waits as long as it does on a machine of a user.
    stage.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = nil
    try stage.git("add", "-A")
    let start = MonotonicClock.seconds()
    try stage.git("-c", "core.hooksPath=/nonexistent", "commit", "-q", "-m", "plain")
    let plain = MonotonicClock.seconds() - start
    try stage.git("reset", "-q", "--soft", "HEAD~1")
    let again = MonotonicClock.seconds()
    let commit = try stage.commitStaged("generated")
    let hooked = MonotonicClock.seconds() - again
    #expect(hooked < plain + 2, "\(hooked) against \(plain)")
    stage.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = "10000"
    try stage.program("git-backfill")
    let blame = try stage.program("trail", "blame", "commit", commit.hex)
    #expect(blame["source"] == "trail_events")
    #expect(blame["coverage"]?["attributed"] == 5000)
    try stage.expectNote(commit, ["A"])
    try stage.finish(49, "five thousand files in one commit")
  }

  @Test func sixWritersLoseNoEvent() throws {
    let stage = try Stage()
    let places = try (0..<6).map { try stage.repository.addWorktree(branch: "w\($0)") }
    for (number, place) in places.enumerated() {
      try stage.turn("W\(number)", in: place) {
        for file in 0..<15 { try $0.write("w\(number)/f\(file).py", "written_by_\(number)_in_file_\(file) = 1\n") }
      }
    }
    try stage.git("config", "gc.auto", "0")
    let writers = places.map { (path: $0.path, environment: $0.environment) }
    try inParallel(6) { number in
      var place = writers[number].environment
      place.now = Timestamp.now().seconds
      for file in 0..<15 {
        let result = try run(
          "/bin/sh", ["-c", "git add w\(number)/f\(file).py && git commit -q -m c"], environment: place.variables,
          directory: writers[number].path)
        try #require(result.succeeded, "\(result.errors)")
      }
    }
    let notes = try stage.git("notes", "--ref=opentraces", "list").lines
    #expect(notes.count == 90)
    for place in places {
      for back in 0..<15 {
        let id = try #require(ObjectID(hex: place.git("rev-parse", "HEAD~\(back)").line))
        let evidence = try stage.evidence(id)
        #expect(evidence.count == 1)
      }
    }
    #expect(try stage.program("bucket", "verify", "--full")["ok"] == true)
    try stage.finish(50, "six writers of fifteen commits each")
  }

  @Test func otherObjectFormatIsRefused() throws {
    let directory = try TemporaryDirectory()
    let environment = SealedEnvironment(home: directory.path)
    let binary = try #require(BuiltBinary.path)
    let path = directory.path + "/repo"
    _ = try run(
      "git", ["init", "-q", "--object-format=sha256", path], environment: environment.variables,
      directory: directory.path)
    for arguments in [["init"], ["trail", "graph"], ["git-backfill"]] {
      let result = try run(binary, arguments + ["--json"], environment: environment.variables, directory: path)
      #expect(result.exitCode == 3)
      let error = try JSONValue(parsing: result.output)["error"]
      #expect(error?["message"]?.string?.contains("SHA-256") == true, "\(result.output)")
    }
    try ScenarioTable.add(52, "a SHA-256 repository is refused", Score())
  }
}
