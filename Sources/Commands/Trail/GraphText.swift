internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// What `trail graph` prints, at most as wide as the terminal.
///
///     ┊╭┄t:d035204f  [9 lines]      │ greet-clamp  app.py, math.py
///     ┊●   c:7342f760  2026-11-22  main · feat: greet and clamp  53%
///     ├╯
///     ┊
///     ┊○   c:69167bd3  2026-11-22  initial
struct GraphText {
  private let facts: GraphFacts
  private let showsEntities: Bool
  private let full: Bool
  private let style: Style
  private let width: Int
  private let mixesLifecycles: Bool

  /// Without `--full` the text is cut here.
  private static let lineLimit = 40
  private static let byteLimit = 8192
  /// Below this a terminal is too narrow for dates and columns.
  private static let narrow = 64

  init(facts: GraphFacts, showsEntities: Bool, full: Bool, _ context: CommandContext) {
    self.facts = facts
    self.showsEntities = showsEntities
    self.full = full
    style = context.style
    width = context.width
    mixesLifecycles = Set(facts.rows.values.map(\.lifecycle)).count > 1
  }

  var text: String {
    guard !facts.commits.isEmpty else { return "(no commits in range)\n" }
    return cut(facts.pivot.map(pivotBlocks) ?? historyBlocks).joined(separator: "\n") + "\n"
  }

  // MARK: A window of history

  /// The lines of each commit.
  private var historyBlocks: [[String]] {
    var blocks: [[String]] = []
    for (number, commit) in facts.commits.enumerated() {
      let isLast = number == facts.commits.count - 1
      let lanes = laneText(commit)
      var lines = commit.shares.enumerated().flatMap { shareLines($1, of: commit, lanes, isFirst: $0 == 0) }
      lines.append(commitLine(commit, lanes))
      if !commit.shares.isEmpty { lines.append(lanes.close()) }
      if let row = commit.row {
        lines += row.above.map { lanes.above(style.commit("c:" + $0.short)) }
        let isPlain = row.edges.isEmpty && commit.shares.isEmpty
        let isQuietNext = !isLast && facts.commits[number + 1].shares.isEmpty
        // Commits without sessions stand close together.
        if !row.edges.isEmpty || !isLast && !(isPlain && isQuietNext) { lines += lanes.below() }
      }
      blocks.append(lines)
    }
    return blocks
  }

  private func laneText(_ commit: GraphCommit) -> LaneText {
    commit.row.map { LaneText($0, style, columns: max(2, width / 6)) } ?? LaneText.single(style)
  }

  private func commitLine(_ graph: GraphCommit, _ lanes: LaneText) -> String {
    let commit = graph.commit
    let coverage = facts.coverage(of: graph)
    let total = coverage?.total ?? 0
    let percent = total == 0 ? 0 : (coverage?.attributed ?? 0) * 100 / total
    let isTied = !graph.shares.isEmpty
    let isUnreadable = isTied && coverage?.isMostlyUnreadable == true
    let isCovered = isTied && total > 0 && !isUnreadable
    let dot =
      isUnreadable
      ? style.missing("●") : isCovered ? style.share(percent, "●") : isTied ? "●" : style.dim("○")
    let share =
      isUnreadable
      ? "  " + style.missing("?")
      : isCovered ? "  " + ShareText.make(coverage?.attributed ?? 0, of: total, style) : ""
    var lead = style.commit("c:" + commit.id.short) + "  "
    if width >= Self.narrow + 16 { lead += style.dim(commit.committerTime.dateText) + "  " }
    let used = lanes.width + 12 + (width >= Self.narrow + 16 ? 12 : 0) + (share.isEmpty ? 0 : 6)
    let room = max(4, width - used)
    let names = decoration(commit.id, room: room / 2)
    let subject = TextWidth.cut(PrintableText.make(commit.subject), to: max(1, room - names.width))
    return lanes.commit(dot) + lead + names.text + subject + share
  }

  /// The branches and tags of a commit, as many as fit.
  private func decoration(_ commit: ObjectID, room: Int) -> (text: String, width: Int) {
    let names = facts.decorations.names(of: commit)
    let isHead = facts.decorations.isDetached && facts.decorations.head == commit
    var all: [(text: String, paint: (String) -> String)] = []
    if isHead { all.append(("HEAD", { style.head($0) })) }
    for name in names {
      all.append(
        ((name.isHead && width >= Self.narrow ? "HEAD → " : "") + PrintableText.make(name.name), { paint(name, $0) }))
    }
    guard !all.isEmpty else { return ("", 0) }
    var shown: [String] = []
    var used = 3
    for (number, name) in all.enumerated() {
      let cut = number == 0 ? TextWidth.cut(name.text, to: max(4, room - 3)) : name.text
      let needed = TextWidth.of(cut) + (shown.isEmpty ? 0 : 2)
      let rest = all.count - number > 1 ? 4 : 0
      if !shown.isEmpty, used + needed + rest > room {
        let more = "+\(all.count - number)"
        shown.append(style.dim(more))
        used += more.count + 2
        break
      }
      shown.append(name.paint(cut))
      used += needed
    }
    return (shown.joined(separator: style.dim(", ")) + style.dim(" · "), used)
  }

  private func paint(_ name: RefName, _ text: String) -> String {
    switch name.kind {
    case .branch: name.isHead ? style.head(text) : style.branch(text)
    case .remote: style.remote(text)
    case .tag: style.tag(text)
    }
  }

  private func shareLines(
    _ share: GraphCommit.Share, of graph: GraphCommit, _ lanes: LaneText, isFirst: Bool
  ) -> [String] {
    let contribution = facts.entities[graph.commit.id]?[share.traceID]
    let entities = showsEntities ? contribution?.entities ?? [] : []
    let state = entities.isEmpty ? stateText(share, of: graph) : EntityText.counts(entities)
    let cell = width >= Self.narrow ? TextWidth.pad(state, to: 14) : state
    let lead = style.trace(handle(share)) + "  " + cell + style.dim(" │ ")
    let used = lanes.width + 12 + TextWidth.of(cell) + 3
    let room = max(4, width - used)
    let title = TraceTitles.shortName(facts.rows[share.traceID])
    let files = FileNames.make(share.files).map { PrintableText.make($0) }
    let names = entities.isEmpty ? files : entities.map { PrintableText.make(EntityText.name($0)) }
    let suffix = mixesLifecycles ? facts.lifecycle(of: share.traceID).map { " <\($0)>" } ?? "" : ""
    let below = width - lanes.width - 2
    let lines = wrap(names, after: TextWidth.cut(title, to: room), suffix: suffix, to: room, then: below)
    return lines.enumerated().map { number, text in
      number == 0 ? lanes.trace(isFirst: isFirst) + lead + text : lanes.continuation() + text
    }
  }

  /// `t:` for a trace that is here, `s:` where only the session's own id is known.
  private func handle(_ share: GraphCommit.Share) -> String {
    facts.rows[share.traceID] == nil && !share.sessionID.isEmpty
      ? "s:" + share.sessionID.prefix(8) : "t:" + share.traceID.prefix(8)
  }

  private func stateText(_ share: GraphCommit.Share, of graph: GraphCommit) -> String {
    let whole = WholeFileText.signs(graph.anchors.filter { $0.traceID == share.traceID }).joined(separator: " ")
    if share.lineCount == 0 { return whole.isEmpty ? "[0 lines]" : whole }
    let lines =
      width >= Self.narrow ? "[\(share.lineCount) \(share.lineCount == 1 ? "line" : "lines")]" : "+\(share.lineCount)"
    return whole.isEmpty ? lines : "\(lines) \(whole)"
  }

  /// The short name of the session and what it touched; with `--full` on as many lines as it takes.
  private func wrap(
    _ names: [String], after title: String, suffix: String, to room: Int, then below: Int
  ) -> [String] {
    let list = names.joined(separator: ", ")
    var lead = title.isEmpty ? "" : style.bold(title) + style.dim(suffix) + "  "
    let used = title.isEmpty ? 0 : TextWidth.of(title) + TextWidth.of(suffix) + 2
    // Little room is left to the title alone.
    let isTight = used > 0 && room - used < 8
    if isTight { lead = style.bold(TextWidth.cut(title, to: room)) }
    if !full || TextWidth.of(list) <= room - used {
      return [isTight ? lead : lead + style.dim(TextWidth.cut(list, to: room - used))]
    }
    var lines = isTight ? [""] : []
    var line = ""
    for (number, name) in names.enumerated() {
      let limit = lines.isEmpty ? room - used : below
      let text = TextWidth.cut(number == names.count - 1 ? name : name + ",", to: limit)
      if !line.isEmpty, TextWidth.of(line) + 1 + TextWidth.of(text) > limit {
        lines.append(line)
        line = TextWidth.cut(text, to: below)
      } else {
        line += (line.isEmpty ? "" : " ") + text
      }
    }
    lines.append(line)
    return lines.enumerated().map { $0 == 0 ? lead + style.dim($1) : style.dim($1) }
  }

  // MARK: One trace

  private func pivotBlocks(_ pivot: String) -> [[String]] {
    let title = TextWidth.cut(TraceTitles.shortName(facts.rows[pivot]), to: max(4, width - 20))
    let header = style.dim("┊╭┄") + style.trace("trace " + pivot.prefix(8)) + "  " + style.bold(title)
    let lines = facts.commits.map { [pivotLine($0, pivot)] }
    return [[header]] + lines + [[style.dim("├╯")]]
  }

  private func pivotLine(_ graph: GraphCommit, _ pivot: String) -> String {
    let share = graph.shares.first { $0.traceID == pivot }
    let state = share.map { stateText($0, of: graph) } ?? ""
    let isWide = width >= Self.narrow + 16
    let lead =
      style.commit("c:" + graph.commit.id.short) + "  "
      + (isWide ? style.dim(graph.commit.committerTime.dateText) + "  " : "")
    let room = width - 5 - 12 - (isWide ? 12 : 0) - TextWidth.of(state) - 2
    let subject = TextWidth.cut(PrintableText.make(graph.commit.subject), to: max(4, room))
    return style.dim("┊") + style.good("●") + "   " + lead + subject + "  " + style.dim(state)
  }

  // MARK: Length

  /// The lines that are shown, and what is missing.
  private func cut(_ blocks: [[String]]) -> [String] {
    let all = blocks.flatMap { $0 }
    var lines: [String] = []
    var bytes = 0
    for line in all {
      bytes += style.plainByteCount(line) + 1
      if !full, lines.count == Self.lineLimit || bytes > Self.byteLimit { break }
      lines.append(line)
    }
    let rest = all.count - lines.count
    if rest > 0 {
      return lines + [
        style.dim("… \(rest) more \(rest == 1 ? "line" : "lines") — run with --full or a smaller --limit")
      ]
    }
    return lines + hints
  }

  private var hints: [String] {
    var hints: [String] = []
    if facts.commits.allSatisfy({ $0.source == .none }) {
      hints += [
        "", style.dim(TextWidth.cut("nothing is known of these commits yet: opentraces git-backfill", to: width)),
      ]
    }
    if facts.page.hasMore { hints += ["", style.dim("older commits: --page \(facts.pageNumber + 1)")] }
    return hints
  }
}

/// Names of files as short as they can be told apart.
enum FileNames {
  static func make(_ paths: [BytePath]) -> [String] {
    let counts = Dictionary(paths.map { ($0.name, 1) }, uniquingKeysWith: +)
    return paths.map { path in
      guard counts[path.name, default: 1] > 1 else { return path.name.description }
      return path.bytes.split(separator: 0x2F).suffix(2).map { String(decoding: $0, as: UTF8.self) }
        .joined(separator: "/")
    }
  }
}
