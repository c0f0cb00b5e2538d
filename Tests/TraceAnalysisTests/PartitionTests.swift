import TestSupport
import Testing
import TraceAnalysis
import TraceModel

@Suite struct PartitionTests {
  private func parts(
    _ record: TraceRecord, _ slicer: Slicer, _ rules: AnalysisRules = .peer, _ answers: [String: String] = [:]
  ) -> [String] {
    Partitioner(record.steps, slicer: slicer, rules: rules, redact: { $0 }).partition(answers).trajectories.map {
      "\($0.start)-\($0.end) \($0.label)"
    }
  }

  private func requests(_ record: TraceRecord, _ slicer: Slicer) -> [String] {
    Partitioner(record.steps, slicer: slicer, rules: .peer, redact: { $0 }).requests().map {
      "\($0.id) \($0.window.lowerBound)-\($0.window.upperBound)"
    }
  }

  @Test func asksBeginTurns() {
    #expect(
      parts(WorkedCorpus.t1, .userTurn) == [
        "0-8 Fix the failing parser test in src/app.py", "9-12 Actually that's wrong, use pymongo instead",
      ])
    #expect(
      parts(WorkedCorpus.t4, .userTurn).map { $0.prefix { $0 != " " } } == ["0-7", "8-11", "12-12", "13-14", "15-18"])
    #expect(parts(WorkedCorpus.t4, .userTurn).first == "0-7 (work)")
  }

  @Test func burstsAreKeptTogether() {
    #expect(
      parts(WorkedCorpus.t1, .changeBurst) == [
        "0-2 explore", "3-8 burst: app.py", "9-10 burst: db.py", "11-12 explore",
      ])
    #expect(
      parts(WorkedCorpus.t3, .changeBurst) == [
        "0-0 explore", "1-36 burst: a.py, b.py", "37-71 explore", "72-72 burst: test_c.py",
        "73-76 burst: <apply_patch>, README.md",
      ])
  }

  @Test func milestonesEndOnWhatWasVerified() {
    #expect(requests(WorkedCorpus.t1, .milestone) == ["s3-same-outcome-2 5-8"])
    #expect(
      parts(WorkedCorpus.t1, .milestone) == [
        "0-3 ✓ Editing · app.py", "4-4 milestone: test", "5-8 ✓ Health probe ok · answer",
        "9-10 ✓ Plan: - switch to pymongo · db.py", "11-12 ✓ All set · answer",
      ])
    let distinct = parts(WorkedCorpus.t1, .milestone, .peer, ["s3-same-outcome-2": "distinct"])
    #expect(distinct.contains("5-5 ✓ Parser test fixed. · answer"))
    #expect(distinct.contains { $0.hasPrefix("6-8 ") })
    #expect(
      parts(WorkedCorpus.t4, .milestone).map { $0.prefix { $0 != " " } } == [
        "0-0", "1-7", "8-11", "12-12", "13-14", "15-16", "17-18",
      ])
  }

  @Test func pivotsBeginSubgoals() {
    #expect(requests(WorkedCorpus.t1, .subgoal) == ["s4-pivot-4 1-7", "s4-pivot-11 8-12"])
    #expect(parts(WorkedCorpus.t1, .subgoal).map { $0.prefix { $0 != " " } } == ["0-8", "9-12"])
    let pivot = parts(WorkedCorpus.t1, .subgoal, .peer, ["s4-pivot-4": "pivot"])
    #expect(pivot.first == "0-3 Editing")
    #expect(pivot.map { $0.prefix { $0 != " " } } == ["0-3", "4-8", "9-12"])
  }

  @Test func sessionWithoutStepsHasNoTrajectory() {
    for slicer in Slicer.allCases {
      let empty = Partitioner([], slicer: slicer, redact: { $0 }).partition()
      #expect(empty.trajectories.isEmpty && Tiling(empty.trajectories, total: 0).isValid)
    }
  }

  @Test func everyStepIsInExactlyOneTrajectory() {
    for record in WorkedCorpus.all {
      for slicer in Slicer.allCases {
        for rules in [AnalysisRules.peer, .corrected] {
          let partitioner = Partitioner(record.steps, slicer: slicer, rules: rules, redact: { $0 })
          let answers = Dictionary(uniqueKeysWithValues: partitioner.requests().map { ($0.id, $0.kind.decisions[0]) })
          for given in [[:], answers] {
            let parts = partitioner.partition(given).trajectories
            let tiling = Tiling(parts, total: record.steps.count)
            #expect(tiling.isValid && tiling.coverage == 1)
            #expect(parts == partitioner.partition(given).trajectories)
          }
        }
      }
    }
  }

  @Test func answersToNothingAreToldAndOpenRequestsStay() {
    let partitioner = Partitioner(WorkedCorpus.t1.steps, slicer: .subgoal, redact: { $0 })
    let partition = partitioner.partition(["s4-pivot-4": "stay", "s4-pivot-99": "pivot"])
    #expect(partition.ignored == ["s4-pivot-99"])
    #expect(partition.open.map(\.id) == ["s4-pivot-11"])
  }

  @Test func tilingSeesGapsAndOverlaps() {
    func tiling(_ spans: [ClosedRange<Int>], _ total: Int) -> Tiling {
      Tiling(spans.map { Trajectory(start: $0.lowerBound, end: $0.upperBound, label: "") }, total: total)
    }
    #expect(tiling([0...1, 2...4], 5).isValid)
    let gap = tiling([0...1, 3...4], 5)
    #expect(!gap.isValid && gap.gaps == 1 && gap.coverage == 0.8)
    let overlap = tiling([0...2, 2...4], 5)
    #expect(!overlap.isValid && overlap.overlaps == 1)
    #expect(!tiling([0...5], 5).isValid)
  }

  @Test func passingTestsAreTold() {
    var record = WorkedCorpus.Session("x")
    for output in ["5 passed, 0 failed", "all tests pass", "✓ all good", "3 passed, 1 failed", "ok, exit code 12"] {
      record.bash("make check", output)
    }
    let spans = { (rules: AnalysisRules) in
      Partitioner(record.record.steps, slicer: .milestone, rules: rules, redact: { $0 }).requests().map(\.window)
    }
    #expect(spans(.corrected) == [0...2])
    #expect(spans(.peer).isEmpty)
  }
}
