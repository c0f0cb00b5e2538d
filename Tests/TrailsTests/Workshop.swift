import Basics
import GitKit
import TestSupport
import Testing
import TraceStore
import Trails

/// A repository in which people and agents work, one after the other, with a clock of its own.
final class Workshop {
  let place: TemporaryRepository
  private var agents: [String: Agent] = [:]

  init() throws { place = try TemporaryRepository() }

  var now: Timestamp { Timestamp(seconds: place.environment.now) }

  private func tick() { place.environment.now += 120 }

  private func text(_ path: String) throws -> String? { try Files.readText(place.path + "/" + path) }

  private func agent(_ name: String) -> Agent {
    let agent = agents[name] ?? Agent(name, start: now)
    agents[name] = agent
    return agent
  }

  /// An agent gives a file a text; nil deletes it.
  func agent(_ name: String, _ path: String, _ text: String?) throws {
    tick()
    let before = try self.text(path)
    if let text { try place.write(path, text) } else { try Files.remove(place.path + "/" + path) }
    agent(name).record(path, before: before, after: text, at: now)
  }

  /// An agent replaces a part of a file.
  func agent(_ name: String, _ path: String, replace old: String, by new: String) throws {
    let text = try self.text(path) ?? ""
    try agent(name, path, text.replacing(old, with: new, maxReplacements: 1))
  }

  func agent(_ name: String, rename old: String, to new: String) throws {
    tick()
    try place.git("mv", old, new)
    agent(name).recordRename(of: old, to: new, at: now)
  }

  /// A person gives a file a text.
  func person(_ path: String, _ text: String) throws {
    tick()
    try place.write(path, text)
  }

  func person(_ path: String, replace old: String, by new: String) throws {
    try person(path, (text(path) ?? "").replacing(old, with: new, maxReplacements: 1))
  }

  @discardableResult
  func commit(_ message: String = "work") throws -> ObjectID {
    tick()
    return try place.commit(message)
  }

  /// Runs git later than everything before.
  @discardableResult
  func git(_ arguments: String...) throws -> ShellResult {
    tick()
    let result = try place.run("git", arguments)
    try #require(result.succeeded, "\(arguments): \(result)")
    return result
  }

  /// Imports the sessions.
  func keepSessions(_ names: String...) throws {
    let chosen = agents.values.filter { names.isEmpty || names.contains($0.name) }
    try keep(chosen.sorted { $0.name < $1.name }, in: place.open(), now: now)
  }

  @discardableResult
  func backfill(_ options: Backfill.Options = Backfill.Options()) throws -> Backfill.Report? {
    try Backfill(place.open(), time: now).run(options)
  }

  func blame(_ revision: String = "HEAD") throws -> CommitBlame {
    let repository = try place.open()
    guard let id = try repository.commit(revision: revision), let commit = try repository.commit(id) else {
      throw GitError(.notFound, "read", revision, "there is none")
    }
    return try CommitBlamer(repository).blame(commit)
  }

  /// The lines of a file in a commit that somebody is credited with, by line.
  func owners(_ path: String, at revision: String = "HEAD") throws -> [Int: String] {
    let file = try blame(revision).files.first { $0.path == BytePath(path) }
    return file?.owners.mapValues(\.traceID) ?? [:]
  }

  /// As ``owners(_:at:)``, and how it is computed makes no difference: on demand, stored by a back-fill, from a note.
  func settledOwners(_ path: String, at revision: String = "HEAD") throws -> [Int: String]? {
    let computed = try owners(path, at: revision)
    try backfill()
    let stored = try owners(path, at: revision)
    return computed == stored ? computed : nil
  }
}

/// `count` lines that occur nowhere else.
func lines(_ topic: String, _ count: Int) -> String {
  (1...count).map { "let \(topic)\($0) = compute(\"\(topic)\", \($0))\n" }.joined()
}

/// The same owner for some lines.
func owned(_ range: ClosedRange<Int>, by name: String) -> [Int: String] {
  Dictionary(uniqueKeysWithValues: range.map { ($0, name) })
}
