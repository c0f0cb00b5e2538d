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
    guard let payload = sanitizer.sanitize(.object(draft.payload), .record).document.object else { return draft }
    return TrailEventDraft(
      eventType: draft.eventType, eventTime: draft.eventTime, traceID: draft.traceID,
      generationIndex: draft.generationIndex, stepIndex: draft.stepIndex, writer: draft.writer,
      captureMethod: draft.captureMethod, payload: payload)
  }
}
