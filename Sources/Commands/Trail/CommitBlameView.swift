internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// What `trail blame commit <commit>` says.
struct CommitBlameView {
  let blame: CommitBlame
  /// Only this file; nil for all.
  let only: BytePath?
  let rows: [String: TraceRow]
  let showLines: Bool
  /// What each trace did by definitions; nil when nobody asked.
  let entities: [String: EntityContribution]?
  let full: Bool
  /// The bytes of a file in the commit.
  let sourceText: (BytePath) throws -> [UInt8]?

  private var files: [CommitBlame.File] { only.map { path in blame.files.filter { $0.path == path } } ?? blame.files }
  private var moved: [MovedLines] { only.map { path in blame.moved.filter { $0.path == path } } ?? blame.moved }
  private var anchors: [Anchor] { only.map { path in blame.anchors.filter { $0.path == path } } ?? blame.anchors }

  private var coverage: (attributed: Int, total: Int) {
    files.reduce((0, 0)) { sum, file in
      (sum.0 + file.added.filter { file.owners[$0] != nil }.count, sum.1 + file.added.count)
    }
  }

  private func ownedLines(of trace: String) -> Int {
    files.reduce(0) { sum, file in sum + file.added.filter { file.owners[$0]?.traceID == trace }.count }
  }

  private var shares: [CommitBlame.Share] {
    guard let only else { return blame.shares }
    return blame.shares.filter { $0.files.contains(only.description) }
  }

  // MARK: JSON

  var json: JSONValue {
    let coverage = coverage
    let ratio = coverage.total == 0 ? 0 : (Double(coverage.attributed) / Double(coverage.total) * 1000).rounded() / 1000
    return [
      "status": "ok", "schema_version": "opentraces.trail.blame.v1",
      "commit": [
        "sha": .string(blame.commit.id.hex), "subject": .string(blame.commit.subject),
        "timestamp": .string(blame.commit.committerTime.iso8601),
      ],
      "coverage": [
        "attributed": .int(coverage.attributed), "total": .int(coverage.total), "ratio": .double(ratio),
      ],
      "source": .string(blame.source.rawValue), "traces": .array(shares.map(share)),
      "files": .object(JSONObject(files.map { ($0.path.description, file($0)) })),
      "hookLinked": .array(blame.noteOnly.map { ["trace_id": .string($0), "id": .string(String($0.prefix(8)))] }),
      "trailEvidence": .array(anchors.map(AnchorRow.json)), "moved": .array(moved.map(movedRow)),
      "projection_disagreements": [],
      "projection_limitations": .strings(blame.limitations),
      "entity_contributions": .array(entities == nil ? [] : shares.map(contribution)),
    ]
  }

  private func entities(of trace: String) -> [EntityChange] {
    let all = entities?[trace]?.entities ?? []
    return only.map { path in all.filter { $0.path == path } } ?? all
  }

  private func contribution(_ share: CommitBlame.Share) -> JSONValue {
    let chunks = (entities?[share.traceID]?.chunks ?? []).filter { only == nil || $0.path == only }
    return [
      "trace_id": .string(share.traceID), "short_name": .string(TraceTitles.shortName(rows[share.traceID])),
      "line_count": .int(ownedLines(of: share.traceID)),
      "entities": .array(entities(of: share.traceID).map(EntityText.json)),
      "chunks": .array(chunks.map { ["path": .string($0.path.description), "range": Anchor.json($0.range)] }),
    ]
  }

  private func movedRow(_ moved: MovedLines) -> JSONValue {
    [
      "relation": "moved", "trace_id": .string(moved.traceID), "step_index": .int(moved.step),
      "trace_patch_id": .string(moved.patchID), "path": .string(moved.path.description),
      "range": Anchor.json(moved.range), "from": .string(moved.previousPath.description),
      "from_range": Anchor.json(moved.previousRange), "line_count": .int(moved.lineCount),
    ]
  }

  private func share(_ share: CommitBlame.Share) -> JSONValue {
    var object: JSONObject = [
      "trace_id": .string(share.traceID), "session_id": .string(share.sessionID),
      "line_count": .int(ownedLines(of: share.traceID)), "files": .strings(share.files),
      "short_name": .string(TraceTitles.shortName(rows[share.traceID])),
      "model": .optional(rows[share.traceID]?.agentModel),
    ]
    if entities != nil { object["entities"] = .array(entities(of: share.traceID).map(EntityText.json)) }
    return .object(object)
  }

  private func file(_ file: CommitBlame.File) -> JSONValue {
    let added = Set(file.added)
    let numbers = showLines ? Array(stride(from: 1, through: file.lineCount, by: 1)) : file.added
    let lines = numbers.compactMap { number -> JSONValue? in
      let owner = file.owners[number]
      guard showLines || owner != nil else { return nil }
      let state = owner != nil ? "attributed" : added.contains(number) ? "missing_from_audit" : "pre-audit"
      return [
        "n": .int(number), "trace_id": .optional(owner?.traceID), "consistency": .string(state),
      ]
    }
    return [
      "change": .string(file.change.rawValue), "previous_path": .optional(file.previousPath?.description),
      "binary": .bool(file.isBinary), "total": .int(file.lineCount), "added": .int(file.added.count),
      "lines": .array(lines),
    ]
  }

  // MARK: Text

  func text(_ context: CommandContext) throws -> String {
    let style = context.style
    var out = header(style, width: context.width)
    if showLines { return out + (try files.map { try lineText($0, context) }.joined(separator: "\n")) }
    for share in shares { out += shareText(share, context) }
    out += fileText(context)
    for trace in blame.noteOnly {
      out += style.dim("│  named in the note only, not in this clone: ") + style.trace("t:" + trace.prefix(8)) + "\n"
    }
    if blame.source == .computed { out += style.dim("computed now; opentraces git-backfill keeps the answer\n") }
    if blame.source == .note { out += style.dim("from the note on the commit; the sessions are not in this clone\n") }
    return out
  }

  private func header(_ style: Style, width: Int) -> String {
    let commit = blame.commit
    let subject = TextWidth.cut(commit.subject, to: max(20, width - 26))
    let coverage = coverage
    let share =
      coverage.total == 0
      ? "no lines added"
      : ShareText.make(coverage.attributed, of: coverage.total, style)
        + " of diff (\(coverage.attributed)/\(coverage.total) lines)"
    return """
      \(style.commit("●")) \(style.commit("c:" + commit.id.short))  \(commit.committerTime.dateText)  \
      \(style.bold(subject))
        \(share)  \(shares.count) \
      \(shares.count == 1 ? "trace" : "traces")  \(files.count) \(files.count == 1 ? "file" : "files")

      """
  }

  private func shareText(_ share: CommitBlame.Share, _ context: CommandContext) -> String {
    let style = context.style
    let row = rows[share.traceID]
    let total = max(1, coverage.total)
    let owned = ownedLines(of: share.traceID)
    let evidence = anchors.filter { $0.traceID == share.traceID }
    let whole = WholeFileText.words(evidence)
    var details =
      owned == 0 && !whole.isEmpty
      ? [] : ["\(owned) \(owned == 1 ? "line" : "lines")", "\(owned * 100 / total)%"]
    details += whole
    let tiers = Set(evidence.map(\.tier)).sorted().map(\.label)
    details += tiers
    if let model = row?.agentModel { details.append(model) }
    var text = "│\n├─ \(style.trace("◆ t:" + share.traceID.prefix(8)))  \(style.bold(TraceTitles.shortName(row)))\n"
    text += "│    \(style.dim(TextWidth.cut(details.joined(separator: " · "), to: max(20, context.width - 6))))\n"
    if let title = row?.title {
      let line = PreviewText.oneLine(PreviewText.redact(title))
      text += "│    “\(TextWidth.cut(line, to: max(20, context.width - 9)))”\n"
    }
    return text + entityLines(of: share.traceID, context)
  }

  /// Definitions shown per trace without `--full`.
  private static let entityLimit = 12

  private func entityLines(of trace: String, _ context: CommandContext) -> String {
    let all = entities(of: trace)
    let shown = full ? all : Array(all.prefix(Self.entityLimit))
    var text = ""
    for entity in shown {
      let count = entity.lineCount > 0 ? "  \(entity.lineCount) \(entity.lineCount == 1 ? "line" : "lines")" : ""
      let place = "  \(entity.path.name):\(entity.line)"
      let line = "\(EntityText.sign(entity)) \(EntityText.word(entity)) \(PrintableText.make(EntityText.name(entity)))"
      let room = max(20, context.width - 5)
      let tail = TextWidth.cut(place + count, to: max(0, room - TextWidth.of(line)))
      text += "│    \(TextWidth.cut(line, to: room))\(context.style.dim(tail))\n"
    }
    if all.count > shown.count {
      text += context.style.dim("│    … \(all.count - shown.count) more definitions: --full") + "\n"
    }
    return text
  }

  private func fileText(_ context: CommandContext) -> String {
    let style = context.style
    let limit = full ? files.count : 20
    let width = min(
      max(24, context.width - 40), files.prefix(limit).map { TextWidth.of($0.path.description) }.max() ?? 0)
    var text = "│\n"
    for file in files.prefix(limit) {
      let owned = file.added.filter { file.owners[$0] != nil }.count
      let path = TextWidth.pad(TextWidth.cut(file.path.description, to: width), to: width)
      let count = TextWidth.padLeft("\(owned)/\(file.added.count)", to: 9)
      let ranges = TextWidth.cut(ranges(file), to: max(8, context.width - width - 20))
      text += "│  \(mark(file))  \(style.path(path)) \(count)\(ranges.isEmpty ? "" : "  " + style.dim(ranges))\n"
    }
    if files.count > limit { text += style.dim("│  … \(files.count - limit) more files: --full\n") }
    for run in moved { text += "│  " + movedText(run, context) + "\n" }
    return text + "╰─ opentraces trail blame commit \(blame.commit.id.short) --lines\n"
  }

  private func movedText(_ run: MovedLines, _ context: CommandContext) -> String {
    let style = context.style
    let lines = "\(run.lineCount) \(run.lineCount == 1 ? "line" : "lines")"
    let place = "\(run.path):\(run.range.lowerBound)"
    let width = max(16, (context.width - 36) / 2)
    return "\(style.dim("→"))  \(style.path(TextWidth.cut(place, to: width)))  \(lines) moved from "
      + "\(style.path(TextWidth.cut(run.previousPath.description, to: width)))  "
      + style.trace("t:" + run.traceID.prefix(8))
  }

  private func mark(_ file: CommitBlame.File) -> String {
    switch file.change {
    case .added: "+"
    case .deleted: "-"
    case .renamed: "↷"
    case .modified, .typeChanged: "~"
    }
  }

  private func ranges(_ file: CommitBlame.File) -> String {
    LineRanges.text(anchors.filter { $0.path == file.path }.compactMap(\.range))
  }

  private func lineText(_ file: CommitBlame.File, _ context: CommandContext) throws -> String {
    let style = context.style
    guard file.lineCount > 0, let bytes = try sourceText(file.path) else {
      return style.bold(file.path.description) + (file.isBinary ? "  (binary)\n" : "  (no lines)\n")
    }
    let added = Set(file.added)
    var text = style.bold(file.path.description) + "\n"
    for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    where number < file.lineCount {
      let owner = file.owners[number + 1]
      let mark = owner.map { String($0.traceID.prefix(8)) } ?? (added.contains(number + 1) ? "?" : "·")
      let label = TextWidth.pad(mark, to: 8)
      let source = String(decoding: line, as: UTF8.self).replacing("\t", with: "    ").replacing("\r", with: "")
      text +=
        "  \(TextWidth.padLeft("\(number + 1)", to: 4)) │ \(owner == nil ? style.dim(label) : style.trace(label)) │ \(source)\n"
    }
    return text
  }
}
