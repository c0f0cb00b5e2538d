import Basics
import GitKit
import TestSupport
import Testing

/// `doctor`, and what `status` says of sharing
@Suite struct DoctorTests {
  @Test func healthyMachineIsHealthy() throws {
    let work = try Workspace()
    let report = try work.json("doctor")
    #expect(report["status"] == "ok" && report["next_command"] == nil)
    let doctor = report["doctor"]
    #expect(doctor?["security"]?["tools"]?.array?.count == 11)
    #expect(doctor?["hooks"]?.array?.map { $0["installer"]?.string } == ["claude-code", "codex-cli", "pi", "git"])
    #expect(doctor?["trace_index"]?["state"] == "missing" && doctor?["trail_event_log"]?["state"] == "missing")
    let plain = try work.opentraces("doctor")
    #expect(plain.exitCode == 0 && plain.output.contains("· claude-code      not installed"))
    let place = try TemporaryDirectory()
    #expect(try work.opentraces("doctor", at: place.path).exitCode == 0)
    let security = try work.json("doctor", "--security")["doctor"]?.object?.keys
    #expect(security == ["security_version", "schema_version", "security"])
  }

  @Test func gateIsTheSameWhereverItIsAskedFor() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    func gates() throws -> [JSONValue?] {
      [
        try work.json("doctor")["doctor"]?["bucket"]?["security_gate"],
        try work.json("bucket", "remote", "status")["remote"]?["security_gate"],
        try work.json("bucket", "security", "status")["security"]?["security_gate"],
      ]
    }
    func remediations() throws -> [JSONValue?] {
      [
        try work.json("doctor")["doctor"]?["bucket"]?["security_remediation"],
        try work.json("bucket", "security", "status")["security"]?["remediation"],
      ]
    }
    func check(_ eligible: JSONValue, _ reasons: [String]) throws {
      let found = try gates()
      #expect(found[0] == found[1] && found[0] == found[2] && found[0]?["eligible"] == eligible)
      #expect(found[0]?["blocking_reasons"] == .strings(reasons))
      let steps = try remediations()
      #expect(steps[0] == steps[1])
    }
    try check(false, ["remote_unconfigured", "unfiltered_records"])
    try team.setUp()
    try check(false, ["unfiltered_records"])
    #expect(try work.json("doctor")["next_command"] == "opentraces bucket security run --all")
    try team.share(0)
    try check(true, [])
  }

  @Test func toolThatIsOnAndCannotRunIsTold() throws {
    let work = try Workspace()
    _ = try work.json("config", "set", "security.trufflehog.enabled", "true")
    let result = try work.run(["doctor", "--json"])
    #expect(result.exitCode == 3)
    let report = try JSONValue(parsing: result.output)
    #expect(report["next_command"] == "opentraces security tools info trufflehog")
    #expect(report["doctor"]?["trufflehog"]?["status"] == "missing")
    #expect(try work.opentraces("doctor", "--security").exitCode == 3)
    _ = try work.json("config", "set", "security.trufflehog.enabled", "false")
    _ = try work.run(["setup", "llm-review", "--base-url", "http://127.0.0.1:1/v1"])
    let model = try JSONValue(parsing: work.run(["doctor", "--json"]).output)["doctor"]?["llm_review"]
    #expect(model?["status"] == "unreachable" && model?["reachable"] == false)
  }

  @Test func brokenHooksAreToldWithTheirRemedy() throws {
    let work = try Workspace()
    _ = try work.json("setup", "claude-code")
    _ = try work.json("setup", "git")
    #expect(try work.opentraces("doctor").exitCode == 0)
    let script = work.home + "/.claude/hooks/opentraces_on_stop.sh"
    try Files.remove(script)
    let broken = try work.run(["doctor", "--json"])
    let report = try JSONValue(parsing: broken.output)
    #expect(broken.exitCode == 3 && report["next_command"] == "opentraces setup claude-code")
    #expect(report["doctor"]?["hooks"]?.array?.first?["broken"] == ["Stop"])
    _ = try work.json("setup", "claude-code")
    #expect(try work.opentraces("doctor").exitCode == 0)
    // Another version wrote it.
    let text = try #require(try Files.readText(script))
    try Files.writeAtomically(
      Array(text.replacing("opentraces-version: ", with: "opentraces-version: 0").utf8), to: script, mode: 0o755)
    #expect(try work.opentraces("doctor").exitCode == 3)
    _ = try work.json("setup", "claude-code")
    let hook = work.repository.path + "/.git/hooks/opentraces-post-commit"
    try Files.remove(hook)
    let git = try work.run(["doctor", "--json"])
    #expect(git.exitCode == 3)
    #expect(try JSONValue(parsing: git.output)["next_command"] == "opentraces setup git")
  }

  @Test func statusSaysWhatMayLeaveAndWhatHasLeft() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    let before = try work.json("status")
    #expect(before["ready"] == false && before["safety"]?["verdict"] == "not_cleared" && before["remote"] == .null)
    #expect(before["sync"]?["blocked_reasons"] == ["unfiltered_records", "unscanned_records"])
    try team.setUp()
    try team.share(0)
    let after = try work.json("status")
    #expect(after["ready"] == true && after["safety"]?["verdict"] == "clear" && after["counts"]?["pushed"] == 1)
    let security = after["sessions"]?.array?.first?["security"]
    #expect(security?["regex"] == true && security?["pushed"] == true && security?["trufflehog"]?["ran"] == false)
    #expect(
      try work.opentraces("status", "--short").output.hasPrefix("status=clean traces=1 unscanned=0 not_cleared=0"))
    #expect(try work.opentraces("status").output.contains("1 of 1 cleared to leave, 1 sent to"))
    _ = try work.json("bucket", "security", "policy", "--policy", "recommended")
    #expect(
      try work.json("status")["safety"] == [
        "scanned_count": 1, "unscanned_count": 0, "not_cleared_count": 1, "verdict": "not_cleared",
      ])
  }
}
