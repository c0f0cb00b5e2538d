import Basics
import TestSupport
import Testing

@testable import Integrations

@Suite struct AgentHookInstallerTests {
  /// A home directory with an installer for each agent.
  private struct Home {
    let directory: TemporaryDirectory
    let environment: HostEnvironment

    init() throws {
      directory = try TemporaryDirectory()
      environment = HostEnvironment(home: directory.path, opentracesHome: directory.path + "/.opentraces")
    }

    var claude: AgentHooks { .claudeCode(environment) }
    var codex: AgentHooks { .codex(environment) }

    func installer(_ hooks: AgentHooks) -> AgentHookInstaller {
      AgentHookInstaller(
        hooks, registry: ProjectRegistry(environment), version: "1.2.3", binary: "/opt/opentraces/bin/opentraces")
    }

    func write(_ text: String, mode: UInt32 = 0o644) throws {
      try Files.createDirectory(Paths.parent(claude.settingsFile))
      try Files.writeAtomically(Array(text.utf8), to: claude.settingsFile, mode: mode)
    }

    var settings: String? { (try? Files.readText(claude.settingsFile)) ?? nil }
  }

  private static let foreign = #"{"matcher": "Bash", "hooks": [{"type": "command", "command": "mine.sh"}]}"#

  static let files: [String] = [
    "{}", "{}\n", "{ }", "{\n}\n", "", "\n", "  \n\n",
    "{\"hooks\": {}}\n", "{\"hooks\":{\"Stop\":[]}}", "{\n  \"hooks\": {\n  }\n}\n",
    "{\n  \"model\": \"opus\"\n}\n", "{\n\t\"model\": \"opus\",\n\t\"env\": {\n\t\t\"A\": \"1\"\n\t}\n}\n",
    "{\r\n    \"model\": \"opus\"\r\n}\r\n", "{\"a\":1,\"b\":[1,2]}",
    "{\n  // why\n  \"model\": \"opus\", /* not sonnet */\n  \"hooks\": {\n    // mine\n    \"Stop\": [\n      \(foreign),\n    ],\n  },\n}\n",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      \(foreign)\n    ]\n  },\n  \"after\": true\n}",
    "{\n \"ünï\": \"日本 \\u00e9 é 🎉\",\n \"z\": 1.50e+3,\n \"a\": null\n}\n",
    "{\n  \"hooks\": { // none yet\n  }\n}\n", "{ /* nothing */ }", "{\"hooks\": {\"Stop\": [/* none */]}}",
    "\u{FEFF}{\n  \"model\": \"opus\"\n}\n", "{\"hooks\":{\"Stop\":[\(foreign)]},\"x\":{}}",
    "{\n  \"hooks\": {\"Stop\": [\(foreign)], \"Other\": []}\n}\n",
    "{\n  \"hooks\": {\n    \"Stop\": [\n      {\"type\": \"command\", \"command\": \"/h/opentraces_tools/mine.sh\"}\n    ]\n  }\n}\n\n",
  ]

  @Test(arguments: files)
  func installingAndRemovingLeavesTheBytesOfAFile(_ text: String) throws {
    let home = try Home()
    try home.write(text)
    let installed = try home.installer(home.claude).install()
    #expect(installed.added == home.claude.events.map(\.name))
    let inside = try #require(home.settings)
    #expect(inside != text)
    #expect(try home.installer(home.claude).install().changes.isEmpty)
    #expect(home.settings == inside)
    let removed = try home.installer(home.claude).remove()
    #expect(removed.removed == home.claude.events.map(\.name))
    #expect(home.settings == text)
    #expect(Files.list(home.claude.directory).isEmpty)
    #expect(try home.installer(home.claude).remove().changes.isEmpty)
  }

  @Test func aFileThatWasNotThereIsGoneAgain() throws {
    let home = try Home()
    _ = try home.installer(home.codex).install()
    #expect(Files.exists(home.codex.settingsFile))
    _ = try home.installer(home.codex).remove()
    #expect(!Files.exists(home.codex.settingsFile) && !Files.exists(home.codex.directory))
  }

  @Test func aFileThatWasNotThereIsGoneAgainWhenTheHomeIsALink() throws {
    let directory = try TemporaryDirectory()
    try Files.createDirectory(directory.path + "/real")
    let link = try run("/bin/ln", ["-s", "real", "home"], environment: [:], directory: directory.path)
    #expect(link.succeeded)
    let environment = HostEnvironment(variables: ["HOME": directory.path + "/home"])
    let hooks = AgentHooks.claudeCode(environment)
    let installer = AgentHookInstaller(
      hooks, registry: ProjectRegistry(environment), version: "1.2.3", binary: "/opt/opentraces")
    _ = try installer.install()
    #expect(Files.exists(directory.path + "/real/.claude/settings.json"))
    _ = try installer.remove()
    #expect(!Files.exists(hooks.settingsFile))
  }

  @Test func linkThatLeadsNowhereIsNotReplaced() throws {
    let home = try Home()
    try Files.createDirectory(Paths.parent(home.claude.settingsFile))
    let link = try run(
      "/bin/ln", ["-s", "absent.json", home.claude.settingsFile], environment: [:], directory: home.directory.path)
    #expect(link.succeeded)
    let error = #expect(throws: IntegrationError.self) { _ = try home.installer(home.claude).install() }
    #expect(error?.code == "SETTINGS_READ_ERROR" && error?.exitCode == 5)
    #expect(Files.status(home.claude.settingsFile, followLinks: false)?.isSymbolicLink == true)
    #expect(!Files.exists(home.claude.directory))
  }

  @Test func everyEventRunsItsScriptInAGroupOfItsOwn() throws {
    let home = try Home()
    try home.write("{\"hooks\":{\"Stop\":[\(Self.foreign)]}}")
    _ = try home.installer(home.claude).install()
    let hooks = try #require(try JSONValue(parsing: home.settings ?? "")["hooks"])
    for event in home.claude.events {
      let groups = hooks[event.name]?.array ?? []
      let command = groups.last?["hooks"]?.array?.first
      #expect(groups.count == (event.name == "Stop" ? 2 : 1))
      #expect(command?["command"]?.string == home.claude.directory + "/" + event.script)
      #expect(command?["type"] == "command" && groups.last?["matcher"] == nil)
      let status = Files.status(home.claude.directory + "/" + event.script)
      #expect(status?.isExecutable == true)
    }
  }

  @Test func whatTheUserAddedMeanwhileStays() throws {
    let home = try Home()
    try home.write("{\n  \"model\": \"opus\"\n}\n")
    _ = try home.installer(home.claude).install()
    let text = try #require(home.settings)
    try home.write(text.replacing("\"opus\",", with: "\"opus\",\n  \"theme\": \"dark\","))
    _ = try home.installer(home.claude).remove()
    #expect(home.settings == "{\n  \"model\": \"opus\",\n  \"theme\": \"dark\"\n}\n")
  }

  @Test func linkAndModeStay() throws {
    let home = try Home()
    try home.write("{}\n", mode: 0o600)
    let real = home.directory.path + "/dotfiles.json"
    try Files.rename(home.claude.settingsFile, to: real)
    let link = try run(
      "/bin/ln", ["-s", real, home.claude.settingsFile], environment: [:], directory: home.directory.path)
    #expect(link.succeeded)
    _ = try home.installer(home.claude).install()
    #expect(Files.status(home.claude.settingsFile, followLinks: false)?.isSymbolicLink == true)
    #expect((Files.status(real)?.mode ?? 0) & 0o777 == 0o600)
    _ = try home.installer(home.claude).remove()
    #expect(try Files.readText(real) == "{}\n")
    #expect((Files.status(real)?.mode ?? 0) & 0o777 == 0o600)
  }

  @Test(arguments: [
    "{bad", "[]", "null", "{\"hooks\": []}", "{\"hooks\": null}", "{\"hooks\": {\"Stop\": {}}}", "{\"a\": 1} x",
    "{\"a\": \"\n\"}", "{\"a\": /* }", "\u{0}", "{\"hooks\": {\"PreToolUse\": \"x\"}}",
    String(repeating: "[", count: 5000),
  ])
  func malformedFileIsRefusedUntouched(_ text: String) throws {
    let home = try Home()
    try home.write(text)
    for action in [{ try home.installer(home.claude).install() }, { try home.installer(home.claude).remove() }] {
      let error = #expect(throws: IntegrationError.self) { _ = try action() }
      #expect(error?.code == "CORRUPT_SETTINGS" && error?.exitCode == 5)
    }
    #expect(home.settings == text)
    #expect(!Files.exists(home.claude.directory))
  }

  @Test func dryRunChangesNothing() throws {
    let home = try Home()
    try home.write("{}\n")
    let report = try home.installer(home.claude).install(dryRun: true)
    #expect(report.changes.count == home.claude.events.count + 1)
    #expect(home.settings == "{}\n" && !Files.exists(home.claude.directory))
  }

  @Test func commandThatSomebodyMadeOfOursStays() throws {
    let home = try Home()
    let mine = "notify-send done && \(home.claude.directory)/opentraces_on_stop.sh"
    let text = "{\"hooks\":{\"Stop\":[{\"hooks\":[{\"type\":\"command\",\"command\":\"\(mine)\"}]}]}}"
    try home.write(text)
    _ = try home.installer(home.claude).install()
    _ = try home.installer(home.claude).remove()
    #expect(home.settings == text)
  }

  @Test func keyThatStandsTwiceHarmsNobody() throws {
    let home = try Home()
    let ours = "{\"hooks\":[{\"command\":\"\(home.claude.directory)/opentraces_on_stop.sh\"}]}"
    let text = "{\"hooks\":{\"Stop\":[\(ours)],\"Stop\":[\(Self.foreign)],\"Stop\":[]}}"
    try home.write(text)
    _ = try home.installer(home.claude).remove()
    #expect(home.settings?.contains("mine.sh") == true)
    _ = try home.installer(home.claude).install()
    #expect(home.settings?.contains("mine.sh") == true)
  }

  @Test func olderRegistrationsGiveWay() throws {
    let home = try Home()
    let old = home.claude.directory + "/opentraces_on_stop.py"
    try home.write(
      """
      {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "/usr/bin/python3 \(old)"}]}], "PostCompact": \
      [{"hooks": [{"type": "command", "command": "python -m opentraces.capture.claude_code.hooks.on_compact"}]}], \
      "Notification": [{"type": "command", "command": "'\(home.claude.directory)/opentraces_on_stop.sh'"}]}}
      """)
    let report = try home.installer(home.claude).install()
    #expect(report.removed.sorted() == ["Notification", "PostCompact", "Stop"])
    let hooks = try JSONValue(parsing: home.settings ?? "")["hooks"]
    #expect(hooks?["Stop"]?.array?.count == 1 && hooks?["Notification"] == nil)
  }

  @Test func randomFilesComeBackByteForByte() throws {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<200 {
      let text = Self.random(&random, depth: 0, isSpread: Bool.random(using: &random))
      let home = try Home()
      try home.write(text)
      _ = try home.installer(home.claude).install()
      #expect(throws: Never.self) { try JSONValue(parsing: home.settings ?? "") }
      _ = try home.installer(home.claude).remove()
      #expect(home.settings == text)
    }
  }

  private static func random(_ random: inout SeededGenerator, depth: Int, isSpread: Bool) -> String {
    let gap =
      isSpread ? "\n" + String(repeating: "  ", count: depth + 1) : ["", " "].randomElement(using: &random) ?? ""
    let keys = ["a", "hooks", "é", "x y"].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
    let parts = keys.map { key -> String in
      if key == "hooks" {
        let value =
          depth == 0 ? ["{}", "{ }", "{\"Stop\": []}", "{\"Stop\": [ 1, {} ]}"].randomElement(using: &random) : "1"
        return "\"hooks\":\(value ?? "{}")"
      }
      let value =
        depth < 2 && Bool.random(using: &random)
        ? Self.random(&random, depth: depth + 1, isSpread: isSpread)
        : ["1", "\"t\\n\"", "[ ]", "[true,null]"].randomElement(using: &random) ?? "0"
      return "\"\(key)\" : \(value)"
    }
    let end = isSpread && !parts.isEmpty ? "\n" + String(repeating: "  ", count: depth) : ""
    return "{" + parts.map { gap + $0 }.joined(separator: ",") + end + "}"
  }
}
