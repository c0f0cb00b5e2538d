internal import Basics
internal import TraceModel

/// Reads from successful tool calls which files they changed.
struct EditExtractor {
  let results: [String: ToolResult]

  /// The edits of all calls, in the order of time.
  func edits(of calls: [CallSite]) -> [FileEdit] {
    var seen: Set<String> = []
    let edits = calls.filter { seen.insert($0.call.toolCallID).inserted }.flatMap(edits)
    let order = edits.indices.sorted {
      (edits[$0].time, edits[$0].line, $0) < (edits[$1].time, edits[$1].line, $1)
    }
    return order.map { edits[$0] }
  }

  private func edits(of site: CallSite) -> [FileEdit] {
    guard let result = results[site.call.toolCallID], result.error == nil else { return [] }
    let edits =
      switch site.call.toolName {
      case "Edit", "MultiEdit": edit(site, result).map { [$0] } ?? []
      case "Write": write(site, result).map { [$0] } ?? []
      case "NotebookEdit": notebook(site, result).map { [$0] } ?? []
      case "Bash": shell(site, result)
      default: [FileEdit]()
      }
    return edits.map { placed($0, site, result) }
  }

  private func placed(_ edit: FileEdit, _ site: CallSite, _ result: ToolResult) -> FileEdit {
    var edit = edit
    edit.line = result.line
    edit.agentID = site.agentID
    edit.agentRole = site.agentRole
    edit.isAbandoned = !site.isActive
    return edit
  }

  private func time(_ site: CallSite, _ result: ToolResult) -> Timestamp {
    result.time ?? site.time ?? Timestamp(microseconds: 0)
  }

  /// A change whose hunks the result recorded.
  private func recorded(
    _ change: RecordedChange, _ site: CallSite, _ result: ToolResult
  ) -> FileEdit {
    let isCreated = change.before == .absent
    var edit = FileEdit(
      call: site.call, path: change.path, time: time(site, result),
      kind: isCreated ? .add : .modify, source: isCreated ? .write : .structuredPatch,
      application: isCreated ? .wholeFile : .hunks)
    edit.before = change.before
    edit.after = change.after
    edit.userModified = change.userModified
    edit.hunks = change.hunks
    return edit
  }

  private func edit(_ site: CallSite, _ result: ToolResult) -> FileEdit? {
    let pairs = replacements(site.call.input)
    if let change = result.change, !change.hunks.isEmpty {
      var edit = recorded(change, site, result)
      edit.application = .hunks
      if edit.kind == .add, let text = pairs.first?.new { setWhole(&edit, text) }
      return edit
    }
    guard let path = site.call.input["file_path"]?.string, !pairs.isEmpty else { return nil }
    return replacing(pairs, path: path, site, result)
  }

  private func replacing(
    _ pairs: [Replacement], path: String, _ site: CallSite, _ result: ToolResult
  ) -> FileEdit {
    var edit = FileEdit(
      call: site.call, path: path, time: time(site, result), kind: .modify, source: .editStrings,
      application: .replacements(pairs))
    edit.before = result.change?.before ?? .unknown
    edit.userModified = result.change?.userModified ?? false
    if let first = pairs.first, first.old.isEmpty, pairs.count == 1 {
      edit.kind = .add
      edit.before = .absent
      setWhole(&edit, first.new)
    } else {
      edit.hunks = pairs.map { EditHunk.replacement(old: $0.old, new: $0.new) }
    }
    return edit
  }

  private func replacements(_ input: JSONObject) -> [Replacement] {
    let parts = input["edits"]?.array ?? [.object(input)]
    return parts.compactMap { part in
      guard let old = part["old_string"]?.string, let new = part["new_string"]?.string else {
        return nil
      }
      return Replacement(old: old, new: new, replacesAll: part["replace_all"]?.bool ?? false)
    }
  }

  private func setWhole(_ edit: inout FileEdit, _ text: String) {
    edit.application = .wholeFile
    edit.hunks = [EditHunk.wholeFile(text)]
    edit.after = .identified(ContentIdentity(text))
  }

  private func write(_ site: CallSite, _ result: ToolResult) -> FileEdit? {
    guard let path = site.call.input["file_path"]?.string,
      let text = result.change?.newText ?? site.call.input["content"]?.string
    else { return nil }
    if let change = result.change, change.before != .absent {
      // Without hunks the file already had this text.
      guard !change.hunks.isEmpty else { return nil }
      return recorded(change, site, result)
    }
    let isCreated = result.change?.before == .absent
    var edit = FileEdit(
      call: site.call, path: result.change?.path ?? path, time: time(site, result),
      kind: isCreated ? .add : .modify, source: .write, application: .wholeFile)
    edit.before = isCreated ? .absent : .unknown
    edit.userModified = result.change?.userModified ?? false
    setWhole(&edit, text)
    return edit
  }

  private func notebook(_ site: CallSite, _ result: ToolResult) -> FileEdit? {
    guard let path = site.call.input["notebook_path"]?.string else { return nil }
    var edit = FileEdit(
      call: site.call, path: path, time: time(site, result), kind: .modify, source: .notebook,
      application: .hunks)
    guard let change = result.change, let new = change.newText else {
      edit.hunks = [EditHunk(oldStart: 0, newStart: 0, removed: [], added: cellLines(site.call))]
      edit.hunks[0].isLineAligned = false
      return edit
    }
    edit.before = change.before
    edit.after = .identified(ContentIdentity(new))
    guard let old = change.oldText else {
      edit.kind = .add
      setWhole(&edit, new)
      return edit
    }
    guard let hunk = EditHunk.difference(from: old, to: new) else { return nil }
    edit.hunks = [hunk]
    return edit
  }

  private func cellLines(_ call: ToolCall) -> [String] {
    TextLines.split(call.input["new_source"]?.string ?? "")
  }
}
