internal import Basics
public import TraceModel

/// What a tool call does, told by its name and input.
public struct ToolUse {
  public enum Kind: Sendable {
    case edit, read, search, shell, subagent, skill, other
  }

  public let call: ToolCall
  /// Lower case, without `_` and `-`.
  let name: String
  private let rules: AnalysisRules

  public init(_ call: ToolCall, rules: AnalysisRules = .corrected) {
    self.call = call
    self.rules = rules
    name = call.toolName.lowercased().filter { $0 != "_" && $0 != "-" }
  }

  public var kind: Kind {
    switch name {
    case "edit", "write", "multiedit": return .edit
    case "applypatch", "notebookedit", "strreplaceeditor":
      if rules == .corrected { return .edit }
    case "glob", "grep": return rules == .corrected ? .search : .read
    case "read", "view": return .read
    case "bash", "shell": return .shell
    case "exec", "execcommand", "localshell", "shellcommand":
      if rules == .corrected { return .shell }
    case "task", "agent": return .subagent
    default: break
    }
    return name.contains("skill") ? .skill : .other
  }

  /// The command of a shell call; nil when there is none.
  public var command: String? { text("command") ?? (rules == .corrected ? text("cmd") : nil) }

  private func text(_ key: String) -> String? {
    switch call.input[key] {
    case .string(let text): text.isEmpty ? nil : text
    case .array(let words) where rules == .corrected:
      words.compactMap(\.string).isEmpty ? nil : words.compactMap(\.string).joined(separator: " ")
    default: nil
    }
  }

  /// The first of some members that is text.
  func input(_ keys: String...) -> String? {
    keys.lazy.compactMap { call.input[$0]?.string }.first { !$0.isEmpty }
  }

  /// The files that the call changes, as it names them.
  public var modifiedFiles: [String] {
    guard kind == .edit else { return [] }
    let named = ["file_path", "path", "notebook_path"].compactMap { call.input[$0]?.string }.filter { !$0.isEmpty }
    return unique(named + patchedFiles)
  }

  /// The files that the call reads, as it names them.
  public var readFiles: [String] {
    guard kind == .read || kind == .search else { return [] }
    return unique(["file_path", "file", "path"].compactMap { call.input[$0]?.string }.filter { !$0.isEmpty })
  }

  /// The files in the headers of a patch.
  private var patchedFiles: [String] {
    guard name == "applypatch", let patch = input("input", "patch", "command") else { return [] }
    let marks = ["*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: "]
    return patch.split(whereSeparator: \.isNewline).compactMap { line in
      marks.first { line.hasPrefix($0) }.map { StepText.trim(line.dropFirst($0.count)) }
    }
  }

  private func unique(_ files: [String]) -> [String] {
    var seen: Set<String> = []
    return files.filter { seen.insert($0).inserted }
  }

  private static let peerTests = [
    "pytest", "npm test", "pnpm test", "yarn test", "cargo test", "go test", "vitest", "jest", "rspec", "mvn test",
    "gradle test",
  ].map { Phrase($0) }
  private static let moreTests = [
    "swift test", "xcodebuild test", "ctest", "make test", "make check", "bun test", "deno test", "tox", "unittest",
  ].map { Phrase($0) }

  /// Whether a shell call runs tests.
  public var isTest: Bool {
    guard let command else { return false }
    let text = LowerText(command)
    return Self.peerTests.contains { $0.isIn(text) }
      || rules == .corrected && Self.moreTests.contains { $0.isIn(text) }
  }
}
