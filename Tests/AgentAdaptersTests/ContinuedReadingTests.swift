import AgentAdapters
import Basics
import TestSupport
import Testing
import TraceModel

/// Reading a session in parts must come to the same as reading it at once.
@Suite struct ContinuedReadingTests {
  /// What a list of sessions shows, and the edits.
  private struct Summary: Equatable {
    var title: String?
    var steps = 0
    var calls = 0
    var input = 0
    var output = 0
    var cacheRead = 0
    var cost: Double?
    var end: Timestamp?
    var edits: [String] = []

    init(_ session: ParsedSession) {
      title = session.record.task.description
      steps = session.record.steps.count
      cost = session.record.metrics.estimatedCostUSD
      add(session)
    }

    mutating func add(_ session: ParsedSession) {
      calls += session.record.steps.reduce(0) { $0 + $1.toolCalls.count }
      input += session.record.metrics.totalInputTokens
      output += session.record.metrics.totalOutputTokens
      cacheRead += session.record.metrics.totalCacheReadTokens
      end = [end, session.lastTimestamp].compactMap { $0 }.max()
      edits += session.edits.map {
        "\($0.stepIndex) \($0.toolCallID) \($0.path) \($0.isAbandoned) \($0.line) \($0.hunks)"
      }
    }

    mutating func go(on session: ParsedSession) {
      steps += session.record.steps.count
      cost = session.record.metrics.estimatedCostUSD
      add(session)
    }
  }

  /// Reads lines in parts that end at the cuts. Returns the sum, and how many parts were read on their own.
  private func read(
    _ lines: [String], cuts: [Int], of agent: SessionAgent, session: String
  ) -> (summary: Summary, continued: Int) {
    func buffer(_ range: Range<Int>) -> PaddedBuffer {
      PaddedBuffer(copying: Array(lines[range].map { $0 + "\n" }.joined().utf8))
    }
    func whole(_ end: Int) -> ParsedSession {
      agent.parse(buffer(0..<end), sessionID: session, options: SessionAgent.Options())
    }
    var first = whole(cuts[0])
    var summary = Summary(first)
    var continued = 0
    for (start, end) in zip(cuts, cuts.dropFirst()) {
      let stored = first.readingPoint.map(\.json).flatMap { ReadingPoint(json: $0) }
      let added = stored.flatMap { point in
        agent.parse(added: buffer(start..<end), sessionID: session, after: point, options: SessionAgent.Options())
      }
      if let added {
        continued += 1
        summary.go(on: added)
        first = added
      } else {
        first = whole(end)
        summary = Summary(first)
      }
    }
    return (summary, continued)
  }

  private func cuts(_ count: Int, _ random: inout SeededGenerator) -> [Int] {
    let parts = Int.random(in: 2...8, using: &random)
    return Array(Set((1..<parts).map { _ in Int.random(in: 1...count, using: &random) } + [count])).sorted()
  }

  @Test func claudeSessionsReadInPartsAreTheSame() {
    var random = SeededGenerator(seed: 20_260_102)
    var (parts, continued) = (0, 0)
    for number in 0..<400 {
      let lines = RandomConversation(&random).lines
      let cuts = cuts(lines.count, &random)
      let (summary, count) = read(lines, cuts: cuts, of: .claudeCode, session: "s1")
      let whole = read(lines, cuts: [lines.count], of: .claudeCode, session: "s1").summary
      #expect(summary == whole, "conversation \(number), cut at \(cuts)")
      parts += cuts.count - 1
      continued += count
    }
    // Else the test would say nothing.
    #expect(continued * 4 > parts, "\(continued) of \(parts)")
  }

  /// The record of lines read in parts, and how many parts were added to it without reading those before.
  private func record(
    _ lines: [String], cuts: [Int], session: String
  ) throws -> (record: TraceRecord, added: Int) {
    func buffer(_ range: Range<Int>) -> PaddedBuffer {
      PaddedBuffer(copying: Array(lines[range].map { $0 + "\n" }.joined().utf8))
    }
    var options = SessionAgent.Options()
    options.continuesRecord = true
    func whole(_ end: Int) -> ParsedSession {
      SessionAgent.claudeCode.parse(buffer(0..<end), sessionID: session, options: SessionAgent.Options())
    }
    var last = whole(cuts[0])
    var record = last.record
    var added = 0
    for (start, end) in zip(cuts, cuts.dropFirst()) {
      let next = last.readingPoint.flatMap { point in
        SessionAgent.claudeCode.parse(
          added: buffer(start..<end), sessionID: session, after: point, options: options)
      }
      if let next, let more = next.continuation {
        record.add([try RecordContinuation(json: more.toJSON())])
        added += 1
        last = next
      } else {
        last = whole(end)
        record = last.record
      }
    }
    return (record, added)
  }

  /// The record without an order that says nothing: keys sorted.
  private func text(_ record: TraceRecord) -> String {
    String(decoding: CanonicalJSON.encode(record.toJSON(), form: .spacedASCII), as: UTF8.self)
  }

  @Test func theRecordOfASessionReadInPartsIsTheSame() throws {
    var random = SeededGenerator(seed: 20_261_130)
    var (parts, added) = (0, 0)
    for number in 0..<400 {
      let lines = RandomConversation(&random).lines
      let cuts = cuts(lines.count, &random)
      let (inParts, count) = try record(lines, cuts: cuts, session: "s1")
      let (atOnce, _) = try record(lines, cuts: [lines.count], session: "s1")
      #expect(text(inParts) == text(atOnce), "conversation \(number), cut at \(cuts)")
      parts += cuts.count - 1
      added += count
    }
    #expect(added * 5 > parts, "\(added) of \(parts)")
  }
}

/// A transcript of Claude Code with all that can happen to one: parallel calls, fragments in any order, going back,
/// compactions, interruptions, lines without message, sub-agents, late answers.
private struct RandomConversation {
  var lines: [String] = []
  private var leaf: String?
  private var trunk: [String] = []
  private var number = 0
  private var clock = 0
  private var agents: [String] = []

  init(_ random: inout SeededGenerator) {
    if Int.random(in: 0..<4, using: &random) == 0 {
      let command = "<command-name>/review</command-name>\n<command-args>the parser</command-args>"
      line("user", ["message": ["role": "user", "content": .string(command)]])
      let body = "Base directory for this skill: /x/skills/review\nbody"
      line("user", ["isMeta": true, "message": ["role": "user", "content": .string(body)]])
      response(&random)
    }
    for _ in 0..<Int.random(in: 2...10, using: &random) { turn(&random) }
  }

  private mutating func line(_ type: String, _ members: JSONObject, parent: String?? = .none) {
    number += 1
    clock += 1
    let id = "u\(number)"
    var object: JSONObject = [
      "type": .string(type), "uuid": .string(id), "parentUuid": .optional(parent ?? leaf),
      "timestamp": .string(stamp(clock)),
      "cwd": "/repo", "sessionId": "s1", "version": "2.1.0", "gitBranch": "main", "isSidechain": false,
    ]
    for member in members.members { object[member.key] = member.value }
    lines.append(String(decoding: CanonicalJSON.line(.object(object)), as: UTF8.self))
    leaf = id
  }

  private func stamp(_ clock: Int) -> String { Timestamp(seconds: 1_767_322_800 + clock).iso8601 }

  private mutating func turn(_ random: inout SeededGenerator) {
    switch Int.random(in: 0..<20, using: &random) {
    case 0 where !trunk.isEmpty: leaf = trunk.randomElement(using: &random)
    case 1: line("system", ["subtype": "compact_boundary", "logicalParentUuid": .optional(leaf)], parent: .some(nil))
    case 2: line("system", ["subtype": "informational"])
    case 3: lines.append(#"{"type":"summary","summary":"so far","leafUuid":"u1"}"#)
    case 4: lines.append("{broken")
    case 5: lines.append(#"{"type":"cost-state","totalCostUSD":1.5}"#)
    case 6: leaf = "gone"
    case 7:
      line(
        "system", ["subtype": "api_error", "error": ["status": 529, "error": ["error": ["type": "overloaded_error"]]]])
    case 8:
      lines.append(
        #"{"type":"queue-operation","operation":"enqueue","content":"and then","timestamp":"2026-01-02T03:00:00Z"}"#)
    case 9: lines.append(#"{"type":"custom-title","customTitle":"title \#(number)"}"#)
    case 10: lines.append(#"{"type":"ai-title","aiTitle":"suggested \#(number)"}"#)
    case 11:
      lines.append(#"{"type":"result","subtype":"success","num_turns":3,"duration_ms":5000,"total_cost_usd":0.5}"#)
    default: break
    }
    line("user", ["message": ["role": "user", "content": .string("prompt \(number)")]])
    if let leaf { trunk.append(leaf) }
    for _ in 0..<Int.random(in: 0...4, using: &random) { response(&random) }
    if Int.random(in: 0..<3, using: &random) == 0 { answer([["type": "text", "text": "done"]], "end\(number)") }
    if Int.random(in: 0..<15, using: &random) == 0 {
      line(
        "assistant",
        [
          "isApiErrorMessage": true,
          "message": [
            "role": "assistant", "model": "<synthetic>", "content": [["type": "text", "text": "API Error: 529"]],
          ],
        ])
    }
    if Int.random(in: 0..<12, using: &random) == 0 {
      line(
        "user", ["message": ["role": "user", "content": [["type": "text", "text": "[Request interrupted by user]"]]]])
    }
    if Int.random(in: 0..<4, using: &random) == 0 { line("system", ["subtype": "turn_duration"]) }
  }

  private mutating func answer(_ content: [JSONValue], _ response: String) {
    line(
      "assistant",
      [
        "requestId": .string("r" + response),
        "message": [
          "id": .string("m" + response), "role": "assistant", "model": "claude-opus-4-5", "content": .array(content),
          "usage": ["input_tokens": 10, "output_tokens": 20, "cache_read_input_tokens": 30],
        ],
      ])
  }

  /// A response with one call or some, each in a line of its own, and the answers.
  private mutating func response(_ random: inout SeededGenerator) {
    let response = "\(number)"
    var calls: [(id: String, line: String?, name: String)] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let id = "toolu_\(number)"
      let name = ["Edit", "Edit", "Read", "Bash", "Task"].randomElement(using: &random) ?? "Edit"
      answer([["type": "tool_use", "id": .string(id), "name": .string(name), "input": .object(input(name))]], response)
      calls.append((id, leaf, name))
    }
    for call in calls where call.name == "Task" && Int.random(in: 0..<3, using: &random) > 0 { work(call.id, &random) }
    if Int.random(in: 0..<4, using: &random) == 0 { calls.shuffle(using: &random) }
    for call in calls where Int.random(in: 0..<15, using: &random) > 0 {
      line(
        "user",
        [
          "message": [
            "role": "user",
            "content": .array(answer(call.id, withText: Int.random(in: 0..<6, using: &random) == 0)),
          ]
        ], parent: Int.random(in: 0..<3, using: &random) == 0 ? .some(call.line) : .none)
    }
  }

  /// What a sub-agent says in lines of its own.
  private mutating func work(_ call: String, _ random: inout SeededGenerator) {
    // Now and then one that was at work before goes on for another call.
    let agent = agents.isEmpty || Int.random(in: 0..<6, using: &random) > 0 ? "a\(number)" : agents[agents.count - 1]
    agents.append(agent)
    var last: String?
    func tell(_ type: String, _ message: JSONObject) {
      let id = "\(agent)-\(number)"
      let inner: JSONValue = [
        "type": .string(type), "uuid": .string(id), "parentUuid": .optional(last), "isSidechain": true,
        "timestamp": .string(stamp(clock + 1)), "message": .object(message),
      ]
      last = id
      line(
        "progress",
        [
          "parentToolUseID": .string(call),
          "data": ["type": "agent_progress", "agentId": .string(agent), "message": inner],
        ])
    }
    tell("user", ["role": "user", "content": "look"])
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let id = "toolu_\(number)"
      let name = ["Edit", "Read", "Bash"].randomElement(using: &random) ?? "Edit"
      tell(
        "assistant",
        [
          "id": .string("m\(agent)\(number)"), "role": "assistant", "model": "claude-haiku-4-5",
          "content": [["type": "tool_use", "id": .string(id), "name": .string(name), "input": .object(input(name))]],
          "usage": ["input_tokens": 3, "output_tokens": 4],
        ])
      tell("user", ["role": "user", "content": .array(answer(id, withText: false))])
    }
  }

  private func answer(_ call: String, withText: Bool) -> [JSONValue] {
    [
      [
        "type": "tool_result", "tool_use_id": .string(call),
        "content": .string("import left\(number)\n[main abc\(1000 + number)] done"),
      ]
    ]
      + (withText ? [["type": "text", "text": "and a word of the user"]] : [])
  }

  private func input(_ name: String) -> JSONObject {
    switch name {
    case "Edit":
      [
        "file_path": .string("/repo/f\(number % 5).txt"), "old_string": .string("a\(number)"),
        "new_string": .string("b\(number)"),
      ]
    case "Bash":
      [
        "command": .string(
          number % 3 == 0 ? "git commit -m x && npm install pkg\(number)" : "rm /repo/f\(number % 5).txt")
      ]
    case "Task": ["description": "look", "prompt": "look"]
    default: ["file_path": .string("/repo/f\(number % 4).py")]
    }
  }
}
