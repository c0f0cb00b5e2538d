import Basics
import GitKit
import TraceModel
import TraceStore
import Trails

/// A session of an agent that leaves evidence of its edits.
final class Agent {
  let name: String
  let start: Timestamp
  private(set) var edits: [StoredEdit] = []

  /// - Parameter name: the trace id as well.
  init(_ name: String, start: Timestamp) {
    self.name = name
    self.start = start
  }

  /// Remembers that a file had one text before a tool call and another one after it; nil stands for no file.
  func record(_ path: String, before: String?, after: String?, at time: Timestamp) {
    let kind: FileEdit.Kind = before == nil ? .add : after == nil ? .delete : .modify
    record(path, kind, source: after == nil ? .shell : .structuredPatch, at: time) { edit in
      guard let after else { return }
      let hunk = before.map { EditHunk.difference(from: $0, to: after) } ?? EditHunk.wholeFile(after)
      edit.hunks = hunk.map { [$0] } ?? []
      edit.after = .text(after)
    }
  }

  /// Remembers what a tool call changed, run by run, as a hook sees it before and after.
  func observe(_ path: String, before: String?, after: String?, at time: Timestamp, isSeen: Bool) {
    guard let after else { return record(path, before: before, after: nil, at: time) }
    record(path, before == nil ? .add : .modify, source: isSeen ? .snapshot : .structuredPatch, at: time) { edit in
      edit.hunks = Self.hunks(from: before ?? "", to: after)
      edit.before = before.map { .text($0) } ?? .absent
      edit.after = .text(after)
    }
  }

  private static func hunks(from old: String, to new: String) -> [EditHunk] {
    func lines(_ text: String) -> [String] {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      if lines.last == "" { lines.removeLast() }
      return lines
    }
    let (before, after) = (lines(old), lines(new))
    let difference = after.difference(from: before)
    let removed = Set(difference.removals.map { if case .remove(let at, _, _) = $0 { at } else { -1 } })
    let added = Set(difference.insertions.map { if case .insert(let at, _, _) = $0 { at } else { -1 } })
    var hunks: [EditHunk] = []
    var (i, j) = (0, 0)
    while i < before.count || j < after.count {
      guard removed.contains(i) || added.contains(j) else {
        (i, j) = (i + 1, j + 1)
        continue
      }
      let (oldStart, newStart) = (i, j)
      while removed.contains(i) || added.contains(j) {
        if removed.contains(i) { i += 1 } else { j += 1 }
      }
      var hunk = EditHunk(
        oldStart: oldStart + 1, newStart: newStart + 1, removed: Array(before[oldStart..<i]),
        added: Array(after[newStart..<j]))
      hunk.contextBefore = Array(after[max(0, newStart - 3)..<newStart])
      hunk.contextAfter = Array(after[j..<min(after.count, j + 3)])
      hunks.append(hunk)
    }
    return hunks
  }

  func recordRename(of old: String, to new: String, at time: Timestamp) {
    record(new, .rename(from: old), source: .shell, at: time) { _ in }
    edits[edits.count - 1].previousPath = BytePath(old)
  }

  private func record(
    _ path: String, _ kind: FileEdit.Kind, source: FileEdit.Source, at time: Timestamp, _ fill: (inout FileEdit) -> Void
  ) {
    let number = edits.count
    let call = ToolCall(toolCallID: "\(name)-call-\(number)", toolName: source == .shell ? "Bash" : "Edit")
    var edit = FileEdit(
      call: call, path: path, time: time, kind: kind, source: source,
      application: source == .shell ? .pathOnly : .hunks)
    edit.stepIndex = number + 1
    fill(&edit)
    edits.append(
      StoredEdit(
        traceID: name, sessionID: "session-" + name, generation: 1, sessionStart: start, order: number,
        path: BytePath(path), edit: edit))
  }

  /// Puts the session into the store, as an import does.
  func place(in transaction: StoreTransaction, now: Timestamp) throws {
    let directory = StoreRefs.traceDirectory(name)
    var row = TraceRow(
      traceID: name, sessionID: "session-" + name, agentName: "claude-code", generationIndex: 1,
      source: SourceState(basename: "s.jsonl", bytes: 0, segments: 0, digest: Digest.sha256Hex("")), writtenAt: now)
    row.start = start
    row.end = edits.map(\.time).max() ?? start
    transaction.set(directory + "/row.json", try transaction.writer.writeBlob(CanonicalJSON.line(row.json)))
    for (path, edits) in Dictionary(grouping: edits, by: \.path) {
      let blob = try transaction.writer.writeBlob(StoredEdit.encode(edits))
      let first = edits.map(\.time).min() ?? start
      transaction.set(directory + "/edits/" + StoreRefs.pathKey(path), blob)
      transaction.set(StoreRefs.pathDirectory(path) + "/" + EditIndexEntry.name(firstEdit: first, traceID: name), blob)
    }
  }
}

/// Puts sessions into the store of a repository.
func keep(_ agents: [Agent], in repository: Repository, now: Timestamp) throws {
  guard let transaction = try StoreTransaction.begin(repository, writer: LooseWriter(repository), time: now) else {
    throw StoreError(.busy, "keep", "sessions", "locked")
  }
  for agent in agents { try agent.place(in: transaction, now: now) }
  try transaction.commit()
}
