import Basics
import TestSupport
import Testing

@testable import Integrations

@Suite struct PiPackageInstallerTests {
  /// A home directory with Pi's settings in it.
  private struct Home {
    let directory: TemporaryDirectory
    let environment: HostEnvironment

    init(variables: [String: String] = [:]) throws {
      directory = try TemporaryDirectory()
      environment = HostEnvironment(
        home: directory.path, opentracesHome: directory.path + "/.opentraces", variables: variables)
    }

    func package(_ scope: PiPackage.Scope = .global) -> PiPackage {
      PiPackage(environment, directory: directory.path + "/work", scope: scope)
    }

    func installer(_ package: PiPackage? = nil) -> PiPackageInstaller {
      PiPackageInstaller(package ?? self.package(), registry: ProjectRegistry(environment))
    }

    var path: String { package().settingsFile }

    func write(_ text: String, mode: UInt32 = 0o644) throws {
      try Files.createDirectory(Paths.parent(path))
      try Files.writeAtomically(Array(text.utf8), to: path, mode: mode)
    }

    var settings: String? { (try? Files.readText(path)) ?? nil }

    func packages() throws -> [JSONValue] {
      try JSONValue(parsing: try #require(settings))["packages"]?.array ?? []
    }
  }

  static let files: [String] = [
    "", "\n", "  \n\n", " \t\r\n", "{}", "{}\n", "{ }", "{\n}\n",
    "{\"packages\":[]}", "{\"packages\": [ ]}\n", "{\n  \"packages\": [\n  ]\n}\n",
    "{\"theme\":\"dark\",\"packages\":[\"npm:pi-skills\"]}",
    "{\n  \"theme\": \"dark\",\n  \"compaction\": {\n    \"enabled\": true\n  }\n}\n",
    "{\n\t\"packages\": [\n\t\t\"npm:@foo/bar@1.0.0\",\n\t\t\"git:github.com/u/opentraces-pi\"\n\t],\n\t\"theme\": \"dark\"\n}",
    "{\r\n    \"packages\": [\r\n        \"npm:a\"\r\n    ]\r\n}\r\n",
    "{\r\n    \"theme\": \"light\"\r\n}\r\n",
    "{\n  // mine\n  \"packages\": [\n    // first\n    \"npm:a\", // why\n    /* last */ \"./b\",\n  ],\n}\n",
    "{\n  \"packages\": [ // none yet\n  ]\n}\n", "{\"packages\": [/* none */]}", "{ /* nothing */ }\n",
    "{ // nothing\n}\n",
    "{\n  \"packages\": [\n    {\n      \"source\": \"npm:pi-skills\",\n      \"skills\": []\n    },\n    {\"source\": \"npm:x\"}\n  ]\n}\n",
    "{\n  \"packages\": [{\"skills\": []}, 7, null, \"npm:opentraces-pi-extra\", \"npm:@me/opentraces-pi\"]\n}\n",
    "{\n \"ünï\": \"日本 \\u00e9 é 🎉\",\n \"packages\": [\"./päckchen\"],\n \"z\": 1.50e+3,\n \"a\": null\n}\n",
    "\u{FEFF}{\n  \"theme\": \"dark\"\n}\n", "\u{FEFF}{\"packages\":[\"npm:a\"]}",
    "{\"deep\": {\"packages\": [\"npm:opentraces-pi\"]}, \"packages\": []}",
    "{\"packages\": [\"npm:a\"], \"packages\": [\"npm:b\"]}\n", "{\"packages\": {}, \"packages\": []}\n",
  ]

  @Test(arguments: files)
  func installingAndRemovingLeavesTheBytesOfAFile(_ text: String) throws {
    let home = try Home()
    try home.write(text)
    #expect(try home.installer().install().isAdded)
    let inside = try #require(home.settings)
    #expect(inside != text)
    #expect(PiSetupStatus(home.package(), home.environment).registered == "npm:opentraces-pi")
    let again = try home.installer().install()
    #expect(!again.isAdded && again.changes.isEmpty && home.settings == inside)
    let removed = try home.installer().remove()
    #expect(removed.isRemoved && removed.changes.map(\.action) == ["write"])
    #expect(home.settings == text)
    let nothing = try home.installer().remove()
    #expect(!nothing.isRemoved && nothing.changes.isEmpty)
  }

  @Test func commentsOfAnEmptyListStayBesideTheEntry() throws {
    let home = try Home()
    try home.write("{\n  \"packages\": [ // none yet\n  ]\n}\n")
    _ = try home.installer().install()
    #expect(home.settings == "{\n  \"packages\": [ // none yet\n    \"npm:opentraces-pi\"\n  ]\n}\n")
  }

  @Test func theEntryIsTheLastOfTheListAndLooksLikeTheOthers() throws {
    let home = try Home()
    try home.write("{\n\t\"packages\": [\n\t\t\"npm:a\"\n\t],\n\t\"theme\": \"dark\"\n}\n")
    _ = try home.installer().install()
    #expect(
      home.settings
        == "{\n\t\"packages\": [\n\t\t\"npm:a\",\n\t\t\"npm:opentraces-pi\"\n\t],\n\t\"theme\": \"dark\"\n}\n")
  }

  @Test func aFileThatWasNotThereIsGoneAgain() throws {
    let home = try Home()
    for package in [home.package(), home.package(.project)] {
      _ = try home.installer(package).install()
      #expect(try Files.readText(package.settingsFile) == "{\n  \"packages\": [\n    \"npm:opentraces-pi\"\n  ]\n}\n")
      _ = try home.installer(package).remove()
      #expect(!Files.exists(package.settingsFile) && !Files.exists(Paths.parent(package.settingsFile)))
    }
  }

  @Test func aFileThatGotOtherSettingsMeanwhileStays() throws {
    let home = try Home()
    _ = try home.installer().install()
    try home.write(try #require(home.settings).replacing("{\n", with: "{\n  \"theme\": \"dark\",\n"))
    _ = try home.installer().remove()
    #expect(home.settings == "{\n  \"theme\": \"dark\"\n}\n")
  }

  @Test func linkAndModeStay() throws {
    let home = try Home()
    try home.write("{}\n", mode: 0o600)
    let real = home.directory.path + "/dotfiles.json"
    try Files.rename(home.path, to: real)
    let link = try run("/bin/ln", ["-s", real, home.path], environment: [:], directory: home.directory.path)
    #expect(link.succeeded)
    _ = try home.installer().install()
    #expect(try Files.readText(real)?.contains("npm:opentraces-pi") == true)
    for _ in 0..<2 {
      #expect(Files.status(home.path, followLinks: false)?.isSymbolicLink == true)
      #expect((Files.status(real)?.mode ?? 0) & 0o777 == 0o600)
      _ = try home.installer().remove()
    }
    #expect(try Files.readText(real) == "{}\n")
  }

  @Test func aFileThatCannotBeReadIsAReadError() throws {
    let home = try Home()
    try Files.createDirectory(home.path)
    for action in [{ try home.installer().install() }, { try home.installer().remove() }] {
      let error = #expect(throws: IntegrationError.self) { _ = try action() }
      #expect(error?.code == "PI_SETTINGS_READ_ERROR" && error?.exitCode == 5)
    }
    let status = PiSetupStatus(home.package(), home.environment).json
    #expect(status["settings_corrupt"] == false && status["error"]?.string?.contains("settings.json") == true)
  }

  @Test(arguments: [
    "{bad", "[]", "null", "\"npm:opentraces-pi\"", "{\"packages\": {}}", "{\"packages\": null}",
    "{\"packages\": \"npm:opentraces-pi\"}", "{\"packages\": []} x", "{\"packages\": [\"a\" \"b\"]}",
    "{\"packages\": [",
    "{\"packages\": [], \"packages\": 1}", "{\"a\": \"\n\"}", "{\"a\": /* }", "\u{0}",
    "{'packages': []}", "{\"packages\": [,]}", String(repeating: "[", count: 5000),
  ])
  func malformedFileIsRefusedUntouched(_ text: String) throws {
    let home = try Home()
    try home.write(text)
    let before = Files.status(home.path)
    let actions = [
      { try home.installer().install() }, { try home.installer().remove() },
      { try home.installer().install(dryRun: true) },
    ]
    for action in actions {
      let error = #expect(throws: IntegrationError.self) { _ = try action() }
      #expect(error?.code == "CORRUPT_PI_SETTINGS" && error?.exitCode == 5)
    }
    #expect(home.settings == text && Files.status(home.path) == before)
    let status = PiSetupStatus(home.package(), home.environment).json
    #expect(status["settings_corrupt"] == true && status["installed"] == false)
  }

  @Test func corruptMachineSettingsStopTheInstallationBeforeItWrites() throws {
    let home = try Home()
    try home.write("{}\n")
    try Files.createDirectory(home.environment.opentracesHome)
    try Files.writeAtomically(Array("{bad".utf8), to: home.environment.opentracesHome + "/config.json")
    let error = #expect(throws: IntegrationError.self) { _ = try home.installer().install() }
    #expect(error?.code == "CORRUPT_CONFIG")
    #expect(home.settings == "{}\n")
  }

  @Test(arguments: [true, false])
  func dryRunWritesNothing(isThere: Bool) throws {
    let home = try Home()
    if isThere { try home.write("{}\n") }
    let report = try home.installer().install(dryRun: true)
    #expect(report.isAdded && report.changes.map(\.path) == [home.path])
    #expect(home.settings == (isThere ? "{}\n" : nil))
    #expect(!Files.exists(home.environment.opentracesHome) && Files.exists(Paths.parent(home.path)) == isThere)
    try home.write("{\"packages\":[\"npm:opentraces-pi\"]}")
    #expect(try home.installer().remove(dryRun: true).isRemoved)
    #expect(home.settings == "{\"packages\":[\"npm:opentraces-pi\"]}")
  }

  // MARK: Whose entry it is

  @Test(arguments: [
    ("npm:opentraces-pi", true), ("opentraces-pi", true), ("npm:opentraces-pi@1.2.3", true),
    ("npm:opentraces-pi@latest", true), ("/src/opentraces/packages/opentraces-pi", true),
    ("../packages/opentraces-pi", true), ("packages/opentraces-pi", true), ("/src/packages/opentraces-pi/", true),
    ("npm:opentraces-pi-extra", false), ("npm:@me/opentraces-pi", false), ("npm:opentraces", false),
    ("/src/mypackages/opentraces-pi", false), ("/src/packages/opentraces-pi/extensions", false),
    ("/src/packages/not-opentraces-pi", false), ("git:github.com/u/opentraces-pi", false), ("", false),
  ])
  func anEntryIsOursByItsSourceOnly(source: String, isOurs: Bool) throws {
    for entry in [JSONValue.string(source), ["skills": [], "source": .string(source)]] {
      let home = try Home()
      try home.write(String(decoding: CanonicalJSON.line(["packages": ["npm:a", entry, "npm:b"]]), as: UTF8.self))
      let text = home.settings
      let report = try home.installer().install()
      #expect(report.isAdded == !isOurs && report.source == (isOurs ? source : "npm:opentraces-pi"))
      #expect((home.settings == text) == isOurs)
      _ = try home.installer().remove()
      #expect(try home.packages() == (isOurs ? ["npm:a", "npm:b"] : ["npm:a", entry, "npm:b"]))
    }
  }

  @Test func everyEntryOfOursIsTakenOutAndAListOfSomebodyElseStays() throws {
    let home = try Home()
    try home.write("{\"packages\": [\"opentraces-pi\", {\"source\": \"npm:opentraces-pi@2\"}]}")
    _ = try home.installer().remove()
    #expect(home.settings == "{\"packages\": []}")
  }

  @Test func theListIsTheLastOneWhereTheKeyStandsTwice() throws {
    let home = try Home()
    try home.write("{\"packages\": [\"npm:opentraces-pi\"], \"packages\": [\"npm:b\"]}")
    #expect(try home.installer().install().isAdded)
    #expect(
      home.settings == "{\"packages\": [\"npm:opentraces-pi\"], \"packages\": [\"npm:b\", \"npm:opentraces-pi\"]}")
  }

  // MARK: Where

  @Test func piSaysWhereItsSettingsAre() throws {
    let directory = try TemporaryDirectory()
    func path(_ told: String?, _ scope: PiPackage.Scope = .global, file: String? = nil) -> String {
      let environment = HostEnvironment(
        home: "/home/u", opentracesHome: directory.path, variables: told.map { ["PI_CODING_AGENT_DIR": $0] } ?? [:])
      return PiPackage(environment, directory: "/project", scope: scope, settingsFile: file).settingsFile
    }
    #expect(path(nil) == "/home/u/.pi/agent/settings.json")
    #expect(path("") == "/home/u/.pi/agent/settings.json")
    #expect(path("/etc/pi") == "/etc/pi/settings.json")
    #expect(path("~/pi") == "/home/u/pi/settings.json")
    #expect(path("pi") == "/project/pi/settings.json")
    #expect(path("/etc/pi", .project) == "/project/.pi/settings.json")
    #expect(path("/etc/pi", .project, file: "~/s.json") == "/home/u/s.json")
    #expect(path(nil, file: "../s.json") == "/s.json")
  }

  @Test func theSourceOfThePackageIsTakenWhereItIs() throws {
    let directory = try TemporaryDirectory()
    let environment = HostEnvironment(home: directory.path, opentracesHome: directory.path)
    func package(_ checkouts: [String], local: Bool = true) -> PiPackage {
      PiPackage(environment, directory: "/", checkouts: checkouts, prefersLocal: local)
    }
    let (first, second) = (directory.path + "/first", directory.path + "/second")
    try Files.createDirectory(second + "/packages/opentraces-pi")
    #expect(package([first, second]).source == second + "/packages/opentraces-pi")
    #expect(package([first, second], local: false).source == "npm:opentraces-pi")
    #expect(package([first, second], local: false).isLocalPresent)
    #expect(package([first]).source == "npm:opentraces-pi")
    #expect(package([first]).localDirectory == first + "/packages/opentraces-pi" && !package([first]).isLocalPresent)
    #expect(package([]).localDirectory == nil)
    try Files.createDirectory(first + "/packages/opentraces-pi")
    #expect(package([first, second]).source == first + "/packages/opentraces-pi")
  }

  @Test func randomFilesComeBackByteForByte() throws {
    var random = SeededGenerator(seed: 23)
    let home = try Home()
    for _ in 0..<300 {
      let text = Self.random(&random)
      try home.write(text)
      let before = try JSONValue(parsing: text)["packages"]?.array ?? []
      _ = try home.installer().install()
      let expected = before.contains("npm:opentraces-pi@1") ? before : before + ["npm:opentraces-pi"]
      #expect(try home.packages() == expected, "\(text)")
      guard expected != before else { continue }
      _ = try home.installer().remove()
      #expect(home.settings == text)
    }
  }

  private static func random(_ random: inout SeededGenerator) -> String {
    let newline = ["", " ", "\n", "\n  ", "\r\n\t"].randomElement(using: &random) ?? ""
    func list(_ parts: [String], _ open: String, _ close: String) -> String {
      guard !parts.isEmpty else { return open + (["", " ", newline].randomElement(using: &random) ?? "") + close }
      return open + newline + parts.joined(separator: "," + newline) + newline.prefix(while: { !" \t".contains($0) })
        + close
    }
    let entries = [
      "\"npm:a\"", "{\"source\":\"./x\" }", "{ }", "null", "\"é\\n\"", "\"npm:opentraces-pi@1\"",
    ].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random))
    let members = [
      "\"packages\": " + list(Array(entries), "[", "]"), "\"a\" : [ ]", "\"theme\":\"d\\u00e9\"", "\"o\":{\"p\":1}",
    ].shuffled(using: &random).prefix(Int.random(in: 0...4, using: &random))
    return list(Array(members), "{", "}") + (["", "\n"].randomElement(using: &random) ?? "")
  }
}
