import Basics
import GitKit
import TestSupport
import Testing

/// A repository with the fixture, agents with hooks and people in it, and the built program asked about all they did.
final class Stage {
  /// What the seed commit holds and what is wired.
  struct Options {
    var files = [
      "README.md": "# Orders\n\nA small service.\n", "src/app.py": Fixture.app,
      "src/other.py": "def other():\n    return 1\n",
    ]
    var hasAgentHooks = true
    var hasGitHooks = true
    /// Settings of git, as arguments of `git config --global`.
    var settings: [(String, String)] = []
  }

  let repository: TemporaryRepository
  let binary: String
  private(set) var score = Score()
  private var agents: [String: FakeClaudeCode] = [:]
  private var traces: [String: String] = [:]
  /// Seconds that commits are later than the present.
  private var lead = 0

  init(_ options: Options = Options()) throws {
    binary = try #require(BuiltBinary.path, "the executable is built with the tests")
    repository = try TemporaryRepository()
    for (key, value) in options.settings {
      repository.environment.variables["GIT_CONFIG_GLOBAL"] = repository.environment.home + "/.gitconfig"
      try repository.git("config", "--global", key, value)
    }
    repository.environment.now = Timestamp.now().seconds - 3600
    if !options.files.isEmpty { try repository.commit("seed", files: options.files) }
    if options.hasAgentHooks { try program("setup", "claude-code") }
    try program("init")
    if !options.hasGitHooks { try repository.git("config", "core.hooksPath", "/nonexistent") }
  }

  // MARK: Programs

  @discardableResult
  func program(_ arguments: String..., at directory: String? = nil) throws -> JSONValue {
    let result = try repository.run(binary, arguments + ["--json"], at: directory)
    try #require(result.exitCode == 0, "\(arguments): \(result.output)\(result.errors)")
    return try JSONValue(parsing: result.output)
  }

  @discardableResult
  func git(_ arguments: String..., at directory: String? = nil, input: String = "") throws -> ShellResult {
    present()
    let result = try repository.run("git", arguments, at: directory, input: input)
    try #require(result.succeeded, "git \(arguments): \(result.output)\(result.errors)")
    return result
  }

  /// Runs git where a conflict is wanted.
  func gitInConflict(_ arguments: String...) throws {
    present()
    let result = try repository.run("git", arguments)
    try #require(!result.succeeded, "git \(arguments) has a conflict")
  }

  // MARK: People and agents

  /// A session with hooks that has been asked for something.
  func agent(_ name: String, in place: TemporaryRepository? = nil) throws -> FakeClaudeCode {
    if let agent = agents[name] { return agent }
    let number = agents.count + 1
    let agent = FakeClaudeCode(place ?? repository, session: "5ce00000-0000-4000-8000-00000000000\(number)")
    agents[name] = agent
    try agent.start()
    try agent.prompt("Please do the work of session \(name)")
    return agent
  }

  /// One turn of a session.
  func turn(_ name: String, in place: TemporaryRepository? = nil, _ body: (FakeClaudeCode) throws -> Void) throws {
    let agent = try agent(name, in: place)
    present()
    try body(agent)
    try agent.stop()
    #expect(agent.noise.isEmpty)
  }

  func text(_ path: String) throws -> String { try Files.readText(repository.path + "/" + path) ?? "" }

  /// A person gives a file a text.
  func person(_ path: String, _ text: String) throws { try repository.write(path, text) }

  /// A person replaces a part of a file that stands in it once.
  func person(_ path: String, _ old: String, _ new: String) throws {
    let before = try text(path)
    try #require(before.ranges(of: old).count == 1, "\(old) stands once in \(path)")
    try person(path, before.replacing(old, with: new))
  }

  /// Commits are made this much later from now on.
  func pass(hours: Int) { lead += hours * 3600 }

  /// Moves git's clock to the present, at least a second on: a commit takes a person longer than that.
  func present() {
    repository.environment.now = max(repository.environment.now + 1, Timestamp.now().seconds + lead)
  }

  @discardableResult
  func commit(_ message: String = "work", at directory: String? = nil) throws -> ObjectID {
    try git("add", "-A", at: directory)
    return try commitStaged(message, at: directory)
  }

  @discardableResult
  func commitStaged(_ message: String = "work", at directory: String? = nil) throws -> ObjectID {
    try git("commit", "-q", "-m", message, at: directory)
    return try head(at: directory)
  }

  func head(at directory: String? = nil) throws -> ObjectID {
    try #require(ObjectID(hex: repository.git("rev-parse", "HEAD", at: directory).line))
  }

  /// Stages a text for a file and leaves the worktree alone.
  func stage(_ path: String, _ text: String) throws {
    let blob = try git("hash-object", "-w", "--stdin", "--path", path, input: text).line
    try git("update-index", "--add", "--cacheinfo", "100644,\(blob),\(path)")
  }

  // MARK: Questions

  /// The name of the session that a trace id stands for.
  private func name(_ trace: String) throws -> String {
    if traces[trace] == nil {
      for session in try program("status")["sessions"]?.array ?? [] {
        guard let id = session["trace_id"]?.string, let known = session["session_id"]?.string else { continue }
        traces[id] = agents.first { $0.value.session == known }?.key
      }
    }
    return traces[trace] ?? "unknown trace \(trace)"
  }

  private func trace(_ name: String) throws -> String {
    if let known = traces.first(where: { $0.value == name }) { return known.key }
    _ = try self.name("")
    return try #require(traces.first { $0.value == name }?.key, "session \(name) is kept")
  }

  /// Blame's document about a commit.
  func blame(_ commit: ObjectID, at directory: String? = nil) throws -> JSONValue {
    try program("trail", "blame", "commit", commit.hex, "--lines", at: directory)
  }

  /// Compares the owners of all lines of all files of a commit with what is wanted; lines not named belong to nobody.
  func expectLines(
    _ commit: ObjectID, _ wanted: [String: [String: [ClosedRange<Int>]]], at directory: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let blame = try blame(commit, at: directory)
    let files = blame["files"]?.object?.members ?? []
    for path in Set(files.map(\.key)).union(wanted.keys).sorted() {
      let shown = try repository.run("git", ["show", "\(commit.hex):\(path)"], at: directory).output
      let text = shown.split(separator: "\n", omittingEmptySubsequences: false)
      var owners: [Int: String] = [:]
      for line in blame["files"]?[path]?["lines"]?.array ?? [] {
        if let number = line["n"]?.int, let trace = line["trace_id"]?.string { owners[number] = try name(trace) }
      }
      var truth: [Int: String] = [:]
      for (owner, ranges) in wanted[path] ?? [:] { for line in ranges.joined() { truth[line] = owner } }
      for line in Set(owners.keys).union(truth.keys).sorted() {
        guard line <= text.count, !text[line - 1].allSatisfy(\.isWhitespace) else { continue }
        score.add(credited: owners[line], truth: truth[line])
        #expect(
          owners[line] == truth[line], "\(commit.short) \(path):\(line) \(text[line - 1])", sourceLocation: location)
      }
    }
  }

  /// Nobody is credited with a line of the commit.
  func expectNobody(_ commit: ObjectID, location: SourceLocation = #_sourceLocation) throws {
    try expectLines(commit, [:], location: location)
    try expectNote(commit, [], location: location)
  }

  /// Which sessions the note on a commit names.
  func expectNote(
    _ commit: ObjectID, _ wanted: Set<String>, at directory: String? = nil, location: SourceLocation = #_sourceLocation
  ) throws {
    let note = try repository.run(
      "git", ["notes", "--ref=opentraces", "show", commit.hex], at: directory
    ).output
    let ids = note.split(separator: "\n").compactMap { line in
      line.hasPrefix("opentraces:") ? line.dropFirst(11).split(separator: " ").first.map(String.init) : nil
    }
    let named = Set(try ids.map { try name($0) })
    score.addNote(named, truth: wanted)
    #expect(named == wanted, "note on \(commit.short): \(note)", sourceLocation: location)
  }

  /// Lines and note in one.
  func expect(
    _ commit: ObjectID, _ wanted: [String: [String: [ClosedRange<Int>]]], location: SourceLocation = #_sourceLocation
  ) throws {
    try expectLines(commit, wanted, location: location)
    try expectNote(commit, Set(wanted.values.flatMap(\.keys)), location: location)
  }

  /// Evidence rows of a commit.
  func evidence(_ commit: ObjectID, at directory: String? = nil) throws -> [JSONValue] {
    try program("trail", "blame", "commit", commit.hex, at: directory)["trailEvidence"]?.array ?? []
  }

  /// What became of a session's patches of a path, at HEAD.
  func survival(_ name: String, _ path: String, at directory: String? = nil) throws -> Survival {
    let id = try trace(name)
    let result = try repository.run(
      binary, ["trail", "track", "--all", "--limit", "10000", "--json"], at: directory)
    try #require(result.exitCode == 0, "\(result.output)\(result.errors)")
    let rows = try result.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let all = rows.filter { $0["trace_id"]?.string == id && $0["path"]?.string == path }
    // A patch that adds nothing has nothing to survive.
    return Survival(rows: all.filter { $0["current_survival"]?["survival_state"] != "missing_authored_text" })
  }

  /// Every patch of the path is in this state, and of all their lines this share is left.
  func expectSurvival(
    _ name: String, _ path: String, _ state: String, _ fraction: Double? = nil, currentPath: String? = nil,
    location: SourceLocation = #_sourceLocation
  ) throws {
    let survival = try survival(name, path)
    // Of several patches the worst speaks: one is cut, the others are whole.
    let isRight = survival.states == [state] || state == "partially_preserved" && survival.states.contains(state)
    score.addSurvival(isRight && (fraction.map { abs($0 - survival.fraction) <= 0.01 } ?? true))
    #expect(isRight, "\(name) \(path): \(survival.states) \(survival.fraction)", sourceLocation: location)
    if let fraction {
      #expect(
        abs(survival.fraction - fraction) <= 0.01, "\(name) \(path): \(survival.fraction)", sourceLocation: location)
    }
    if let currentPath { #expect(survival.paths == [currentPath], sourceLocation: location) }
  }

  /// The pairs of commits, old and new, by which anchors of a session were superseded.
  func superseded(_ name: String) throws -> Set<Succession> {
    let timeline = try program("trail", "track", trace(name))["timeline"]?.array ?? []
    return Set(
      timeline.filter { $0["event_type"] == "git_anchor_superseded" }.map {
        Succession(old: $0["old_commit_sha"]?.string, new: $0["new_commit_sha"]?.string)
      })
  }

  /// Remembers the figures for the table.
  func finish(_ number: Int, _ title: String) throws { try ScenarioTable.add(number, title, score) }
}

/// An old commit and the new one that took its place.
struct Succession: Hashable {
  let old: String?
  let new: String?
}

/// What `trail track` says of some patches.
struct Survival {
  let rows: [JSONValue]

  private var current: [JSONValue] { rows.compactMap { $0["current_survival"] } }
  var states: Set<String> { Set(current.compactMap { $0["survival_state"]?.string }) }
  var paths: Set<String> { Set(current.compactMap { $0["current_path"]?.string }) }
  /// Lines left of lines written, over all patches.
  var fraction: Double {
    func sum(_ key: String) -> Int { current.reduce(0) { $0 + ($1[key]?.int ?? 0) } }
    let authored = sum("authored_line_count")
    return authored == 0 ? 0 : Double(sum("preserved_line_count")) / Double(authored)
  }
}
