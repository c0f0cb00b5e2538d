internal import Basics
internal import TraceModel

/// Reads what tools answered.
struct ToolResultReader {
  static let contentLimit = 10_000

  let beforeContent: ClaudeCodeAdapter.BeforeContent
  /// Whether what a tool changed is read.
  let listsEdits: Bool

  /// The results in a line by tool call id.
  func results(
    _ line: JSONView, message: JSONView, number: Int, time: Timestamp?
  ) -> [(id: String, result: ToolResult)] {
    guard let content = message["content"], content.kind == .array else { return [] }
    let blocks = content.elements.filter { $0["type"]?.equals("tool_result") ?? false }
    let details = blocks.count == 1 ? line["toolUseResult"] : nil
    return blocks.compactMap { block in
      guard let id = block.text("tool_use_id") else { return nil }
      var result = ToolResult(line: number)
      result.time = time
      result.content = Self.content(block["content"])
      result.isError = block.flag("is_error")
      if let details, details.kind == .object { read(details, into: &result) }
      return (id, result)
    }
  }

  /// The text of a result: a string, or the text blocks of a list, one per line.
  static func content(_ view: JSONView?) -> String? {
    guard let view else { return nil }
    if view.kind == .string { return view.string.map { TextLines.cut($0, to: contentLimit) } }
    guard view.kind == .array else { return nil }
    let texts = view.elements.compactMap { $0.text("text") ?? $0.text("title") }
    return texts.isEmpty ? nil : TextLines.cut(texts.joined(separator: "\n"), to: contentLimit)
  }

  private func read(_ details: JSONView, into result: inout ToolResult) {
    result.exitCode = details["exitCode"]?.int
    result.isInterrupted = details.flag("interrupted")
    result.durationMS = duration(details)
    result.agentID = details.text("agentId")
    if let matches = details["matches"] {
      let paths = matches.elements.compactMap { $0.text("file_path") ?? $0.text("path") }
      result.matchedFiles = Array(paths.prefix(10))
    }
    if listsEdits, !result.isError { result.change = change(details) }
  }

  /// Milliseconds, from the first member that tells.
  private func duration(_ details: JSONView) -> Int? {
    let milliseconds =
      details["durationMs"]?.double ?? details["durationSeconds"]?.double
      .map { $0 * 1000 } ?? details["duration"]?.double.map { $0 * 1000 }
      ?? details["totalDurationMs"]?.double
    return milliseconds.flatMap { Int(exactly: $0.rounded(.towardZero)) }
  }

  private func change(_ details: JSONView) -> RecordedChange? {
    if let path = details.text("notebook_path") { return notebookChange(details, path) }
    guard let path = details.text("filePath"), let patch = details["structuredPatch"] else {
      return nil
    }
    let original = details["originalFile"] ?? details["originalFileContents"]
    var change = RecordedChange(
      path: path, before: .unknown, hunks: hunks(patch),
      userModified: details.flag("userModified"))
    if details["type"]?.equals("create") ?? false || original?.isNull ?? false {
      change.before = .absent
      change.newText = details.text("content")
    } else if let before = original?.bytes {
      change.before = content(before)
      restore(&change, before, details)
    }
    return change
  }

  private func content(_ bytes: [UInt8]) -> FileContent {
    switch beforeContent {
    case .nothing: .unknown
    case .identity: .identified(bytes.withUnsafeBytes { ContentIdentity($0) })
    case .text: .text(String(decoding: bytes, as: UTF8.self))
    }
  }

  /// Exchanges the lines of the hunks, which are recorded as shown, for the exact ones.
  private func restore(_ change: inout RecordedChange, _ before: [UInt8], _ details: JSONView) {
    let after =
      details["content"]?.bytes
      ?? ReplacementApplier.apply(replacements(details), to: before)
    guard let after,
      let exact = HunkRestorer(before: before, after: after).restore(change.hunks)
    else {
      for index in change.hunks.indices { change.hunks[index].isExactText = false }
      return
    }
    change.hunks = exact
    change.after = beforeContent == .text ? .identified(identity(after)) : content(after)
  }

  private func identity(_ bytes: [UInt8]) -> ContentIdentity {
    bytes.withUnsafeBytes { ContentIdentity($0) }
  }

  private func replacements(_ details: JSONView) -> [(old: [UInt8], new: [UInt8], all: Bool)] {
    if let old = details["oldString"]?.bytes, let new = details["newString"]?.bytes {
      return [(old, new, details.flag("replaceAll"))]
    }
    return details["edits"]?.elements.compactMap { edit in
      guard let old = edit["old_string"]?.bytes, let new = edit["new_string"]?.bytes else {
        return nil
      }
      return (old, new, edit.flag("replace_all"))
    } ?? []
  }

  private func notebookChange(_ details: JSONView, _ path: String) -> RecordedChange? {
    guard let new = details.text("updated_file") else { return nil }
    let old = details.text("original_file")
    var change = RecordedChange(
      path: path, before: old.map { .identified(ContentIdentity($0)) } ?? .absent, hunks: [],
      userModified: false)
    change.newText = new
    change.oldText = old
    return change
  }

  private func hunks(_ patch: JSONView) -> [EditHunk] {
    patch.elements.flatMap { hunk -> [EditHunk] in
      guard let old = hunk["oldStart"]?.int, let new = hunk["newStart"]?.int,
        let lines = hunk["lines"]
      else { return [] }
      return EditHunk.runs(
        in: lines.elements.compactMap(\.string), oldStart: old, newStart: new)
    }
  }
}
