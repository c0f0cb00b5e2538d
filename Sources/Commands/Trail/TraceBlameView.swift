internal import Basics
internal import GitKit
internal import TraceModel
internal import TraceStore
internal import Trails

/// What `trail blame commit t:<trace>` says.
struct TraceBlameView {
  let blames: [TraceBlame]
  let full: Bool

  var json: JSONValue {
    if let only = blames.first, blames.count == 1 { return json(only) }
    return [
      "status": "ok", "schema_version": "opentraces.trail.blame_trace.v1", "results": .array(blames.map(json)),
    ]
  }

  private func json(_ blame: TraceBlame) -> JSONValue {
    let lines = blame.commits.reduce(0) { $0 + $1.lines }
    return [
      "status": "ok", "schema_version": "opentraces.trail.blame_trace.v1",
      "trace": [
        "id": .string(blame.row.traceID), "trace_id": .string(blame.row.traceID),
        "session_id": .string(blame.row.sessionID), "name": .string(TraceTitles.shortName(blame.row)),
        "lines": .int(lines), "model": .optional(blame.row.agentModel),
      ],
      "commits": .array(blame.commits.map(commit)),
      "files": .array(blame.files.map { ["path": .string($0.path.description), "lines": .int($0.lines)] }),
    ]
  }

  private func commit(_ share: TraceBlame.CommitShare) -> JSONValue {
    [
      "id": .string("c:" + share.commit.id.short), "sha": .string(share.commit.id.hex),
      "msg": .string(share.commit.subject), "linesInCommit": .int(share.lines),
      "files": .strings(share.files.map(\.description)), "source": "trail_events",
      "tier": .string(share.linkTier), "evidence_tier": .string(share.tier),
    ]
  }

  func text(_ context: CommandContext) -> String { blames.map { text($0, context) }.joined(separator: "\n") }

  private func text(_ blame: TraceBlame, _ context: CommandContext) -> String {
    let style = context.style
    let lines = blame.commits.reduce(0) { $0 + $1.lines }
    var out = "\(style.trace("◆ t:" + blame.row.traceID.prefix(8)))  \(style.bold(TraceTitles.shortName(blame.row)))\n"
    let tied = blame.commits.filter { $0.linkTier != LinkTier.overlapping.rawValue }.count
    out += "  \(lines) \(lines == 1 ? "line" : "lines") in \(tied) \(tied == 1 ? "commit" : "commits")"
    if tied < blame.commits.count { out += ", \(blame.commits.count - tied) more that only overlap" }
    if let model = blame.row.agentModel { out += "  \(style.dim(model))" }
    out += "\n"
    let limit = full ? blame.commits.count : 20
    for share in blame.commits.prefix(limit) {
      let count = TextWidth.padLeft("\(share.lines)", to: 6)
      let subject = TextWidth.cut(share.commit.subject, to: max(20, context.width - 44 - TextWidth.of(share.tierLabel)))
      out += "  \(style.commit("●")) \(style.commit("c:" + share.commit.id.short))  "
      out += "\(share.commit.committerTime.dateText)  \(count) lines  \(style.dim(share.tierLabel))  \(subject)\n"
    }
    if blame.commits.count > limit { out += style.dim("  … \(blame.commits.count - limit) more: --full\n") }
    for file in blame.files.prefix(full ? blame.files.count : 20) {
      out += "  \(TextWidth.padLeft("\(file.lines)", to: 6))  \(style.path(file.path.description))\n"
    }
    if blame.commits.isEmpty {
      out += style.dim("  no commit holds lines of it; opentraces git-backfill looks for them\n")
    }
    return out
  }
}

/// What `trail blame commit <path>:<line>` says.
struct LineBlameView {
  let target: String
  let path: BytePath
  let line: Int
  let answer: LineBlame?

  var json: JSONValue {
    let limitations = answer == nil ? ["no_such_line"] : answer?.anchor == nil ? ["no_git_anchor_for_line"] : []
    return [
      "status": "ok", "schema_version": "opentraces.trail.blame_line.v1", "target": .string(target),
      "relation": .string(answer?.anchor == nil ? "unknown" : "anchored_in_git"),
      "commit": answer.map {
        ["sha": .string($0.commit.id.hex), "subject": .string($0.commit.subject), "line": .int($0.originalLine)]
      } ?? .null,
      "trailEvidence": .array(answer?.anchor.map { [AnchorRow.json($0)] } ?? []),
      "trace_patch": answer?.anchor.map { .string("ot://trace-patch/sha256/" + $0.patchID) } ?? .null,
      "git_anchor": answer?.anchor.map { .string("ot://git-anchor/sha256/" + $0.id) } ?? .null,
      "limitations": .strings(limitations),
    ]
  }

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard let answer else { return "\(path):\(line) is not in HEAD\n" }
    var out = "\(style.path("\(path):\(line)"))  \(answer.text)\n"
    out += "  \(style.commit("● c:" + answer.commit.id.short))  \(answer.commit.committerTime.dateText)  "
    out += "\(answer.commit.subject)\n"
    guard let anchor = answer.anchor else { return out + style.dim("  no session wrote this line\n") }
    out += "  \(style.trace("◆ t:" + anchor.traceID.prefix(8)))  step \(anchor.step)  \(anchor.toolName)  "
    return out + "\(style.dim("\(anchor.tier.label), \(anchor.firmness.rawValue)"))\n"
  }
}
