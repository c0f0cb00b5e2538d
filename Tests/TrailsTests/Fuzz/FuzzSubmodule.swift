import Basics
import GitKit
import TestSupport
import Testing
import TraceStore
import Trails

/// A submodule in a random history, in which the agents of the repository around it work as well.
final class FuzzSubmodule {
  static let path = "sub"
  private static let file = "lib.swift"

  private let outer: TemporaryRepository
  private let root: String
  /// The same sessions, with the paths that the submodule knows.
  private var agents: [String: Agent] = [:]

  init(_ outer: TemporaryRepository) throws {
    self.outer = outer
    root = outer.path + "/" + Self.path
    let library = try TemporaryRepository(name: "library")
    try library.commit("library", files: [Self.file: "let library = 1\n"])
    try outer.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", library.path, Self.path)
    try outer.commit("submodule")
  }

  private var file: String { root + "/" + Self.file }

  private func repository() throws -> Repository { try #require(try Repository.open(containing: root)) }

  /// An agent adds lines.
  func edit(_ agent: Agent, at time: Timestamp, isSeen: Bool, _ text: inout FuzzText) throws {
    guard let before = try Files.readText(file) else { return }
    let after = FuzzText.join(
      FuzzText.split(before) + ["let inside\(time.seconds) = \(agent.name.lowercased())(\(time.seconds))"])
    try Files.writeAtomically(Array(after.utf8), to: file)
    agent.observe(Self.path + "/" + Self.file, before: before, after: after, at: time, isSeen: isSeen)
    let inside = agents[agent.name] ?? Agent(agent.name, start: agent.start)
    agents[agent.name] = inside
    inside.observe(Self.file, before: before, after: after, at: time, isSeen: isSeen)
  }

  /// Commits what there is in the submodule, whose hook runs.
  func commit(at time: Timestamp) throws {
    let result = try outer.run("git", ["commit", "-q", "-a", "-m", "inside \(time.seconds)"], at: root)
    guard result.succeeded, !agents.isEmpty else { return }
    let repository = try repository()
    try keep(Array(agents.values), in: repository, now: time)
    guard let head = try repository.head() else { return }
    _ = try IncrementalAttribution(repository, source: "fuzz", time: time).run([head])
  }

  /// The traces that wrote lines of the commits that a commit around the submodule brings; nil when it brings none.
  func wanted(_ commit: Commit) throws -> Set<String> {
    func link(_ id: ObjectID?) throws -> String? {
      guard let id else { return nil }
      let entry = try outer.run("git", ["rev-parse", "-q", "--verify", "\(id.hex):\(Self.path)"])
      return entry.succeeded ? entry.line : nil
    }
    guard let new = try link(commit.id), let old = try link(commit.parents.first), new != old else { return [] }
    let repository = try repository()
    let commits = try outer.run("git", ["rev-list", new, "^" + old], at: root).lines.compactMap { ObjectID(hex: $0) }
    let blamer = try CommitBlamer(repository)
    return Set(
      try commits.flatMap { id -> [String] in
        guard let commit = try repository.commit(id) else { return [] }
        return try blamer.stored(commit).anchors.map(\.traceID)
      })
  }
}
