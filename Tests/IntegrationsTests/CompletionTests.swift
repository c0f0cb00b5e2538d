import Basics
import Integrations
import TestSupport
import Testing

@Suite struct CompletionTests {
  private let place: TemporaryRepository

  init() throws { place = try TemporaryRepository() }

  private var home: String { place.environment.home }

  private func installer(
    _ shell: CompletionInstaller.Shell, _ home: String, _ variables: [String: String] = [:]
  ) -> CompletionInstaller {
    let environment = HostEnvironment(home: home, opentracesHome: home + "/.opentraces", variables: variables)
    return CompletionInstaller(environment, shell: shell)
  }

  @Test(arguments: CompletionInstaller.Shell.allCases, ["", "export A=1\n", "export A=1", "# é\r\n\r\n"])
  func removingLeavesTheShellsFileAsItWas(_ shell: CompletionInstaller.Shell, _ before: String) throws {
    let installer = installer(shell, home)
    let path = shell == .bash ? "/.bashrc" : "/.zshrc"
    try Files.writeAtomically(Array(before.utf8), to: home + path, mode: 0o600)
    let report = try installer.install(script: "true", aliases: ["ot", "traces", "traces"])
    #expect(report.names == ["opentraces", "ot", "traces"] && report.changed)
    let first = try Files.readText(report.startupPath)
    #expect(try !installer.install(script: "true", aliases: ["traces"]).changed)
    #expect(try Files.readText(report.startupPath) == first)
    #expect(try Files.readText(report.scriptPath)?.contains("traces") == true)
    #expect(try installer.uninstall().changed && !installer.uninstall().changed)
    #expect(try Files.readText(home + path) == before && Files.status(home + path)?.mode == 0o100600)
    #expect(!Files.exists(report.scriptPath) && (shell != .fish || !Files.exists(report.startupPath)))
  }

  @Test func directoriesOfTheUserAreHonoured() throws {
    let variables = ["XDG_CONFIG_HOME": home + "/config", "ZDOTDIR": "~/z"]
    let zsh = try installer(.zsh, home, variables).install(script: "true", aliases: [])
    #expect(zsh.startupPath == home + "/z/.zshrc" && zsh.scriptPath == home + "/config/opentraces/completions/_ot.zsh")
    let fish = try installer(.fish, home, variables).install(script: "true", aliases: [])
    #expect(fish.startupPath == home + "/config/fish/completions/ot.fish")
    #expect(Files.list(home + "/config/fish/completions") == ["opentraces.fish", "ot.fish"])
    _ = try installer(.fish, home, variables).uninstall()
    #expect(Files.list(home + "/config/fish/completions").isEmpty)
  }

  @Test func foreignFishFileStays() throws {
    let path = home + "/.config/fish/completions/ot.fish"
    try Files.createDirectory(Paths.parent(path))
    try Files.writeAtomically(Array("# mine\n".utf8), to: path)
    #expect(throws: IntegrationError.self) { try installer(.fish, home).install(script: "true", aliases: []) }
    #expect(try !installer(.fish, home).uninstall().changed)
    #expect(try Files.readText(path) == "# mine\n")
  }

  @Test func bashSourcesWhatIsInstalled() throws {
    let report = try installer(.bash, home).install(script: "_opentraces() { COMPREPLY=(yes); }", aliases: [])
    let environment = ["HOME": home, "PATH": "/usr/bin:/bin"]
    let shell = try run(
      "bash", ["--norc", "-c", #"source "$1" && complete -p ot"#, "bash", report.startupPath],
      environment: environment, directory: home)
    #expect(shell.succeeded && shell.output.contains("-F _opentraces ot"))
  }
}
