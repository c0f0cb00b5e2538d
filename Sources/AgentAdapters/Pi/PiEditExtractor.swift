internal import Basics
internal import TraceModel

/// Reads from successful tool calls which files they changed.
struct PiEditExtractor {
  let results: PiResults
  /// The session's working directory.
  let directory: String?

  /// The edits of all calls, in the order of time, each with the place of its entry.
  func edits(of entries: [PiEntry], _ tree: PiTree) -> [(entry: Int, edit: FileEdit)] {
    let found = entries.indices.flatMap { position in
      edits(of: entries[position], at: position, isActive: tree.isActive[position]).map { (entry: position, edit: $0) }
    }
    let order = found.indices.sorted {
      (found[$0].edit.time, found[$0].edit.line, $0) < (found[$1].edit.time, found[$1].edit.line, $1)
    }
    return order.map { found[$0] }
  }

  private func edits(of entry: PiEntry, at position: Int, isActive: Bool) -> [FileEdit] {
    guard case .assistant(let answer) = entry.kind else { return [] }
    var seen: Set<String> = []
    return answer.calls.filter { seen.insert($0.toolCallID).inserted }.flatMap { call -> [FileEdit] in
      guard let result = results[position, call.toolCallID], result.answer.error == nil else { return [] }
      let time = result.answer.time ?? entry.time ?? Timestamp(microseconds: 0)
      return edits(of: call, result, entry, time).map { edit in
        var edit = edit
        edit.line = result.answer.line
        edit.isAbandoned = !isActive
        return edit
      }
    }
  }

  private func edits(of call: ToolCall, _ result: PiResult, _ entry: PiEntry, _ time: Timestamp) -> [FileEdit] {
    switch call.toolName {
    case "edit": edit(call, result, time).map { [$0] } ?? []
    case "write": write(call, time).map { [$0] } ?? []
    case "bash": shell(call, result, entry)
    default: []
    }
  }

  private func path(of call: ToolCall) -> String? {
    guard let path = (call.input["path"] ?? call.input["file_path"])?.string, !path.isEmpty else { return nil }
    return PiPath.absolute(path, directory: directory)
  }

  private func edit(_ call: ToolCall, _ result: PiResult, _ time: Timestamp) -> FileEdit? {
    guard let path = path(of: call) else { return nil }
    let pairs = replacements(call.input)
    let hunks = PiDiff.hunks(of: result)
    guard hunks.isEmpty else {
      var edit = FileEdit(
        call: call, path: path, time: time, kind: .modify, source: .structuredPatch, application: .hunks)
      edit.hunks = hunks
      return edit
    }
    guard !pairs.isEmpty else { return nil }
    var edit = FileEdit(
      call: call, path: path, time: time, kind: .modify, source: .editStrings, application: .replacements(pairs))
    edit.hunks = pairs.map { EditHunk.replacement(old: $0.old, new: $0.new) }
    return edit
  }

  /// The pairs of `edits`, which some models send as a JSON text, and the pair of the call itself.
  private func replacements(_ input: JSONObject) -> [Replacement] {
    var parts = input["edits"]?.array ?? []
    // A text that is no JSON names no edits.
    if let text = input["edits"]?.string { parts = (try? JSONValue(parsing: text))?.array ?? [] }
    parts.append(.object(input))
    return parts.compactMap { part in
      guard let old = part["oldText"]?.string, let new = part["newText"]?.string, !old.isEmpty, old != new else {
        return nil
      }
      return Replacement(old: old, new: new)
    }
  }

  /// Whether the file was there before is not told.
  private func write(_ call: ToolCall, _ time: Timestamp) -> FileEdit? {
    guard let path = path(of: call), let text = call.input["content"]?.string else { return nil }
    var edit = FileEdit(call: call, path: path, time: time, kind: .modify, source: .write, application: .wholeFile)
    edit.hunks = [EditHunk.wholeFile(text)]
    edit.after = .identified(ContentIdentity(text))
    return edit
  }

  private func shell(_ call: ToolCall, _ result: PiResult, _ entry: PiEntry) -> [FileEdit] {
    let site = CallSite(call: call, line: entry.line, time: entry.time, directory: directory, isActive: true)
    return EditExtractor(results: [:]).shell(site, result.answer)
  }
}

/// Paths as Pi's tools understand them.
enum PiPath {
  /// A path below the working directory; a leading `@` is dropped and `~` stands for the home directory, which is
  /// known when the working directory lies in it.
  static func absolute(_ path: String, directory: String?) -> String? {
    let path = path.hasPrefix("@") ? String(path.dropFirst()) : path
    guard path == "~" || path.hasPrefix("~/") else {
      if path.hasPrefix("/") { return Paths.absolute(path, base: "/") }
      return directory.map { Paths.absolute(path, base: $0) }
    }
    return directory.flatMap(home).map { Paths.absolute(String(path.dropFirst(2)), base: $0) }
  }

  private static func home(_ directory: String) -> String? {
    let parts = directory.split(separator: "/", maxSplits: 2)
    if parts.first == "root" { return "/root" }
    guard parts.count >= 2, parts[0] == "home" || parts[0] == "Users" else { return nil }
    return "/\(parts[0])/\(parts[1])"
  }
}
