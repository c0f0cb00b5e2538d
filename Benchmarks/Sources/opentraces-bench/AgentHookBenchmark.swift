/// How long an agent waits for its hooks around a tool call, in a repository of 10,000 files.
struct AgentHookBenchmark {
  let sandbox: Sandbox
  private static let files = 10_000
  private static let rounds = 120

  private var root: String { sandbox.root + "/agent" }
  private var home: String { root + "/home" }
  private var repository: String { root + "/repository" }

  func run(_ table: Table) throws {
    try prepare()
    var series: [String: Series] = [:]
    func measure(_ name: String, _ program: Program) throws {
      let run = try program.run()
      try Interleaved.check(run, program)
      series[name, default: Series()].add(run)
    }
    for round in 0..<Self.rounds {
      let file = "d\(round % 50)/f\(round % 50 * 200).txt"
      let calls = [
        ("Bash", #"{"command":"make"}"#), ("Edit", #"{"file_path":"\#(repository)/\#(file)"}"#),
      ]
      for (tool, input) in calls {
        for (event, script) in [("Pre", "pre_tool_use"), ("Post", "tool_use")] {
          let payload =
            #"{"session_id":"s","cwd":"\#(repository)","tool_name":"\#(tool)","#
            + #""tool_use_id":"\#(tool)\#(round)","tool_input":\#(input)}"#
          try File.write(payload, to: root + "/payload")
          try measure("\(event)ToolUse, \(tool)", hook(script))
          // A short tool; then the model thinks, for much longer than this.
          try sandbox.shell(
            event == "Pre" ? "echo changed >>\"$1\"" : "sleep 0.05", "\(repository)/\(file)")
        }
      }
      try measure("shell", Program(path: "/bin/sh", arguments: ["-c", ":"], directory: root, environment: [:]))
      try measure("status", sandbox.git(["status", "--porcelain"], in: repository))
    }
    let shell = series["shell"]?.p95 ?? 0
    for name in ["PreToolUse, Bash", "PostToolUse, Bash", "PreToolUse, Edit", "PostToolUse, Edit"] {
      table.atMost("agent: \(name), p95", .seconds(series[name]?.p95 ?? 0), limit: .seconds(0.01))
    }
    table.ratio(
      "agent: PostToolUse, Bash, median (git status)", .seconds(series["PostToolUse, Bash"]?.median ?? 0),
      to: .seconds(series["status"]?.median ?? 0), limit: 1)
    table.atMost("agent: starting a shell alone, p95", .seconds(shell), limit: .seconds(0.01))
  }

  private func prepare() throws {
    try sandbox.shell(
      """
      mkdir -p "$1/home" "$1/repository"; cd "$1/repository"
      for d in $(seq 0 49); do
        mkdir d$d
        for f in $(seq $((d * 200)) $((d * 200 + 199))); do echo "file $f" >d$d/f$f.txt; done
      done
      """, root)
    try sandbox.prepare(sandbox.git(["init", "-q"], in: repository))
    try sandbox.prepare(sandbox.git(["add", "-A"], in: repository))
    try sandbox.prepare(sandbox.git(["commit", "-q", "-m", "start"], in: repository, time: 1_767_225_600))
    try sandbox.prepare(sandbox.opentraces(["init"], in: repository, home: home))
    try sandbox.prepare(sandbox.opentraces(["setup", "claude-code"], in: repository, home: home))
    try File.write(#"{"session_id":"s","cwd":"\#(repository)"}"#, to: root + "/payload")
    try sandbox.prepare(hook("session_start"))
    try sandbox.shell("sleep 1")
  }

  /// A hook's script as the agent starts it, by a shell.
  private func hook(_ script: String) -> Program {
    let command = "\(home)/.claude/hooks/opentraces_on_\(script).sh <'\(root)/payload'"
    return Program(
      path: "/bin/sh", arguments: ["-c", command], directory: repository, environment: sandbox.environment(home: home))
  }
}
