internal import Basics
internal import GitKit
internal import SecurityTools
internal import TraceModel
internal import TraceStore
internal import Trails

/// The page of `trail graph --html`: one file that loads nothing, for looking at a branch's commits, the sessions that
/// wrote them and what is left of it. Readable without scripts; those only filter and highlight.
struct GraphPage {
  private let facts: GraphFacts
  private let title: String
  private let made: Timestamp
  /// The traces in the order of their newest commit.
  private let traces: [String]
  private let lines: [String: Int]
  private let known: Set<ObjectID>
  /// Lanes that the pictures have room for.
  private let columns: Int

  init(facts: GraphFacts, title: String, made: Timestamp) {
    self.facts = facts
    self.title = title
    self.made = made
    known = Set(facts.commits.map(\.commit.id))
    columns = min(LaneDrawing.limit, facts.commits.compactMap { ($0.row?.lanes.last).map { $0 + 1 } }.max() ?? 1)
    var seen: Set<String> = []
    traces = facts.commits.flatMap(\.shares).map(\.traceID).filter { seen.insert($0).inserted }
    lines = Dictionary(facts.commits.flatMap(\.shares).map { ($0.traceID, $0.lineCount) }, uniquingKeysWith: +)
  }

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
    <meta name="generator" content="opentraces \(ProductVersion.text)">
    <title>\(HTMLText.make(heading))</title>
    <style>\(GraphPageAssets.style)</style>
    </head>
    <body>
    <header>
    <h1>\(HTMLText.make(heading))</h1>
    <p class="about">\(about)</p>
    \(summary)
    </header>
    <main>
    \(sessionSection)
    \(commitSection)
    </main>
    <script>\(GraphPageAssets.script)</script>
    </body>
    </html>

    """
  }

  private var heading: String {
    guard let pivot = facts.pivot else { return title }
    return "\(title) · t:\(pivot.prefix(8)) \(TraceTitles.shortName(facts.rows[pivot]))"
  }

  private var about: String {
    var parts = ["\(made.dateText) \(made.timeText) UTC"]
    if let head = facts.head ?? facts.decorations.head {
      let branch = facts.decorations.names(of: head).first { $0.isHead }?.name
      parts.append("\(branch.map { HTMLText.make($0) + " at " } ?? "")<code>\(head.short)</code>")
    }
    if facts.page.hasMore { parts.append("older commits are not shown") }
    return parts.joined(separator: " · ")
  }

  // MARK: Figures

  private var summary: String {
    let coverage = facts.commits.compactMap { facts.coverage(of: $0) }
    let attributed = coverage.reduce(0) { $0 + $1.attributed }
    let total = coverage.reduce(0) { $0 + $1.total }
    let tied = facts.commits.count { !$0.shares.isEmpty }
    let percent = total == 0 ? "–" : "\(attributed * 100 / total)%"
    return """
      <div class="figures">
      <div><b>\(facts.commits.count)</b><span>\(plural(facts.commits.count, "commit")), \(tied) with sessions</span></div>
      <div><b>\(traces.count)</b><span>\(plural(traces.count, "session"))</span></div>
      <div><b>\(percent)</b><span>of the \(total) lines these commits add come from sessions</span></div>
      <div class="wide">\(SurvivalBar(facts.survivals.values.map(\.state)).html(isLarge: true))</div>
      </div>
      """
  }

  // MARK: Sessions

  private var sessionSection: String {
    guard !traces.isEmpty else { return "" }
    return """
      <section>
      <h2>Sessions</h2>
      <div class="sessions">
      \(traces.map(session).joined(separator: "\n"))
      </div>
      </section>
      """
  }

  private func session(_ trace: String) -> String {
    let row = facts.rows[trace]
    let commits = facts.commits.filter { $0.shares.contains { $0.traceID == trace } }
    let states = Set(commits.flatMap(\.anchors).filter { $0.traceID == trace }.map(\.patchID))
      .compactMap { facts.survivals[$0]?.state }
    let model = row?.agentModel?.split(separator: "/").last.map(String.init)
    let who = [row?.agentName, model, (row?.start ?? row?.end)?.dateText].compactMap { $0 }
    let count = lines[trace] ?? 0
    return """
      <button class="session" type="button" data-trace="\(HTMLText.make(trace))" aria-pressed="false">
      <span class="name">\(name(trace))</span>
      <span class="title">\(HTMLText.make(TextWidth.cut(prompt(trace), to: 160)))</span>
      <span class="dim">\(who.map(HTMLText.make).joined(separator: " · "))</span>
      <span class="dim">\(count) \(plural(count, "line")) in \(commits.count) \(plural(commits.count, "commit"))</span>
      \(SurvivalBar(states).html())
      </button>
      """
  }

  private func prompt(_ trace: String) -> String {
    let text = facts.rows[trace]?.title ?? "not in this clone"
    return SecretRedactor.redact(text).split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private func name(_ trace: String) -> String {
    let short = TraceTitles.shortName(facts.rows[trace])
    return "<code>t:\(HTMLText.make(String(trace.prefix(8))))</code> \(HTMLText.make(short))"
  }

  // MARK: Commits

  private var commitSection: String {
    var above: [Int] = []
    var rows: [String] = []
    for commit in facts.commits {
      rows.append(self.commit(commit, above: above))
      above = commit.row?.lanesBelow ?? []
    }
    return """
      <section>
      <h2>Commits</h2>
      <p class="tools"><input id="filter" type="search" placeholder="Filter by subject, path or session" \
      aria-label="Filter commits"> <button id="all" type="button">Open all</button> <span id="count"></span></p>
      <div class="commits">
      \(rows.joined(separator: "\n"))
      </div>
      </section>
      """
  }

  private func commit(_ graph: GraphCommit, above: [Int]) -> String {
    let commit = graph.commit
    let drawing = LaneDrawing(graph.row, above: above, isTied: !graph.shares.isEmpty, columns: columns)
    let traces = graph.shares.map(\.traceID)
    let words = [commit.subject, commit.id.hex] + graph.shares.flatMap { $0.files.map(\.description) }
    return """
      <details class="commit\(graph.shares.isEmpty ? " bare" : "")" id="c\(commit.id.hex)" \
      data-traces="\(HTMLText.make(traces.joined(separator: " ")))" \
      data-words="\(HTMLText.make((words + traces.map { TraceTitles.shortName(facts.rows[$0]) }).joined(separator: " ").lowercased()))">
      <summary>\(drawing.svg)<span class="line"><code>\(commit.id.short)</code>\(references(commit.id))\
      <span class="subject">\(HTMLText.make(commit.subject))</span>\(chips(graph))\(meter(graph))\
      <span class="dim date">\(commit.committerTime.dateText)</span></span></summary>
      <div class="body" style="padding-left:\(drawing.width + 12)px">\(drawing.tail)\(shares(graph))\(parents(commit))</div>
      </details>
      """
  }

  private func references(_ id: ObjectID) -> String {
    facts.decorations.names(of: id).map {
      "<span class=\"ref \($0.kind.rawValue)\($0.isHead ? " head" : "")\">\(HTMLText.make($0.name))</span>"
    }.joined()
  }

  private func chips(_ graph: GraphCommit) -> String {
    graph.shares.map { "<span class=\"chip\">\(name($0.traceID))</span>" }.joined()
  }

  private func meter(_ graph: GraphCommit) -> String {
    guard let coverage = facts.coverage(of: graph), coverage.total > 0 else { return "" }
    let percent = coverage.attributed * 100 / coverage.total
    let rank = percent >= 75 ? "good" : percent >= 50 ? "partial" : "bad"
    return """
      <span class="meter" title="\(coverage.attributed) of \(coverage.total) added lines"><i class="\(rank)" \
      style="width:\(percent)%"></i></span><span class="percent">\(percent)%</span>
      """
  }

  private func shares(_ graph: GraphCommit) -> String {
    if graph.shares.isEmpty {
      let why = graph.source == .none ? "Nobody has looked at this commit yet: opentraces git-backfill." : "No session."
      return "<p class=\"dim\">\(graph.commit.isMerge ? "A merge without lines of its own from a session." : why)</p>"
    }
    return graph.shares.map { share($0, graph) }.joined(separator: "\n")
  }

  private func share(_ share: GraphCommit.Share, _ graph: GraphCommit) -> String {
    let anchors = graph.anchors.filter { $0.traceID == share.traceID }
    let states = Set(anchors.map(\.patchID)).compactMap { facts.survivals[$0]?.state }
    let entities = facts.entities[graph.commit.id]?[share.traceID]?.entities ?? []
    let files = Dictionary(grouping: anchors, by: \.path).sorted { $0.key < $1.key }
    return """
      <div class="share">
      <h3>\(name(share.traceID)) <span class="dim">\(share.lineCount) \(plural(share.lineCount, "line"))</span></h3>
      <p class="prompt">\(HTMLText.make(TextWidth.cut(prompt(share.traceID), to: 240)))</p>
      \(SurvivalBar(states).html())
      <table><tbody>
      \(files.map { file($0.key, $0.value) }.joined(separator: "\n"))
      </tbody></table>
      \(entityList(entities))
      </div>
      """
  }

  private func file(_ path: BytePath, _ anchors: [Anchor]) -> String {
    let ranges = LineRanges.text(anchors.compactMap(\.range))
    let count = anchors.reduce(0) { $0 + $1.lineCount }
    let survivals = Set(anchors.map(\.patchID)).compactMap { facts.survivals[$0] }
    let tiers = Set(anchors.map(\.tier)).sorted().map(\.label).joined(separator: ", ")
    return """
      <tr><td><code>\(HTMLText.make(path.description))</code></td><td class="number">\(count)</td>\
      <td class="dim">\(HTMLText.make(TextWidth.cut(ranges.isEmpty ? WholeFileText.words(anchors).joined(separator: ", ") : ranges, to: 60)))</td>\
      <td class="dim">\(HTMLText.make(tiers))</td><td>\(SurvivalBar(survivals.map(\.state)).words)</td></tr>
      """
  }

  private func entityList(_ entities: [EntityChange]) -> String {
    guard !entities.isEmpty else { return "" }
    let items = entities.map {
      "<li class=\"\($0.change.rawValue)\"><code>\(HTMLText.make(EntityText.name($0)))</code></li>"
    }
    return "<ul class=\"entities\">\(items.joined())</ul>"
  }

  private func parents(_ commit: Commit) -> String {
    guard !commit.parents.isEmpty else { return "" }
    let links = commit.parents.map {
      known.contains($0) ? "<a href=\"#c\($0.hex)\"><code>\($0.short)</code></a>" : "<code>\($0.short)</code>"
    }
    let label = commit.parents.count == 1 ? "Parent" : "Parents"
    return "<p class=\"dim\">\(label) \(links.joined(separator: " ")) · by \(HTMLText.make(commit.authorName))</p>"
  }

  private func plural(_ count: Int, _ word: String) -> String { count == 1 ? word : word + "s" }
}

/// States of patches as a bar and in words.
struct SurvivalBar {
  private let alive: Int
  private let changed: Int
  private let gone: Int
  private let elsewhere: Int

  init(_ states: some Sequence<SurvivalState>) {
    var counts = (alive: 0, changed: 0, gone: 0, elsewhere: 0)
    for state in states {
      switch state {
      case .aliveOnPath, .aliveMoved: counts.alive += 1
      case .aliveTransformed, .partiallyPreserved, .repaired: counts.changed += 1
      case .reverted, .lost: counts.gone += 1
      case .orphanBranch, .orphaned, .missingAuthoredText, .neverCommitted, .unknown: counts.elsewhere += 1
      }
    }
    (alive, changed, gone, elsewhere) = (counts.alive, counts.changed, counts.gone, counts.elsewhere)
  }

  private var parts: [(name: String, word: String, count: Int)] {
    [
      ("alive", "as written", alive), ("changed", "changed since", changed), ("gone", "gone", gone),
      ("elsewhere", "not in HEAD's history", elsewhere),
    ].filter { $0.2 > 0 }
  }

  /// `3 as written, 1 gone`.
  var words: String {
    parts.map { "<span class=\"\($0.name)\">\($0.count) \(HTMLText.make($0.word))</span>" }.joined(separator: ", ")
  }

  func html(isLarge: Bool = false) -> String {
    guard !parts.isEmpty else { return "" }
    let segments = parts.map { "<i class=\"\($0.name)\" style=\"flex:\($0.count)\"></i>" }.joined()
    return """
      <span class="survival\(isLarge ? " large" : "")"><span class="bar">\(segments)</span>\
      <span class="legend">patches: \(words)</span></span>
      """
  }
}

/// Text inside of elements and quoted attributes.
enum HTMLText {
  static func make(_ text: String) -> String {
    var out = ""
    for character in PrintableText.make(text).unicodeScalars {
      switch character {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(character)
      }
    }
    return out
  }
}
