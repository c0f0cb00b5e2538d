import Basics
import GitKit
import TestSupport
import Testing

/// A scripted Pi that drives the built program through its bridge.
@Suite struct PiCaptureTests {
  private let session = "01a2b3c4-0000-4000-8000-00000000000f"

  private func started() throws -> (Workspace, FakePi) {
    let work = try Workspace()
    work.repository.environment.now = Timestamp.now().seconds
    try work.repository.commit(
      "start",
      files: [
        "app.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n", "old.txt": "to be removed\nsoon\n",
        "keep.txt": "a\nb\nc\nd\ne\n", ".gitignore": "*.log\n",
      ])
    _ = try work.json("init", "--agent", "pi")
    return (work, try agent(work, session))
  }

  private func agent(_ work: Workspace, _ session: String) throws -> FakePi {
    FakePi(work.repository, session: session, binary: try #require(BuiltBinary.path))
  }

  private func journal(_ work: Workspace, _ session: String) throws -> String {
    try Files.readText(work.repository.path + "/.git/opentraces/journal/pi/\(session).jsonl") ?? ""
  }

  @Test func everyLineOfASessionOfAllKindsOfChangesHasItsOwner() throws {
    let (work, pi) = try started()
    let repository = work.repository
    try pi.start()
    try pi.prompt("Rework the application")
    try pi.edit("app.py", "    return 1\n", "    return one_of_the_agent()\n")
    try pi.bash("printf 'made_by_the_shell = True\\n' >> app.py; rm old.txt; chmod +x keep.txt; echo x > a.log")
    // A person edits another line of the same file and runs a command of their own, then the agent's shell goes on.
    try repository.write("keep.txt", "a\nb\nTHE PERSON WROTE THIS LINE\nd\ne\n", mode: 0o755)
    try pi.userBash("echo 'typed_by_the_person_into_the_agent' > typed.txt")
    try pi.bash("sed -i 's/^e$/e_as_the_agent_wants_it = 5/' keep.txt")
    try pi.bash("printf '\\000\\001binary' > data.bin")
    try pi.bash("echo 'line_that_the_call_itself_commits = 1' > inside.txt; git add -A; git commit -qm inside")
    #expect(
      try work.consistency("app.py") == [
        "pre-audit", "attributed", "pre-audit", "pre-audit", "pre-audit", "pre-audit", "attributed",
      ])
    #expect(
      try work.consistency("keep.txt") == ["pre-audit", "pre-audit", "missing_from_audit", "pre-audit", "attributed"])
    #expect(try work.consistency("inside.txt") == ["attributed"])
    #expect(try work.consistency("typed.txt") == ["missing_from_audit"])
    let evidence = try work.evidence()
    let changes = Set(evidence.compactMap { row in row["change"]?.string.map { "\(row["path"]?.string ?? "") \($0)" } })
    #expect(changes.isSuperset(of: ["old.txt deletedFile", "data.bin changedFile"]), "\(changes)")
    #expect(evidence.allSatisfy { $0["evidence_firmness"] == "firm_observed" && $0["session_id"] == .string(session) })
    try pi.compact()
    try pi.write("last.txt", "written_after_the_compaction_of_the_session\n")
    try pi.stop()
    try pi.shutDown()
    #expect(pi.noise.isEmpty)
    try work.commitNow("rest")
    #expect(try work.consistency("last.txt") == ["attributed"])
    #expect(try repository.git("status", "--porcelain").output.isEmpty)
    #expect(try repository.git("fsck", "--strict").succeeded)
  }

  @Test func modeThatAToolChangedIsEvidence() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.prompt("Make it executable")
    try pi.bash("chmod +x keep.txt")
    try pi.stop()
    try work.commitNow("mode")
    let evidence = try work.evidence()
    #expect(evidence.map { $0["change"] } == ["changedMode"])
  }

  @Test func branchThatTheAgentToldIsTheOneWithTheSteps() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.prompt("First try")
    let fork = pi.leaf
    for number in 0..<4 { try pi.write("a.txt", "long_branch_that_is_given_up_\(number)\n") }
    try pi.stop()
    try pi.navigate(to: fork)
    try pi.write("b.txt", "short_branch_that_counts\n")
    try pi.stop()
    let trace = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    let record = try work.json("trace", "get", trace, "--full")["trace"]
    #expect(record?["steps"]?.array?.count == 2)
    #expect(record?["metadata"]?["pi"]?["active_leaf_source"] == "sidecar:active_leaf")
    #expect(record?["metadata"]?["pi"]?["tree_events"]?.array?.count == 1)
    #expect(record?["metadata"]?["raw_event_counts"]?["sidecar:tool_pre"] == 5)
    #expect(record?["metadata"]?["pi"]?["tool_registry"] == ["read", "bash", "edit", "write"])
  }

  @Test func entriesBehindTheToldLeafAreStepsToo() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.prompt("First")
    try pi.write("a.txt", "written_in_the_first_turn\n")
    try pi.stop()
    try pi.prompt("Second")
    try pi.write("b.txt", "written_in_the_second_turn\n")
    let trace = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    #expect(try work.json("trace", "get", trace, "--full")["trace"]?["steps"]?.array?.count == 4)
  }

  @Test func eventThatIsSentTwiceIsKeptOnce() throws {
    let (work, pi) = try started()
    try pi.start()
    let payload =
      #"{"event":"model_change","session_id":"\#(session)","cwd":"\#(work.repository.path)","sequence":9,"data":{"model_id":"m"}"#
    let answers = try ["2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"].map { time in
      try JSONValue(parsing: work.opentraces("_pi-bridge", input: payload + #","timestamp":"\#(time)"}"#).output)
    }
    #expect(answers.map { $0["status"] } == ["ok", "duplicate"])
    #expect(answers.map { $0["ok"] } == [true, true])
    #expect(answers[0]["event_id"] == answers[1]["event_id"])
    #expect(try journal(work, session).split(separator: "\n").filter { $0.contains("model_change") }.count == 1)
  }

  @Test func journalHoldsNoInputsOfTools() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.bash("echo secret_that_stands_in_a_command >/dev/null")
    try pi.userBash("echo secret_that_a_person_typed >/dev/null")
    try pi.event(
      "tree", members: ["entry_id": ["secret_in_a_list"]],
      data: ["args": ["command": "secret_of_another_sender"], "details": "secret", "reason": ["x": "secret"]])
    #expect(try !journal(work, session).contains("secret"))
    let lines = try journal(work, session).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let events = lines.filter { $0["type"] == "opentraces_pi_event" }
    #expect(events.map { $0["event"] } == ["session_start", "tool_pre", "tool_post", "user_bash", "tree"])
    #expect(events.allSatisfy { $0["schema_version"] == "opentraces.pi.sidecar.v1" })
  }

  @Test func rawBodiesAreHashedUnlessTheUserWantsThemKept() throws {
    let (work, pi) = try started()
    try pi.start()
    let body: JSONObject = ["raw_provider_payload": ["system": "secret_of_the_prompt"]]
    try pi.event("provider_request", data: body)
    let kept = work.repository.path + "/.git/opentraces/raw-bodies"
    #expect(!Files.exists(kept))
    var wanted = body
    wanted["raw_provider_bodies_opt_in"] = true
    try pi.event("provider_request", data: wanted)
    #expect(pi.answers.suffix(2).map { $0["raw_provider_body_retained"] } == [false, true])
    #expect(try !journal(work, session).contains("secret_of_the_prompt"))
    let name = try #require(Files.list(kept).first)
    #expect(try Files.readText(kept + "/" + name) == #"{"system":"secret_of_the_prompt"}"#)
    #expect(try journal(work, session).contains(name))
    #expect(Files.status(kept + "/" + name)?.mode.description.isEmpty == false)
    #expect((Files.status(kept + "/" + name)?.mode ?? 0) & 0o077 == 0)
  }

  @Test func excludedProjectLeavesNothingBehind() throws {
    let (work, pi) = try started()
    _ = try work.json("remove")
    try pi.start()
    try pi.prompt("secret")
    try pi.bash("echo x >> app.py")
    try pi.stop()
    #expect(pi.answers.allSatisfy { $0["status"] == "capture_disabled" && $0["ok"] == true })
    #expect(!Files.exists(work.repository.path + "/.git/opentraces/journal"))
  }

  @Test func firstEventEnrollsAProjectUnderGlobalTrackingOnly() throws {
    for mode in ["manual", "global"] {
      let work = try Workspace()
      work.repository.environment.now = Timestamp.now().seconds
      try work.repository.commit("start", files: ["a.txt": "x\n"])
      _ = try work.json("config", "tracking-mode", mode)
      let pi = try agent(work, session)
      try pi.start()
      #expect(pi.answers.first?["status"] == (mode == "global" ? "ok" : "capture_disabled"))
      #expect(Files.exists(work.repository.path + "/.git/opentraces") == (mode == "global"))
      #expect(try work.repository.git("status", "--porcelain").output.isEmpty)
    }
  }

  @Test func explicitConsentIsAGate() throws {
    let work = try Workspace()
    work.repository.environment.now = Timestamp.now().seconds
    try work.repository.commit("start", files: ["a.txt": "x\n"])
    _ = try work.json("config", "set", "pi-consent", "explicit")
    let pi = try agent(work, session)
    try pi.start()
    #expect(pi.answers.last?["status"] == "capture_disabled")
    #expect(!Files.exists(work.repository.path + "/.git/opentraces"))
    _ = try work.json("init", "--agent", "claude-code")
    try pi.event("agent_start")
    #expect(pi.answers.last?["status"] == "capture_disabled")
    _ = try work.json("init", "--agent", "pi")
    try pi.event("agent_start")
    #expect(pi.answers.last?["status"] == "ok")
  }

  /// A marker may come with a clone: that its author wants Pi says nothing of who cloned it.
  @Test func markerOfSomebodyElseIsNoExplicitConsent() throws {
    let (work, pi) = try started()
    try work.commitNow("with the marker")
    _ = try work.json("config", "set", "pi-consent", "explicit")
    try work.repository.git("config", "--unset-all", "opentraces.consent")
    try pi.start()
    #expect(pi.answers.last?["status"] == "capture_disabled")
    _ = try work.json("init", "--agent", "pi")
    try pi.event("agent_start")
    #expect(pi.answers.last?["status"] == "ok")
  }

  @Test func bridgeThatRunsOutOfTimeSaysSo() throws {
    let (work, pi) = try started()
    try pi.start()
    work.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = nil
    let queue = work.repository.path + "/.git/opentraces/worktree.queue"
    try Files.remove(queue)
    #expect(try work.repository.run("/usr/bin/mkfifo", [queue]).succeeded)
    let start = MonotonicClock.seconds()
    try pi.event("tool_pre", members: ["tool_call_id": "c"], data: ["tool_name": "bash"])
    #expect(MonotonicClock.seconds() - start < 2.5)
    #expect(pi.answers.last?["status"] == "error" && pi.noise.contains("out of time"))
  }

  @Test func statusTellsWhatWasReported() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.bash("echo x >> app.py")
    let result = try work.opentraces("_pi-bridge", "--status", "--cwd", work.repository.path)
    #expect(result.exitCode == 0 && result.output.split(separator: "\n").count == 1)
    let status = try JSONValue(parsing: result.output)
    #expect(status["schema_version"] == "opentraces.pi.bridge_status.v1")
    #expect(status["capture"]?["sidecar_event_count"] == 3)
    #expect(status["project"]?["capture_source"] == "marker")
    #expect(status.object?.keys == status.object?.keys.sorted())
  }

  @Test func sessionThatWasCutOffIsTakenUpByTheNextOne() throws {
    let (work, pi) = try started()
    try pi.start()
    try pi.prompt("go")
    try pi.write("a.txt", "written_before_the_agent_was_killed\n")
    let second = try agent(work, "01a2b3c4-0000-4000-8000-000000000002")
    try second.start()
    #expect(second.answers.first?["recovered_sessions"] == [.string(session)])
    #expect(second.answers.first?["ingest_spawned"] == true)
    try second.event("active_leaf")
    #expect(try work.repository.git("for-each-ref", "refs/opentraces").output.isEmpty == false)
    let third = try agent(work, "01a2b3c4-0000-4000-8000-000000000003")
    try third.start()
    #expect(third.answers.first?["recovered_sessions"]?.array?.contains(.string(session)) == false)
  }

  @Test(arguments: [
    ("{", "no JSON"), ("[]", "no JSON object"), ("{}", "'event' is missing"),
    (#"{"event":"dance","session_id":"s","cwd":"/"}"#, "unsupported Pi sidecar event 'dance'"),
    (#"{"event":"context","cwd":"/"}"#, "'session_id' is missing"),
    (#"{"event":"context","session_id":"s"}"#, "'cwd' is missing"),
    (#"{"event":"context","session_id":"s","cwd":"/","sequence":"one"}"#, "'sequence' is no integer"),
    (#"{"event":"context","session_id":"s","cwd":"/","data":[]}"#, "'data' is no object"),
  ])
  func eventThatIsNoneIsAnsweredAndFailsOnlyWhenAsked(_ payload: String, _ reason: String) throws {
    let work = try Workspace()
    for (words, exit) in [(["_pi-bridge"], 0), (["_pi-bridge", "--strict"], 1)] as [([String], Int32)] {
      let result = try work.run(words, input: payload)
      #expect(result.exitCode == exit && result.errors.isEmpty)
      let answer = try JSONValue(parsing: result.output)
      #expect(answer["ok"] == false && answer["status"] == "error")
      #expect(answer["errors"]?.array?.first?.string?.contains(reason) == true, "\(result.output)")
      #expect(result.output.split(separator: "\n").count == 1)
    }
  }

  @Test func eventIsTakenFromAnOptionAndFromAFile() throws {
    let (work, _) = try started()
    let payload = #"{"event":"context","session_id":"s1","cwd":"\#(work.repository.path)","sequence":1}"#
    try work.repository.write("event.json", payload)
    let first = try work.opentraces("_pi-bridge", "--payload", payload)
    let second = try work.opentraces("_pi-bridge", "--payload-file", work.repository.path + "/event.json")
    #expect(try JSONValue(parsing: first.output)["status"] == "ok")
    #expect(try JSONValue(parsing: second.output)["status"] == "duplicate")
    let wrong = try work.opentraces("_pi-bridge", "--dance")
    #expect(wrong.exitCode == 0 && wrong.output.contains("unknown option '--dance'"))
  }
}
