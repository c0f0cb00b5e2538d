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

  private func checked(_ program: Program) throws -> Run {
    let run = try program.run()
    try Interleaved.check(run, program)
    return run
  }
}
