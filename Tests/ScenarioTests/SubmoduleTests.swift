import Basics
import GitKit
import TestSupport
import Testing

/// Sessions that work around a submodule and change files in it.
@Suite struct SubmoduleTests {
  /// A repository with an enrolled submodule at `lib`.
  private func stage(agentHooks: Bool = true) throws -> (stage: Stage, inner: String) {
    var options = Stage.Options()
    options.hasAgentHooks = agentHooks
    let stage = try Stage(options)
    let library = try TemporaryRepository(name: "library")
    try library.commit("library", files: ["lib.py": "def lib():\n    return 1\n"])
    try stage.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.path, "lib")
    try stage.commit("submodule")
    let inner = stage.repository.path + "/lib"
    try stage.program("init", at: inner)
    return (stage, inner)
  }

  @Test func shellCommandsInsideAreSeen() throws {
    let (stage, inner) = try stage()
    try stage.turn("A") {
      _ = try $0.bash("printf 'def shell_made_this_function():\\n    return \"by the shell\"\\n' > lib/made.py")
      try $0.editA()
    }
    let change = try stage.commit("inside", at: inner)
    try stage.expectLines(change, ["made.py": ["A": [1...2]]], at: inner)
    let outside = try stage.commit("outside and bump")
    try stage.expectLines(outside, ["src/app.py": ["A": [11...22]]])
    try stage.expectNote(outside, ["A"])
  }

  @Test func whoNeverEntersASubmoduleLeavesNothingThere() throws {
    let (stage, inner) = try stage()
    try stage.turn("A") { try $0.editA() }
    try stage.commit("outside")
    #expect(try stage.program("status", at: inner)["sessions"]?.array?.count == 0)
    #expect(!Files.exists(stage.repository.path + "/.git/modules/lib/opentraces/journal/claude-code"))
    try stage.program("init", "--agent", "claude-code", "--import-existing", at: inner)
    #expect(try stage.program("status", at: inner)["sessions"]?.array?.count == 0)
  }

  @Test func transcriptsAloneTieTheCommitsInsideAndTheBump() throws {
    let (stage, inner) = try stage(agentHooks: false)
    try stage.turn("A") {
      try $0.edit("lib/lib.py", "    return 1\n", "    return lines_of_the_submodule(1)\n")
    }
    let change = try stage.commit("inside", at: inner)
    let bump = try stage.commit("bump")
    for place in [inner, stage.repository.path] {
      try stage.program("init", "--agent", "claude-code", "--import-existing", at: place)
      try stage.program("git-backfill", at: place)
    }
    try stage.expectLines(change, ["lib.py": ["A": [2...2]]], at: inner)
    #expect(try stage.evidence(bump).map { $0["path"]?.string } == ["lib"])
    #expect(try stage.evidence(bump).map { $0["change"]?.string } == ["submodule"])
  }

  @Test func bumpSurvivesAsLongAsTheCommitsAreInTheSubmodule() throws {
    let (stage, inner) = try stage()
    try stage.turn("A") {
      try $0.edit("lib/lib.py", "    return 1\n", "    return lines_of_the_submodule(1)\n")
    }
    let before = try stage.head(at: inner)
    try stage.commit("inside", at: inner)
    try stage.commit("bump")
    func states() throws -> Set<String> { try stage.survival("A", "lib/lib.py").states }
    #expect(try states() == ["alive_on_path"])
    try stage.person("lib/more.py", "x = 1\n")
    try stage.commit("more inside", at: inner)
    try stage.commit("second bump")
    #expect(try states() == ["alive_on_path"])
    try stage.git("checkout", "-q", before.hex, at: inner)
    try stage.commit("back")
    #expect(try states() == ["reverted"])
  }

  @Test func brokenSubmoduleKeepsNothingElseFromBeingCaptured() throws {
    let (stage, inner) = try stage()
    try stage.person("lib/.git", "gitdir: /nowhere\n")
    try stage.turn("A") {
      try $0.editA()
      _ = try $0.bash("true")
    }
    #expect(Files.exists(inner))
    try stage.git("add", "src")
    let commit = try stage.commitStaged("outside")
    try stage.expectLines(commit, ["src/app.py": ["A": [11...22]]])
  }
}
