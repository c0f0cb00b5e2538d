public import Basics
public import TraceModel

/// What git tells of a commit that a burst ended in.
public struct BurstCommit: Sendable {
  public let subject: String
  public let body: String
  /// Hunks of the commit's diff by path.
  public let hunks: [String: Int]

  public init(subject: String, body: String, hunks: [String: Int]) {
    self.subject = subject
    self.body = body
    self.hunks = hunks
  }

  /// How much a commit message tells.
  public var qualityJSON: JSONValue {
    let text = StepText.trim(body)
    let paragraphs = text.split(separator: "\n\n").filter { !StepText.trim($0).isEmpty }.count
    let length = text.unicodeScalars.count
    let tier =
      length == 0 ? "bare" : length > 500 || paragraphs >= 2 ? "detailed" : length >= 140 ? "descriptive" : "terse"
    return [
      "tier": .string(tier), "subject_length": .int(subject.unicodeScalars.count), "body_length": .int(length),
      "has_conventional_prefix": .bool(Self.isConventional(subject)), "paragraph_count": .int(paragraphs),
    ]
  }

  private static let types: Set<String> = [
    "feat", "fix", "refactor", "chore", "test", "docs", "perf", "style", "build", "ci", "revert",
  ]

  static func isConventional(_ subject: String) -> Bool {
    guard let colon = subject.firstIndex(of: ":"), subject[subject.index(after: colon)...].hasPrefix(" ") else {
      return false
    }
    var head = subject[..<colon]
    if head.last == "!" { head = head.dropLast() }
    if head.last == ")", let open = head.firstIndex(of: "(") { head = head[..<open] }
    return types.contains(String(head))
  }
}

/// A run of changes that belong together.
public struct ChangeBurst: Sendable {
  public struct PatchEntry: Sendable {
    public let id: String
    public let commit: String?
    public let file: String?
    public let step: Int
  }

  public internal(set) var steps: ClosedRange<Int>
  /// Nodes that change files, by file.
  public internal(set) var files: [(path: String, count: Int)]
  public internal(set) var patches: [PatchEntry]
  public internal(set) var nodes: [String]
  public internal(set) var commit: String?
  public internal(set) var intent = BurstIntent()
  public internal(set) var quality = Quality()
  public internal(set) var radius = Radius()
  public internal(set) var message: BurstCommit?
  /// Why the commit could not be looked at.
  public internal(set) var lookupError: String?

  /// Nodes within the burst's steps.
  public struct Quality: Sendable {
    public var errors = 0
    public var tests = 0
    public var calls = 0
    /// Calls of other tools per step, 4 decimals.
    public var density = 0.0
  }

  /// How far the changes reach.
  public struct Radius: Sendable {
    public var added: Int?
    public var removed: Int?
    public var testFiles = 0
    public var sourceFiles = 0
    public var documents = 0
  }
}

/// What people asked for before a burst.
public struct BurstIntent: Sendable {
  public var step: Int?
  public var text: String?
  /// The latest prompt that only waved something through.
  public var trigger: String?
  public var specs: [(step: Int, text: String)] = []
  /// The call that sent a sub-agent, where one did all the edits.
  public var subagent: JSONObject?
}

/// Finds change bursts.
public struct BurstFinder {
  /// Steps between two edits that still belong together.
  public static let defaultGap = 35

  private let record: TraceRecord
  private let map: TraceMap
  private let gap: Int
  private let rules: AnalysisRules
  private let lookUp: ((String) throws -> BurstCommit?)?
  private let paths: RecordPaths
  /// Where the steps with an index are.
  private let positions: [Int: [Int]]

  /// - Parameter lookUp: what git knows of a commit; nil to leave commits alone.
  public init(
    _ record: TraceRecord, gap: Int? = nil, rules: AnalysisRules = .corrected,
    lookUp: ((String) throws -> BurstCommit?)? = nil
  ) {
    self.record = record
    paths = RecordPaths(record)
    positions = Dictionary(grouping: record.steps.indices) { record.steps[$0].stepIndex }
    map = TraceMap(record, rules: rules)
    self.gap = max(1, gap ?? Self.defaultGap)
    self.rules = rules
    self.lookUp = lookUp
  }

  public func bursts() -> [ChangeBurst] {
    let candidates = map.nodes.filter { $0.type == .fileEdit || $0.type == .patchCreated }
    var groups: [[MapNode]] = []
    for node in candidates {
      if let last = groups.last?.last, node.step - last.step <= gap {
        groups[groups.count - 1].append(node)
      } else {
        groups.append([node])
      }
    }
    return merged(groups.map(burst)).map(completed)
  }

  private func burst(_ group: [MapNode]) -> ChangeBurst {
    let edits = group.filter { $0.type == .fileEdit }
    let created = group.filter { $0.type == .patchCreated }
    let patches =
      created.isEmpty
      ? edits.map {
        ChangeBurst.PatchEntry(id: "file_edit:\($0.id)", commit: nil, file: $0.filesModified.first, step: $0.step)
      }
      : created.map {
        ChangeBurst.PatchEntry(
          id: $0.metadata["trace_patch_id"]?.string ?? "", commit: $0.metadata["commit_sha"]?.string,
          file: $0.filesModified.first, step: $0.step)
      }
    let first = group.first?.step ?? 0
    return ChangeBurst(
      steps: first...(group.last?.step ?? first), files: Self.files(edits.isEmpty ? created : edits), patches: patches,
      nodes: group.map(\.id), commit: Self.mostFrequent(patches.compactMap(\.commit)))
  }

  private static func files(_ nodes: [MapNode]) -> [(path: String, count: Int)] {
    var counts: [(path: String, count: Int)] = []
    for file in nodes.flatMap({ Set($0.filesModified).sorted() }) {
      if let at = counts.firstIndex(where: { $0.path == file }) {
        counts[at].count += 1
      } else {
        counts.append((file, 1))
      }
    }
    return counts.sorted { $0.path < $1.path }
  }

  /// The first seen of the most frequent.
  private static func mostFrequent(_ commits: [String]) -> String? {
    var counts: [String: Int] = [:]
    for commit in commits { counts[commit, default: 0] += 1 }
    let most = counts.values.max()
    return commits.first { counts[$0] == most }
  }

  /// Neighbours that ended in the same commit are one.
  private func merged(_ bursts: [ChangeBurst]) -> [ChangeBurst] {
    var result: [ChangeBurst] = []
    for burst in bursts {
      guard let last = result.last, let commit = burst.commit, last.commit == commit else {
        result.append(burst)
        continue
      }
      var one = last
      one.steps = last.steps.lowerBound...burst.steps.upperBound
      one.patches += burst.patches
      one.nodes += burst.nodes
      for file in burst.files {
        if let at = one.files.firstIndex(where: { $0.path == file.path }) {
          one.files[at].count += file.count
        } else {
          one.files.append(file)
        }
      }
      one.files.sort { $0.path < $1.path }
      result[result.count - 1] = one
    }
    return result
  }

  private func completed(_ burst: ChangeBurst) -> ChangeBurst {
    var burst = burst
    if let commit = burst.commit, let lookUp {
      do {
        burst.message = try lookUp(commit)
        if let message = burst.message { keepCommitted(&burst, message) }
      } catch {
        burst.lookupError = "\(error)"
      }
    }
    let inside = map.nodes.filter { burst.steps.contains($0.step) }
    let calls = inside.count { $0.type == .toolCall }
    let span = burst.steps.upperBound - burst.steps.lowerBound + 1
    burst.quality = ChangeBurst.Quality(
      errors: inside.count { $0.type == .errorSignal }, tests: inside.count { $0.type == .testRun }, calls: calls,
      density: (Double(calls) / Double(span) * 10_000).rounded(.toNearestOrEven) / 10_000)
    burst.radius = radius(burst)
    burst.intent = IntentFinder(map: map, record: record, rules: rules).intent(of: burst)
    return burst
  }

  /// Leaves patches out that are not in the commit; when none is, the burst stays as it is.
  private func keepCommitted(_ burst: inout ChangeBurst, _ commit: BurstCommit) {
    let kept = burst.patches.filter { $0.file.map { commit.hunks[$0] != nil } ?? false }
    guard !kept.isEmpty else { return }
    burst.patches = kept
    let files = Set(kept.compactMap(\.file))
    burst.files.removeAll { !files.contains($0.path) }
    if rules == .corrected { dropRetouched(&burst) }
    for at in burst.files.indices { dropSurplus(&burst, at, hunks: commit.hunks[burst.files[at].path] ?? 0) }
  }

  /// A later edit that only changes what an earlier one of the same file wrote is not told apart.
  private func dropRetouched(_ burst: inout ChangeBurst) {
    var written: [String: [String]] = [:]
    var kept: [ChangeBurst.PatchEntry] = []
    for patch in burst.patches {
      guard let file = patch.file else { continue }
      let texts = replacements(at: patch.step, in: file)
      let earlier = written[file] ?? []
      let isRetouched =
        !texts.isEmpty
        && texts.allSatisfy { text in !text.old.isEmpty && earlier.contains { TextSearch.contains($0, text: text.old) }
        }
      if isRetouched {
        if let at = burst.files.firstIndex(where: { $0.path == file }), burst.files[at].count > 1 {
          burst.files[at].count -= 1
        }
        continue
      }
      written[file, default: []] += texts.map(\.new)
      kept.append(patch)
    }
    burst.patches = kept
  }

  /// What the calls of a step replace in a file.
  private func replacements(at step: Int, in file: String) -> [(old: String, new: String)] {
    (positions[step] ?? []).flatMap { record.steps[$0].toolCalls }.map { ToolUse($0, rules: rules) }
      .filter { use in use.kind == .edit && use.modifiedFiles.contains { paths.relative($0) == file } }
      .flatMap(\.replacements)
  }

  /// A file with one or two patches more than its diff has hunks was changed twice in one place: the earlier ones go.
  private func dropSurplus(_ burst: inout ChangeBurst, _ at: Int, hunks: Int) {
    let path = burst.files[at].path
    let own = burst.patches.indices.filter { burst.patches[$0].file == path }
    let surplus = own.count - hunks
    guard hunks > 0, (1...2).contains(surplus) else { return }
    for index in own.prefix(surplus).reversed() { burst.patches.remove(at: index) }
    burst.files[at].count = hunks
  }

  private func radius(_ burst: ChangeBurst) -> ChangeBurst.Radius {
    var radius = ChangeBurst.Radius()
    for step in record.steps where burst.steps.contains(step.stepIndex) {
      for call in step.toolCalls {
        let use = ToolUse(call, rules: rules)
        guard use.kind == .edit else { continue }
        let change = use.lineChange
        if let added = change.added { radius.added = (radius.added ?? 0) + added }
        if let removed = change.removed { radius.removed = (radius.removed ?? 0) + removed }
      }
    }
    for file in burst.files {
      let parts = file.path.split(separator: "/").map(String.init)
      let name = parts.last ?? ""
      if parts.dropLast().contains(where: { $0 == "test" || $0 == "tests" }) || name.hasPrefix("test_")
        || name.contains("_test.")
      {
        radius.testFiles += 1
      }
      if parts.dropLast().contains("src") { radius.sourceFiles += 1 }
      if [".md", ".rst", ".txt"].contains(where: { name.hasSuffix($0) }) { radius.documents += 1 }
    }
    return radius
  }
}

extension ToolUse {
  /// The texts that an edit names.
  var replacements: [(old: String, new: String)] {
    func pair(_ input: JSONObject) -> (old: String, new: String)? {
      guard let old = input["old_string"]?.string ?? input["oldText"]?.string,
        let new = input["new_string"]?.string ?? input["newText"]?.string
      else { return nil }
      return (old, new)
    }
    return ([call.input] + (call.input["edits"]?.array ?? []).compactMap(\.object)).compactMap(pair)
  }

  /// Lines that an edit adds and removes; nil where it does not say.
  var lineChange: (added: Int?, removed: Int?) {
    func lines(_ text: String) -> Int {
      var text = text
      return text.withUTF8 { bytes in
        let ends = bytes.count { $0 == 0x0A }
        return bytes.last.map { $0 == 0x0A ? ends : ends + 1 } ?? 0
      }
    }
    var added: Int?
    var removed: Int?
    func take(_ input: JSONObject) {
      if let text = input["new_string"]?.string ?? input["newText"]?.string { added = (added ?? 0) + lines(text) }
      if let text = input["old_string"]?.string ?? input["oldText"]?.string { removed = (removed ?? 0) + lines(text) }
    }
    take(call.input)
    for edit in call.input["edits"]?.array ?? [] { if let edit = edit.object { take(edit) } }
    if name == "write", let text = input("content") { added = (added ?? 0) + lines(text) }
    if name == "applypatch", let patch = input("input", "patch", "command") {
      for line in patch.split(separator: "\n") {
        if line.hasPrefix("+") { added = (added ?? 0) + 1 }
        if line.hasPrefix("-") { removed = (removed ?? 0) + 1 }
      }
    }
    return (added, removed)
  }
}
