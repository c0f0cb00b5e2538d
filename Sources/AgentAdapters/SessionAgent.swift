public import Basics

/// An agent whose session files can be read.
public enum SessionAgent: String, CaseIterable, Sendable, Hashable {
  case claudeCode = "claude-code"
  case codexCLI = "codex-cli"
  case pi

  /// What one reader or another needs beside the file.
  public struct Options: Sendable {
    /// The generation of the session's record, from 1.
    public var generation = 1
    /// Where the file lies: a name that says it without the machine's paths.
    public var project: String?
    /// The sessions that have a file of their own; nil when that is not known.
    public var knownSessions: Set<String>?
    /// What Pi's extension told of the session.
    public var sidecar = PiSidecar()
    /// Whether the record lists the packages that the session used: it takes a look at every text.
    public var listsDependencies = true
    /// Whether edits are read as well; without them the record is the same, and takes less time. Those of Codex
    /// CLI are part of the record.
    public var listsEdits = true
    /// Whether added lines give ``ParsedSession/continuation``: folds of hooks have no use for it.
    public var continuesRecord = false

    public init() {}
  }

  /// Reads a session. Never fails: what can't be read is reported.
  ///
  /// - Parameter subagents: transcripts of sub-agents in files of their own; only Claude Code has any.
  /// - Complexity: linear in the bytes.
  public func parse(
    _ buffer: PaddedBuffer, sessionID: String, subagents: [ClaudeCodeAdapter.SubagentFile] = [], options: Options
  ) -> ParsedSession {
    switch self {
    case .claudeCode:
      return ClaudeCodeAdapter.parse(
        buffer: buffer, sessionID: sessionID, subagents: subagents, options: claudeOptions(options))
    case .codexCLI:
      var own = CodexAdapter.Options()
      own.generation = options.generation
      own.sessionFile = options.project
      own.listsDependencies = options.listsDependencies
      return CodexAdapter.parse(buffer: buffer, sessionID: sessionID, options: own)
    case .pi:
      var own = PiAdapter.Options()
      own.sidecar = options.sidecar
      own.knownSessions = options.knownSessions
      own.generation = options.generation
      own.listsDependencies = options.listsDependencies
      own.listsEdits = options.listsEdits
      return PiAdapter.parse(buffer: buffer, sessionID: sessionID, options: own)
    }
  }

  /// Reads the lines that were added to a session file since ``ParsedSession/readingPoint``.
  ///
  /// - Parameter buffer: the new lines, the last one ended by a line feed.
  /// - Returns: what they add: steps that are numbered on, tokens of them alone, the cost of all so far; nil when they change what was read
  ///   before, so that the whole file has to be read.
  /// - Complexity: linear in the new bytes.
  public func parse(
    added buffer: PaddedBuffer, sessionID: String, after point: ReadingPoint, options: Options
  ) -> ParsedSession? {
    switch self {
    case .claudeCode:
      ClaudeCodeAdapter.parse(added: buffer, sessionID: sessionID, after: point, options: claudeOptions(options))
    case .codexCLI, .pi: nil
    }
  }

  private func claudeOptions(_ options: Options) -> ClaudeCodeAdapter.Options {
    var own = ClaudeCodeAdapter.Options()
    own.generation = options.generation
    own.project = options.project
    own.knownSessions = options.knownSessions
    own.listsDependencies = options.listsDependencies
    own.listsEdits = options.listsEdits
    own.continuesRecord = options.continuesRecord
    return own
  }

  /// The id of a session whose file is at a path, by what the file itself says where the agent writes it there.
  public func sessionID(ofFile path: String) -> String {
    let name = Paths.name(path)
    let stem = name.hasSuffix(".jsonl") ? String(name.dropLast(6)) : name
    let size = Files.status(path)?.size ?? 0
    switch self {
    case .claudeCode: return stem
    case .codexCLI: return CodexSessions.head(ofFile: path, size: size)?.sessionID ?? stem
    case .pi: return PiSessions.sessionID(ofFile: path, size: size) ?? stem
    }
  }
}
