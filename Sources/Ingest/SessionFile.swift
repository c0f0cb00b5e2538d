public import AgentAdapters
internal import Basics

/// A session on disk: its transcript and those of its sub-agents.
public struct SessionFile: Hashable, Sendable {
  public let agent: SessionAgent
  public let path: String
  public let sessionID: String
  /// The name of the directory it lies in.
  public let project: String
  /// Transcripts of sub-agents, sorted.
  public let subagents: [String]

  public init(_ candidate: SessionDiscovery.Candidate, of agent: SessionAgent = .claudeCode) {
    self.init(agent, path: candidate.path, sessionID: candidate.sessionID, project: candidate.project)
  }

  /// The session of a transcript.
  public init(transcript path: String, of agent: SessionAgent) {
    let project = agent == .codexCLI ? Paths.name(path) : Paths.name(Paths.parent(path))
    self.init(agent, path: path, sessionID: agent.sessionID(ofFile: path), project: project)
  }

  private init(_ agent: SessionAgent, path: String, sessionID: String, project: String) {
    self.agent = agent
    self.path = path
    self.sessionID = sessionID
    self.project = project
    let directory = Paths.parent(path) + "/" + sessionID + "/subagents"
    subagents =
      agent != .claudeCode
      ? []
      : Files.list(directory).filter { $0.hasPrefix("agent-") && $0.hasSuffix(".jsonl") }
        .map { directory + "/" + $0 }
  }

  var files: [String] { [path] + subagents }

  /// The sessions that lie beside this one.
  var neighbours: [String] {
    let names = Files.list(Paths.parent(path)).filter { $0.hasSuffix(".jsonl") }.map { String($0.dropLast(6)) }
    switch agent {
    case .claudeCode: return names
    // `<time>_<id>`
    case .pi: return names.compactMap { $0.split(separator: "_").last.map(String.init) }
    case .codexCLI: return []
    }
  }

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
