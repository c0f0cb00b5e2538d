public import Basics

/// Reads the session files of Claude Code.
public enum ClaudeCodeAdapter {
  /// The agent's name in records.
  public static let agentName = "claude-code"

  public struct Options: Sendable {
    /// The generation of the session's record, from 1.
    public var generation = 1
    /// What edits tell about the file before them.
    public var beforeContent = BeforeContent.identity
    /// The name of the directory the file lies in.
    public var project: String?
    /// The sessions that have a file of their own. History copied from another session is left
    /// out when that session is one of them; nil: always.
    public var knownSessions: Set<String>?

    /// Whether the record lists the packages that the session used: it takes a look at every text.
    public var listsDependencies = true
    /// Whether edits are read as well.
    public var listsEdits = true
    /// Whether added lines give a ``RecordContinuation``.
    public var continuesRecord = false

    public init() {}
  }

  /// What an edit keeps of the file as it was, where the transcript has it.
  public enum BeforeContent: Sendable {
    case nothing
    /// Its blob id and sizes. Hashing takes about a tenth of the time of parsing.
    case identity
    /// The whole text: several times the memory.
    case text
  }

  /// The transcript of a sub-agent in a file of its own.
  public struct SubagentFile {
    /// The file's name without extension, such as `agent-a1b2c3`.
    public var stem: String
    public var buffer: PaddedBuffer
    /// From the file beside it with the extension `.meta.json`.
    public var agentType: String?
    public var description: String?
    public var toolCallID: String?

    public init(stem: String, buffer: PaddedBuffer) {
      self.stem = stem
      self.buffer = buffer
    }

    /// Takes the members of the `.meta.json` file.
    public mutating func adopt(meta: JSONValue) {
      agentType = meta["agentType"]?.string
      description = meta["description"]?.string
      toolCallID = meta["toolUseId"]?.string
    }
  }

  /// Reads a session. Never fails: lines that can't be read are reported, a last line without line
  /// feed is one that is just being written and is left out.
  ///
  /// - Parameters:
  ///   - buffer: the whole session file.
  ///   - sessionID: the file's name without extension.
  ///   - subagents: the files of the session's sub-agents.
  /// - Complexity: linear in the bytes.
  public static func parse(
    buffer: PaddedBuffer, sessionID: String, subagents: [SubagentFile] = [],
    options: Options = Options()
  ) -> ParsedSession {
    let main = TranscriptScanner.scan(buffer, options: options)
    var assembler = SessionAssembler(main, sessionID: sessionID, options: options)
    for file in subagents {
      let transcript = TranscriptScanner.scan(file.buffer, file: file.stem, options: options)
      assembler.add(transcript, of: file)
    }
    return assembler.assemble()
  }

  /// Reads what was added to a session file that was read before; see ``SessionAgent/parse(added:sessionID:after:options:)``.
  static func parse(
    added buffer: PaddedBuffer, sessionID: String, after point: ReadingPoint, options: Options
  ) -> ParsedSession? {
    TailAssembler(buffer, sessionID: sessionID, after: point, options: options)?.assemble()
  }
}
