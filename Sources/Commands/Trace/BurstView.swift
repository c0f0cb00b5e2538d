internal import Basics
internal import GitKit
internal import TraceAnalysis
internal import TraceModel

/// Change bursts as JSON and text.
struct BurstView {
  /// - Parameter fates: what became of the trace's patches.
  static func json(_ burst: ChangeBurst, _ fates: BurstFates) -> JSONObject {
    func preview(_ text: String?) -> JSONValue { .optional(text.map { PreviewText.make($0, limit: 500) }) }
    var intent: JSONObject = [
      "trigger": preview(burst.intent.trigger),
      "most_substantive_spec": burst.intent.specs.last.map(spec) ?? .null,
      "spec_chain": .array(burst.intent.specs.map(spec)), "burst_commit_sha": .optional(burst.commit),
      "commit_subject": .optional(burst.message?.subject), "commit_body": .optional(burst.message?.body),
      "commit_message_quality": burst.message.map { $0.qualityJSON } ?? .null,
    ]
    if let subagent = burst.intent.subagent {
      intent["intent_source"] = "subagent_dispatch"
      intent["subagent"] = .object(subagent)
    }
    if let error = burst.lookupError { intent["commit_lookup_error"] = .string(error) }
    let anchors = Set(burst.patches.compactMap(\.commit)).sorted()
    return [
      "step_range": [.int(burst.steps.lowerBound), .int(burst.steps.upperBound)],
      "intent_user_step": .optional(burst.intent.step), "intent_text": preview(burst.intent.text),
      "burst_commit_sha": .optional(burst.commit), "has_git_anchor": .bool(!anchors.isEmpty),
      "unique_git_anchors": .strings(anchors),
      "unique_files": .object(JSONObject(burst.files.map { ($0.path, .int($0.count)) })),
      "patches": .array(burst.patches.map(patch)),
      "patches_with_survival": .array(fates.patches(in: burst.steps).map(\.json)),
      "quality_signals": [
        "error_signal_count": .int(burst.quality.errors), "test_run_count": .int(burst.quality.tests),
        "tool_call_count": .int(burst.quality.calls), "tool_call_density": .double(burst.quality.density),
      ],
      "tool_call_density": .double(burst.quality.density),
      "blast_radius": [
        "lines_added": .optional(burst.radius.added), "lines_removed": .optional(burst.radius.removed),
        "files_touched": .int(burst.files.count), "test_files_touched": .int(burst.radius.testFiles),
        "src_files_touched": .int(burst.radius.sourceFiles), "docs_files_touched": .int(burst.radius.documents),
      ],
      "intent": .object(intent), "edit_count": .int(burst.nodes.count),
      "contributing_node_ids": .strings(burst.nodes),
    ]
  }

  private static func spec(_ spec: (step: Int, text: String)) -> JSONValue {
    ["step": .int(spec.step), "text": .string(PreviewText.make(spec.text, limit: 500))]
  }

  private static func patch(_ patch: ChangeBurst.PatchEntry) -> JSONValue {
    [
      "patch_id": .string(patch.id), "git_anchor_id": .null, "commit_sha": .optional(patch.commit),
      "file_path": .optional(patch.file), "step_index": .int(patch.step),
    ]
  }

  static func text(_ bursts: [ChangeBurst], _ fates: BurstFates, _ context: CommandContext) -> String {
    let style = context.style
    guard !bursts.isEmpty else { return "no change bursts\n" }
    return bursts.enumerated().map { number, burst in
      let anchors = Set(burst.patches.compactMap(\.commit)).count
      var lines =
        "\(style.bold("#\(number + 1)")) steps \(burst.steps.lowerBound)..\(burst.steps.upperBound)  "
        + "files=\(burst.files.count)  patches=\(burst.patches.count)  anchors=\(anchors)"
      if let commit = burst.commit { lines += "  " + style.commit("c:" + commit.prefix(8)) }
      let landed = fates.patches(in: burst.steps).filter(\.isLanded)
      if !landed.isEmpty {
        let alive = landed.count(where: \.isAlive)
        lines += "  " + (alive > 0 ? style.good : style.bad)("alive=\(alive)/\(landed.count)")
      }
      if let text = burst.intent.text {
        let line = PrintableText.make(PreviewText.make(text, limit: 160))
        lines += "\n   “\(TextWidth.cut(line, to: max(16, context.width - 6)))”"
      }
      return lines
    }.joined(separator: "\n") + "\n"
  }

  /// The burst as a node of a map.
  static func node(_ burst: ChangeBurst, _ number: Int, traceID: String, _ fates: BurstFates) -> MapNode {
    var node = MapNode(
      burst: number, traceID: traceID, steps: burst.steps, text: burst.intent.text ?? "", metadata: json(burst, fates))
    node.filesModified = burst.files.map(\.path).sorted()
    node.activeUserStep = burst.intent.step
    return node
  }
}

/// Looks at commits for bursts.
struct BurstCommits {
  let repository: Repository

  /// Nil for a commit that is not here. Cost: its diff.
  func lookUp(_ sha: String) throws -> BurstCommit? {
    guard let id = ObjectID(hex: sha), let commit = try repository.commit(id) else { return nil }
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    var hunks: [String: Int] = [:]
    for delta in try repository.changedFiles(from: parent, to: commit.tree) where !delta.isGitlink {
      let count = try repository.compareBlobs(delta.oldBlob, delta.newBlob) { _, _, found in found?.count ?? 1 }
      hunks[delta.newPath.description] = count
      if delta.oldPath != delta.newPath { hunks[delta.oldPath.description] = count }
    }
    let lines = commit.message.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    let body = lines.count > 1 ? String(String.UnicodeScalarView(lines[1].unicodeScalars.prefix(5000))) : ""
    return BurstCommit(subject: commit.subject, body: body, hunks: hunks)
  }
}
