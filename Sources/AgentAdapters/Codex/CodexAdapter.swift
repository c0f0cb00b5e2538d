public import Basics

/// Reads the rollout files of Codex CLI.
public enum CodexAdapter {
  /// The agent's name in records.
  public static let agentName = "codex-cli"

  public struct Options: Sendable {
    /// The generation of the session's record, from 1.
    public var generation = 1
    /// What edits tell about the file before them.
    public var beforeContent = ClaudeCodeAdapter.BeforeContent.identity
    /// Whether the record lists the packages that the session used: it takes a look at every text.
    public var listsDependencies = true
    /// The file's path below the directory of sessions.
    public var sessionFile: String?

    public init() {}
  }

  /// Reads a session. Never fails: lines that can't be read are reported, a last line without line
  /// feed is one that is just being written and is left out.
  ///
  /// - Parameters:
  ///   - buffer: the whole rollout file.
  ///   - sessionID: the id in the file's first `session_meta`, as ``CodexSessions`` finds it.
  /// - Complexity: linear in the bytes.
  public static func parse(
    buffer: PaddedBuffer, sessionID: String, options: Options = Options()
  ) -> ParsedSession {
    let rollout = RolloutScanner.scan(buffer)
    return RolloutAssembler(rollout, sessionID: sessionID, options: options).assemble()
  }
}
