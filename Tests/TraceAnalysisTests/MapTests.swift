import Basics
import Testing
import TraceAnalysis
import TraceModel

@Suite struct MapTests {
  private func types(_ map: TraceMap) -> [String: Int] {
    Dictionary(map.nodes.map { ($0.type.rawValue, 1) }, uniquingKeysWith: +)
  }

  @Test func editOfWhatTheBurstWroteIsNotToldApart() {
    var record = WorkedCorpus.t1
    let first = record.steps.firstIndex { $0.stepIndex == 3 } ?? 0
    func edit(_ id: String, _ old: String, _ new: String) -> ToolCall {
      var call = ToolCall(toolCallID: id, toolName: "Edit")
      call.input = ["file_path": "src/app.py", "old_string": .string(old), "new_string": .string(new)]
      return call
    }
    record.steps[first].toolCalls = [edit("c1", "a = 1", "a = 2\nb = 3")]
    record.steps[first + 1].toolCalls = [edit("c2", "b = 3", "b = 4")]
    record.steps[first + 2].toolCalls = [edit("c3", "z = 1", "z = 2")]
    record.patches = (0..<3).map { number in
      var patch = Patch(patchID: "p\(number + 1)", filePath: "src/app.py")
      patch.stepIndex = record.steps[first + number].stepIndex
      var anchor = GitAnchor(lastSearchedAt: "2026-01-01T00:00:00Z", found: true)
      anchor.commitSHA = "85ac"
      patch.anchor = anchor
      return patch
    }
    let commit = BurstCommit(subject: "fix: all", body: "", hunks: ["src/app.py": 3])
    let burst = BurstFinder(record, lookUp: { _ in commit }).bursts()[0]
    #expect(burst.patches.map(\.id) == ["p1", "p3"] && burst.files.first?.count == 2)
    let blind = BurstFinder(record).bursts()[0]
    #expect(blind.patches.map(\.id) == ["p1", "p2", "p3"])
  }

  @Test func everythingThatHappensIsANode() {
    let map = TraceMap(WorkedCorpus.t1, rules: .peer)
    #expect(map.nodes.count == 25 && map.edges.count == 24)
    #expect(
      types(map) == [
        "tool_result": 8, "agent_message": 4, "user_instruction": 3, "file_edit": 2, "test_run": 2, "tool_call": 2,
        "agent_plan": 1, "file_read": 1, "final_response": 1, "skill_invocation": 1,
      ])
    #expect(map.nodes.map(\.id) == (1...25).map { "tmn:\(WorkedCorpus.t1.traceID):\($0)" })
    #expect(map.nodes.first { $0.type == .fileEdit }?.filesModified == ["src/app.py"])
    #expect(map.nodes.last?.activeUserStep == 9)
  }

  @Test func patchesAndTheirCommitsStandBesideTheEdits() {
    var record = WorkedCorpus.t1
    var patch = Patch(patchID: "p1", filePath: "src/app.py")
    patch.stepIndex = 3
    var anchor = GitAnchor(lastSearchedAt: "2026-01-01T00:00:00Z", found: true)
    anchor.commitSHA = "85ac"
    patch.anchor = anchor
    record.patches = [patch]
    let map = TraceMap(record)
    #expect(types(map)["patch_created"] == 1 && types(map)["git_anchor"] == 1)
    #expect(map.nodes.filter { !$0.id.contains(":trail:") }.map(\.id) == TraceMap(WorkedCorpus.t1).nodes.map(\.id))
    let burst = BurstFinder(record).bursts()[0]
    #expect(burst.commit == "85ac" && burst.patches.map(\.id) == ["p1"])
  }

  @Test func selectorsKeepTheOrder() {
    let map = TraceMap(WorkedCorpus.t1)
    let trace = WorkedCorpus.t1.traceID
    let edit = map.node("tu:\(trace):trace") ?? -1
    #expect(map.nodes[edit].type == .fileEdit)
    #expect(map.node("tu:\(trace):tool:c3") == edit && map.node("nothing") == nil)
    #expect(map.around(edit, depth: 1).nodes.map(\.id) == map.nodes[(edit - 1)...(edit + 1)].map(\.id))
    #expect(map.around(0, depth: 99).nodes.count == 25)
    let back = map.walk(from: edit, back: true, until: [.userInstruction], limit: 40).nodes
    #expect(back.first?.id == map.nodes[edit].id && back.last?.type == .userInstruction)
    #expect(!back.dropFirst().contains { $0.type == .toolResult || $0.type == .toolCall })
    #expect(map.walk(from: edit, back: false, until: [], limit: 3).nodes.count == 3)
    #expect(map.only([.testRun]).nodes.count == 2)
    #expect(map.span(3...4).nodes.allSatisfy { (3...4).contains($0.step) })
  }

  private func bursts(_ record: TraceRecord, _ gap: Int? = nil, _ rules: AnalysisRules = .peer) -> [ChangeBurst] {
    BurstFinder(record, gap: gap, rules: rules).bursts()
  }

  @Test func changesCloseToEachOtherAreABurst() {
    let one = bursts(WorkedCorpus.t1)
    #expect(one.map(\.steps) == [3...10] && one[0].files.map(\.path) == ["src/app.py", "src/db.py"])
    #expect(one[0].quality.density == 0.125)
    #expect(bursts(WorkedCorpus.t1, 2).count == 2)
    #expect(one[0].intent.text == "Fix the failing parser test in src/app.py" && one[0].intent.step == 0)
    let two = bursts(WorkedCorpus.t3)
    #expect(two.map(\.steps) == [1...36, 72...76])
    #expect(two[0].radius.added == 3 && two[0].radius.removed == 3)
    #expect(two[1].quality.errors == 1 && two[1].quality.calls == 2 && two[1].quality.density == 0.4)
    #expect(two[1].files.map(\.path) == ["README.md", "tests/test_c.py"])
    #expect(two[1].radius.testFiles == 1 && two[1].radius.documents == 1)
    // With the other tools that edit.
    #expect(bursts(WorkedCorpus.t3, nil, .corrected)[1].files.map(\.path).contains("n.ipynb"))
  }

  @Test func commitsTellWhatOfABurstCameThrough() {
    var record = WorkedCorpus.t1
    record.patches = [("p1", "src/app.py", 3), ("p2", "src/db.py", 10)].map { id, file, step in
      var patch = Patch(patchID: id, filePath: file)
      patch.stepIndex = step
      var anchor = GitAnchor(lastSearchedAt: "2026-01-01T00:00:00Z", found: true)
      anchor.commitSHA = "85ac"
      patch.anchor = anchor
      return patch
    }
    let commit = BurstCommit(
      subject: "fix(parser): repair app", body: "\nOne.\n\nTwo.\n", hunks: ["src/app.py": 1])
    let burst = BurstFinder(record, gap: 2, lookUp: { $0 == "85ac" ? commit : nil }).bursts()
    #expect(burst.count == 1, "neighbours of one commit are merged")
    #expect(burst[0].files.map(\.path) == ["src/app.py"] && burst[0].patches.map(\.id) == ["p1"])
    #expect(commit.qualityJSON["tier"]?.string == "detailed")
    #expect(commit.qualityJSON["has_conventional_prefix"]?.bool == true)
    // Two patches, one hunk: the later one is what is left.
    record.patches = ["p1", "p2"].map { id in
      var patch = record.patches[0]
      patch.patchID = id
      return patch
    }
    let once = BurstFinder(record, lookUp: { _ in commit }).bursts()
    #expect(once[0].patches.map(\.id) == ["p2"] && once[0].files.map(\.count) == [1])
    let bare = BurstCommit(subject: "Fix: no", body: "\n", hunks: [:])
    #expect(bare.qualityJSON["tier"]?.string == "bare" && bare.qualityJSON["has_conventional_prefix"]?.bool == false)
    struct Failure: Error {}
    #expect(BurstFinder(record, lookUp: { _ in throw Failure() }).bursts()[0].lookupError != nil)
  }

  @Test func slicesAreNamedByWhatTheyAre() {
    var record = TraceRecord(
      traceID: "aaaaaaaa-0000-4000-8000-000000000001", sessionID: "s",
      agent: AgentIdentity(name: "claude-code", version: nil, model: nil))
    record.generationIndex = 0
    let slice = TraceSlice(record, source: .bursts, steps: 3...10)
    #expect(slice.id == "53ff7cfe7dee43acc956391ebd5e4d6984cfb79da55d4cbf49ef9aea293aa01a")
    let span = TraceSlice(WorkedCorpus.t1, source: .stepRange, steps: 2...4)
    #expect(span.steps(of: WorkedCorpus.t1).map(\.stepIndex) == [2, 3, 4])
    #expect(span.map(of: TraceMap(WorkedCorpus.t1)).nodes.allSatisfy { (2...4).contains($0.step) })
  }
}
