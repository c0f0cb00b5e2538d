import Basics
import TraceModel

/// The made-up sessions that the rules are worked out on. Steps count from 0 and are ten seconds apart.
enum WorkedCorpus {
  /// A session in the making.
  struct Session {
    var record: TraceRecord
    private var calls = 0
    private var clock = 1_782_900_610
    var hasTimes = true

    init(_ id: String) {
      record = TraceRecord(
        traceID: id, sessionID: id, agent: AgentIdentity(name: "claude-code", version: nil, model: nil))
      record.metadata["cwd"] = "/r"
    }

    private mutating func step(_ role: Step.Role, _ text: String?, at seconds: Int? = nil) -> Step {
      var step = Step(stepIndex: record.steps.count, role: role)
      step.content = text
      if hasTimes { step.timestamp = Timestamp(seconds: seconds.map { 1_782_900_600 + $0 } ?? clock).iso8601 }
      clock += 10
      return step
    }

    mutating func user(_ text: String) { record.steps.append(step(.user, text)) }

    mutating func agent(_ text: String) { record.steps.append(step(.agent, text)) }

    /// A step with tool calls: name, input, output and error of each.
    mutating func tools(
      _ text: String? = nil, at seconds: Int? = nil,
      calls all: [(name: String, input: JSONObject, output: String, error: String?)]
    ) {
      var step = step(.agent, text, at: seconds)
      for item in all {
        calls += 1
        var call = ToolCall(toolCallID: "c\(calls)", toolName: item.name)
        call.input = item.input
        step.toolCalls.append(call)
        var observation = Observation(sourceCallID: call.toolCallID)
        observation.content = item.output.isEmpty ? nil : item.output
        observation.error = item.error
        step.observations.append(observation)
      }
      record.steps.append(step)
    }

    mutating func tool(
      _ name: String, _ input: JSONObject, _ output: String = "ok", error: String? = nil, text: String? = nil,
      at seconds: Int? = nil
    ) {
      tools(text, at: seconds, calls: [(name, input, output, error)])
    }

    mutating func bash(_ command: String, _ output: String = "ok", error: String? = nil, at seconds: Int? = nil) {
      tool("Bash", ["command": .string(command)], output, error: error, at: seconds)
    }

    /// Leaves a gap before the next step.
    mutating func wait(_ seconds: Int) { clock += seconds }
  }

  static let t1: TraceRecord = {
    var s = Session("aaaaaaaa-0000-4000-8000-000000000001")
    s.user("Fix the failing parser test in src/app.py")
    s.tool("Read", ["file_path": "/r/src/app.py"], "x=1", text: "Looking at it")
    s.bash("pytest -q tests", "1 failed, 2 passed")
    s.tool("Edit", ["file_path": "/r/src/app.py", "old_string": "a", "new_string": "b"], text: "Editing")
    s.bash("pytest -q tests", "3 passed in 0.1s")
    s.agent("Done. Parser test fixed.")
    s.user("continue")
    s.bash("curl -s https://api.example.com/health")
    s.agent("Health probe ok")
    s.user("Actually that's wrong, use pymongo instead")
    s.tools(
      "Plan: - switch to pymongo",
      calls: [
        ("Write", ["file_path": "/r/src/db.py", "content": "import pymongo\n"], "written", nil),
        ("Skill", ["skill": "opentraces"], "skill body", nil),
      ])
    s.bash("git commit -m x", "committed")
    s.agent("All set")
    return s.record
  }()

  static let t2: TraceRecord = {
    var s = Session("bbbbbbbb-0000-4000-8000-000000000002")
    s.user("Explore the logging module")
    for _ in 0..<4 { s.tool("Read", ["file_path": "src/log.py"]) }
    for _ in 0..<6 { s.bash("rg -n log src") }
    s.bash("cat big", String(repeating: "z", count: 12_000))
    s.bash("make build", "", error: "no_result")
    s.bash("make build", "exit code 0")
    s.agent("summary of logging")
    return s.record
  }()

  static let t3: TraceRecord = {
    var s = Session("cccccccc-0000-4000-8000-000000000003")
    s.user("ask")
    s.tool("Edit", ["file_path": "src/a.py", "old_string": "a", "new_string": "b\nc"])
    for number in 2...35 { s.agent("text \(number)") }
    s.tool("Edit", ["file_path": "src/b.py", "old_string": "a\nb", "new_string": "b"])
    for number in 37...71 { s.agent("text \(number)") }
    s.tool("Write", ["file_path": "tests/test_c.py", "content": "x"])
    s.user("yes go ahead")
    s.tool("NotebookEdit", ["notebook_path": "n.ipynb"])
    s.tool("apply_patch", ["input": "*** Begin Patch\n*** End Patch"])
    s.tool("MultiEdit", ["file_path": "README.md"], "", error: "tool_error")
    return s.record
  }()

  static let t4: TraceRecord = {
    var s = Session("dddddddd-0000-4000-8000-000000000004")
    s.tool("Bash", [:])
    for text in [
      "<task-notification>x</task-notification>", "<<synthetic>>", "<skill>foo", "continue",
      "Continue from where you left off", "keep going", "[Image #1]", "can you [Image #1] fix this",
      "[Request interrupted by user]", "<system-reminder>", "   ", "<my_notification>", "Please continue the migration",
      "<turn_aborted>", "<skillful> thing", "[Image: source: /a/b.png]", "<subagent_notification>",
    ] {
      s.user(text)
    }
    s.agent("fin")
    return s.record
  }()

  static let t5: TraceRecord = {
    var s = Session("eeeeeeee-0000-4000-8000-000000000005")
    s.user("Make this faster")
    s.bash("pytest", "10 passed, 0 failed")
    s.bash("pytest", "2 failed; all done")
    s.bash("pytest", "2 failed")
    s.bash("PYTEST  ", "permission denied, exit code 13")
    s.bash("ls", "tests passed")
    s.bash("ls", "done")
    s.user("yes, do it instead")
    s.user("no")
    s.user("no, use tabs")
    s.bash("x", "done", error: "  ")
    s.tools(calls: [JSONObject](repeating: ["command": "x"], count: 3).map { ("Bash", $0, "y", nil) })
    s.wait(700)
    for _ in 0..<3 { s.bash("x", "y") }
    return s.record
  }()

  static let t6: TraceRecord = {
    var s = Session("ffffffff-0000-4000-8000-000000000006")
    s.hasTimes = false
    s.user("look around")
    for _ in 0..<4 { s.tool("Read", ["file_path": "a.py"]) }
    for _ in 0..<3 { s.tool("Grep", ["path": "src", "pattern": "x"]) }
    for _ in 0..<5 { s.bash("git log --grep=x") }
    s.bash("npm run find-unused", String(repeating: "é", count: 11_999) + "😀")
    return s.record
  }()

  static let t7: TraceRecord = {
    var s = Session("99999999-0000-4000-8000-000000000007")
    s.user("read")
    for seconds in [10, 610, 1210, 1211, 1810] { s.tool("Read", ["file_path": "a.py"], at: seconds) }
    return s.record
  }()

  static let all = [t1, t2, t3, t4, t5, t6, t7]
}
