import Basics
import Testing
import TraceModel

@Suite struct RecordTests {
  static let minimal = """
    {"schema_version":"0.9.0","trace_id":"t","session_id":"s","content_hash":null,\
    "timestamp_start":null,"timestamp_end":null,"execution_context":null,"task":{"description":null,\
    "source":null,"repository":null,"repository_url":null,"base_commit":null},"agent":{"name":"x",\
    "version":null,"model":null},"environment":{"os":null,"shell":null,"vcs":{"type":"none",\
    "base_commit":null,"branch":null,"diff":null},"language_ecosystem":[],\
    "resolved_dependencies":null,"interpreter":null,"arch":null,"platform":null,"abi_tag":null},\
    "system_prompts":{},"tool_definitions":[],"steps":[],"outcome":{"success":null,\
    "signal_source":"deterministic","signal_confidence":"derived","description":null,\
    "committed":false,"commit_sha":null,"terminal_state":null,"reward":null,"reward_source":null},\
    "dependencies":[],"metrics":{"total_steps":0,"total_input_tokens":0,"total_output_tokens":0,\
    "total_cache_read_tokens":0,"total_cache_creation_tokens":0,"total_duration_s":null,\
    "cache_hit_rate":null,"estimated_cost_usd":null},"security":{"scanned":false,\
    "flags_reviewed":0,"redactions_applied":0,"classifier_version":null},"attribution":null,\
    "lifecycle":"provisional","generation_index":0,"patches":[],"git_links":[],\
    "context_tree_summary":{},"metadata":{}}
    """

  private func read(_ text: String) throws -> TraceRecord {
    try TraceRecord(json: JSONValue(parsing: text))
  }

  private func line(_ record: TraceRecord) -> String {
    String(decoding: CanonicalJSON.line(record.toJSON()), as: UTF8.self)
  }

  @Test func minimalRecordRoundTripsByteForByte() throws {
    #expect(line(try read(Self.minimal)) == Self.minimal)
    let made = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: "x"))
    #expect(line(made) == Self.minimal)
  }

  @Test func contentHashEqualsThatOfPythonsJSON() throws {
    var record = try read(Self.minimal)
    #expect(
      record.computedContentHash
        == "2c7cb43e7d803e3e6f7e8c8165e233d1e2a59757ad376e5148b0116e5b3ce2a0")
    record.task.description = "grüße 👋/"
    record.metrics.totalDurationSeconds = 36
    record.traceID = "other"
    #expect(
      record.computedContentHash
        == "93d610e216b8134e7bf9383f4005f08a992b775db95d9c9c42ba74df9f6db9d7")
  }

  @Test func fullRecordRoundTrips() throws {
    var step = Step(stepIndex: 1, role: .agent)
    step.toolCalls = [ToolCall(toolCallID: "c", toolName: "Bash")]
    step.toolCalls[0].input = ["command": "ls", "n": 1.50]
    step.observations = [Observation(sourceCallID: "c")]
    step.snippets = [Snippet(filePath: "a.py")]
    var patch = Patch(patchID: "p", filePath: "a.py")
    patch.anchor = GitAnchor(lastSearchedAt: "2026-01-01T00:00:00Z", found: true)
    patch.anchor?.evidenceTier = .exactRangeHash
    patch.anchor?.evidenceFirmness = .firmObserved
    var record = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: "x"))
    record.steps = [step]
    record.patches = [patch]
    record.gitLinks = [GitLink(revision: "abc", tier: .toolEmitted)]
    record.attribution = Attribution()
    record.attribution?.files = [AttributionFile(path: "a.py")]
    record.environment.resolvedDependencies = [PinRecord()]
    #expect(try TraceRecord(json: record.toJSON()) == record)
  }

  @Test func unknownFieldsAreIgnoredAndOldVersionIsKept() throws {
    let text = #"{"schema_version":"0.3.0","future":1,"trace_id":"t","session_id":"s","agent":{"name":"x","y":2}}"#
    let record = try read(text)
    #expect(record.schemaVersion == "0.3.0")
    #expect(record.steps.isEmpty)
  }

  @Test(arguments: [
    #"{"session_id":"s","agent":{"name":"x"}}"#,
    #"{"trace_id":"t","session_id":"s"}"#,
    #"{"trace_id":"t","session_id":"s","agent":{}}"#,
    #"{"trace_id":"t","session_id":"s","agent":{"name":"x"},"generation_index":-1}"#,
    #"{"trace_id":"t","session_id":"s","agent":{"name":"x"},"lifecycle":"done"}"#,
    #"{"trace_id":"t","session_id":"s","agent":{"name":"x"},"metrics":{"cache_hit_rate":1.1}}"#,
    #"{"trace_id":"t","session_id":"s","agent":{"name":"x"},"steps":[{"role":"agent"}]}"#,
  ])
  func brokenRecordIsRefused(_ text: String) {
    #expect(throws: RecordError.self) { try read(text) }
  }

  @Test func diffOfOldRecordBecomesPatchesOnce() throws {
    let diff =
      #"--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\ndiff --git a/y b/y\n--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-z"#
    let old = try JSONValue(
      parsing:
        #"{"schema_version":"0.3.0","trace_id":"t","session_id":"s","agent":{"name":"x"},"outcome":{"success":true,"patch":"\#(diff)"}}"#
    )
    let migrated = RecordMigration.migrate(old)
    #expect(RecordMigration.migrate(migrated) == migrated)
    let record = try TraceRecord(json: old)
    #expect(record.patches.map(\.filePath) == ["x.py", "y"])
    #expect(
      record.patches.map(\.patchID) == [
        "79f3fcce2bdd4c9c8ae70c907e46ee94f94e14f536cc45490e0fe72d581856c5",
        "aa74dabb7f2f660708b29db9e52e09b0a90ab1719573bc9d871bb052b19a6407",
      ])
    #expect(record.patches[0].limitations == ["reconstructed_from_outcome_patch"])
    #expect(record.metadata["legacy"]?["patch"]?.string?.hasPrefix("--- a/x.py") == true)
    #expect(record.outcome.success == true)
    #expect(record.schemaVersion == "0.3.0")
  }

  @Test func landingsComeFromAnchoredPatchesOnly() {
    var record = TraceRecord(traceID: "t", sessionID: "s", agent: AgentIdentity(name: "x"))
    record.patches = [Patch(patchID: "p", filePath: "a"), Patch(patchID: "q", filePath: "b")]
    record.deriveLandings()
    #expect(!record.outcome.committed)
    record.patches[0].anchor = anchor("2026-01-01T00:00:00Z", "one", .exactRangeHash)
    record.patches[1].anchor = anchor("2026-01-02T00:00:00Z", "two", .gitCleanRangeHash)
    record.patches[1].supersededBy = ["old"]
    record.deriveLandings()
    #expect(record.outcome.commitSHA == "two")
    #expect(record.gitLinks.map(\.revision) == ["one", "two", "old"])
    #expect(
      record.gitLinks.map(\.tier)
        == [.toolEmitted, .toolEmittedWithDivergence, .toolEmittedWithDivergence])
  }

  private func anchor(_ time: String, _ commit: String, _ tier: EvidenceTier) -> GitAnchor {
    var anchor = GitAnchor(lastSearchedAt: time, found: true)
    anchor.commitSHA = commit
    anchor.evidenceTier = tier
    return anchor
  }
}
