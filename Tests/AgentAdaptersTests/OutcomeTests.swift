import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct OutcomeTests {
  @Test func interruptionMarksTheOpenCallAndTheEnd() {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent("a1", Fixture.call("c1", "Bash"))
    file.user("u2", #"[{"type":"text","text":"[Request interrupted by user for tool use]"}]"#)
    let session = file.parse()
    #expect(session.roles == ["user", "agent", "user"])
    #expect(session.steps[1].observations[0].error == "interrupted")
    #expect(session.record.outcome.terminalState == .interrupted)
  }

  @Test func messageAboutAFailedRequestIsNotPriced() {
    var file = Fixture()
    file.prompt("u1", "x")
    file.agent(
      "a1", Fixture.text("API Error: 529"), extra: #","isApiErrorMessage":true"#,
      model: "<synthetic>")
    let session = file.parse()
    #expect(session.steps[1].model == nil)
    #expect(session.record.metrics.estimatedCostUSD == nil)
    #expect(session.record.outcome.terminalState == .error)
    let error = session.record.metadata["session_errors"]?.array?.first
    #expect(error?["message"]?.string == "API Error: 529")
  }

  @Test func errorsOfResultsHaveTheirOrder() {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent(
      "a", Fixture.call("c1", "Bash"), Fixture.call("c2", "Bash"),
      Fixture.call("c3", "Bash"))
    file.result("r1", of: "c1", isError: true, details: #"{"exitCode":3}"#)
    file.result("r2", of: "c2", details: #"{"exitCode":3,"interrupted":true}"#)
    file.result("r3", of: "c3", details: #"{"interrupted":true,"durationSeconds":1.5}"#)
    let step = file.parse().steps[1]
    #expect(step.observations.map(\.error) == ["tool_error", "exit_code:3", "interrupted"])
    #expect(step.toolCalls[2].durationMS == 1500)
  }

  @Test func resultLineTellsOutcomeCostAndDuration() {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent("a", Fixture.text("y"))
    file.raw(
      #"{"type":"result","subtype":"error_max_turns","num_turns":3,"duration_ms":4500,"total_cost_usd":0.25}"#
    )
    let record = file.parse().record
    #expect(record.outcome.success == false)
    #expect(record.outcome.signalSource == "result_message")
    #expect(record.outcome.description == "error_max_turns")
    #expect(record.metrics.totalDurationSeconds == 4.5)
    #expect(record.metrics.estimatedCostUSD == 0.25)
    #expect(record.metadata["num_turns"]?.int == 3)
  }

  @Test func costFollowsModelAndLifetimeOfCacheWrites() {
    var file = Fixture()
    file.prompt("u", "x")
    let usage = """
      {"input_tokens":1000,"output_tokens":100,"cache_read_input_tokens":10000,\
      "cache_creation_input_tokens":3000,"cache_creation":{"ephemeral_5m_input_tokens":1000,\
      "ephemeral_1h_input_tokens":2000}}
      """
    file.agent("a", Fixture.text("y"), usage: usage, model: "claude-opus-4-5-20251101")
    let record = file.parse().record
    #expect(record.agent.model == "anthropic/claude-opus-4-5-20251101")
    #expect(record.metrics.estimatedCostUSD == 0.03875)
    #expect(record.metrics.totalCacheCreationTokens == 3000)
  }

  @Test func unknownModelHasNoPrice() {
    #expect(ModelPrice.of("openai/gpt-9") == nil)
    #expect(ModelPrice.of("anthropic/claude-opus-4-20250514")?.input == 15)
    #expect(ModelPrice.of("claude-opus-4-6")?.input == 5)
    #expect(ModelPrice.of("my-sonnet")?.output == 15)
  }

  @Test func commitMadeInTheSessionIsAnOutcome() {
    var file = Fixture()
    file.prompt("u", "x")
    file.agent("a", Fixture.call("c", "Bash", #"{"command":"git commit -m x"}"#))
    file.result("r", of: "c", #"[feat/a-b 1234abc] x\n 1 file changed"#)
    let outcome = file.parse().record.outcome
    #expect(outcome.committed)
    #expect(outcome.commitSHA == "1234abc")
    #expect(outcome.success == true)
  }

  @Test func skillsOfCommandsAndOfTheToolAreListed() {
    var file = Fixture()
    file.user(
      "u1",
      #""<command-message>go</command-message>\n<command-name>/ship</command-name>\n<command-args>now</command-args>""#
    )
    file.user("u2", #"[{"type":"text","text":"Base directory for this skill: /x/skills/ship\nDo"}]"#)
    file.agent("a", Fixture.call("c", "Skill", #"{"skill":"lint"}"#))
    let record = file.parse().record
    let skills = record.metadata["skill_invocations"]?.array ?? []
    #expect(skills.map { $0["name"]?.string } == ["ship", "lint"])
    #expect(skills.first?["args"]?.string == "now")
    #expect(skills.first?["body_uuid"]?.string == "u2")
    #expect(record.task.description == "now")
  }
}
