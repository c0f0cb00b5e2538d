internal import Basics
internal import Capture
internal import GitKit
internal import TraceModel

/// The edits of a session's calls as hooks saw them.
struct SnapshotEdits {
  private let repository: Repository
  /// By call, in the order of the calls' first changes.
  private var changes: [(call: String, changes: [CallChanges])] = []

  init(_ repository: Repository, journal: [UInt8]) {
    self.repository = repository
    var places: [String: Int] = [:]
    for line in journal.split(separator: 0x0A) {
      // A damaged line tells nothing.
      guard let json = try? JSONValue(parsing: line), let change = CallChanges(json) else { continue }
      if let place = places[change.call] {
        changes[place].changes.append(change)
      } else {
        places[change.call] = changes.count
        changes.append((change.call, [change]))
      }
    }
  }

  var isEmpty: Bool { changes.isEmpty }
  /// The calls that changed something.
  var calls: Set<String> { Set(changes.map(\.call)) }

  /// Puts what was seen in the place of what the transcript says of the same call and file.
  func replace(_ edits: [FileEdit], _ known: SessionCalls) throws -> [FileEdit] {
    var result = edits
    for (call, changes) in changes where !known.refused.contains(call) {
      let told = edits.filter { $0.toolCallID == call }
      let seen = try self.edits(of: changes).map { edit -> FileEdit in
        var edit = edit
        edit.stepIndex = known[call]?.step ?? told.first?.stepIndex ?? known.lastStep
        edit.toolName = known[call]?.tool ?? told.first?.toolName ?? ""
        edit.toolCallID = call
        if changes.contains(where: \.isShared) { edit.source = .sharedSnapshot }
        if let first = told.first {
          edit.agentID = first.agentID
          edit.agentRole = first.agentRole
          edit.isAbandoned = first.isAbandoned
          edit.line = first.line
        }
        return edit
      }
      guard !seen.isEmpty else { continue }
      let paths = Set(seen.map(\.path))
      result.removeAll { $0.toolCallID == call && paths.contains($0.path) }
      result += seen
    }
    let order = result.indices.sorted { (result[$0].time, $0) < (result[$1].time, $1) }
    return order.map { result[$0] }
  }

  private func edits(of changes: [CallChanges]) throws -> [FileEdit] {
    var order: [String] = []
    var merged: [String: (before: SeenContent, after: SeenContent, time: Timestamp)] = [:]
    for change in changes {
      for file in change.differences {
        let path = change.worktree + "/" + file.path.description
        let time = file.changed > 0 ? Timestamp(microseconds: file.changed / 1000) : change.time
        if let known = merged[path] {
          merged[path] = (known.before, file.after, time)
        } else {
          order.append(path)
          merged[path] = (file.before, file.after, time)
        }
      }
    }
    var edits: [FileEdit] = []
    var departed = merged.filter { $0.value.after == .absent }.compactMap { path, state in
      Self.blob(state.before).map { (path: path, blob: $0) }
    }.sorted { $0.path < $1.path }
    var moved: Set<String> = []
    for path in order {
      guard let state = merged[path], state.before != state.after else { continue }
      guard state.before == .absent, let blob = Self.blob(state.after),
        let place = departed.firstIndex(where: { $0.blob == blob })
      else { continue }
      let from = departed.remove(at: place).path
      moved.formUnion([path, from])
      edits.append(edit(path, .rename(from: from), state.time, .pathOnly))
    }
    for path in order where !moved.contains(path) {
      guard let state = merged[path], state.before != state.after else { continue }
      if let edit = try edit(path, state) { edits.append(edit) }
    }
    return edits
  }

  private static func blob(_ content: SeenContent) -> ObjectID? {
    if case .blob(let id, _) = content { id } else { nil }
  }

  private func edit(
    _ path: String, _ kind: FileEdit.Kind, _ time: Timestamp, _ application: FileEdit.Application
  ) -> FileEdit {
    FileEdit(
      call: ToolCall(toolCallID: "", toolName: ""), path: path, time: time, kind: kind, source: .snapshot,
      application: application)
  }

  /// Nil when what the file held is not known any more: then the transcript may know better.
  private func edit(
    _ path: String, _ state: (before: SeenContent, after: SeenContent, time: Timestamp)
  ) throws -> FileEdit? {
    let kind: FileEdit.Kind = state.before == .absent ? .add : state.after == .absent ? .delete : .modify
    var edit = edit(path, kind, state.time, kind == .delete ? .pathOnly : .hunks)
    let old = Self.blob(state.before)
    let new = Self.blob(state.after)
    if kind == .add { edit.before = .absent }
    if kind == .delete { edit.after = .absent }
    guard old != nil || kind == .add, new != nil || kind == .delete,
      [old, new].allSatisfy({ $0.map { repository.contains($0) } ?? true })
    else { return kind == .delete ? edit : nil }
    try repository.compareBlobs(old, new) { before, after, hunks in
      if old != nil { edit.before = .identified(ContentIdentity(before)) }
      if new != nil { edit.after = .identified(ContentIdentity(after)) }
      edit.hunks = hunks.map { Self.hunks($0, before, after) } ?? []
    }
    return edit
  }

  private static func hunks(
    _ runs: [LineHunk], _ before: UnsafeRawBufferPointer, _ after: UnsafeRawBufferPointer
  ) -> [EditHunk] {
    let old = TextLines.split(String(decoding: before, as: UTF8.self))
    let new = TextLines.split(String(decoding: after, as: UTF8.self))
    return runs.map { run in
      // Where nothing was removed or added, the start is the line before.
      let oldStart = run.oldCount == 0 ? run.oldStart + 1 : run.oldStart
      let newStart = run.newCount == 0 ? run.newStart + 1 : run.newStart
      let removed = old[clamping: (oldStart - 1)..<(oldStart - 1 + run.oldCount)]
      let added = new[clamping: (newStart - 1)..<(newStart - 1 + run.newCount)]
      var hunk = EditHunk(oldStart: oldStart, newStart: newStart, removed: Array(removed), added: Array(added))
      hunk.contextBefore = Array(new[clamping: (newStart - 4)..<(newStart - 1)])
      let end = newStart - 1 + run.newCount
      hunk.contextAfter = Array(new[clamping: end..<(end + 3)])
      return hunk
    }
  }
}

extension [String] {
  fileprivate subscript(clamping range: Range<Int>) -> ArraySlice<String> { self[range.clamped(to: indices)] }
}
