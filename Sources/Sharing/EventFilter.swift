internal import Basics
internal import SecurityTools
internal import TraceModel

/// Takes out of events what must not leave.
struct EventFilter {
  private let sanitizer: DocumentSanitizer

  init(_ policy: ClearancePolicy) {
    sanitizer = DocumentSanitizer(policy.tools.filter { $0.kind != .judge }, options: policy.options)
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
