internal import Basics
internal import GitKit
internal import TraceStore

/// The authorship log of Git AI, `authorship/3.0.0` in the form with sessions: a note that says which session wrote which
/// lines of a commit.
public struct GitAIFormat {
  /// Where readers look for the notes.
  public static let reference = "refs/notes/ai"
  /// How our own notes name their maker, by which they are told from those of Git AI itself.
  static let maker = "opentraces/"

  /// The version of this program, for the note.
  private let version: String

  public init(version: String) { self.version = version }

  /// The note on one commit; nil when nothing of it can be said in this format.
  public func note(of attribution: CommitAttribution) -> String? {
    var attestations = ""
    var sessions: JSONObject = [:]
    for (path, entries) in Dictionary(grouping: attribution.entries, by: \.path).sorted(by: { $0.key < $1.key }) {
      guard let name = Self.pathLine(path) else { continue }
      attestations += name + "\n"
      for entry in entries {
        let tool = Self.tool(attribution.agent(of: entry.traceID))
        let session = "s_" + Self.digest("\(tool):\(entry.sessionID)")
        let step = "t_" + Self.digest("opentraces:\(entry.traceID):\(entry.step)")
        attestations += "  \(session)::\(step) \(LineRanges.text(entry.ranges))\n"
        sessions[session] = [
          "agent_id": [
            "tool": .string(tool), "id": .string(entry.sessionID),
            "model": .string(Self.model(attribution.rows[entry.traceID])),
          ]
        ]
      }
    }
    guard !attestations.isEmpty else { return nil }
    let metadata: JSONObject = [
      "schema_version": "authorship/3.0.0", "git_ai_version": .string(Self.maker + version),
      "base_commit_sha": .string(attribution.commit.id.hex), "prompts": [:], "sessions": .object(sessions),
    ]
    return attestations + "---\n" + String(decoding: CanonicalJSON.pretty(.object(metadata)), as: UTF8.self) + "\n"
  }

  /// Whether a note was made by ``note(of:)`` of some version.
  public static func isOurs(_ note: [UInt8]) -> Bool {
    note.firstRange(of: Array("\"git_ai_version\": \"\(maker)".utf8)) != nil
  }

  /// A path in quotes where it has white space; nil where the format has no way to write it.
  private static func pathLine(_ path: BytePath) -> String? {
    let text = path.description
    if text.contains(where: { $0 == "\"" || $0.isNewline }) { return nil }
    return text.contains(where: \.isWhitespace) ? "\"\(text)\"" : text
  }

  /// The short names that Git AI has for agents.
  private static func tool(_ agent: String?) -> String {
    switch agent {
    case "claude-code": "claude"
    case "codex-cli": "codex"
    case let agent?: agent
    case nil: "unknown"
    }
  }

  /// Without the provider before the slash.
  private static func model(_ row: TraceRow?) -> String {
    row?.agentModel?.split(separator: "/").last.map(String.init) ?? "unknown"
  }

  private static func digest(_ text: String) -> String { String(Digest.sha256Hex(text).prefix(14)) }
}
