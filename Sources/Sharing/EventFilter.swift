internal import Basics
internal import SecurityTools
internal import TraceModel

/// Takes out of events what must not leave.
struct EventFilter {
  private let sanitizer: DocumentSanitizer

  typealias Literals = [ToolName: [ExternalTool.Literal]]

  /// - Parameters:
  ///   - known: what programs found in traces that the events are about.
  ///   - drafts: what is to be filtered, asked for when a program has to look at it: at all of it at once.
  ///   - others: the texts of further traces that the events are about.
  /// - Throws: ``RemoteProblem`` when a program did not run.
  init(
    _ policy: ClearancePolicy, known: Literals, _ drafts: () throws -> [TrailEventDraft],
    others: () throws -> [String]
  ) throws {
    var options = policy.options
    let tools = policy.tools.filter { $0.kind != .judge }
    for tool in tools where tool.isExternal { options.literals[tool] = known[tool] ?? [] }
    if policy.asksPrograms, case let payloads = try drafts().map({ JSONValue.object($0.payload) }), !payloads.isEmpty {
      let outcome = DocumentSanitizer(tools, options: policy.options)
        .sanitize(.array(payloads), .record, with: try others())
      if let failed = outcome.failed.first {
        throw RemoteProblem(.toolFailed, "\(failed.tool.rawValue) did not run: \(failed.error)")
      }
      options.literals = outcome.literals.merging(known) { $0 + $1 }
    }
    sanitizer = DocumentSanitizer(tools, options: options)
  }

  func filtered(_ draft: TrailEventDraft) -> TrailEventDraft {
    var told = draft.payload
    // With the digests of what was written, what the tools took out of it could be guessed.
    for key in ["raw_authored_hash", "git_clean_hash"] where told[key] != nil { told[key] = .null }
    guard let payload = sanitizer.sanitize(.object(told), .record).document.object else { return draft }
    return TrailEventDraft(
      eventType: draft.eventType, eventTime: draft.eventTime, traceID: draft.traceID,
      generationIndex: draft.generationIndex, stepIndex: draft.stepIndex, writer: draft.writer,
      captureMethod: draft.captureMethod, payload: payload)
  }
}
