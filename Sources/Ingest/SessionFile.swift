public import AgentAdapters
internal import Basics

/// A session on disk: its transcript and those of its sub-agents.
public struct SessionFile: Hashable, Sendable {
  public let path: String
  public let sessionID: String
  /// The name of the directory it lies in.
  public let project: String
  /// Transcripts of sub-agents, sorted.
  public let subagents: [String]

  public init(_ candidate: SessionDiscovery.Candidate) {
    path = candidate.path
    sessionID = candidate.sessionID
    project = candidate.project
    let directory = Paths.parent(candidate.path) + "/" + candidate.sessionID + "/subagents"
    subagents = Files.list(directory).filter { $0.hasPrefix("agent-") && $0.hasSuffix(".jsonl") }
      .map { directory + "/" + $0 }
  }

  var files: [String] { [path] + subagents }

  func loadSubagents() throws -> [ClaudeCodeAdapter.SubagentFile] {
    try subagents.map { path in
      var file = ClaudeCodeAdapter.SubagentFile(
        stem: String(Paths.name(path).dropLast(6)), buffer: try PaddedBuffer(readingFile: path))
      let meta = String(path.dropLast(6)) + ".meta.json"
      if let text = try Files.readIfPresent(meta), let json = try? JSONValue(parsing: text) { file.adopt(meta: json) }
      return file
    }
  }
}
