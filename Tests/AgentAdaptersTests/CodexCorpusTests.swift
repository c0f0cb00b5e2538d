import AgentAdapters
import Basics
import Testing
import TraceModel

#if canImport(Glibc)
  import Glibc
#endif

/// Counts over the rollouts of a directory named by `OPENTRACES_CODEX_CORPUS`, to compare with another reader.
@Suite(.enabled(if: getenv("OPENTRACES_CODEX_CORPUS") != nil)) struct CodexCorpusTests {
  @Test func countsOfRealSessions() throws {
    let directory = try #require(getenv("OPENTRACES_CODEX_CORPUS").map { String(cString: $0) })
    for name in Files.list(directory) where name.hasSuffix(".jsonl") {
      let path = directory + "/" + name
      let buffer = try PaddedBuffer(readingFile: path)
      let head = try #require(CodexSessions.head(ofFile: path, size: buffer.count))
      let session = CodexAdapter.parse(buffer: buffer, sessionID: head.sessionID)
      let steps = session.steps
      let calls = steps.flatMap(\.toolCalls)
      let answers = steps.flatMap(\.observations).filter { $0.error != "no_result" }
      let metrics = session.record.metrics
      let counts = [
        session.lineCount, steps.filter { $0.role == .user }.count, steps.filter { $0.role == .agent }.count,
        calls.count, answers.count, metrics.totalInputTokens, metrics.totalCacheReadTokens, metrics.totalOutputTokens,
      ]
      print(name, counts, session.edits.count, metrics.estimatedCostUSD ?? 0, session.rejection?.rawValue ?? "kept")
      #expect(session.problems.isEmpty)
      #expect(try TraceRecord(json: session.record.toJSON()) == session.record)
    }
  }
}
