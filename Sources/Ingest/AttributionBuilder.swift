internal import Basics
internal import TraceModel
internal import Trails

/// Makes the record's attribution block: which lines of which file each step wrote, as they stood right after the step.
enum AttributionBuilder {
  /// - Parameters:
  ///   - edits: of the whole trace.
  ///   - record: gives the models, and the commit when there is one.
  /// - Returns: nil when the trace edited nothing. Ranges whose place is not known start at line 1 and have low
  ///   confidence; then the block is experimental.
  static func attribution(of edits: [StoredEdit], in record: TraceRecord) -> Attribution? {
    guard !edits.isEmpty else { return nil }
    var attribution = Attribution()
    let byPath = Dictionary(grouping: edits, by: \.path)
    attribution.files = byPath.sorted { $0.key < $1.key }.map { path, edits in
      file(path, edits.sorted { $0.order < $1.order }, record)
    }.filter { !$0.conversations.isEmpty }
    let ranges = attribution.files.flatMap(\.conversations).flatMap(\.ranges)
    attribution.experimental = ranges.contains { $0.confidence == .low }
    attribution.revision = record.outcome.commitSHA.map { ["vcs_type": "git", "revision": .string($0)] }
    return attribution
  }

  private static func file(_ path: BytePath, _ edits: [StoredEdit], _ record: TraceRecord) -> AttributionFile {
    var file = AttributionFile(path: path.description)
    let shared = confidence(of: edits)
    var steps: [Int] = []
    for edit in edits where !steps.contains(edit.step) { steps.append(edit.step) }
    file.conversations = steps.compactMap { step in
      let patches = edits.filter { $0.step == step }.flatMap(\.patches)
      let ranges = patches.compactMap { range($0, shared) }
      guard !ranges.isEmpty else { return nil }
      var conversation = AttributionConversation()
      conversation.contributor = ["type": "ai", "model_id": .optional(model(of: step, record))]
      conversation.url = "opentraces://\(record.traceID)/step_\(step)"
      conversation.ranges = ranges
      return conversation
    }
    return file
  }

  private static func model(of step: Int, _ record: TraceRecord) -> String? {
    let found = record.steps.indices.contains(step - 1) ? record.steps[step - 1].model : nil
    return found ?? record.agent.model
  }

  /// One edit of a file: high. Several that touch different lines: medium. Several that overlap: low, for later edits
  /// moved or replaced the lines of earlier ones.
  private static func confidence(of edits: [StoredEdit]) -> AttributionRange.Confidence {
    guard edits.count > 1 else { return .high }
    let ranges = edits.map { $0.patches.compactMap(\.affectedRange) }
    let overlap = ranges.enumerated().contains { number, earlier in
      let later = ranges[(number + 1)...].joined()
      return later.contains { range in earlier.contains { $0.overlaps(range) } }
    }
    return overlap ? .low : .medium
  }

  private static func range(
    _ patch: StoredEdit.Patch, _ confidence: AttributionRange.Confidence
  ) -> AttributionRange? {
    guard !patch.added.isEmpty || !patch.removed.isEmpty else { return nil }
    let start = max(1, patch.newStart)
    var range = AttributionRange(startLine: start, endLine: max(start, start + patch.added.count - 1))
    range.confidence = patch.newStart > 0 ? confidence : .low
    range.changeType = patch.removed.isEmpty ? .addition : patch.added.isEmpty ? .deletion : .modification
    if !patch.added.isEmpty {
      range.contentHash = Murmur3.contentHash(patch.added.joined(separator: "\n"))
    }
    return range
  }
}
