internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// What `trail graph` says.
struct GraphView {
  let commits: [CommitBlame]
  /// The trace the graph is about; nil for a window of history.
  let pivot: String?
  let rows: [String: TraceRow]
  let full: Bool

  /// Lines after which the text is cut without `--full`.
  private static let lineLimit = 200

  var json: JSONValue {
    [
      "status": "ok", "schema_version": "opentraces.trail.graph.v1",
      "mode": pivot == nil ? "commit" : "trace", "pivot_trace_id": .optional(pivot),
      "commits": .array(commits.map(commit)),
    ]
  }

  private func commit(_ blame: CommitBlame) -> JSONValue {
    let coverage = blame.coverage
    return [
      "sha": .string(blame.commit.id.hex), "short_sha": .string(blame.commit.id.short),
      "subject": .string(blame.commit.subject), "timestamp": .string(blame.commit.committerTime.iso8601),
      "parents": .strings(blame.commit.parents.map(\.hex)), "source": .string(blame.source.rawValue),
      "coverage": ["attributed": .int(coverage.attributed), "total": .int(coverage.total)],
      "traces": .array(blame.shares.map { share($0, of: blame) }),
    ]
  }

  private func share(_ share: CommitBlame.Share, of blame: CommitBlame) -> JSONValue {
    [
      "trace_id": .string(share.traceID), "session_id": .string(share.sessionID),
      "line_count": .int(share.lineCount), "files": .strings(share.files),
      "lifecycle": .string(rows[share.traceID]?.lifecycle ?? "provisional"),
      "source": .string(blame.source.rawValue),
      "trail_evidence": .array(blame.anchors.filter { $0.traceID == share.traceID }.map(AnchorRow.json)),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard !commits.isEmpty else { return "(no commits in range)\n" }
    var lines: [String] = []
    if let pivot {
      lines.append("┊╭┄\(style.trace("t:" + pivot.prefix(8)))  \(style.bold(TraceTitles.shortName(rows[pivot])))")
    }
    for (number, blame) in commits.enumerated() {
      if number > 0, pivot == nil { lines.append("┊") }
      lines += pivot == nil ? block(blame, context) : [pivotLine(blame, context)]
    }
    if pivot != nil { lines.append("├╯") }
    let missing = commits.filter { $0.source == .none }.count
    if missing > 0 && missing == commits.count {
      lines += ["", style.dim("nothing is known of these commits yet: opentraces git-backfill")]
    }
    if !full, lines.count > Self.lineLimit {
      let rest = lines.count - Self.lineLimit
      lines = Array(lines.prefix(Self.lineLimit)) + ["… \(rest) more lines — run with --full"]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func block(_ blame: CommitBlame, _ context: CommandContext) -> [String] {
    var lines = blame.shares.enumerated().map { number, share in
      "┊\(number == 0 ? "╭" : "├")┄\(traceText(share, of: blame, context))"
    }
    lines.append("┊\(commitText(blame, context))")
    if !blame.shares.isEmpty { lines.append("├╯") }
    return lines
  }

  private func traceText(_ share: CommitBlame.Share, of blame: CommitBlame, _ context: CommandContext) -> String {
    let style = context.style
    let removed = blame.anchors.filter { $0.traceID == share.traceID && $0.range == nil }.count
    var state = "+\(share.lineCount)"
    if removed > 0 { state += " -\(removed)" }
    let files = blame.files.filter { share.files.contains($0.path.description) }
    let names = files.map { $0.path.name.description }
    let title = TraceTitles.shortName(rows[share.traceID])
    let room = max(12, context.width - 44 - TextWidth.of(title))
    let list = TextWidth.cut(names.joined(separator: ", "), to: room)
    return style.trace("t:" + share.traceID.prefix(8)) + "  " + TextWidth.pad(state, to: 12) + " │ "
      + TextWidth.pad(style.bold(title), to: 0) + "  " + style.dim(list)
  }

  private func commitText(_ blame: CommitBlame, _ context: CommandContext) -> String {
    let style = context.style
    let coverage = blame.coverage
    let percent = coverage.total == 0 ? 0 : coverage.attributed * 100 / coverage.total
    let isTied = !blame.shares.isEmpty
    let isCovered = isTied && coverage.total > 0
    let dot = isCovered ? style.share(percent, "●") : isTied ? "●" : style.dim("○")
    let subject = TextWidth.cut(blame.commit.subject, to: max(20, context.width - 36))
    let share = isCovered ? "  " + ShareText.make(coverage.attributed, of: coverage.total, style) : ""
    return "\(dot)   \(style.commit("c:" + blame.commit.id.short))  "
      + "\(style.dim(blame.commit.committerTime.dateText))  \(subject)\(share)"
  }

  private func pivotLine(_ blame: CommitBlame, _ context: CommandContext) -> String {
    let style = context.style
    let lines = blame.shares.first { $0.traceID == pivot }?.lineCount ?? 0
    let subject = TextWidth.cut(blame.commit.subject, to: max(20, context.width - 48))
    return "┊●   \(style.commit("c:" + blame.commit.id.short))  "
      + "\(style.dim(blame.commit.committerTime.dateText))  \(subject)  [\(lines) lines]"
  }
}
