import Basics
import GitKit
import TestSupport
import Testing

/// Some clones of one history, and a bare repository that they share over.
struct Team {
  let clones: [Workspace]
  let hub: TemporaryRepository
  /// Adds a session with an edit to a clone and commits it there; returns the trace.
  func work(in number: Int, _ session: String, prompt: String = "Write the notes") throws -> String {
    let clone = clones[number]
    clone.beginSession()
    clone.prompt(prompt)
    try clone.edit("\(session).md", from: "", to: "# Heading of \(session)\n\nA sentence of its own, long enough.\n")
    try clone.save(session)
    try clone.repository.commit(session)
    _ = try clone.json("init", "--import-existing")
    _ = try clone.json("git-backfill")
    let sessions = try clone.json("status")["sessions"]?.array ?? []
    return try #require(sessions.first { $0["session_id"]?.string == session }?["trace_id"]?.string)
  }

  init(_ count: Int = 2) throws {
    clones = try (0..<count).map { _ in try Workspace() }
    hub = try TemporaryRepository(.bare)
    try clones[0].repository.commit("start", files: ["README.md": "# start\n"])
    for clone in clones.dropFirst() {
      try clone.repository.git("fetch", "-q", clones[0].repository.path, "HEAD")
      try clone.repository.git("reset", "-q", "--hard", "FETCH_HEAD")
    }
  }

  func setUp() throws {
    for clone in clones {
      _ = try clone.json("setup", "bucket", "--repo", hub.path, "--no-security-prompt")
      _ = try clone.json("bucket", "security", "policy", "--policy", "basic")
    }
  }

  /// The commits of one clone in another.
  func fetch(_ number: Int, from other: Int) throws {
    try clones[number].repository.git("fetch", "-q", clones[other].repository.path, "HEAD")
    try clones[number].repository.git("reset", "-q", "--hard", "FETCH_HEAD")
  }

  func share(_ number: Int) throws {
    _ = try clones[number].json("bucket", "security", "run", "--all")
    _ = try clones[number].json("bucket", "remote", "push")
  }

  /// Everything in the objects of the hub.
  func everything() throws -> String {
    let ids = try hub.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)").output
    return try ids.split(separator: "\n").map { line in
      let words = line.split(separator: " ").map(String.init)
      return try hub.git("cat-file", words[1] == "tree" ? "-p" : words[1], words[0]).output
    }.joined()
  }
}
