internal import Basics
internal import TraceModel

/// Reads from successful calls of Codex which files they changed.
struct CodexEditExtractor {
  let results: [String: ToolResult]
  let details: [String: CallDetails]
  let beforeContent: ClaudeCodeAdapter.BeforeContent
  /// For files without times.
  let sessionStart: Timestamp

  /// The edits of all calls, in the order of time.
  func edits(of sites: [CallSite]) -> [FileEdit] {
    let edits = sites.flatMap(edits) + innerEdits(sites)
    let order = edits.indices.sorted {
      (edits[$0].time, edits[$0].line, $0) < (edits[$1].time, edits[$1].line, $1)
    }
    return order.map { edits[$0] }
  }

  private func edits(of site: CallSite) -> [FileEdit] {
    edits(of: site, results[site.call.toolCallID], details[site.call.toolCallID])
  }

  /// The edits of calls that a script of the agent made: they have events but no items, and count as those of the call
  /// before them.
  private func innerEdits(_ sites: [CallSite]) -> [FileEdit] {
    let known = Set(sites.map(\.call.toolCallID))
    let inner = details.filter { !known.contains($0.key) && !$0.value.isByUser }.values.sorted { $0.line < $1.line }
    return inner.flatMap { detail -> [FileEdit] in
      guard let host = sites.last(where: { $0.line < detail.line }) else { return [] }
      var site = host
      // What a shell call does is known from the call itself.
      let isShell = CodexCommand.shellTools.contains(host.call.toolName) || host.call.toolName == "write_stdin"
      site.call.input = isShell ? [:] : ["command": .strings(detail.command)]
      site.directory = detail.directory ?? host.directory
      return edits(of: site, nil, detail)
    }
  }

  private func edits(of site: CallSite, _ output: ToolResult?, _ detail: CallDetails?) -> [FileEdit] {
    let result = RolloutResult.result(output, detail)
    guard let result, result.error == nil else { return [] }
    let command = CodexCommand(call: site.call, directory: site.directory)
    let time = result.time ?? site.time ?? sessionStart
    let edits: [FileEdit]
    if let changes = detail?.changes, !changes.isEmpty {
      edits = changes.compactMap { recorded($0, site.call, command.workingDirectory, time) }
    } else if let patch = command.patch {
      edits = ApplyPatchParser.sections(of: patch.text).compactMap { parsed($0, site.call, patch.directory, time) }
    } else {
      edits = shell(command, result, time)
    }
    return edits.map { edit in
      var edit = edit
      edit.line = result.line
      edit.isAbandoned = !site.isActive
      return edit
    }
  }

  private func absolute(_ path: String, _ directory: String?) -> String? {
    if path.utf8.first == 0x2F { return Paths.absolute(path, base: "/") }
    return directory.map { Paths.absolute(path, base: $0) }
  }

  // MARK: Patches

  /// A change that the event behind the patch tells.
  private func recorded(
    _ change: RolloutChange, _ call: ToolCall, _ directory: String?, _ time: Timestamp
  ) -> FileEdit? {
    guard let path = absolute(change.path, directory) else { return nil }
    switch change.change {
    case .add(let text): return added(text, path, call, time, source: .structuredPatch)
    case .delete(let text): return deleted(text, path, call, time, source: .structuredPatch)
    case .update(let diff, let target):
      let hunks = UnifiedDiffReader.hunks(of: diff)
      return updated(path, to: target.flatMap { absolute($0, directory) }, hunks, call, time, source: .structuredPatch)
    }
  }

  private func parsed(
    _ section: ApplyPatchParser.Section, _ call: ToolCall, _ directory: String?, _ time: Timestamp
  ) -> FileEdit? {
    guard let path = absolute(section.path, directory) else { return nil }
    switch section.change {
    case .add(let text): return added(text, path, call, time, source: .applyPatch)
    case .delete: return deleted(nil, path, call, time, source: .applyPatch)
    case .update(let target, let chunks):
      let hunks = chunks.flatMap(\.hunks)
      var edit = updated(
        path, to: target.flatMap { absolute($0, directory) }, hunks, call, time, source: .applyPatch)
      if chunks.count == 1, chunks[0].isAppend, edit?.kind == .modify { edit?.application = .append }
      return edit
    }
  }

  private func added(
    _ text: String, _ path: String, _ call: ToolCall, _ time: Timestamp, source: FileEdit.Source
  ) -> FileEdit {
    var edit = FileEdit(
      call: call, path: path, time: time, kind: .add, source: source, application: .wholeFile)
    edit.before = .absent
    edit.after = .identified(ContentIdentity(text))
    edit.hunks = [EditHunk.wholeFile(text)]
    return edit
  }

  private func deleted(
    _ text: String?, _ path: String, _ call: ToolCall, _ time: Timestamp, source: FileEdit.Source
  ) -> FileEdit {
    var edit = FileEdit(
      call: call, path: path, time: time, kind: .delete, source: source, application: .pathOnly)
    edit.after = .absent
    if let text {
      switch beforeContent {
      case .nothing: break
      case .identity: edit.before = .identified(ContentIdentity(text))
      case .text: edit.before = .text(text)
      }
    }
    return edit
  }

  private func updated(
    _ path: String, to target: String?, _ hunks: [EditHunk], _ call: ToolCall, _ time: Timestamp,
    source: FileEdit.Source
  ) -> FileEdit? {
    let isMoved = target.map { $0 != path } ?? false
    guard isMoved || !hunks.isEmpty else { return nil }
    var edit = FileEdit(
      call: call, path: isMoved ? target ?? path : path, time: time, kind: isMoved ? .rename(from: path) : .modify,
      source: source, application: hunks.isEmpty ? .pathOnly : .hunks)
    edit.hunks = hunks
    return edit
  }

  // MARK: Shell

  /// The certain effects of a command that ended with success.
  private func shell(_ command: CodexCommand, _ result: ToolResult, _ time: Timestamp) -> [FileEdit] {
    guard result.exitCode == 0, let script = command.script, let directory = command.workingDirectory,
      EditExtractor.mayChangeFiles(script)
    else { return [] }
    return ShellEffect.certain(of: script, in: directory).map {
      EditExtractor.edit($0, call: command.call, time: time)
    }
  }
}

extension ApplyPatchParser.Chunk {
  /// The runs of changed lines; where they stand in the file is not known.
  var hunks: [EditHunk] {
    EditHunk.runs(in: lines, oldStart: 0, newStart: 0).map { run in
      var run = run
      run.oldStart = 0
      run.newStart = 0
      return run
    }
  }
}
