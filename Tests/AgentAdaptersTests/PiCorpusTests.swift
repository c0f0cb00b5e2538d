import AgentAdapters
import Basics
import Foundation
import Testing
import TraceModel

/// Counts of real session files, to be compared with counts of their raw lines.
@Suite struct PiCorpusTests {
  private static let directory = ProcessInfo.processInfo.environment["OPENTRACES_PI_CORPUS"]

  @Test(.enabled(if: directory != nil))
  func countsOfRealSessions() throws {
    let directory = try #require(Self.directory)
    for name in Files.list(directory) where name.hasSuffix(".jsonl") {
      let buffer = try PaddedBuffer(readingFile: directory + "/" + name)
      let clock = ContinuousClock()
      let start = clock.now
      let session = PiAdapter.parse(buffer: buffer, sessionID: name)
      let took = clock.now - start
      #expect(session.rejection == nil)
      #expect(session.problems.isEmpty)
      print(name, counts(of: session), "--", took)
    }
  }

  private func counts(of session: ParsedSession) -> String {
    let calls = session.steps.flatMap(\.toolCalls)
    let errors = session.steps.filter { $0.role == .agent }.flatMap(\.observations).map(\.error)
    let metrics = session.record.metrics
    let edits = session.edits.filter { $0.toolName == "edit" }
    let writes = session.edits.filter { $0.toolName == "write" }
    let numbers: [(String, Int)] = [
      ("user", session.steps.count { $0.role == .user }), ("agent", session.steps.count { $0.role == .agent }),
      ("calls", calls.count), ("answered", errors.count { $0 != "no_result" }),
      ("no_result", errors.count { $0 == "no_result" }), ("tool_error", errors.count { $0 == "tool_error" }),
      ("input", metrics.totalInputTokens), ("output", metrics.totalOutputTokens),
      ("read", metrics.totalCacheReadTokens), ("write", metrics.totalCacheCreationTokens),
    ]
    let changes: [(String, Int)] = [
      ("edits", edits.count), ("writes", writes.count),
      ("plus", edits.flatMap(\.hunks).reduce(0) { $0 + $1.added.count }),
      ("minus", edits.flatMap(\.hunks).reduce(0) { $0 + $1.removed.count }),
      ("paths", Set((edits + writes).map(\.path)).count),
      ("compactions", session.record.metadata["compaction_events"]?.array?.count ?? 0),
      ("shell", session.edits.count { $0.source == .shell }), ("lined", edits.count { $0.source == .structuredPatch }),
    ]
    let cost = metrics.estimatedCostUSD.map { "\($0)" } ?? "-"
    let text = { (list: [(String, Int)]) in list.map { "\($0)=\($1)" }.joined(separator: " ") }
    return text(numbers) + " cost=\(cost) " + text(changes) + " model=\(session.record.agent.model ?? "-")"
  }
}
