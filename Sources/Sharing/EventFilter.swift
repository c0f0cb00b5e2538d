internal import Basics
internal import SecurityTools
internal import TraceModel

/// Takes out of events what must not leave.
final class EventFilter {
  /// What programs found, by the program.
  typealias Literals = [ToolName: [ExternalTool.Literal]]

  private let policy: ClearancePolicy
  private let literals: [String: Literals]
  private var sanitizers: [String: DocumentSanitizer] = [:]

  /// - Parameter literals: what programs found in each trace and in what is told about it; for a policy that asks any, of
  ///   every trace that there are events about.
  init(_ policy: ClearancePolicy, literals: [String: Literals]) {
    self.policy = policy
    self.literals = literals
  }

  private func sanitizer(_ trace: String) -> DocumentSanitizer {
    if let known = sanitizers[trace] { return known }
    var options = policy.options
    let tools = policy.tools.filter { $0.kind != .judge }
    for tool in tools where tool.isExternal { options.literals[tool] = literals[trace]?[tool] ?? [] }
    let made = DocumentSanitizer(tools, options: options)
    sanitizers[trace] = made
    return made
  }

  func filtered(_ draft: TrailEventDraft) -> TrailEventDraft {
    var told = draft.payload
    // With the digests of what was written, and of the file that it is in, what the tools took out of it could be guessed. The
    // file is known to whoever has the commit.
    for key in ["raw_authored_hash", "git_clean_hash", "blob_id"] where told[key] != nil { told[key] = .null }
    let outcome = sanitizer(draft.traceID ?? "").sanitize(.object(told), .record)
    guard let payload = outcome.document.object else { return draft }
    return TrailEventDraft(
      eventType: draft.eventType, eventTime: draft.eventTime, traceID: draft.traceID,
      generationIndex: draft.generationIndex, stepIndex: draft.stepIndex, writer: draft.writer,
      captureMethod: draft.captureMethod, payload: payload)
  }
}
