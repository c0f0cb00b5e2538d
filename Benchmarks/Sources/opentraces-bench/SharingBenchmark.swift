/// Filtering, pushing and pulling of the imported sessions against git with the same references.
struct SharingBenchmark {
  let sandbox: Sandbox
  let repository: String
  let home: String

  private var hub: String { sandbox.root + "/hub.git" }

  func run(_ table: Table) throws {
    let copy = sandbox.root + "/sharing"
    try sandbox.shell("rm -rf \"$2\"; cp -R \"$1\" \"$2\"", repository, copy)
    try sandbox.prepare(sandbox.git(["init", "-q", "--bare", hub], in: sandbox.root))
    let words = ["setup", "bucket", "--repo", hub, "--no-security-prompt"]
    try sandbox.prepare(sandbox.opentraces(words, in: copy, home: home))
    try sandbox.prepare(
      sandbox.opentraces(["bucket", "security", "policy", "--policy", "basic"], in: copy, home: home))
    let filter = try checked(sandbox.opentraces(["bucket", "security", "run", "--all"], in: copy, home: home))
    // 40 MB/s of transcripts on one core would be 4.2 s for the 166 MB of the real sessions.
    table.atMost("bucket security run, all sessions", .seconds(filter.seconds), limit: .seconds(4.2))
    let push = sandbox.opentraces(["bucket", "remote", "push"], in: copy, home: home)
    try sandbox.prepare(push)
    let reference = try sandbox.lines(
      of: sandbox.git(["for-each-ref", "--format=%(refname)", "refs/opentraces/bucket"], in: copy)
    ).first
    guard let reference else { throw BenchError("nothing was shared") }
    let plain = sandbox.git(["push", "-q", "--no-verify", hub, "\(reference):\(reference)"], in: copy, home: home)
    let nothing = try Interleaved.run(20) { _ in [push, plain] }
    table.ratio(
      "bucket remote push, nothing new", .seconds(nothing[0].median), to: .seconds(nothing[1].median), limit: 1.5)
    let status = try Interleaved.run(20) { _ in
      [sandbox.opentraces(["bucket", "status", "--json"], in: copy, home: home)]
    }
    table.atMost("bucket status", .seconds(status[0].median), limit: .seconds(0.03))
    try pulling(table)
    try growing(table)
    try sandbox.shell("rm -rf \"$1\" \"$2\"", copy, hub)
  }

  private func pulling(_ table: Table) throws {
    let (clone, mirror) = (sandbox.root + "/clone", sandbox.root + "/mirror.git")
    var (ours, git) = (Series(), Series())
    for _ in 0..<5 {
      try sandbox.shell("rm -rf \"$1\" \"$2\"; git init -q \"$1\"", clone, mirror)
      let words = ["setup", "bucket", "--repo", "file://" + hub, "--no-security-prompt"]
      try sandbox.prepare(sandbox.opentraces(words, in: clone, home: home))
      // The search index is made afterwards in either case.
      ours.add(try checked(sandbox.opentraces(["bucket", "remote", "pull"], in: clone, home: home)))
      git.add(
        try checked(
          sandbox.git(["clone", "-q", "--mirror", "file://" + hub, mirror], in: sandbox.root, home: home)))
    }
    table.ratio(
      "bucket remote pull with index, clone --mirror", .seconds(ours.median), to: .seconds(git.median), limit: 2)
    try sandbox.shell("rm -rf \"$1\" \"$2\"", clone, mirror)
  }

  /// Filtering what was added to a session, of 4 MB and of 20 kB.
  private func growing(_ table: Table) throws {
    let (place, own) = (sandbox.root + "/growing", sandbox.root + "/growing-home")
    let sessions = own + "/.claude/projects/growing"
    try sandbox.shell("git init -q \"$1\"; mkdir -p \"$2\"", place, sessions)
    try sandbox.prepare(sandbox.git(["commit", "-q", "--allow-empty", "-m", "start"], in: place))
    var transcripts = [2000, 10].map { count in
      var transcript = Transcript(sessionID: Transcript.id(count), directory: place, time: 1_770_000_000)
      for number in 0..<count { Self.turn(number, &transcript) }
      return transcript
    }
    func capture() throws {
      for transcript in transcripts { try File.write(transcript.text, to: "\(sessions)/\(transcript.sessionID).jsonl") }
      try sandbox.prepare(
        sandbox.opentraces(["init", "--agent", "claude-code", "--import-existing"], in: place, home: own))
    }
    let run = sandbox.opentraces(["bucket", "security", "run", "--all"], in: place, home: own)
    try capture()
    try sandbox.prepare(
      sandbox.opentraces(["bucket", "security", "policy", "--policy", "recommended"], in: place, home: own))
    try sandbox.prepare(run)
    var series = [Series(), Series()]
    for round in 0..<10 {
      for which in transcripts.indices {
        Self.turn(10_000 + round, &transcripts[which])
        try capture()
        series[which].add(try checked(run))
      }
    }
    table.growth(
      "security run, 2 kB added to 4 MB (to 20 kB)", .seconds(series[0].median), over: .seconds(series[1].median),
      limit: 1.5)
    try sandbox.shell("rm -rf \"$1\" \"$2\"", place, own)
  }

  private static func turn(_ number: Int, _ transcript: inout Transcript) {
    transcript.prompt("Write part \(number) of the notes, please.")
    let lines = (0..<20).map { "Sentence \($0) of part \(number), as long as sentences are." }
    transcript.create("notes/\(number % 200).md", Transcript.joined(lines))
    transcript.answer("Part \(number) is written. " + lines.joined(separator: " "))
  }

  private func checked(_ program: Program) throws -> Run {
    let run = try program.run()
    try Interleaved.check(run, program)
    return run
  }
}
