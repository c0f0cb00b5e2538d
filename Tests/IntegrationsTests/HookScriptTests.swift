import Basics
import Integrations
import TestSupport
import Testing

@Suite struct HookScriptTests {
  @Test(arguments: GitHook.allCases)
  func embeddedTextEqualsTheFileInHooks(_ hook: GitHook) throws {
    let root = Paths.parent(Paths.parent(Paths.parent(#filePath)))
    let path = root + "/hooks/" + hook.ownedName
    #expect(try Files.readText(path) == HookScripts.template(hook))
    #expect(Files.status(path)?.isExecutable == true)
  }

  @Test(arguments: GitHook.allCases)
  func renderedScriptCarriesItsVersionAndAnyPath(_ hook: GitHook) {
    let script = HookScripts.render(hook, version: "2.0.1", binary: "/opt/it's here/opentraces")
    #expect(HookScripts.version(of: Array(script.utf8)) == "2.0.1")
    #expect(!script.contains("@BINARY@") && !script.contains("@VERSION@"))
    #expect(hook == .prePush || script.contains(#"binary='/opt/it'\''s here/opentraces'"#))
  }

  @Test func scriptWithoutStampHasNoVersion() {
    #expect(HookScripts.version(of: Array("#!/bin/sh\nexit 0\n".utf8)) == nil)
  }

  @Test(arguments: ["#!/bin/sh\nexit 3\n", "#!/no/such/interpreter\n", "garbage \u{1}\n"])
  func brokenExecutableNeverFailsACommit(_ binary: String) throws {
    let it = try InstalledRepository(binary: binary)
    _ = try it.installer().install()
    let result = try it.repository.tryGit("commit", "-q", "--allow-empty", "-m", "x")
    #expect(result.succeeded && result.errors.isEmpty && result.output.isEmpty)
  }

  @Test func missingExecutableNeverFailsACommit() throws {
    let it = try InstalledRepository()
    _ = try it.installer().install()
    try Files.remove(it.binary)
    let result = try it.repository.tryGit("commit", "-q", "--allow-empty", "-m", "x")
    #expect(result.succeeded && result.errors.isEmpty)
  }

  @Test func executableSeesNoRepositoryOfTheCaller() throws {
    let it = try InstalledRepository(
      binary: "#!/bin/sh\nenv | grep -E '^GIT_(DIR|INDEX_FILE|WORK_TREE|PREFIX)=' >>seen\n")
    _ = try it.installer().install()
    try it.repository.write("a", "x\n")
    try it.repository.git("add", "a")
    try it.repository.git("commit", "-q", "-m", "x", "a")
    #expect(try Files.readText(it.repository.path + "/seen")?.isEmpty == true)
  }
}

@Suite struct AgentHookScriptTests {
  @Test func embeddedTextEqualsTheFileInHooks() throws {
    let root = Paths.parent(Paths.parent(Paths.parent(#filePath)))
    let path = root + "/hooks/opentraces-agent"
    #expect(try Files.readText(path) == HookScripts.agentTemplate)
    #expect(Files.status(path)?.isExecutable == true)
  }

  @Test(arguments: [
    "#!/bin/sh\nexit 2\n", "#!/no/such/interpreter\n", "garbage \u{1}\n", "#!/bin/sh\nkill -9 $$\n", nil,
  ])
  func brokenExecutableNeverFailsAnAgent(_ text: String?) throws {
    let home = try TemporaryDirectory()
    let binary = home.path + "/opentraces"
    if let text { _ = try home.write("opentraces", text, mode: 0o755) }
    let environment = HostEnvironment(home: home.path, opentracesHome: home.path + "/.opentraces")
    let hooks = AgentHooks.claudeCode(environment)
    let report = try AgentHookInstaller(
      hooks, registry: ProjectRegistry(environment), version: "1.2.3", binary: binary
    ).install()
    for (_, path) in report.installed {
      let result = try run(path, environment: ["PATH": "/usr/bin:/bin"], input: Array("{}".utf8), directory: home.path)
      #expect(result.exitCode == 0 && result.output.isEmpty && result.errors.isEmpty)
    }
  }
}
