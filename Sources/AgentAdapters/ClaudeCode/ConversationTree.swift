internal import Basics
internal import TraceModel

/// The part of a transcript that led to its last message.
///
/// Lines name their parent. Going back to an earlier prompt starts a second branch at that prompt;
/// the branch that does not reach the last message is abandoned. A line whose parent is not in the
/// file follows the line before it (this is so after most compactions, and when a line is damaged).
struct ConversationTree {
  /// Lines of a branch that was given up.
  struct Branch: Equatable {
    /// The line on the active path that the branch starts from.
    var forkID: String?
    var firstID: String
    var lastID: String
    /// Messages in the branch.
    var count: Int
  }

  private(set) var isActive: [Bool]
  private(set) var abandoned: [Branch] = []
  private let parents: [Int?]

  init(_ entries: [Entry]) {
    parents = Self.parents(of: entries)
    isActive = Array(repeating: false, count: entries.count)
    markPath(entries)
    adoptSiblings(entries)
    collectAbandoned(entries)
  }

  /// The place of the entry that one follows from.
  func parent(of position: Int) -> Int? { parents[position] }

  /// Whether every way up from these entries ends at the first one.
  func isReachedFromStart(_ positions: Range<Int>) -> Bool {
    positions.allSatisfy { position in
      var next: Int? = position
      var steps = 0
      while let at = next, at > 0, steps <= parents.count {
        next = parents[at]
        steps += 1
      }
      return next == 0
    }
  }

  /// The index of each entry's parent.
  private static func parents(of entries: [Entry]) -> [Int?] {
    var index: [String: Int] = [:]
    index.reserveCapacity(entries.count)
    for (position, entry) in entries.enumerated() { index[entry.id] = position }
    return entries.enumerated().map { position, entry in
      let named = [entry.parent, entry.logicalParent].compactMap { $0 }.compactMap { index[$0] }
      if let parent = named.first, parent != position { return parent }
      return position > 0 && followsLineBefore(entry) ? position - 1 : nil
    }
  }

  /// A prompt without parent begins anew; anything else continues.
  private static func followsLineBefore(_ entry: Entry) -> Bool {
    if entry.parent != nil || entry.logicalParent != nil { return true }
    if case .user = entry.kind { return false }
    return true
  }

  private mutating func markPath(_ entries: [Entry]) {
    var next = entries.lastIndex { $0.isMessage }
    while let position = next, !isActive[position] {
      isActive[position] = true
      next = parents[position]
    }
  }

  /// Parallel tool calls fork the tree: every fragment of an active response is active, and so are
  /// the answers to its calls.
  private mutating func adoptSiblings(_ entries: [Entry]) {
    var keys: Set<String> = []
    for (position, entry) in entries.enumerated() where isActive[position] {
      if case .assistant(let line) = entry.kind, let key = line.responseKey { keys.insert(key) }
    }
    var calls: Set<String> = []
    for (position, entry) in entries.enumerated() {
      guard case .assistant(let line) = entry.kind else { continue }
      if let key = line.responseKey, keys.contains(key) { isActive[position] = true }
      if isActive[position] { calls.formUnion(line.calls.map(\.toolCallID)) }
    }
    for (position, entry) in entries.enumerated() where !isActive[position] {
      guard case .user(let line) = entry.kind else { continue }
      isActive[position] = line.resultIDs.contains { calls.contains($0) }
    }
  }

  private mutating func collectAbandoned(_ entries: [Entry]) {
    var branchOf: [Int: Int] = [:]
    for position in entries.indices where !isActive[position] {
      let parent = parents[position].flatMap { $0 < position ? $0 : nil }
      if let branch = parent.flatMap({ branchOf[$0] }) {
        branchOf[position] = branch
        extend(branch, with: entries[position])
      } else if entries[position].isMessage {
        branchOf[position] = abandoned.count
        abandoned.append(
          Branch(
            forkID: parent.map { entries[$0].id }, firstID: entries[position].id,
            lastID: entries[position].id, count: 1))
      }
    }
  }

  private mutating func extend(_ branch: Int, with entry: Entry) {
    guard entry.isMessage else { return }
    abandoned[branch].lastID = entry.id
    abandoned[branch].count += 1
  }
}

extension Entry {
  var isMessage: Bool {
    switch kind {
    case .user, .assistant: true
    case .link, .boundary: false
    }
  }
}

extension AssistantLine {
  var calls: [ToolCall] {
    blocks.compactMap { if case .call(let call) = $0 { call } else { nil } }
  }
}
