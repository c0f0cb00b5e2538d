import Glibc

/// What the post-commit hook adds to `git commit`, with few and with many sessions kept.
struct HookBenchmark {
  let sandbox: Sandbox
  private static let commits = 60
  private static let files = 10
  private static let start = 1_767_225_600

  init(_ sandbox: Sandbox) { self.sandbox = sandbox }

  private var root: String { sandbox.root + "/hook" }

  func run(_ table: Table) throws {
    let plain = try repository("plain", sessions: nil)
    let few = try repository("few", sessions: 10)
    let many = try repository("many", sessions: 1000)
    var series = [Series(), Series(), Series()]
    for number in 0..<Self.commits {
      // Turns of who comes first.
      for slot in 0..<3 {
        let which = (number + slot) % 3
        let run = try commit(number, in: [plain, few, many][which])
        if number >= 5 { series[which].add(run) }
      }
    }
    for name in [few, many] { try checkNotes(name) }
    table.difference(
      "hook: git commit p95, 10 sessions", .seconds(series[1].p95), .seconds(series[0].p95), limit: .seconds(0.03))
    table.difference(
      "hook: git commit p95, 1,000 sessions", .seconds(series[2].p95), .seconds(series[0].p95), limit: .seconds(0.03))
    table.growth(
      "hook: added median, 1,000 sessions (10)", .seconds(series[2].median - series[0].median),
      over: .seconds(series[1].median - series[0].median), limit: 1.2)
  }

  private func home(_ name: String) -> String { "\(root)/home-\(name)" }

  private func repository(_ name: String, sessions: Int?) throws -> String {
    let path = "\(root)/\(name)"
    try sandbox.shell("mkdir -p \"$1\" \"$2/.claude/projects/made\"", path, home(name))
    try sandbox.prepare(sandbox.git(["init", "-q"], in: path))
    try sandbox.prepare(sandbox.git(["commit", "-q", "--allow-empty", "-m", "start"], in: path, time: Self.start))
    guard let sessions else { return name }
    for number in 0..<sessions {
      let transcript = transcript(number, directory: path)
      try File.write(
        transcript.text, to: "\(home(name))/.claude/projects/made/\(transcript.sessionID).jsonl")
    }
    let words = ["init", "--agent", "claude-code", "--import-existing"]
    try sandbox.prepare(sandbox.opentraces(words, in: path, home: home(name)))
    return name
  }

  /// The first ten sessions wrote the files that will be committed, the others files of their own.
  private func transcript(_ number: Int, directory: String) -> Transcript {
    var transcript = Transcript(sessionID: Transcript.id(number), directory: directory, time: Self.start + number * 60)
    transcript.prompt("Write part \(number).")
    let path = number < Self.files ? "part-\(number).txt" : "other/part-\(number).txt"
    var lines = block(number, 0)
    transcript.create(path, Transcript.joined(lines))
    for edit in 1..<(Self.commits / Self.files) {
      transcript.insert(block(number, edit), at: lines.count, in: path, lines)
      lines += block(number, edit)
    }
    transcript.answer("Done.")
    return transcript
  }

  private func block(_ file: Int, _ edit: Int) -> [String] {
    (0..<12).map { "  let value_\(file)_\(edit)_\($0) = combine(\(file * 7), \(edit * 11), \($0))" }
  }

  /// One commit with the lines of one edit.
  private func commit(_ number: Int, in name: String) throws -> Run {
    let path = "\(root)/\(name)"
    let file = number % Self.files
    let lines = (0...(number / Self.files)).flatMap { block(file, $0) }
    try File.write(Transcript.joined(lines), to: "\(path)/part-\(file).txt")
    try sandbox.prepare(sandbox.git(["add", "part-\(file).txt"], in: path))
    let program = sandbox.git(
      ["commit", "-q", "-m", "change \(number)"], in: path, home: home(name), time: Self.start + 86_400 + number * 60)
    let run = try program.run()
    try Interleaved.check(run, program)
    return run
  }

  /// A hook that found nothing was measured doing nothing.
  private func checkNotes(_ name: String) throws {
    var notes: [String] = []
    // The last hook's worker may still be at it.
    for _ in 0..<100 where notes.count < Self.commits {
      notes = try sandbox.lines(of: sandbox.git(["notes", "--ref=opentraces", "list"], in: "\(root)/\(name)"))
      usleep(20_000)
    }
    guard notes.count == Self.commits else {
      throw BenchError("the hook tied \(notes.count) of \(Self.commits) commits (\(name))")
    }
  }
}
