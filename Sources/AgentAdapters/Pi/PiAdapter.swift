public import Basics

/// Reads the session files of Pi.
///
/// The files of all versions are understood: in those of version 1 the entries have no ids and follow one another; in
/// later ones each entry names the one before it, and going back to an earlier entry starts a branch. The steps are
/// those of one branch; the changes of files are those of all.
public enum PiAdapter {
  /// The agent's name in records.
  public static let agentName = "pi"

  public struct Options: Sendable {
    /// The generation of the session's record, from 1.
    public var generation = 1
    /// The sessions that have a file of their own. Entries copied from the session that this one was forked from are
    /// left out when that session is one of them; nil: always.
    public var knownSessions: Set<String>? = []
    /// Whether the record lists the packages that the session used: it takes a look at every text.
    public var listsDependencies = true
    /// Whether edits are read as well.
    public var listsEdits = true
    /// What the running agent told. An entry that is not in the file is ignored; without one the branch with the most
    /// entries counts.
    public var sidecar = PiSidecar()

    public init() {}
  }

  /// Reads a session. Never fails: lines that can't be read are reported, a last line without line feed is one that is
  /// just being written and is left out.
  ///
  /// - Parameters:
  ///   - buffer: the whole session file.
  ///   - sessionID: the id in the file's header; see ``PiSessions``.
  /// - Complexity: linear in the bytes.
  public static func parse(
    buffer: PaddedBuffer, sessionID: String, options: Options = Options()
  ) -> ParsedSession {
    PiAssembler(PiScanner.scan(buffer), sessionID: sessionID, options: options).assemble()
  }
}
