internal import Basics
internal import GitKit
internal import TraceModel
internal import Trails

/// The body of a pull request, made of nothing but refs: the same bytes on every clone that has them.
struct PullRequestView {
  static let begin = "<!-- opentraces:pr begin v1 -->"
  static let end = "<!-- opentraces:pr end -->"
  /// GitHub takes 65,536 characters; some room is left for what its author writes.
  static let limit = 60_000

  let request: PullRequest
  /// The prompts behind the lines of a commit, by trace, the one with most lines first.
  let intents: [ObjectID: [String: [String]]]

  // MARK: Markdown

  /// The whole block, cut to ``limit``.
  var body: String { render().text }

  /// Commits whose details were left out.
  var omitted: Int { render().omitted }

  private func render() -> (text: String, omitted: Int) {
    var details = request.commits.map { detail($0) }
    let short = request.commits.map { "- \(title($0))" }
    var frame = frame(Self.list(details), omitted: 0)
    var left = 0
    // The details of the newest commits stay.
    while frame.count > Self.limit, left < details.count {
      var excess = frame.count - Self.limit + 200
      while excess > 0, left < details.count {
        excess -= details[left].count - short[left].count - 1
        details[left] = short[left]
        left += 1
      }
      frame = self.frame(Self.list(details), omitted: left)
    }
    // So many commits that their titles alone are too long.
    if frame.count > Self.limit {
      var titles = short
      while titles.joined(separator: "\n").count > Self.limit / 2 { titles.removeFirst(max(1, titles.count / 10)) }
      frame = self.frame(titles.joined(separator: "\n"), omitted: details.count, unlisted: details.count - titles.count)
    }
    return (frame, left)
  }

  /// Items of a list stand together, what folds has room around it.
  private static func list(_ commits: [String]) -> String {
    var text = ""
    for (number, commit) in commits.enumerated() {
      let isItem = commit.hasPrefix("- ") && number > 0 && commits[number - 1].hasPrefix("- ")
      text += number == 0 ? commit : (isItem ? "\n" : "\n\n") + commit
    }
    return text
  }

  private func frame(_ commits: String, omitted: Int, unlisted: Int = 0) -> String {
    var parts = [Self.begin, "## Intent", heaviestIntent, "## What Changed", changes, summary, "## Commits & Trails"]
    if unlisted > 0 { parts.append("_The \(unlisted) oldest commits are not listed: the body would be too long._") }
    if omitted > unlisted {
      parts.append("_Details of the \(omitted - unlisted) oldest commits are left out: the body would be too long._")
    }
    parts += [commits, "## Reviewer Toolbox", toolbox, "## Trace Provenance", provenance, Self.end]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private var heaviestIntent: String {
    let heaviest = request.commits.max { a, b in
      (a.coverage.attributed, b.commit.id) < (b.coverage.attributed, a.commit.id)
    }
    let first = heaviest.flatMap { blame in
      blame.shares.lazy.compactMap { intents[blame.commit.id]?[$0.traceID]?.first }.first
    }
    let any =
      first
      ?? request.commits.lazy.compactMap { intents[$0.commit.id]?.sorted { $0.key < $1.key }.first?.value.first }.first
    return any.map { "> " + PullRequestText.intent($0, limit: 400) } ?? "_No recorded intent for these commits._"
  }

  private var changes: String {
    let subjects = request.commits.filter { !$0.commit.isMerge }.map {
      "- " + PullRequestText.inline($0.commit.subject)
    }
    guard subjects.count > 50 else { return subjects.joined(separator: "\n") }
    return (["- … \(subjects.count - 50) earlier commits"] + subjects.suffix(50)).joined(separator: "\n")
  }

  private var summary: String {
    let (attributed, total) = request.coverage
    guard total > 0 else { return "_No lines added._" }
    let sessions = request.traces.count
    return "**\(attributed) of \(total) new lines (\(attributed * 100 / total)%) were written in "
      + "\(sessions) agent \(sessions == 1 ? "session" : "sessions").**"
  }

  private func title(_ blame: CommitBlame) -> String {
    let sessions = blame.shares.count
    let mark = sessions > 0 ? "✏️ " : ""
    let names = blame.shares.map { "<code>\($0.traceID.prefix(8))</code>" }.joined(separator: ", ")
    let who = sessions > 0 ? " · \(sessions) \(sessions == 1 ? "trace" : "traces"): \(names)" : ""
    return
      "\(mark)\(PullRequestText.inline(blame.commit.subject)) · <code>\(blame.commit.id.hex.prefix(7))</code>\(who)"
  }

  private func detail(_ blame: CommitBlame) -> String {
    guard !blame.shares.isEmpty else {
      let reason = blame.commit.isMerge ? "a merge that adds nothing of its own" : "no session wrote lines of it"
      return "- \(title(blame)) — _\(reason)_"
    }
    var parts = ["<details><summary>\(title(blame))</summary>"]
    for share in blame.shares {
      if let prompts = intents[blame.commit.id]?[share.traceID], let prompt = prompts.first {
        parts.append(
          "**Why** (<code>\(share.traceID.prefix(8))</code>)\n\n> " + PullRequestText.intent(prompt, limit: 600))
      }
    }
    parts.append("**What**\n\n" + blame.shares.map { what($0, blame) }.joined(separator: "\n"))
    parts.append("**Files touched**\n\n" + files(blame))
    parts.append(
      "**Walk the trail**\n\n```sh\nopentraces trail blame commit \(blame.commit.id.hex.prefix(12)) --lines\n```")
    let pointers = blame.shares.map { "`ot://trace/\($0.traceID)`" }.joined(separator: " ")
    parts.append("**Bucket pointer** \(pointers)")
    return (parts + ["</details>"]).joined(separator: "\n\n")
  }

  private func what(_ share: CommitBlame.Share, _ blame: CommitBlame) -> String {
    let anchors = blame.anchors.filter { $0.traceID == share.traceID }
    let steps = Set(anchors.map(\.step)).count
    let tiers = Set(anchors.map(\.tier)).sorted().map(\.label)
    var words = ["\(share.lineCount) of \(blame.coverage.total) new lines"]
    if steps > 0 { words.append("\(steps) \(steps == 1 ? "step" : "steps")") }
    words += WholeFileText.words(anchors)
    return "- <code>\(share.traceID.prefix(8))</code>: " + (words + tiers).joined(separator: " · ")
  }

  private func files(_ blame: CommitBlame) -> String {
    var lines = blame.files.prefix(8).map { file in
      let owned = file.added.filter { file.owners[$0] != nil }.count
      return "- \(PullRequestText.inline(file.path.description)) \(owned)/\(file.added.count)"
    }
    if blame.files.count > 8 { lines.append("- … \(blame.files.count - 8) more") }
    return lines.joined(separator: "\n")
  }

  private var toolbox: String {
    let first = request.mergeBase.map { String($0.hex.prefix(12)) }
    let head = request.head.hex.prefix(12)
    return """
      ```sh
      opentraces trail graph \(first.map { "--since \($0) " } ?? "")--until \(head)
      opentraces trail blame commit <path>:<line>
      opentraces trail blame pr render\(first.map { " --base \($0)" } ?? "") --head \(head)
      ```
      """
  }

  private var provenance: String {
    let traces = request.traces.count
    return
      "_pr-intent-summary · \(traces) \(traces == 1 ? "trace" : "traces") · \(request.commits.count) commits · scope "
      + "`\(request.scopeDigest.prefix(12))` · deterministic_"
  }

  // MARK: JSON

  var json: JSONValue {
    let rendered = render()
    return [
      "status": "ok", "schema_version": "opentraces.trail.pr.v1", "base": .string(request.base.hex),
      "head": .string(request.head.hex), "merge_base": .optional(request.mergeBase?.hex),
      "scope_digest": .string(request.scopeDigest),
      "coverage": ["attributed": .int(request.coverage.attributed), "total": .int(request.coverage.total)],
      "commits": .array(request.commits.map(row)), "details_omitted": .int(rendered.omitted),
      "body": .string(rendered.text),
    ]
  }

  private func row(_ blame: CommitBlame) -> JSONValue {
    let commit = blame.commit
    let reason: JSONValue = blame.shares.isEmpty ? commit.isMerge ? "merge_commit" : "no_attribution" : .null
    return [
      "commit_sha": .string(commit.id.hex), "short_sha": .string(String(commit.id.hex.prefix(7))),
      "subject": .string(commit.subject), "is_merge": .bool(commit.isMerge),
      "scope_digest": .string(request.scopeDigest),
      "lineage": .array(blame.shares.map { lineage($0, blame) }), "no_lineage_reason": reason,
    ]
  }

  private func lineage(_ share: CommitBlame.Share, _ blame: CommitBlame) -> JSONValue {
    let total = blame.coverage.total
    let ratio = total == 0 ? 0 : (Double(share.lineCount) / Double(total) * 1000).rounded() / 1000
    let anchors = blame.anchors.filter { $0.traceID == share.traceID }
    let prompts = intents[blame.commit.id]?[share.traceID] ?? []
    return [
      "trace_id": .string(share.traceID), "short_id": .string(String(share.traceID.prefix(8))),
      "credit": ["line_count": .int(share.lineCount), "line_ratio": .double(ratio)],
      "intent": [
        "trigger": .optional(prompts.first.map { PullRequestText.intent($0, limit: 600) }),
        "commit_subject": .string(blame.commit.subject),
      ],
      "files_touched": .strings(share.files.prefix(32)),
      "patches": .strings(Set(anchors.map(\.patchID)).sorted()), "git_anchors": .strings(anchors.map(\.id)),
      "bucket_pointer": ["uri": .string("ot://trace/" + share.traceID)],
    ]
  }
}
