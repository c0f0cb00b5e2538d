import Basics
import GitKit
import TestSupport
import Testing

@testable import Commands
@testable import Integrations

@Suite struct SetupPiTests {
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    // A `pi` or an `opentraces` of the machine would be seen.
    work.repository.environment.variables["PATH"] = "/usr/bin:/bin"
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    return work
  }

  /// The package in the repository that the program under test was built in, when it is there.
  private var builtPackage: String? {
    let path = Paths.absolute("../../../packages/opentraces-pi", base: #filePath)
    return Files.isDirectory(path) ? path : nil
  }

  private func settings(_ work: Workspace) -> String { work.home + "/.pi/agent/settings.json" }

  private func state(_ work: Workspace, _ name: String) throws -> String? {
    let steps = try work.json("setup", "pi", "--dry-run")["steps"]?.array ?? []
    return steps.first { $0["name"]?.string == name }?["state"]?.string
  }

  // MARK: Envelopes

  @Test func installationAnswersWithWhatIsThereNow() throws {
    let work = try workspace()
    let first = try work.json("setup", "pi")
    #expect(
      first.object?.keys == [
        "status", "installed", "added", "config_files", "state", "next_steps", "changed", "changes",
      ])
    #expect(first["installed"] == ["package": "npm:opentraces-pi"] && first["added"] == ["package"])
    #expect(first["config_files"] == [.string(settings(work))] && first["changed"] == true)
    #expect(first["changes"] == [["action": "write", "path": .string(settings(work))]])
    #expect(first["next_steps"]?.array?.count == 2)
    #expect(
      first["state"] == [
        "installer": "pi", "installed": true, "package_name": "opentraces-pi", "package_spec": "npm:opentraces-pi",
        "settings_file": .string(settings(work)), "scope": "global", "pi_binary": .null, "settings_corrupt": false,
        "error": .null, "packages": ["npm:opentraces-pi"],
        "local_package_dir": .string(builtPackage ?? work.repository.path + "/packages/opentraces-pi"),
        "local_package_present": .bool(builtPackage != nil),
      ])
    let bytes = try Files.readIfPresent(settings(work))
    let second = try work.json("setup", "pi")
    #expect(second["added"] == [] && second["changed"] == false && second["changes"] == [])
    #expect(second["installed"] == first["installed"] && second["state"] == first["state"])
    #expect(try Files.readIfPresent(settings(work)) == bytes)
  }

  @Test func removalAnswersWithWhatItTookOut() throws {
    let work = try workspace()
    _ = try work.json("setup", "pi")
    let dry = try work.json("setup", "pi", "--remove", "--dry-run")
    #expect(dry["dry_run"] == true && dry["removed"] == ["package"] && Files.exists(settings(work)))
    let first = try work.json("setup", "pi", "--remove")
    #expect(first.object?.keys == ["status", "action", "removed", "state", "changed", "changes"])
    #expect(first["action"] == "remove" && first["removed"] == ["package"] && first["changed"] == true)
    #expect(first["changes"] == [["action": "remove", "path": .string(settings(work))]])
    #expect(first["state"]?["installed"] == false && first["state"]?["packages"] == [])
    let second = try work.json("setup", "pi", "--remove")
    #expect(second["removed"] == [] && second["changed"] == false)
    #expect(!Files.exists(work.home + "/.pi/agent"))
  }

  @Test func aPinnedPackageIsTheOneThatIsInstalled() throws {
    let work = try workspace()
    try Files.createDirectory(Paths.parent(settings(work)))
    try Files.writeAtomically(Array("{\"packages\":[\"npm:opentraces-pi@1.2.3\"]}".utf8), to: settings(work))
    let answer = try work.json("setup", "pi")
    #expect(answer["installed"] == ["package": "npm:opentraces-pi@1.2.3"] && answer["added"] == [])
    #expect(answer["state"]?["package_spec"] == "npm:opentraces-pi@1.2.3")
  }

  @Test func malformedSettingsAreRefusedWithTheEnvelope() throws {
    let work = try workspace()
    try Files.createDirectory(Paths.parent(settings(work)))
    try Files.writeAtomically(Array("{\"packages\": {}}".utf8), to: settings(work))
    for flags in [[], ["--remove"], ["--dry-run"]] {
      let result = try work.run(["setup", "pi", "--json"] + flags)
      let error = try JSONValue(parsing: result.output)["error"]
      #expect(result.exitCode == 5 && error?["code"] == "CORRUPT_PI_SETTINGS" && error?["kind"] == "install")
    }
    #expect(try Files.readText(settings(work)) == "{\"packages\": {}}")
    let other = try work.json("setup", "pi", "--dry-run", "--project")
    #expect(other["package"]?["settings_corrupt"] == false)
  }

  // MARK: Which file, which package

  @Test func projectSettingsAreThoseOfTheWorkingDirectory() throws {
    let work = try workspace()
    let answer = try work.json("setup", "pi", "--project")
    let file = work.repository.path + "/.pi/settings.json"
    #expect(answer["config_files"] == [.string(file)] && answer["state"]?["scope"] == "project")
    #expect(Files.exists(file) && !Files.exists(work.home + "/.pi"))
    let plan = try work.json("setup", "pi", "--dry-run")
    #expect(plan["package"]?["installed"] == false && plan["project_package"]?["installed"] == true)
    #expect(plan["package"]?["scope"] == "global" && plan["project_package"]?["settings_file"] == .string(file))
    _ = try work.json("setup", "pi", "--project", "--remove")
    #expect(try work.repository.git("status", "--porcelain").output.isEmpty)
  }

  @Test func namedSettingsFileWins() throws {
    let work = try workspace()
    let answer = try work.json("setup", "pi", "--project", "--settings-file", "~/other.json")
    #expect(answer["config_files"] == [.string(work.home + "/other.json")])
    #expect(try Files.readText(work.home + "/other.json")?.contains("npm:opentraces-pi") == true)
    #expect(!Files.exists(work.repository.path + "/.pi"))
  }

  @Test func directoryOfPiItselfIsHonoured() throws {
    let work = try workspace()
    work.repository.environment.variables["PI_CODING_AGENT_DIR"] = "~/pi-home"
    _ = try work.json("setup", "pi")
    #expect(Files.exists(work.home + "/pi-home/settings.json") && !Files.exists(work.home + "/.pi"))
  }

  @Test func localPackageIsTheDirectoryOfThisRepository() throws {
    let work = try workspace()
    let missing = try work.opentraces("setup", "pi", "--local", "--dry-run", "--json")
    let planned = try JSONValue(parsing: missing.output)["plan"]?.array?.first?["source"]?.string
    #expect(planned == builtPackage ?? "npm:opentraces-pi")
    #expect(missing.errors.contains("packages/opentraces-pi is not there") == (builtPackage == nil))
    let directory = work.repository.path + "/packages/opentraces-pi"
    try Files.createDirectory(directory)
    let answer = try work.json("setup", "pi", "--local")
    #expect(answer["installed"] == ["package": .string(directory)])
    #expect(answer["state"]?["local_package_present"] == true && answer["state"]?["installed"] == true)
    #expect(try work.json("setup", "pi", "--remove")["removed"] == ["package"])
  }

  // MARK: The dry run

  @Test func dryRunReportsTheChecklistAndWritesNothing() throws {
    let work = try workspace()
    let before = Files.list(work.home)
    let plan = try work.json("setup", "pi", "--dry-run")
    #expect(
      plan.object?.keys == [
        "status", "installer", "package", "project_package", "bridge", "capture_enabled", "raw_provider_bodies_default",
        "steps", "dry_run", "plan", "settings_file", "writes", "changed", "changes",
      ])
    #expect(
      plan["plan"] == [
        ["event": "pi-package", "source": "npm:opentraces-pi", "dest": .string(settings(work))]
      ])
    #expect(plan["writes"] == [] && plan["changed"] == true && plan["capture_enabled"] == true)
    #expect(plan["bridge"]?["schema_version"] == "opentraces.pi.bridge_status.v1")
    let program = try #require(BuiltBinary.path)
    #expect(
      plan["steps"] == [
        ["name": "pi_package", "state": "missing", "command": "pi install npm:opentraces-pi"],
        [
          "name": "opentraces_cli", "state": "ok", "commands": [], "path": .string(Files.resolvingLinks(program)),
          "not_on_path": true,
        ],
        ["name": "project_capture", "state": "ok", "command": "opentraces init --agent pi"],
        ["name": "git_hook", "state": "needs_terminal", "command": "opentraces setup git"],
        ["name": "hf_auth", "state": "needs_terminal", "optional": true, "command": "opentraces auth login"],
        ["name": "bucket_remote", "state": "needs_terminal", "optional": true, "command": "opentraces setup bucket"],
      ])
    #expect(Files.list(work.home) == before && Files.list(work.repository.path) == [".git", "a.txt"])
  }

  @Test func dryRunIsAColumnOfStatesForPeople() throws {
    let work = try workspace()
    let text = try work.opentraces("setup", "pi", "--dry-run").output
    let program = Files.resolvingLinks(try #require(BuiltBinary.path))
    #expect(
      text == """
        Pi package npm:opentraces-pi in \(settings(work))
          would write \(settings(work))
          pi_package       missing         pi install npm:opentraces-pi
          opentraces_cli   ok              \(program) is not on PATH
          project_capture  ok
          git_hook         needs terminal  opentraces setup git
          hf_auth          needs terminal  optional: opentraces auth login
          bucket_remote    needs terminal  optional: opentraces setup bucket

        """)
  }

  @Test func checklistFollowsWhatIsDone() throws {
    let work = try workspace()
    for (name, command) in [("pi_package", ["setup", "pi"]), ("git_hook", ["setup", "git"])] {
      #expect(try state(work, name) != "ok")
      #expect(try work.run(command).exitCode == 0)
      #expect(try state(work, name) == "ok")
    }
    _ = try work.json("remove")
    #expect(try state(work, "project_capture") == "off")
    #expect(try work.json("setup", "pi", "--dry-run")["capture_enabled"] == false)
  }

  @Test(
    arguments: [
      ([:], nil, false), (["HF_TOKEN": "hf_x"], nil, true), (["HUGGINGFACE_TOKEN": "x"], nil, true),
      (["HF_TOKEN": ""], nil, false), ([:], ".opentraces/credentials", true),
      ([:], ".cache/huggingface/token", true),
    ] as [([String: String], String?, Bool)])
  func tokenOfHuggingFaceIsLookedForWhereItIsKept(variables: [String: String], file: String?, isThere: Bool) throws {
    let work = try workspace()
    for (name, value) in variables { work.repository.environment.variables[name] = value }
    if let file {
      try Files.createDirectory(Paths.parent(work.home + "/" + file))
      try Files.writeAtomically(Array("something else\n".utf8), to: work.home + "/" + file)
      #expect(try state(work, "hf_auth") == "needs_terminal")
      try Files.writeAtomically(Array("hf_secret\n".utf8), to: work.home + "/" + file)
    }
    let answer = try work.opentraces("setup", "pi", "--dry-run", "--json").output
    #expect(!answer.contains("hf_secret") && !answer.contains("hf_x"))
    #expect(try state(work, "hf_auth") == (isThere ? "ok" : "needs_terminal"))
  }

  @Test func programsOnThePathAreSeen() throws {
    let work = try workspace()
    let directory = work.home + "/bin"
    try Files.createDirectory(directory + "/opentraces")
    for name in ["pi", "opentraces"] {
      work.repository.environment.variables["PATH"] = directory
      try Files.removeTree(directory + "/" + name)
      try Files.writeAtomically([], to: directory + "/" + name, mode: 0o644)
      let before = try work.json("setup", "pi", "--dry-run")
      try Files.setExecutable(directory + "/" + name)
      let after = try work.json("setup", "pi", "--dry-run")
      if name == "pi" {
        #expect(before["package"]?["pi_binary"] == .null)
        #expect(after["package"]?["pi_binary"] == .string(directory + "/pi"))
      } else {
        #expect(before["steps"]?.array?[1]["not_on_path"] == true)
        #expect(before["bridge"]?["cli"]?["install_hints"]?.array?.count == 1)
        #expect(after["steps"]?.array?[1]["not_on_path"] == false)
        #expect(after["bridge"]?["cli"]?["install_hints"] == [])
      }
    }
  }

  // MARK: The bridge

  private func bridge(_ work: Workspace, at directory: String? = nil) throws -> JSONValue {
    let environment = HostEnvironment(variables: work.repository.environment.variables)
    return PiBridgeStatus(
      environment, executable: "/opt/open traces/opentraces", directory: directory ?? work.repository.path
    ).json
  }

  @Test func bridgeTellsWhatTheReferenceNames() throws {
    let work = try workspace()
    let journals = work.repository.path + "/.git/opentraces/journal/pi"
    try Files.createDirectory(journals)
    try Files.writeAtomically(
      Array(
        """
        {"type":"opentraces_pi_event","event":"session_start","timestamp":"2026-03-04T10:00:00Z"}
        {"type":"opentraces_changes","timestamp":"2026-03-04T12:00:00Z","files":[]}
        {"event":"agent_end","timestamp":"2026-03-04T11:00:00.5Z"}
        {"event":"broken
        {"event":"tree"}

        """.utf8), to: journals + "/one.jsonl")
    try Files.writeAtomically(
      Array("{\"event\":\"tree\",\"timestamp\":\"2026-03-03T10:00:00Z\"}\n".utf8), to: journals + "/two.jsonl")
    try Files.createDirectory(work.repository.path + "/.git/opentraces/journal/codex-cli")
    try Files.writeAtomically(
      Array("{\"event\":\"Stop\",\"timestamp\":\"2027-03-03T10:00:00Z\"}\n".utf8),
      to: work.repository.path + "/.git/opentraces/journal/codex-cli/x.jsonl")
    let latest = try #require(Timestamp("2026-03-04T11:00:00.5Z")).iso8601
    let status = try bridge(work)
    #expect(
      status["project"] == [
        "initialized": false, "capture_enabled": true, "marker_capture_enabled": false,
        "capture_source": "global_default", "marker_path": .string(work.repository.path + "/.opentraces.json"),
        "init_command": "opentraces init --agent pi",
        "opt_out_commands": [
          "opentraces config set excluded true --project", "opentraces config tracking-mode manual",
        ],
      ])
    #expect(
      status["capture"] == [
        "sidecar_dir": .string(journals), "enabled": true, "source": "global_default", "tracking_mode": "global",
        "pi_consent": "auto", "sidecar_event_count": 4, "latest_event_at": .string(latest),
        "raw_provider_bodies_default": "off", "raw_provider_bodies_opt_in": false, "fail_open": true,
      ])
    #expect(status["cwd"] == .string(work.repository.path) && status["tracking_mode"] == "global")
    #expect(status["cli"]?["found"] == true && status["cli"]?["module_importable"] == false)
    #expect(status["cli"]?["bridge_command"] == "'/opt/open traces/opentraces' _pi-bridge")
    #expect(
      status["checklist"]?.array?.compactMap { $0["name"]?.string } == [
        "opentraces_cli", "project_capture", "git_hook", "hf_auth", "bucket_remote",
      ])
    #expect(status["errors"] == [])
  }

  @Test func bridgeTellsWhyNothingIsCaptured() throws {
    let work = try workspace()
    func source(at directory: String? = nil) throws -> String? {
      let status = try bridge(work, at: directory)
      #expect(status["project"]?["capture_source"] == status["capture"]?["source"])
      #expect(status["project"]?["capture_enabled"] == status["capture"]?["enabled"])
      let source = status["capture"]?["source"]?.string
      #expect(status["capture"]?["enabled"] == .bool(source == "marker" || source == "global_default"))
      return source
    }
    let outside = try TemporaryDirectory()
    #expect(try source(at: outside.path) == "no_cwd")
    #expect(try source(at: work.repository.path + "/absent") == "no_cwd")
    #expect(try bridge(work, at: outside.path)["capture"]?["sidecar_dir"] == .null)
    _ = try work.json("config", "tracking-mode", "manual")
    #expect(try source() == "manual")
    _ = try work.json("config", "tracking-mode", "global")
    _ = try work.json("config", "set", "pi-consent", "explicit")
    #expect(try source() == "manual")
    #expect(try state(work, "project_capture") == "missing")
    #expect(try bridge(work)["capture"]?["pi_consent"] == "explicit")
    #expect(try bridge(work)["tracking_mode"] == "global")
    _ = try work.json("init", "--agent", "pi")
    #expect(try source() == "marker")
    #expect(try bridge(work)["project"]?["marker_capture_enabled"] == true)
    _ = try work.json("config", "set", "excluded", "true", "--project")
    #expect(try source() == "excluded")
  }

  @Test func bridgeNeverFails() throws {
    let work = try workspace()
    try Files.createDirectory(work.home + "/.opentraces")
    try Files.writeAtomically(Array("{bad".utf8), to: work.home + "/.opentraces/config.json")
    try work.repository.write(".opentraces.json", "[]")
    let status = try bridge(work)
    #expect(
      status["errors"]?.array?.compactMap { $0["code"]?.string }.sorted() == ["CORRUPT_CONFIG", "CORRUPT_MARKER"])
    #expect(status["capture"]?["enabled"] == false && status["tracking_mode"] == .null)
  }

  @Test(arguments: [("1", true), ("TRUE", true), ("yes", true), ("0", false), ("", false), ("on", false)])
  func rawBodiesAreAWishOfTheEnvironment(value: String, isWanted: Bool) throws {
    let work = try workspace()
    work.repository.environment.variables["OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES"] = value
    #expect(try bridge(work)["capture"]?["raw_provider_bodies_opt_in"] == .bool(isWanted))
  }

  // MARK: Enrolment

  @Test func initEnrollsForPi() throws {
    let work = try workspace()
    let answer = try work.json("init", "--agent", "pi")
    #expect(answer["agents"] == ["pi"])
    let marker = try #require(try ProjectMarker.read(worktree: work.repository.path))
    #expect(marker.agents == [.pi])
    #expect(try work.repository.git("config", "opentraces.agents").line == "pi")
    #expect(try state(work, "project_capture") == "ok")
  }
}
