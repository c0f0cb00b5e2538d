import Basics
import GitKit
import TestSupport
import Testing

/// `setup bucket`, `bucket security` and `bucket remote`
@Suite struct SharingTests {
  private static let token = "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"

  private func references(_ work: Workspace) throws -> String {
    try work.repository.git("for-each-ref").output + work.repository.git("config", "--local", "--list").output
  }

  // MARK: Nothing secret leaves

  @Test func secretStaysHereWhereverItStands() throws {
    let team = try Team()
    let work = team.clones[0]
    let token = Self.token
    func base64(_ text: String) throws -> String {
      try work.repository.run("/bin/sh", ["-c", "printf %s \"$1\" | base64 -w0", "sh", text]).output
    }
    let inner = "{\"config\": \"{\\\"key\\\": \\\"\(try base64("token=" + token))\\\"}\"}"
    work.prompt("Use \(token) for it")
    work.shell("curl -H 'Authorization: Bearer \(token)' https://example.org", prints: "GITHUB_TOKEN=\(token)\n")
    work.shell("cat config.json", prints: inner)
    let old = "first line\ntoken = \"\(token)\"\nlast line\n"
    try work.repository.commit("start", files: ["settings.py": old])
    try work.edit("settings.py", from: old, to: "first line\ntoken = os.environ[\"TOKEN\"]\nlast line\n")
    try work.edit("keys/\(token).txt", from: "", to: "a line that is long enough to be told apart\n")
    work.shell("git commit -am 'rotate \(token)'", prints: "[main 1234567] rotate \(token)\n")
    try work.save("session-1")
    try work.repository.commit("rotate \(token)")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    try team.setUp()
    let run = try work.json("bucket", "security", "run", "--all")["security_run"]
    #expect(run?["filtered"]?.int == 1 && run?["failed"]?.int == 0)
    let push = try work.json("bucket", "remote", "push")
    #expect(push["pushed"]?.array?.count == 1, "\(push)")
    let everything = try team.everything()
    #expect(everything.contains("rotate [REDACTED]") && everything.contains("last line"))
    #expect(!everything.contains(token) && !everything.contains(token.dropFirst(8)))
    #expect(try !everything.contains(base64("token=" + token).prefix(40)))
    #expect(try !team.hub.git("for-each-ref").output.contains("local/"))
  }

  @Test func privateKeysInEditsGoLineByLine() throws {
    let team = try Team()
    let work = team.clones[0]
    let body = (0..<6).map { String(repeating: "\($0)aBcDeFgH", count: 7) + "z\n" }.joined()
    let key = "before\n-----BEGIN RSA PRIVATE KEY-----\n\(body)-----END RSA PRIVATE KEY-----\nafter the key\n"
    work.prompt("Add the key")
    try work.edit("deploy.pem", from: "", to: key)
    try work.save("session-1")
    try work.repository.commit("key")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    try team.setUp()
    try team.share(0)
    let everything = try team.everything()
    #expect(everything.contains("after the key") && !everything.contains("aBcDeFgH"))
  }

  @Test func keyWhoseBeginIsContextIsAKey() throws {
    let team = try Team()
    let work = team.clones[0]
    let begin = "-----BEGIN OPENSSH PRIVATE KEY-----\n"
    let end = "-----END OPENSSH PRIVATE KEY-----\n"
    let body = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\nQyNTUxOQAAACB/abc/defGHIjkl/mnoPQRstu+vwx\n"
    try work.repository.commit("empty key", files: ["config.txt": begin + end, "deploy.pem": begin + body + end])
    work.prompt("Fill the key in")
    try work.edit("config.txt", from: begin + end, to: begin + body + end)
    try work.edit(
      "deploy.pem", from: "QyNTUxOQAAACB/abc/defGHIjkl/mnoPQRstu+vwx\n",
      to: "QyNTUxOQAAACB/abc/XXXXXXXXXXX/mnoPQRstu+vwx\n")
    try work.save("session-1")
    try work.repository.commit("key")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    try team.setUp()
    try team.share(0)
    let everything = try team.everything()
    for part in ["b3BlbnNzaC1rZXkt", "mnoPQRstu"] {
      let left = everything.split(separator: "\n").filter { $0.contains(part) }
      #expect(left.isEmpty, "\(part)")
    }
  }

  @Test func linesThatEndLikeOnWindowsStayAsTheyAre() throws {
    let team = try Team()
    let work = team.clones[0]
    work.prompt("Write it")
    try work.edit("dos.txt", from: "", to: "first line of the file\r\nsecond line of the file\r\n")
    try work.save("session-1")
    try work.repository.commit("dos")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    try team.setUp()
    try team.share(0)
    let edits = try team.everything().split(separator: "\n").filter { $0.contains("\"patches\"") }
    #expect(edits.count > 0 && edits.allSatisfy { $0.contains("second line of the file") && !$0.contains("REDACTED") })
  }

  @Test func whatWeakerRulesLeftDoesNotLeaveAsHistory() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let secret = "Kq7vXz2LmP9sW4tRb8NcYdHf"
    _ = try team.work(in: 0, "session-1", prompt: "the value is \"\(secret)\"")
    _ = try work.json("setup", "bucket", "--repo", team.hub.path, "--no-security-prompt")
    _ = try work.json("bucket", "security", "policy", "--tool", "regex", "--enable")
    _ = try work.json("bucket", "security", "run", "--all")
    let reference = try #require(try work.repository.git("for-each-ref", "refs/opentraces/bucket").lines.first)
    let name = String(reference.split(separator: "\t")[1])
    #expect(try work.repository.git("grep", "-c", secret, name).output.isEmpty == false)
    _ = try work.json("bucket", "security", "policy", "--policy", "basic")
    _ = try work.json("bucket", "security", "run", "--all")
    _ = try work.json("bucket", "remote", "push")
    #expect(try !team.everything().contains(secret))
    // Sent under one policy, it is replaced under a stricter one.
    _ = try work.json("bucket", "security", "policy", "--policy", "recommended")
    _ = try work.json("bucket", "remote", "push")
    #expect(try team.hub.git("rev-list", "--count", name).lines == ["1"])
    // A tool that can't run takes away what was there.
    _ = try work.json("bucket", "security", "policy", "--policy", "strict")
    #expect(try work.failure("bucket", "remote", "push").exit == 3)
    #expect(try work.repository.git("ls-tree", "-r", "--name-only", name, "traces").output.isEmpty)
  }

  @Test func pushWithTheSetupIsNoBackDoor() throws {
    for place in ["--repo", "--fake-root"] {
      let team = try Team(1)
      let work = team.clones[0]
      _ = try team.work(in: 0, "session-1", prompt: "Use \(Self.token)")
      let words = ["setup", "bucket", place, team.hub.path, "--push-now", "--no-security-prompt"]
      #expect(try work.run(words + ["--json"]).exitCode == 3)
      #expect(try team.hub.git("for-each-ref").output.isEmpty)
    }
  }

  @Test func whatComesInDuringAPushIsNotTakenForSent() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    #expect(try work.json("bucket", "remote", "push")["remote"]?["state"]?.string == "current")
    // The remote is made anew.
    try Files.removeTree(team.hub.path)
    try work.repository.git("init", "-q", "--bare", team.hub.path)
    let again = try work.json("bucket", "remote", "push")["remote"]
    #expect(again?["state"]?.string == "pushed" && again?["refs_updated"]?.array?.count == 2)
    #expect(try team.hub.git("for-each-ref").lines.count == 2)
    _ = try team.work(in: 0, "session-2")
    #expect(try work.run(["bucket", "remote", "push", "--json"]).exitCode == 2)
  }

  @Test func nothingLeavesBeforeItIsAskedFor() throws {
    let team = try Team()
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    let push = try work.run(["bucket", "remote", "push", "--json"])
    let error = try JSONValue(parsing: push.output)["error"]
    #expect(push.exitCode == 3 && error?["code"]?.string == "REMOTE_UNCONFIGURED")
    let steps = ["setup bucket", "bucket security policy --policy basic", "bucket security run --all"]
    #expect(error?["hint"]?.string == steps.map { "opentraces " + $0 }.joined(separator: ", then "))
    #expect(try work.failure("bucket", "remote", "pull").exit == 3)
    #expect(try work.json("bucket", "remote", "status")["remote"]?["state"]?.string == "unconfigured")
    #expect(try work.json("bucket", "remote", "diff")["remote"]?["different"] == false)
    _ = try work.json("setup", "bucket", "--repo", team.hub.path, "--no-security-prompt")
    #expect(try work.failure("bucket", "remote", "push") == ("NOT_ELIGIBLE", 3))
    let run = try work.run(["bucket", "security", "run", "--all", "--json"])
    #expect(run.exitCode == 2)
    #expect(try JSONValue(parsing: run.output)["security_run"]?["status"]?.string == "not_configured")
    _ = try work.json("bucket", "security", "policy", "--policy", "basic")
    #expect(try work.failure("bucket", "remote", "push") == ("NOT_ELIGIBLE", 3))
    #expect(try team.hub.git("for-each-ref").output.isEmpty)
    let mirror = try work.repository.run("/usr/bin/git", ["push", "--mirror", team.hub.path])
    #expect(mirror.exitCode != 0 && mirror.errors.contains("stays on this machine"))
  }

  @Test func setupWithNobodyToAskTurnsTheRecommendedToolsOn() throws {
    let team = try Team(1)
    let setup = try team.clones[0].json("setup", "bucket", "--repo", team.hub.path)
    #expect(setup["bucket"]?["remote"]?["url"]?.string == team.hub.path)
    #expect(setup["security_tool_changes"]?["enabled"]?.array?.count == 5)
    let twice = try references(team.clones[0])
    #expect(try team.clones[0].json("setup", "bucket", "--repo", team.hub.path)["security_tool_changes"] == nil)
    #expect(try references(team.clones[0]) == twice)
    _ = try team.clones[0].json("setup", "bucket", "--local-only")
    #expect(try !references(team.clones[0]).contains("refs/opentraces/bucket"))
  }

  @Test func toolThatDoesNotRunClearsNothing() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    _ = try work.json("setup", "bucket", "--repo", team.hub.path, "--no-security-prompt")
    _ = try work.json("bucket", "security", "policy", "--tool", "trufflehog", "--enable")
    let run = try work.json("bucket", "security", "run", "--all")["security_run"]
    #expect(run?["failed"]?.int == 1 && run?["filtered"]?.int == 0)
    #expect(try work.failure("bucket", "remote", "push").exit == 3)
    #expect(try team.hub.git("for-each-ref").output.isEmpty)
  }

  @Test func otherRulesAndMoreTextMakeATraceStale() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let trace = try team.work(in: 0, "session-1")
    try team.setUp()
    func security() throws -> [Int?] {
      let status = try work.json("bucket", "security", "status")["security"]
      return ["filtered", "unfiltered", "stale"].map { status?[$0]?.int }
    }
    #expect(try security() == [0, 1, 0])
    try team.share(0)
    #expect(try security() == [1, 0, 0])
    let again = try work.json("bucket", "security", "run", "--all")["security_run"]
    #expect(again?["already_filtered"]?.int == 1 && again?["filtered"]?.int == 0)
    _ = try work.json("bucket", "security", "policy", "--policy", "recommended")
    #expect(try security() == [0, 0, 1])
    let gate = try work.json("bucket", "remote", "status")["remote"]?["security_gate"]
    #expect(gate?["remediation"]?["state"]?.string == "version_stale" && gate?["eligible"] == false)
    #expect(try work.json("bucket", "security", "run", "--trace", trace)["security_run"]?["filtered"]?.int == 1)
    #expect(try security() == [1, 0, 0])
    // It grows: the next push filters it again.
    work.prompt("One more thing")
    try work.save("session-1")
    _ = try work.json("init", "--import-existing")
    #expect(try security() == [0, 0, 1])
    #expect(try work.json("bucket", "remote", "push")["pushed"] == [.string(trace)])
    #expect(try team.everything().contains("One more thing"))
    // A new one has to be asked for.
    let other = try team.work(in: 0, "session-2")
    let refused = try work.run(["bucket", "remote", "push", "--json"])
    let answer = try JSONValue(parsing: refused.output)
    #expect(refused.exitCode == 2 && answer["status"]?.string == "refused" && answer["pushed"] == [])
    #expect(answer["withheld"]?.array?.map { $0["trace_id"]?.string } == [other])
    #expect(try work.json("bucket", "remote", "push", "--partial")["pushed"] == [])
    #expect(try work.json("bucket", "remote", "push", "--dry-run")["withheld"]?.array?.count == 1)
    _ = try work.json("bucket", "security", "run", "--trace", other)
    #expect(try work.json("bucket", "remote", "push")["pushed"] == [.string(other)])
  }

  // MARK: Two clones

  @Test func othersTracesAnswerAsOnesOwn() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    let trace = try team.work(in: 0, "session-1", prompt: "Write about the gearbox")
    try team.setUp()
    try team.share(0)
    try b.repository.git("fetch", "-q", a.repository.path, "HEAD")
    try b.repository.git("merge", "-q", "--ff-only", "FETCH_HEAD")
    #expect(try b.json("bucket", "remote", "diff")["remote"]?["state"]?.string == "remote_ahead")
    let pull = try b.json("bucket", "remote", "pull")["remote"]
    #expect(pull?["new_traces"]?.int == 1 && pull?["writers"]?.int == 1 && pull?["notes_updated"]?.int == 1)
    #expect(try b.json("bucket", "remote", "diff")["remote"]?["different"] == false)
    let head = try b.repository.git("rev-parse", "HEAD").lines[0]
    for words in [["trail", "blame", "commit", head], ["trail", "track", "--all"]] {
      let answers = try [a, b].map { try $0.run(words + ["--json"]) }
      #expect(answers[0].exitCode == 0 && answers[0].output == answers[1].output, "\(words)")
    }
    #expect(try b.json("trace", "query", "--lex", "gearbox")["candidates"]?.array?.isEmpty ?? true == false)
    for words in [["trace", "get", trace], ["trace", "map", trace], ["trace", "partition", trace, "--by", "s1"]] {
      let answer = try b.run(words + ["--json"])
      #expect(answer.exitCode == 0 && answer.output.contains(trace), "\(words): \(answer.output)\(answer.errors)")
    }
    #expect(try b.opentraces("trail", "graph").output.contains("t:" + trace.prefix(8)))
    // What B finds of A's lines after A's commit was rewritten is told to A.
    try b.repository.git("commit", "-q", "--amend", "-m", "written anew")
    _ = try b.json("git-backfill")
    let rewritten = try b.repository.git("rev-parse", "HEAD").lines[0]
    #expect(try b.json("trail", "blame", "commit", rewritten)["trailEvidence"]?.array?.isEmpty == false)
  }

  @Test func readsChangeNothing() throws {
    let team = try Team()
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    for clone in team.clones {
      let before = try references(clone)
      for words in [
        ["bucket", "remote", "status"], ["bucket", "remote", "diff"], ["bucket", "sync", "status"],
        ["bucket", "status"],
        ["bucket", "security", "status"], ["bucket", "security", "policy"], ["bucket", "remote", "push", "--dry-run"],
      ] {
        #expect(try clone.run(words + ["--json"]).exitCode == 0, "\(words)")
      }
      #expect(try references(clone) == before)
    }
  }

  @Test func cloneThatHasItAllTakesNothingNew() throws {
    let team = try Team()
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    #expect(try team.clones[0].json("bucket", "remote", "push")["remote"]?["refs_updated"] == [])
    _ = try team.clones[1].json("bucket", "remote", "pull")
    let before = try references(team.clones[1])
    #expect(try team.clones[1].json("bucket", "remote", "pull")["remote"]?["changed"] == false)
    #expect(try references(team.clones[1]) == before)
    // A pull that was killed before its index was made: the next one makes it.
    try Files.removeTree(team.clones[1].repository.path + "/.git/opentraces/index")
    _ = try team.clones[1].json("bucket", "remote", "pull")
    #expect(try team.clones[1].json("trace", "query", "--lex", "heading")["candidates"]?.array?.count == 1)
  }

  @Test func roundsOfBothEndWithTheUnionEverywhere() throws {
    let team = try Team(3)
    var traces: Set<String> = []
    try team.setUp()
    for round in 0..<3 {
      for clone in 0..<3 { traces.insert(try team.work(in: clone, "session-\(clone)-\(round)")) }
      for clone in 0..<3 { try team.share((clone + round) % 3) }
      if round != 1 { for clone in 0..<3 { _ = try team.clones[clone].json("bucket", "remote", "pull") } }
    }
    for clone in team.clones { _ = try clone.json("bucket", "remote", "push") }
    for clone in team.clones { _ = try clone.json("bucket", "remote", "pull") }
    let notes = try team.clones.map { clone in
      try clone.repository.git("notes", "--ref=opentraces", "list").lines.sorted()
    }
    #expect(notes[0].count == 9 && Set(notes).count == 1)
    for clone in team.clones {
      let found = try clone.json("trace", "query", "--limit", "50", "--lex", "heading notes")["candidates"]?.array ?? []
      #expect(Set(found.compactMap { $0["trace_id"]?.string }) == traces)
      #expect(try clone.json("bucket", "verify", "--full")["ok"] == true)
      #expect(try clone.repository.git("fsck", "--strict").exitCode == 0)
      #expect(try clone.json("bucket", "remote", "diff")["remote"]?["different"] == false)
    }
    #expect(try team.hub.git("for-each-ref", "refs/opentraces").lines.count == 3)
    #expect(try team.hub.git("fsck", "--strict").exitCode == 0)
  }

  @Test func killsAtAnyInstantLoseNothing() throws {
    let team = try Team()
    try team.setUp()
    let binary = try #require(BuiltBinary.path)
    var traces: Set<String> = []
    for (round, delay) in ["0.01", "0.03", "0.06", "0.1"].enumerated() {
      for clone in 0..<2 {
        traces.insert(try team.work(in: clone, "session-\(clone)-\(round)"))
        for words in ["security run --all", "remote push", "remote pull"] {
          let command = ["bucket"] + words.split(separator: " ").map(String.init)
          _ = try team.clones[clone].repository.run("timeout", ["-s", "KILL", delay, binary] + command)
        }
      }
    }
    for _ in 0..<2 {
      for clone in 0..<2 {
        try team.share(clone)
        _ = try team.clones[clone].json("bucket", "remote", "pull")
      }
    }
    for clone in team.clones {
      let found = try clone.json("trace", "query", "--limit", "50", "--lex", "heading notes")["candidates"]?.array ?? []
      #expect(Set(found.compactMap { $0["trace_id"]?.string }) == traces)
      #expect(try GitOracle(clone.repository).problems().isEmpty)
    }
    #expect(try team.hub.git("fsck", "--strict").exitCode == 0)
  }

  @Test func cloneThatWasCopiedGoesOnUnderItsOwnName() throws {
    let team = try Team()
    let first = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    let copy = try TemporaryRepository()
    try Files.removeTree(copy.path)
    _ = try copy.run("/bin/cp", ["-a", team.clones[0].repository.path, copy.path], at: "/")
    let second = try team.work(in: 0, "session-2")
    try team.share(0)
    // The copy has something of its own to tell, under the name that the original uses.
    try copy.git("commit", "-q", "--allow-empty", "-m", "of the copy")
    let binary = try #require(BuiltBinary.path)
    let policy = ["bucket", "security", "policy", "--policy", "recommended"]
    for words in [policy, ["bucket", "security", "run", "--all"], ["bucket", "remote", "push"]] {
      let result = try copy.run(binary, words)
      #expect(result.exitCode == 0, "\(words): \(result.output)\(result.errors)")
    }
    #expect(try team.hub.git("for-each-ref", "refs/opentraces").lines.count == 2)
    _ = try team.clones[1].json("bucket", "remote", "pull")
    let found = try team.clones[1].json("trace", "query", "--lex", "heading notes")["candidates"]?.array ?? []
    #expect(Set(found.compactMap { $0["trace_id"]?.string }) == [first, second])
  }

  @Test func whatAnotherCloneSharesMayBeAnything() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    let trace = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    let shard = Digest.sha256Hex(trace).prefix(2)
    let name = String(try a.repository.git("for-each-ref", "refs/opentraces/bucket").lines[0].split(separator: "\t")[1])
    let head = try a.repository.git("rev-parse", "HEAD").lines[0]
    // Somebody pushes a plane with a row and an event that are none.
    let script = """
      set -e; export GIT_INDEX_FILE=$PWD/.git/index-of-test
      git read-tree "$1"
      empty=$(printf '{}' | git hash-object -w --stdin)
      git update-index --add --cacheinfo 100644,$empty,"traces/$2/$3/row.json"
      git update-index --add --cacheinfo 100644,$empty,"by-commit/$(printf %.2s $4)/$4/999999000000000001.json"
      """
    let make =
      script
      + "\ntree=$(git write-tree); git push -q \"$5\" $(git commit-tree -m x $tree):refs/opentraces/bucket/v1/ffffffffffffffffffffffffffffffff"
    let result = try a.repository.run(
      "/bin/sh", ["-c", make, "sh", name, String(shard), trace, head, team.hub.path])
    #expect(result.exitCode == 0, "\(result.errors)")
    try b.repository.git("fetch", "-q", a.repository.path, "HEAD")
    try b.repository.git("merge", "-q", "--ff-only", "FETCH_HEAD")
    _ = try b.json("bucket", "remote", "pull")
    for words in [
      ["trail", "track", "--all"], ["trail", "graph"], ["trail", "blame", "commit", head], ["git-backfill"],
      ["trace", "query", "--lex", "heading"], ["status"],
    ] where words != ["status"] {
      let answer = try b.run(words + ["--json"])
      #expect(answer.exitCode == 0, "\(words): \(answer.output)\(answer.errors)")
    }
  }

  @Test func verifyNamesWhatIsWrongWithWhatIsShared() throws {
    let team = try Team()
    let work = team.clones[1]
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    _ = try work.json("bucket", "remote", "pull")
    #expect(try work.json("bucket", "verify", "--full")["ok"] == true)
    func kinds() throws -> Set<String> {
      let result = try work.run(["bucket", "verify", "--full", "--json"])
      #expect(result.exitCode == 3)
      let errors = try JSONValue(parsing: result.output)["errors"]?.array ?? []
      return Set(errors.compactMap { $0["kind"]?.string })
    }
    let plane = try work.repository.git("for-each-ref", "--format=%(refname)", "refs/opentraces/remotes").lines[0]
    // A commit of code under our name.
    try work.repository.git("update-ref", "refs/opentraces/remotes/x/bucket/v1/foreign", "HEAD")
    #expect(try kinds() == ["foreign_tree"])
    try work.repository.git("update-ref", "-d", "refs/opentraces/remotes/x/bucket/v1/foreign")
    // A reference that leads nowhere.
    let dead = work.repository.path + "/.git/refs/opentraces/remotes/x/bucket/v1/dead"
    try Files.createDirectory(Paths.parent(dead))
    try Files.writeAtomically(Array((String(repeating: "12", count: 20) + "\n").utf8), to: dead)
    #expect(try kinds() == ["dangling_ref"])
    try Files.remove(dead)
    // A blob that is gone, and one that is another: a pack makes room for loose objects.
    let row = try work.repository.git("ls-tree", "-r", plane, "traces").lines.first { $0.hasSuffix("row.json") } ?? ""
    let id = String(row.split(separator: " ")[2].prefix(40))
    let pack = work.repository.path + "/.git/objects/pack"
    let script =
      "set -e; mkdir ../out; mv \"$1\"/*.pack ../out; rm -f \"$1\"/*; for f in ../out/*.pack; do git unpack-objects -q < $f; done"
    _ = try work.repository.run("/bin/sh", ["-c", script, "sh", pack])
    let loose = work.repository.path + "/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))"
    let whole = try #require(try Files.readIfPresent(loose))
    try Files.remove(loose)
    #expect(try kinds() == ["dangling_blob"])
    let other = try work.repository.git("hash-object", "-w", "README.md").lines[0]
    let wrong = work.repository.path + "/.git/objects/\(other.prefix(2))/\(other.dropFirst(2))"
    try Files.writeAtomically(try #require(try Files.readIfPresent(wrong)), to: loose)
    #expect(try kinds() == ["blob_content"])
    try Files.remove(loose)
    try Files.writeAtomically(whole, to: loose)
    #expect(try work.json("bucket", "verify", "--full")["ok"] == true)
  }

  @Test func traceOfSomebodyElseIsFetchedWhenItIsAskedFor() throws {
    let team = try Team()
    let trace = try team.work(in: 0, "session-1")
    let b = team.clones[1]
    #expect(try b.failure("trace", "get", trace, "--remote-bucket") == ("REMOTE_UNCONFIGURED", 3))
    try team.setUp()
    try team.share(0)
    #expect(try b.failure("trace", "get", trace).exit == 6)
    let got = try b.json("trace", "get", trace, "--remote-bucket")
    #expect(got["remote_bucket"]?["state"]?.string == "pulled" && got["remote_bucket"]?["new_traces"]?.int == 1)
    #expect(try b.json("bucket", "prefetch", trace)["prefetch"]?["status"]?.string == "present")
    let other = try team.work(in: 0, "session-2")
    try team.share(0)
    let fetched = try b.json("bucket", "prefetch", other)["prefetch"]
    #expect(fetched?["status"]?.string == "fetched" && fetched?["bytes"]?.int ?? 0 > 100)
    #expect(try b.failure("bucket", "prefetch", "no-such-trace") == ("NOT_FOUND", 3))
  }

  @Test(arguments: [false, true]) func recordIsReadAtARemoteAndNothingIsKept(_ filters: Bool) throws {
    let team = try Team()
    let trace = try team.work(in: 0, "session-1")
    let other = try team.work(in: 0, "session-2")
    let (a, b) = (team.clones[0], team.clones[1])
    try team.setUp()
    try team.share(0)
    if filters {
      try team.hub.git("config", "uploadpack.allowFilter", "true")
      // With bitmaps a remote takes what is reachable from anything that is here for known.
      try team.hub.git("-c", "repack.writeBitmaps=true", "gc", "-q")
    }
    // Named as git names it, wherever the command is run.
    let place = Paths.name(Paths.parent(team.hub.path)) + "/" + Paths.name(team.hub.path)
    let up = String(repeating: "../", count: b.repository.path.split(separator: "/").count)
    try b.repository.git("remote", "add", "relative", up + team.hub.path.dropFirst())
    try b.repository.git("config", "url.\(Paths.parent(Paths.parent(team.hub.path)))/.insteadOf", "hubs:")
    let temporary = b.home + "/temporary"
    try Files.createDirectory(temporary)
    b.repository.environment.variables["TMPDIR"] = temporary
    let before = try references(b)
    let objects = try b.repository.git("count-objects", "-v").output
    let got = try b.json("trace", "get", trace, "--remote", team.hub.path)
    #expect(got == (try b.json("trace", "get", String(trace.prefix(13)), "--remote", "opentraces")))
    #expect(got["trace"]?["trace_id"]?.string == trace)
    for remote in ["relative", "hubs:" + place] {
      #expect(try b.json("trace", "get", trace, "--remote", remote) == got)
    }
    b.repository.environment.variables["GIT_COMMON_DIR"] = b.repository.path + "/.git"
    #expect(try b.json("trace", "get", trace, "--remote", team.hub.path) == got)
    b.repository.environment.variables["GIT_COMMON_DIR"] = nil
    // What is here already is not fetched.
    #expect(got == (try a.json("trace", "get", trace, "--remote", team.hub.path)))
    let step = try b.json("trace", "get", "\(trace):last", "--remote", team.hub.path)
    #expect(step["step_index"] == (try a.json("trace", "get", "\(trace):last"))["step_index"])
    let cut = try b.json("trace", "partition", trace, "--by", "s1", "--remote", team.hub.path)
    #expect(cut == (try a.json("trace", "partition", trace, "--by", "s1")))
    #expect(try b.failure("trace", "get", "no-such", "--remote", team.hub.path) == ("NOT_FOUND", 6))
    #expect(try b.failure("trace", "get", "n", "--remote", team.hub.path).exit == 2)
    #expect(try b.failure("trace", "get", trace, "--remote", team.hub.path + "/nowhere") == ("REMOTE_UNREACHABLE", 4))
    #expect(try b.failure("trace", "get", "\(trace):1-2", "--remote", team.hub.path).exit == 2)
    #expect(try b.failure("trace", "get", trace, "--remote", team.hub.path, "--bursts").exit == 2)
    _ = try a.json("bucket", "purge", other, "--yes", "--reason", "private")
    _ = try a.json("bucket", "remote", "push")
    #expect(try b.failure("trace", "get", other, "--remote", team.hub.path) == ("NOT_FOUND", 6))
    #expect(try references(b) == before && b.repository.git("count-objects", "-v").output == objects)
    #expect(Files.list(temporary).isEmpty)
  }

  @Test func manifestHasARowForEachTrace() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let traces = [try team.work(in: 0, "session-1"), try team.work(in: 0, "session-2", prompt: "Use \(Self.token)")]
    try team.setUp()
    _ = try work.json("bucket", "security", "run", "--trace", traces[0])
    let before = try references(work)
    let manifest = try work.json("bucket", "manifest")["manifest"]
    let rows = manifest?["traces"]?.array ?? []
    #expect(Set(rows.compactMap { $0["trace_id"]?.string }) == Set(traces))
    for row in rows {
      #expect(row["remote_sync_eligible"]?.bool == (row["trace_id"]?.string == traces[0]))
      #expect(row["digest"]?.string?.hasPrefix("sha256:") == true && row["title"]?.string?.contains("ghp_") == false)
    }
    #expect(manifest?["sync"]?["blocked_reasons"] == ["unfiltered_records"])
    #expect(try references(work) == before)
    let healed = try work.json("bucket", "manifest", "--heal")["manifest"]
    #expect(healed?["traces"] == manifest?["traces"] && healed?["digest"] == manifest?["digest"])
    #expect(try work.opentraces("bucket", "manifest").output.contains("2 traces, 1 cleared"))
  }

  // MARK: Purging

  @Test func purgedTraceDoesNotComeBack() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    let secret = "the gearbox of the merger"
    let bad = try team.work(in: 0, "session-1", prompt: "Write about \(secret)")
    let good = try team.work(in: 0, "session-2")
    let other = try team.work(in: 1, "session-3")
    try team.setUp()
    for clone in 0..<2 { try team.share(clone) }
    for clone in team.clones { _ = try clone.json("bucket", "remote", "pull") }
    func traces(_ clone: Workspace) throws -> Set<String> {
      _ = try clone.json("trace", "index")
      let found = try clone.json("trace", "query", "--limit", "50", "--lex", "heading")["candidates"]
      return Set((found?.array ?? []).compactMap { $0["trace_id"]?.string })
    }
    #expect(try traces(b) == [bad, good, other])
    let before = try references(a)
    #expect(try a.failure("bucket", "purge", bad) == ("CONFIRMATION_REQUIRED", 2))
    #expect(try a.json("bucket", "purge", bad, "--dry-run")["status"]?.string == "ok")
    #expect(try references(a) == before)
    let purge = try a.json("bucket", "purge", bad, "--yes", "--reason", "private")
    #expect(purge["was_captured"] == true && purge["was_shared"] == true && purge["notes_updated"]?.int == 1)
    // Nothing of it is reachable here, nor at the remote once it is pushed.
    func content(_ place: TemporaryRepository) throws -> String {
      let ids = try place.git("rev-list", "--objects", "--no-object-names", "--glob=refs/opentraces/*").lines
      return try ids.map { id in
        let kind = try place.git("cat-file", "-t", id).lines[0]
        return try place.git("cat-file", kind == "tree" ? "-p" : kind, id).output
      }.joined()
    }
    #expect(try a.json("bucket", "verify", "--full")["ok"] == true)
    #expect(try traces(a) == [good, other])
    _ = try a.json("bucket", "remote", "push")
    #expect(try !content(team.hub).contains(secret) && !content(a.repository).contains(secret))
    // A teammate who still has it neither keeps nor sends it; the session is not imported again.
    _ = try b.json("bucket", "remote", "push")
    _ = try b.json("bucket", "remote", "pull")
    #expect(try traces(b) == [good, other])
    _ = try b.json("bucket", "remote", "push")
    _ = try a.json("bucket", "remote", "pull")
    _ = try a.json("init", "--import-existing")
    _ = try a.json("git-backfill")
    #expect(try traces(a) == [good, other])
    #expect(try !content(team.hub).contains(secret) && !content(b.repository).contains(secret))
    for clone in team.clones {
      #expect(try clone.json("bucket", "verify", "--full")["ok"] == true)
      #expect(try GitOracle(clone.repository).problems().isEmpty)
    }
    #expect(try a.failure("trace", "get", bad).exit == 6)
  }

  @Test func whatAnotherPurgesGoesHereAsWell() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    let mine = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    _ = try b.json("bucket", "remote", "pull")
    // B purges what A captured and shares: nothing of B's is in it, but its tombstone.
    #expect(try b.json("bucket", "purge", mine, "--yes")["was_captured"] == false)
    #expect(try b.failure("trace", "get", mine).exit == 6)
    _ = try b.json("bucket", "remote", "push")
    let pull = try a.json("bucket", "remote", "pull")["remote"]
    #expect(pull?["purged"] == [.string(mine)])
    #expect(try a.json("bucket", "status")["bucket"]?["trace_count"] == 0)
    _ = try a.json("bucket", "remote", "push")
    #expect(try !team.everything().isEmpty)
    #expect(
      try team.hub.git(
        "ls-tree", "-r", "--name-only",
        try team.hub.git("for-each-ref", "--format=%(refname)", "refs/opentraces").lines[0], "traces"
      ).output.isEmpty)
    #expect(try a.json("bucket", "verify", "--full")["ok"] == true)
  }

  @Test func remoteMayBeARelativePath() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    try work.repository.git("init", "-q", "--bare", "../near.git")
    try work.repository.git("remote", "add", "near", "../near.git")
    _ = try work.json("setup", "bucket", "--repo", "near", "--no-security-prompt")
    _ = try work.json("bucket", "security", "policy", "--policy", "basic")
    try team.share(0)
    #expect(try work.repository.git("ls-remote", "near").output.contains("refs/opentraces/bucket/v1/"))
  }

  @Test func removingTakesWhatSharingWroteOutAgain() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let before = try work.repository.git("config", "--local", "--list").output
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    _ = try work.json("remove", "--all", "--yes")
    let after = try work.repository.git("config", "--local", "--list").lines.filter {
      !$0.hasPrefix("remote.opentraces.url")
    }
    #expect(
      after.joined(separator: "\n")
        == before.trimmingPrefix { $0 == "\n" }.split(separator: "\n").joined(separator: "\n"))
    #expect(try work.repository.git("for-each-ref", "refs/opentraces", "refs/notes").output.isEmpty)
    #expect(!Files.exists(work.repository.path + "/.git/opentraces"))
  }

  @Test func whatAnotherCloneFoundOfAPurgedTraceGoesAsWell() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    let trace = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    _ = try b.json("bucket", "remote", "pull")
    try b.repository.git("fetch", "-q", a.repository.path, "HEAD")
    try b.repository.git("merge", "-q", "--ff-only", "FETCH_HEAD")
    try b.repository.git("commit", "-q", "--amend", "-m", "written anew")
    _ = try b.json("git-backfill")
    _ = try b.json("bucket", "remote", "push")
    #expect(try b.opentraces("trail", "graph").output.contains("t:" + trace.prefix(8)))
    _ = try a.json("bucket", "purge", trace, "--yes", "--reason", "leaked \(Self.token)")
    _ = try a.json("bucket", "remote", "push")
    #expect(try b.json("bucket", "remote", "pull")["remote"]?["purged"] == [.string(trace)])
    #expect(try !b.opentraces("trail", "graph").output.contains("session-1"))
    _ = try b.json("bucket", "remote", "push")
    _ = try a.json("bucket", "remote", "pull")
    let reachable = try team.hub.git("rev-list", "--objects", "--all").lines.map { String($0.prefix(40)) }
    for id in reachable where try team.hub.git("cat-file", "-t", id).lines[0] == "blob" {
      let text = try team.hub.git("cat-file", "blob", id).output
      #expect(!text.contains(Self.token))
      if !text.contains("opentraces.bucket.tombstone.v1"), !text.hasPrefix("opentraces:") {
        #expect(!text.contains(trace))
      }
    }
    #expect(try team.hub.git("ls-tree", "-r", "refs/notes/opentraces").output.isEmpty)
  }

  @Test func linesThatTwoClonesFoundCountOnce() throws {
    let team = try Team()
    let (a, b) = (team.clones[0], team.clones[1])
    a.prompt("Write the settings")
    try a.edit(
      "s.py", from: "", to: "first_line_of_settings = 1\ntoken = \"\(Self.token)\"\nlast_line_of_settings = 3\n")
    try a.save("session-1")
    try a.repository.commit("settings")
    _ = try a.json("init", "--import-existing")
    _ = try a.json("git-backfill")
    try team.setUp()
    try team.share(0)
    _ = try b.json("bucket", "remote", "pull")
    try b.repository.git("fetch", "-q", a.repository.path, "HEAD")
    try b.repository.git("merge", "-q", "--ff-only", "FETCH_HEAD")
    _ = try b.json("git-backfill")
    try team.share(1)
    _ = try a.json("bucket", "remote", "pull")
    for clone in team.clones { #expect(try clone.opentraces("trail", "graph").output.contains("[3 lines]")) }
  }

  @Test func cloneThatHasNothingToTellDoesNotSayThatItIsThere() throws {
    let team = try Team(1)
    try team.setUp()
    _ = try team.clones[0].json("bucket", "remote", "push")
    #expect(try team.hub.git("for-each-ref").output.isEmpty)
  }

  @Test func pruningTakesWhatNobodyNeedsAndNothingElse() throws {
    let team = try Team()
    let work = team.clones[1]
    let trace = try team.work(in: 0, "session-1")
    try team.setUp()
    try team.share(0)
    _ = try work.json("bucket", "remote", "pull")
    _ = try work.json("trace", "map", trace, "--bursts")
    let state = work.repository.path + "/.git/opentraces"
    try Files.writeAtomically([1], to: state + "/index/search.sqlite.abcd.tmp")
    try Files.writeAtomically([1], to: state + "/fates/no-such-trace.json")
    _ = try work.repository.git("update-ref", "refs/opentraces/remotes/gone/bucket/v1/x", "HEAD")
    let before = try references(work)
    // A file that is being written is not touched.
    let fresh = try work.json("bucket", "prune", "--dry-run")["prune"]
    #expect(
      fresh?["tempfiles"] == [] && fresh?["orphans"]?.array?.count == 1 && fresh?["references"]?.array?.count == 1)
    #expect(try references(work) == before && Files.exists(state + "/fates/no-such-trace.json"))
    _ = try work.repository.run("/usr/bin/touch", ["-d", "2001-01-01", state + "/index/search.sqlite.abcd.tmp"])
    #expect(try work.json("bucket", "prune")["deleted"]?.int == 3)
    #expect(try work.json("bucket", "prune")["deleted"]?.int == 0)
    #expect(try !references(work).contains("remotes/gone") && Files.exists(state + "/fates/\(trace).json"))
    _ = try work.json("trace", "get", trace)
    _ = try work.json("bucket", "purge", trace, "--yes")
    #expect(!Files.exists(state + "/fates/\(trace).json"))
  }

  @Test func repairMendsWhatCanBeMadeAgainAndNamesTheRest() throws {
    let team = try Team()
    let work = team.clones[1]
    _ = try team.work(in: 0, "session-1")
    _ = try team.work(in: 1, "session-2")
    try team.setUp()
    for clone in 0..<2 { try team.share(clone) }
    _ = try work.json("bucket", "remote", "pull")
    #expect(try work.json("bucket", "repair")["repair"]?["mended"] == [])
    let before = try references(work)
    // An index without the trace's paths, references that lead nowhere, sums that are none.
    let script = """
      set -e; export GIT_INDEX_FILE=$PWD/.git/index-of-test; ref=refs/opentraces/local/bucket/v1
      git read-tree $ref; git rm -rq --cached by-path
      git update-ref $ref $(git commit-tree -m "bucket: private plane" $(git write-tree)); rm "$GIT_INDEX_FILE"
      mkdir -p .git/refs/opentraces/remotes/x/bucket/v1
      echo 1212121212121212121212121212121212121212 > .git/refs/opentraces/remotes/x/bucket/v1/dead
      echo 1212121212121212121212121212121212121212 > .git/refs/opentraces/local/team/v1
      printf nonsense > .git/opentraces/summary.json
      """
    let result = try work.repository.run("/bin/sh", ["-c", script])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(try work.run(["bucket", "verify", "--full"]).exitCode == 3)
    let repair = try work.json("bucket", "repair")
    #expect(repair["status"]?.string == "ok" && repair["repair"]?["mended"]?.array?.count == 4, "\(repair)")
    #expect(try work.json("bucket", "verify", "--full")["ok"] == true)
    #expect(try work.json("bucket", "status")["bucket"]?["trace_count"] == 1)
    let once = try references(work)
    _ = try work.json("bucket", "repair")
    #expect(try references(work) == once && !before.isEmpty)
    // A transcript that is gone can't be made again.
    let tip = "refs/opentraces/local/bucket/v1"
    let piece = try work.repository.git("ls-tree", "-r", tip, "traces").lines.first { $0.contains("/source/") } ?? ""
    let id = String(piece.split(separator: " ")[2].prefix(40))
    let pack = work.repository.path + "/.git/objects/pack"
    let unpack =
      "set -e; mkdir ../out; mv \"$1\"/*.pack ../out; rm -f \"$1\"/*; for f in ../out/*.pack; do git unpack-objects -q < $f; done"
    if !Files.list(pack).isEmpty { _ = try work.repository.run("/bin/sh", ["-c", unpack, "sh", pack]) }
    try Files.remove(work.repository.path + "/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))")
    let partial = try work.run(["bucket", "repair", "--json"])
    #expect(partial.exitCode == 3)
    let answer = try JSONValue(parsing: partial.output)
    #expect(
      answer["status"]?.string == "partial"
        && answer["repair"]?["errors"]?.array?.first?["kind"]?.string == "dangling_blob")
  }

  @Test(
    arguments: [
      "git rm -rq --cached by-trace", "git rm -rq --cached by-commit", "git rm -rq --cached by-trace by-commit",
      // An event about another commit, and one too few.
      """
      old=$(git ls-files -s by-commit | head -1 | cut -f1); where=$(git ls-files by-commit | tail -1)
      git update-index --add --cacheinfo $(echo $old | awk '{print $1 "," $2}'),$(dirname $where)/000000000099.json
      """,
      "git update-index --force-remove $(git ls-files by-trace | head -1)",
    ], ["repair", "rebuild"])
  func indexesOfTheEventLogAreMadeAgain(_ damage: String, _ command: String) throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    _ = try team.work(in: 0, "session-2")
    let log = "refs/opentraces/local/events/v1"
    let tree = try work.repository.git("rev-parse", log + "^{tree}").line
    let commit = try work.repository.git("rev-parse", log).line
    let whole = try work.json("bucket", "rebuild")["rebuild"]?["per_substrate"]
    #expect(whole?["trail"]?["idempotent_noop"] == true && whole?["traces"]?["idempotent_noop"] == true)
    let script = """
      set -e; export GIT_INDEX_FILE=$PWD/.git/index-of-test
      git read-tree \(log); \(damage)
      parent=$(git rev-parse -q --verify \(log)^ || true)
      git update-ref \(log) $(git commit-tree ${parent:+-p $parent} -m damaged $(git write-tree)); rm "$GIT_INDEX_FILE"
      """
    let result = try work.repository.run("/bin/sh", ["-c", script])
    try #require(result.exitCode == 0, "\(result.errors)")
    try #require(try work.repository.git("rev-parse", log + "^{tree}").line != tree)
    let verified = try work.run(["bucket", "verify", "--full", "--json"])
    #expect(verified.exitCode == 3 && verified.output.contains("event_index"), "\(verified.output)")
    _ = try work.json("bucket", command)
    #expect(try work.repository.git("rev-parse", log + "^{tree}").line == tree)
    #expect(
      try work.repository.git("rev-list", "--count", log).line
        == work.repository.git("rev-list", "--count", commit).line)
    #expect(try work.json("bucket", "verify", "--full")["ok"] == true)
    let mended = try work.repository.git("rev-parse", log).line
    let again = try work.json("bucket", "rebuild", "--substrate", "trail")["rebuild"]
    #expect(again?["idempotent_noop"] == true && again?["latest_event_sequence"]?.int ?? 0 > 1)
    #expect(try work.repository.git("rev-parse", log).line == mended)
  }

  @Test func planePushedByHandLeavesWhenItIsClearedByThePresentRules() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    _ = try work.json("bucket", "security", "run", "--all")
    let planes = "refs/opentraces/bucket/v1/*:refs/opentraces/bucket/v1/*"
    func push() throws -> ShellResult {
      try work.repository.run("/usr/bin/git", ["push", "-q", team.hub.path, planes])
    }
    _ = try work.json("bucket", "security", "policy", "--policy", "recommended")
    let other = try push()
    #expect(other.exitCode != 0 && other.errors.contains("1 of 1 sessions") && other.errors.contains("other rules"))
    _ = try work.json("bucket", "security", "policy", "--policy", "off")
    #expect(try push().errors.contains("no security tool is enabled"))
    #expect(try team.hub.git("for-each-ref").output.isEmpty)
    _ = try work.json("bucket", "security", "policy", "--policy", "basic")
    let pushed = try push()
    #expect(pushed.exitCode == 0 && pushed.errors.isEmpty, "\(pushed.errors)")
    #expect(try team.hub.git("for-each-ref").output.contains("refs/opentraces/bucket/v1/"))
    // What others share is theirs to clear; a branch is nobody's business.
    _ = try work.json("bucket", "security", "policy", "--policy", "recommended")
    let branch = try work.repository.run("/usr/bin/git", ["push", "-q", team.hub.path, "HEAD:refs/heads/topic"])
    #expect(branch.exitCode == 0, "\(branch.errors)")
    _ = try work.json("bucket", "remote", "push")
  }

  /// Finds `zz-` and words, as trufflehog tells it; `--version` and failures as the file beside it says.
  private static let trufflehog = #"""
    #!/bin/sh
    here=$(dirname "$0")
    [ -e "$here/broken" ] && { echo "cannot scan" >&2; exit 1; }
    [ "$1" = --version ] && { echo "trufflehog 3.90.8" >&2; exit 0; }
    for file do :; done
    grep -o 'zz-[a-z-]*' "$file" | sort -u | while read -r found; do
      printf '{"SourceName":"x","DetectorName":"Horse","Raw":"%s","Verified":false}\n' "$found"
    done
    # Decoded, it is what nowhere stands any more.
    grep -q 'enc-horse' "$file" && echo '{"DetectorName":"Horse","Raw":"zz-correct"}'
    printf '{"level":"info-0","msg":"finished scanning"}\n' >&2
    """#
  /// Answers each line: `Alice Example` is a person.
  private static let helper = #"""
    #!/usr/bin/awk -f
    { gsub(/\\./, "_"); at = index($0, "Alice Example")
      if (at) printf "{\"spans\":[{\"start\":%d,\"end\":%d,\"type\":\"PERSON\",\"score\":0.9}]}\n", at - 10, at + 3
      else print "{\"spans\":[]}" }
    """#

  private func withPrograms(_ work: Workspace) throws -> String {
    let bin = work.home + "/bin of it"
    try Files.createDirectory(bin)
    try Files.writeAtomically(Array(Self.trufflehog.utf8), to: bin + "/trufflehog", mode: 0o755)
    try Files.writeAtomically(Array(Self.helper.utf8), to: bin + "/helper", mode: 0o755)
    work.repository.environment.variables["PATH", default: ""] = bin + ":/usr/local/bin:/usr/bin:/bin"
    return bin
  }

  @Test func programsOfOthersHaveTheirSayBeforeAnythingLeaves() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let key = "zz-correct-horse-battery"
    let bin = try withPrograms(work)
    try work.repository.commit("keys", files: ["old.txt": "first\n\(key)-before\nlast\n"])
    work.prompt("Use \(key) for Alice Example")
    work.shell("curl x", prints: "token \(key)-output of Alice Example")
    try work.edit("\(key)-path.md", from: "", to: "# Heading\n\nA sentence of its own, \(key)-written, long enough.\n")
    try work.edit("old.txt", from: "first\n\(key)-before\nlast\n", to: "first\nsomething else that is long\nlast\n")
    try work.save("session-1")
    try work.repository.commit("With \(key)-subject by Alice Example")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("git-backfill")
    try team.setUp()
    for setup in [["trufflehog"], ["privacy-filter", "--command", "'\(bin)/helper'"]] {
      #expect(try work.run(["setup"] + setup + ["--json"]).exitCode == 0)
    }
    // The tools that are built in find none of it.
    let built = try work.run(
      ["security", "sanitize", "--tools", "regex,entropy"], input: "{\"text\": \"\(key)-x Alice Example\"}")
    #expect(built.output.contains("\(key)-x Alice Example") && built.output.contains("\"findings\": []"))
    let info = try work.json("security", "tools", "info", "trufflehog")
    #expect(info["state"] == "enabled" && info["detail"] == "3.90.8")
    let run = try work.json("bucket", "security", "run", "--all")["security_run"]
    #expect(run?["filtered"] == 1, "\(run ?? .null)")
    _ = try work.json("bucket", "remote", "push")
    let shared = try team.everything()
    #expect(shared.contains("A sentence of its own") && shared.contains("git_anchor"))
    #expect(!shared.contains(key) && !shared.contains("Alice Example"))
    // What was committed later goes the same way, without the trace being filtered again.
    try work.repository.git("mv", "\(key)-path.md", "\(key)-moved.md")
    try work.repository.commit("Moved \(key)-again")
    _ = try work.json("git-backfill")
    _ = try work.json("bucket", "remote", "push")
    #expect(try !team.everything().contains(key))
  }

  /// The same key plain and encoded: taken out of the one text, it is found in the other one still.
  @Test func whatAProgramStillFindsDoesNotLeave() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try withPrograms(work)
    _ = try team.work(in: 0, "session-1", prompt: "decoded it is zz-correct, encoded enc-horse")
    try team.setUp()
    _ = try work.json("setup", "trufflehog")
    let run = try JSONValue(parsing: work.run(["bucket", "security", "run", "--all", "--json"]).output)["security_run"]
    #expect(run?["failed"] == 1 && run?["filtered"] == 0)
    #expect("\(run ?? .null)".contains("what it found of Horse is encoded"))
    #expect(try work.failure("bucket", "remote", "push").exit == 3 && team.hub.git("for-each-ref").output.isEmpty)
  }

  /// What is allowed may be found again: it stays on purpose.
  @Test func whatAProgramFindsAndOneAllowsLeaves() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try withPrograms(work)
    _ = try team.work(in: 0, "session-1", prompt: "the sample is zz-correct-horse-battery")
    try team.setUp()
    _ = try work.json("setup", "trufflehog")
    _ = try work.json("config", "set", "security.allow", "zz-correct-horse-battery")
    #expect(try work.json("bucket", "security", "run", "--all")["security_run"]?["filtered"] == 1)
    _ = try work.json("bucket", "remote", "push")
    #expect(try team.everything().contains("the sample is zz-correct-horse-battery"))
  }

  @Test func programThatDoesNotRunClearsNothing() throws {
    let team = try Team(1)
    let work = team.clones[0]
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    #expect(try work.failure("setup", "trufflehog", "--enable") == ("TRUFFLEHOG_MISSING", 3))
    #expect(try work.failure("setup", "trufflehog") == ("INTERACTIVE_REQUIRED", 2))
    #expect(try work.failure("setup", "privacy-filter") == ("PRIVACY_FILTER_MISSING", 3))
    #expect(try work.failure("setup", "trufflehog", "--enable", "--disable").exit == 2)
    #expect(try work.failure("setup", "privacy-filter", "--score-threshold", "2").exit == 2)
    let bin = try withPrograms(work)
    _ = try work.json("setup", "trufflehog")
    try Files.writeAtomically([], to: bin + "/broken")
    func run() throws -> JSONValue {
      try JSONValue(parsing: work.run(["bucket", "security", "run", "--all", "--json"]).output)
    }
    let broken = try run()["security_run"]
    #expect(broken?["failed"] == 1 && "\(broken ?? .null)".contains("it failed with exit code 1"), "\(broken ?? .null)")
    #expect(try work.failure("bucket", "remote", "push").exit == 3 && team.hub.git("for-each-ref").output.isEmpty)
    try Files.remove(bin + "/broken")
    for answer in ["not json", "{\"spans\":[]}\n{\"spans\":[]}", "{\"spans\":[{\"start\":0,\"end\":99999}]}", "{}"] {
      _ = try work.json("setup", "privacy-filter", "--command", "cat >/dev/null; echo '\(answer)'")
      #expect(try run()["security_run"]?["failed"] == 1, "\(answer)")
    }
    _ = try work.json("setup", "privacy-filter", "--disable")
    #expect(try run()["security_run"]?["filtered"] == 1)
    let off = try work.json("setup", "trufflehog", "--disable")
    #expect(off["action"] == "disable" && off["trufflehog_enabled"] == false)
  }

  @Test func passwordsInUrlsAreNotShown() throws {
    let team = try Team(1)
    let url = "https://bob:S3cretPassw0rd9@git.invalid/x.git"
    _ = try team.clones[0].json("setup", "bucket", "--repo", url, "--no-security-prompt")
    let status = try team.clones[0].opentraces("bucket", "remote", "status", "--json").output
    #expect(status.contains("https://bob:***@git.invalid/x.git") && !status.contains("S3cret"))
  }

  @Test func remoteThatIsNotThereIsToldInOneSentence() throws {
    let team = try Team(1)
    _ = try team.work(in: 0, "session-1")
    try team.setUp()
    _ = try team.clones[0].json("bucket", "security", "run", "--all")
    try Files.removeTree(team.hub.path)
    #expect(try team.clones[0].failure("bucket", "remote", "push") == ("REMOTE_UNREACHABLE", 4))
    #expect(try team.clones[0].failure("bucket", "remote", "pull") == ("REMOTE_UNREACHABLE", 4))
    #expect(try team.clones[0].json("bucket", "remote", "status")["remote"]?["state"]?.string == "error")
  }

  private static let badRequests: [(String, Int32)] = [
    ("bucket security policy --policy loose", 2), ("bucket security policy --policy basic --tool regex", 2),
    ("bucket security policy --tool regex", 2), ("bucket security policy --enable", 2),
    ("bucket security policy --tool regex --enable --disable", 2),
    ("bucket security policy --tool magic --enable", 2), ("bucket security run", 2),
    ("bucket security run --all --trace x", 2), ("bucket remote", 2), ("bucket security", 2),
    ("setup bucket --push-now --pull-now", 3), ("setup bucket --local-only --push-now", 3),
    ("setup bucket --provider fake", 3), ("setup bucket --repo nowhere", 3),
    ("setup bucket --enable-security-tool regex --disable-security-tool regex", 3),
    ("setup bucket --sync-policy never", 2), ("setup bucket --sync-policy daemon", 1),
    ("setup bucket --provider ftp", 2),
  ]

  @Test(arguments: badRequests)
  func badRequestsAreRefused(_ request: String, _ code: Int32) throws {
    let team = try Team(1)
    let before = try references(team.clones[0])
    let result = try team.clones[0].run(request.split(separator: " ").map(String.init) + ["--json"])
    #expect(result.exitCode == code, "\(result.output)\(result.errors)")
    #expect(try JSONValue(parsing: result.output)["error"]?["message"]?.string?.isEmpty == false)
    #expect(try references(team.clones[0]) == before)
  }
}
