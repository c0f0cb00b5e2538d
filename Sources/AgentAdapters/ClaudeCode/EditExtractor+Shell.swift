internal import Basics
internal import TraceModel

extension EditExtractor {
  /// Words in the output of a command that make its effects doubtful.
  private static let failures: [StaticString] = [
    "No such file or directory", "Permission denied", "cannot ", "Is a directory", "not found",
    "syntax error", "unexpected ",
  ]

  /// The certain effects of a shell command that succeeded.
  func shell(_ site: CallSite, _ result: ToolResult) -> [FileEdit] {
    let input = site.call.input
    guard let command = input["command"]?.string, let directory = site.directory,
      input["run_in_background"]?.bool != true, Self.mayChangeFiles(command)
    else { return [] }
    let output = result.content ?? ""
    guard !Self.failures.contains(where: { TextSearch.contains(output, $0) }) else { return [] }
    let time = result.time ?? site.time ?? Timestamp(microseconds: 0)
    return ShellEffect.certain(of: command, in: directory).map {
      Self.edit($0, call: site.call, time: time)
    }
  }

  private static let changers: [StaticString] = ["rm ", "mv ", "cp ", "touch ", "tee ", "sed -"]

  /// Whether a command holds a word or sign of those that are understood.
  static func mayChangeFiles(_ command: String) -> Bool {
    command.utf8.contains(0x3E) || changers.contains { TextSearch.contains(command, $0) }
  }

  /// The edit that an effect of a shell call stands for.
  static func edit(_ effect: ShellEffect, call: ToolCall, time: Timestamp) -> FileEdit {
    var edit = FileEdit(
      call: call, path: effect.path, time: time, kind: .modify, source: .shell,
      application: .pathOnly)
    switch effect.change {
    case .write(let text):
      edit.application = .wholeFile
      edit.hunks = [EditHunk.wholeFile(text)]
      edit.after = .identified(ContentIdentity(text))
    case .append(let text):
      edit.application = .append
      edit.hunks = [EditHunk.wholeFile(text)]
      edit.hunks[0].newStart = 0
    case .delete:
      edit.kind = .delete
      edit.after = .absent
    case .rename(let source): edit.kind = .rename(from: source)
    case .copy(let source): edit.kind = .copy(from: source)
    case .touch: edit.kind = .touch
    case .substitute(let substitution): edit.application = .substitution(substitution)
    }
    return edit
  }
}
