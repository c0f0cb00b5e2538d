import Basics
import Testing
import TraceAnalysis
import TraceModel

@Suite struct FindingTests {
  private func waste(_ record: TraceRecord, _ rules: AnalysisRules = .peer) -> [String] {
    ContextWaste(record, rules: rules).findings.map { finding in
      let count = ["read_count", "search_count", "output_chars"].compactMap { finding.evidence[$0]?.int }.first ?? 0
      return "\(finding.pattern.rawValue) \(finding.step) \(count)"
    }
  }

  private func signals(_ record: TraceRecord, _ rules: AnalysisRules = .peer) -> [String] {
    RunSignals(record, rules: rules).signals.map { signal in
      let detail =
        signal.evidence["repeat_count"]?.int.map {
          "\($0) \(signal.evidence["first_step"]?.int ?? -1)..\(signal.evidence["last_step"]?.int ?? -1)"
        } ?? "\(signal.confidence)"
      return "\(signal.kind.rawValue) \(signal.step) \(detail)"
    }
  }

  @Test func repeatedReadsAndSearchesAndLargeOutputsAreWaste() {
    #expect(
      waste(WorkedCorpus.t2) == [
        "repeated_file_read 3 3", "repeated_file_read 4 4", "repeated_search 9 5", "repeated_search 10 6",
        "large_output 11 12000",
      ])
    let first = ContextWaste(WorkedCorpus.t2, rules: .peer).findings.first
    #expect(first?.id == "6837dc98b6664ba3")
    #expect(first?.nodeID == "tu:bbbbbbbb-0000-4000-8000-000000000002:tool:c3")
  }

  @Test func windowIncludesItsEdge() {
    #expect(
      waste(WorkedCorpus.t7) == ["repeated_file_read 3 3", "repeated_file_read 4 3", "repeated_file_read 5 4"])
  }

  @Test func missingTimesAreTold() {
    let peer = ContextWaste(WorkedCorpus.t6, rules: .peer)
    #expect(peer.limitations == ["missing_timestamps_window_checks_approximate"])
    #expect(
      waste(WorkedCorpus.t6) == [
        "repeated_file_read 3 3", "repeated_file_read 4 4", "repeated_file_read 7 3", "repeated_search 12 5",
        "large_output 13 12000", "repeated_search 13 6",
      ])
    // Grep searches, `git log --grep` and `npm run find-unused` do not.
    #expect(
      waste(WorkedCorpus.t6, .corrected) == [
        "repeated_file_read 3 3", "repeated_file_read 4 4", "large_output 13 12000",
      ])
  }

  @Test func searchesCountWhereACommandStands() {
    var session = WorkedCorpus.Session("x")
    for command in ["cd src && rg x", "cat a | grep b", "find . -name y", "ls; ag z", "sudo grep q /etc/x"] {
      session.bash(command)
    }
    #expect(waste(session.record, .corrected) == ["repeated_search 4 5"])
  }

  @Test func sameFileByTwoPathsIsOne() {
    var session = WorkedCorpus.Session("x")
    for path in ["a.py", "/r/a.py", "./a.py"] { session.tool("Read", ["file_path": .string(path)]) }
    #expect(waste(session.record, .corrected) == ["repeated_file_read 2 3"])
    #expect(waste(session.record).isEmpty)
  }

  @Test func cutOutputsAreALimitation() {
    var session = WorkedCorpus.Session("x")
    session.bash("cat", String(repeating: "y", count: 10_000))
    #expect(ContextWaste(session.record).limitations == ["outputs_recorded_up_to_10000_characters"])
    var thresholds = ContextWaste.Thresholds()
    thresholds.largeOutput = 10_000
    #expect(ContextWaste(session.record, thresholds: thresholds).count(.largeOutput) == 1)
  }

  @Test func runsTellFailuresRecoveriesAndLoops() {
    #expect(signals(WorkedCorpus.t2) == ["loop 7 6 5..10", "failure 12 0.9", "recovery 13 0.85"])
    #expect(
      signals(WorkedCorpus.t5) == [
        "resteer 0 0.85", "failure 1 0.65", "recovery 2 0.55", "failure 3 0.65", "loop 3 4 1..4", "failure 4 0.95",
        "recovery 5 0.85", "resteer 9 0.85", "loop 11 4 10..11", "loop 14 3 12..14",
      ])
  }

  @Test func correctedRulesLeaveOutWhatIsNoSignal() {
    let found = signals(WorkedCorpus.t5, .corrected)
    #expect(!found.contains { $0.hasPrefix("resteer 0") }, "the first prompt steers nothing")
    #expect(!found.contains { $0.hasPrefix("failure 1") }, "0 failed is no failure")
    #expect(found.contains("failure 2 0.65"), "2 failed; all done is one")
    #expect(found.contains("resteer 8 0.85"), "a mere no steers")
    #expect(!found.contains { $0.hasPrefix("resteer 7") }, "go on, said with yes")
  }

  @Test func signalsComeInTheOrderOfSteps() {
    for record in WorkedCorpus.all {
      let steps = RunSignals(record).signals.map(\.step)
      #expect(steps == steps.sorted())
    }
  }
}
