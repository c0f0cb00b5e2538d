import Basics
import GitKit
import TestSupport
import Testing

/// A scripted agent that drives the built program through its hooks.
@Suite struct LiveCaptureTests {
  private func started(_ session: String = "5e551017-0000-4000-8000-000000000001") throws -> (Workspace, FakeClaudeCode)
  {
    let work = try Workspace()
    // Hooks tell the real time, and commits must not come before what they hold.
    work.repository.environment.now = Timestamp.now().seconds
    try work.repository.commit(
      "start",
      files: [
        "app.py": "def one():\n    return 1\n\n\ndef two():\n    return 2\n", "old.txt": "to be removed\nsoon\n",
        "keep.txt": "a\nb\nc\nd\ne\n", ".gitignore": "*.log\nbuild/\n",
      ])
    _ = try work.json("setup", "claude-code")
    _ = try work.json("init")
    return (work, FakeClaudeCode(work.repository, session: session))
  }

  @Test func everyLineOfASessionOfAllKindsOfChangesHasItsOwner() throws {
    let (work, agent) = try started()
    let repository = work.repository
    try agent.start()
    try agent.prompt("Rework the application")
    try agent.edit("app.py", "    return 1\n", "    return one_of_the_agent()\n")
    try agent.bash("printf 'made_by_the_shell = True\\n' >> app.py; rm old.txt; chmod +x keep.txt; echo x > a.log")
    // A person edits another line of the same file, then the agent's shell goes on.
    try repository.write("keep.txt", "a\nb\nTHE PERSON WROTE THIS LINE\nd\ne\n", mode: 0o755)
    try agent.bash("sed -i 's/^e$/e_as_the_agent_wants_it = 5/' keep.txt")
    try agent.bash(
      "printf '\\000\\001binary' > data.bin; mkdir -p sub/dir; echo 'deep_line_of_the_shell' > sub/dir/new.txt")
    try agent.subagent("explorer") { try $0.write("sub/agent.txt", "written_by_the_sub_agent_of_it_all\n") }
    try agent.compact()
    try agent.read("app.py")
    try agent.stop()
    #expect(agent.noise.isEmpty)
    try work.commitNow("rework")

    #expect(
      try work.consistency("app.py") == [
        "pre-audit", "attributed", "pre-audit", "pre-audit", "pre-audit", "pre-audit", "attributed",
      ])
    #expect(
      try work.consistency("keep.txt") == ["pre-audit", "pre-audit", "missing_from_audit", "pre-audit", "attributed"])
    #expect(try work.consistency("sub/dir/new.txt") == ["attributed"])
    #expect(try work.consistency("sub/agent.txt") == ["attributed"])
    let evidence = try work.evidence()
    let changes = Set(evidence.compactMap { row in row["change"]?.string.map { "\(row["path"]?.string ?? "") \($0)" } })
    #expect(
      changes.isSuperset(of: ["old.txt deletedFile", "data.bin changedFile", "sub/agent.txt added"]), "\(changes)")
    #expect(evidence.allSatisfy { $0["evidence_firmness"] == "firm_observed" })
    #expect(try repository.git("status", "--porcelain").output.isEmpty)
  }

  @Test func searchIndexFollowsTurnsAndCommitsOnceItIsThere() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Write the almanac")
    try agent.write("almanac.txt", "first of all\n")
    try agent.stop()
    let index = try work.repository.commonDirectory + "/opentraces/index/search.sqlite"
    #expect(!Files.exists(index), "hooks make none")
    _ = try work.json("trace", "index")
    try agent.prompt("Now the zodiac as well")
    try agent.write("zodiac.txt", "twelve of them\n")
    try agent.stop()
    #expect(try work.json("trace", "query", "zodiac", "--fresh")["total"]?.int == 1)
    try work.commitNow("almanac and zodiac")
    let head = try work.repository.resolve("HEAD").hex
    let found = try work.json("trace", "query", "almanac", "--fresh")
    #expect(found["freshness"]?["stale"]?.bool == false)
    #expect(found["candidates"]?.array?.first?["commit_sha"]?.string == head)
  }

  /// Takes what is kept for searching out of the private plane.
  private func dropSearchParts(_ git: TemporaryRepository) throws {
    let ref = "refs/opentraces/local/bucket/v1"
    _ = try git.git("read-tree", ref)
    let parts = try git.git("ls-files").output.split(separator: "\n").filter { $0.contains("/search/") }
    try #require(!parts.isEmpty)
    _ = try git.git("update-index", "--force-remove", "--stdin", input: parts.joined(separator: "\n") + "\n")
    let tree = try git.git("write-tree").line
    _ = try git.git("update-ref", ref, try git.git("commit-tree", "-m", "without parts", "-p", ref, tree).line)
    _ = try git.git("read-tree", "HEAD")
  }

  @Test func sessionReadInPiecesIsFoundAsOneReadWhole() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Write the third chapter")
    try agent.write("third.md", "one\n")
    try agent.stop()
    try agent.prompt("Now mention the heliotrope")
    try agent.edit("third.md", "one\n", "heliotrope\n")
    try agent.write("fourth/readme.md", "checkpointValidation\n")
    try agent.bash("echo zodiac")
    try agent.stop()
    let kept = try work.repository.git("ls-tree", "-r", "--name-only", "refs/opentraces/local/bucket/v1").output
    #expect(kept.contains("/search/0002.json"), "a part of each turn")
    let words = ["third", "heliotrope", "chapter heliotrope", "validation", "fourth/readme.md", "zodiac", "edit"]
    let keys = [
      "title", "summary", "files", "matched_fields", "snippet", "dependency_names", "retrieval_signals", "tests",
    ]
    func answers() throws -> [JSONValue?] {
      _ = try work.json("trace", "index")
      return try words.flatMap { word in
        let candidates = try work.json("trace", "query", word)["candidates"]?.array ?? []
        #expect(candidates.count == 1, "\(word)")
        return candidates.flatMap { candidate in keys.map { candidate[$0] } }
      }
    }
    let pieces = try answers()
    try dropSearchParts(work.repository)
    #expect(try answers() == pieces, "made from the transcript")
  }

  @Test func modeThatAToolChangedIsEvidence() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Make it executable")
    try agent.bash("chmod +x keep.txt")
    try agent.stop()
    try work.commitNow("mode")
    let evidence = try work.evidence()
    #expect(evidence.map { $0["change"]?.string } == ["changedMode"])
  }

  @Test func commitInsideACallIsTiedAtOnce() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Change and commit")
    try agent.bash("echo 'shell_line_of_the_commit_inside = 1' >> app.py && git commit -qam inside")
    #expect(try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output.contains("path=app.py"))
  }

  @Test func commitTakesUpWhatARunningSessionDid() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Change")
    try agent.edit("app.py", "    return 2\n", "    return two_of_the_agent()\n")
    try work.commitNow("by the user, in the middle of the turn")
    #expect(try work.repository.git("notes", "--ref=opentraces", "show", "HEAD").output.contains("path=app.py"))
  }

  @Test func excludedProjectLeavesNothingBehind() throws {
    let (work, agent) = try started()
    _ = try work.json("remove")
    try agent.start()
    try agent.prompt("secret")
    try agent.bash("echo x >> app.py")
    try agent.stop()
    #expect(Files.list(work.repository.path + "/.git/opentraces/journal").isEmpty)
    #expect(!Files.exists(work.repository.path + "/.git/opentraces/worktree"))
    #expect(agent.noise.isEmpty)
  }

  @Test func firstHookEnrollsAProjectWithoutTouchingTheWorktree() throws {
    let work = try Workspace()
    work.repository.environment.now = Timestamp.now().seconds
    try work.repository.commit("start", files: ["a.txt": "x\n"])
    _ = try work.json("setup", "claude-code")
    let agent = FakeClaudeCode(work.repository, session: "s1")
    try agent.start()
    try agent.prompt("go")
    try agent.write("b.txt", "a_line_of_a_project_that_nobody_enrolled\n")
    try agent.stop()
    #expect(try work.repository.git("status", "--porcelain").output == "?? b.txt\n")
    #expect(try work.json("status")["enrolled"] != false)
    #expect(Files.list(work.repository.path + "/.git/opentraces/journal/claude-code") == ["s1.jsonl"])
  }

  @Test func commandTakesUpWhatARunningSessionDid() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("Change")
    try agent.write("new.txt", "a_line_that_no_turn_has_ended_after\n")
    let status = try work.json("status")
    #expect(status["sessions"]?.array?.first?["session_id"]?.string == agent.session)
  }

  /// Two sessions take turns, some of their calls overlapping.
  @Test func twoSessionsAtOnceLoseNothingAndShareNothing() throws {
    let (work, first) = try started()
    let second = FakeClaudeCode(work.repository, session: "5e551017-0000-4000-8000-000000000002")
    for agent in [first, second] {
      try agent.start()
      try agent.prompt("go")
    }
    for number in 0..<10 {
      try first.write("a\(number).txt", "written_by_the_first_session_\(number)\n")
      try second.bash("echo written_by_the_second_session_\(number) > b\(number).txt")
      let (call, file) = ("toolu_second_\(number)", work.repository.path + "/c\(number).txt")
      // The second session's shell runs while the first one writes.
      try second.begin("Bash", ["command": "slow"], call)
      try first.write("d\(number).txt", "written_by_the_first_in_between_\(number)\n")
      try Files.append(Array("written_by_the_slow_shell_\(number)\n".utf8), to: file)
      try second.finish("Bash", ["command": "slow"], call, ("", nil))
    }
    try first.stop()
    try second.stop()
    #expect((first.noise + second.noise).isEmpty)
    try work.commitNow("both")
    for (names, agent) in [(["a", "d"], first), (["b", "c"], second)] {
      for name in names {
        for number in 0..<10 {
          let note = try work.json("trail", "blame", "commit", "HEAD", "\(name)\(number).txt", "--lines")
          let rows = note["trailEvidence"]?.array ?? []
          #expect(Set(rows.compactMap { $0["session_id"]?.string }) == [agent.session], "\(name)\(number)")
        }
      }
    }
    let journals = try [first, second].map {
      try Files.readText(work.repository.path + "/.git/opentraces/journal/claude-code/\($0.session).jsonl") ?? ""
    }
    let changes = journals.map { $0.split(separator: "\n").filter { $0.contains("opentraces_changes") }.count }
    #expect(changes == [20, 20])
    // A line per boundary: start, prompt, two for each call, stop.
    #expect(journals.map { $0.split(separator: "\n").filter { $0.contains("opentraces_hook") }.count } == [43, 43])
  }

  @Test func projectWhoseMarkerExcludesItLeavesNothingBehind() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "x\n"])
    _ = try work.json("setup", "claude-code")
    #expect(try work.json("config", "set", "excluded", "yes", "--project")["value"] == true)
    let agent = FakeClaudeCode(work.repository, session: "s1")
    try agent.start()
    try agent.prompt("secret")
    try agent.bash("echo x >> a.txt")
    try agent.stop()
    #expect(!Files.exists(work.repository.path + "/.git/opentraces"))
    #expect(try work.repository.git("config", "--local", "--list").output.contains("opentraces") == false)
  }

  @Test func manualModeCapturesOnlyWhatWasEnrolled() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "x\n"])
    _ = try work.json("setup", "claude-code")
    #expect(try work.json("config", "tracking-mode", "manual")["tracking_mode"] == "manual")
    let agent = FakeClaudeCode(work.repository, session: "s1")
    try agent.start()
    try agent.bash("true")
    #expect(!Files.exists(work.repository.path + "/.git/opentraces"))
    _ = try work.json("init")
    try agent.bash("true")
    #expect(Files.list(work.repository.path + "/.git/opentraces/journal/claude-code") == ["s1.jsonl"])
    #expect(try work.failure("config", "tracking-mode", "sometimes").exit == 2)
    #expect(try work.failure("config", "set", "agents", "eliza", "--project").code == "INVALID_CONFIG_VALUE")
    #expect(try work.failure("config", "set", "color", "red", "--project").code == "UNKNOWN_CONFIG_KEY")
  }

  @Test func whatParallelCallsMayBothHaveDoneIsProvisional() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.begin("Bash", ["command": "one"], "toolu_one")
    try agent.begin("Bash", ["command": "two"], "toolu_two")
    try work.repository.write("new.txt", "a_line_that_either_call_may_have_written\n")
    try agent.finish("Bash", ["command": "one"], "toolu_one", ("", nil))
    try agent.finish("Bash", ["command": "two"], "toolu_two", ("", nil))
    try agent.stop()
    try work.commitNow("both")
    let evidence = try work.evidence()
    #expect(evidence.count == 1)
    #expect(evidence.first?["evidence_firmness"] == "provisional")
    #expect(evidence.first?["limitations"] == ["concurrent_writer_overlap"])
  }

  @Test func recordSaysHowItsPatchesWereCaptured() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash("echo a_line_of_the_shell_for_the_record >> app.py")
    try agent.stop()
    let trace = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    let patches = try work.json("trace", "get", trace, "--full")["trace"]?["patches"]?.array ?? []
    #expect(patches.map { $0["capture_method"] } == [["hook_posttooluse", "hook_pretooluse"]])
    #expect(patches.map { $0["limitations"] } == [[]])
  }

  @Test func ignoredFileThatACallNamesIsNotRead() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash("echo secret_of_the_user > secret.log; cat secret.log; echo x >> app.py")
    try agent.write("other.log", "another_secret_of_the_user\n")
    try agent.stop()
    for text in ["secret_of_the_user", "another_secret_of_the_user"] {
      let blob = try work.repository.run("/bin/sh", ["-c", "echo \(text) | git hash-object --stdin"]).output.prefix(40)
      #expect(try !work.repository.tryGit("cat-file", "-e", String(blob)).succeeded)
    }
  }

  /// What a command takes out of git was written by whoever put it there.
  @Test(arguments: [
    "git stash pop -q", "git stash apply -q", "git checkout -q side -- .", "git cherry-pick -n side",
    "git merge -q --squash side", "git restore --source=side --worktree --staged .",
  ])
  func whatACallBringsBackOutOfGitIsNotItsDoing(_ command: String) throws {
    let (work, agent) = try started()
    let repository = work.repository
    let lines = "a\nb\nc\nd\ne\nthe_person_wrote_this_line_long_ago\n"
    try repository.git("checkout", "-q", "-b", "side")
    try repository.commit("by a person", files: ["keep.txt": lines, "fresh.txt": "the_person_made_this_file\n"])
    try repository.git("checkout", "-q", "main")
    try repository.write("keep.txt", lines)
    try repository.write("fresh.txt", "the_person_made_this_file\n")
    try repository.git("stash", "-q", "-u")
    try agent.start()
    try agent.prompt("go")
    // The tip of the branch is older than the second in which the call begins.
    MonotonicClock.pause(milliseconds: 1100)
    try agent.bash("\(command) && echo 'the_agent_wrote_this_line_itself = 1' >> app.py")
    try agent.stop()
    try work.commitNow("with it")
    #expect(try work.consistency("keep.txt").last == "missing_from_audit")
    #expect(try work.consistency("fresh.txt") == ["missing_from_audit"])
    #expect(try work.consistency("app.py").last == "attributed")
  }

  @Test(arguments: ["git rebase -q main", "git merge -q -m merged main"])
  func commitsThatACallMovesAreNotItsDoing(_ command: String) throws {
    let (work, agent) = try started()
    let repository = work.repository
    try repository.git("checkout", "-q", "-b", "side")
    try repository.commit("by a person", files: ["keep.txt": "a\nb\nc\nd\nthe_person_wrote_this_line_on_a_branch\n"])
    try repository.git("checkout", "-q", "main")
    try repository.commit("by another", files: ["other.txt": "another_person_wrote_this_line_meanwhile\n"])
    try repository.git("checkout", "-q", "side")
    try agent.start()
    try agent.prompt("go")
    try agent.bash(command)
    try agent.bash("echo 'the_agent_wrote_this_line_itself = 1' >> app.py")
    try agent.stop()
    let touched = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    let patches = try work.json("trace", "get", touched, "--full")["trace"]?["patches"]?.array ?? []
    #expect(patches.map { $0["file_path"] } == ["app.py"])
  }

  @Test func commitInsideACallIsTheCallsOwnDoing() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash(
      "echo 'line_that_the_call_itself_commits = 1' >> app.py; git commit -qam inside; git checkout -q -b next")
    try agent.stop()
    #expect(try work.consistency("app.py").last == "attributed")
  }

  /// What was seen meanwhile may be in the store already when the user refuses.
  @Test(arguments: [false, true])
  func whatHappensAfterARefusedCallIsNotItsDoing(_ isFolded: Bool) throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash("true")
    try agent.begin("Bash", ["command": "rm -rf everything"], "toolu_refused")
    try work.repository.write("keep.txt", "the_person_did_it_by_hand_instead\n")
    if isFolded { _ = try work.json("status") }
    try agent.line(
      "user",
      [
        "message": [
          "role": "user",
          "content": [
            [
              "type": "tool_result", "tool_use_id": "toolu_refused", "is_error": true,
              "content": "The user doesn't want to proceed with this tool use. The tool use was rejected.",
            ]
          ],
        ]
      ])
    try work.commitNow("by hand")
    #expect(try work.consistency("keep.txt") == ["missing_from_audit"])
  }

  @Test func changesOfOneCallBelongTogetherWhereverAFoldFalls() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.begin("Bash", ["command": "slow"], "toolu_slow")
    try work.repository.write("new.txt", "first_line_that_the_call_writes\n")
    _ = try work.json("status")
    try work.repository.write("new.txt", "first_line_that_the_call_writes\nsecond_line_that_the_call_writes\n")
    try agent.finish("Bash", ["command": "slow"], "toolu_slow", ("", nil))
    try agent.stop()
    let trace = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    #expect(try work.json("trace", "get", trace, "--full")["trace"]?["patches"]?.array?.count == 1)
    try work.commitNow("both")
    #expect(try work.consistency("new.txt") == ["attributed", "attributed"])
  }

  @Test func sessionFoldedTurnByTurnEqualsOneThatIsImported() throws {
    let (work, agent) = try started()
    try agent.start()
    for turn in 0..<4 {
      try agent.prompt("turn \(turn)")
      try agent.edit("app.py", "return \(turn == 0 ? 1 : turn * 10)\n", "return \((turn + 1) * 10)\n")
      try agent.bash("echo 'line_of_turn_number_\(turn)' >> log\(turn % 2).txt")
      try agent.read("app.py")
      try agent.stop()
    }
    let trace = try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string ?? ""
    let folded = try work.json("trace", "get", trace, "--full")["trace"]
    _ = try work.json("remove", "--all", "--yes")
    _ = try work.json("init", "--import-existing")
    let imported = try work.json("trace", "get", trace, "--full")["trace"]
    for key in ["steps", "metrics", "task", "timestamp_end"] { #expect(folded?[key] == imported?[key], "\(key)") }
    #expect(folded?["patches"]?.array?.count == 8)
    #expect(try work.json("bucket", "verify")["status"] == "ok")
  }

  @Test func nothingIsKeptAnyMoreOnceAProjectIsExcluded() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash("true")
    _ = try work.json("config", "set", "excluded", "true", "--project")
    try agent.prompt("secret_that_was_said_after_the_exclusion")
    try work.commitNow("meanwhile")
    _ = try work.opentraces("status")
    _ = try work.opentraces("trail", "graph")
    #expect(try work.repository.git("for-each-ref", "refs/opentraces/local/bucket").output.isEmpty)
  }

  @Test(arguments: [true, false])
  func codexSessionIsCapturedLikeOneOfClaudeCode(_ namesTranscript: Bool) throws {
    let (work, _) = try started()
    _ = try work.json("setup", "codex-cli")
    _ = try work.json("init", "--agent", "codex-cli")
    let codex = FakeCodex(work.repository, session: "019a0000-0000-7000-8000-000000000001")
    codex.namesTranscript = namesTranscript
    try codex.start()
    try codex.prompt("Add a module")
    try codex.add("module.py", "first_line_of_the_module = 1\nsecond_line_of_the_module = 2\n")
    try work.repository.write(
      "module.py", "first_line_of_the_module = 1\nsecond_line_of_the_module = 2\nthe_person_added_this_one = 3\n")
    try codex.shell("echo 'line_of_a_shell_that_no_transcript_tells = 4' >> module.py; rm old.txt")
    try codex.stop()
    #expect(codex.noise.isEmpty)
    try work.commitNow("module")
    #expect(
      try work.consistency("module.py") == ["attributed", "attributed", "missing_from_audit", "attributed"])
    let evidence = try work.evidence()
    #expect(evidence.contains { $0["path"] == "old.txt" && $0["change"] == "deletedFile" })
    #expect(Set(evidence.compactMap { $0["session_id"]?.string }) == [codex.session])
  }

  @Test func everyLineOfACodexSessionOfAllKindsOfChangesHasItsOwner() throws {
    let (work, _) = try started()
    let repository = work.repository
    _ = try work.json("setup", "codex-cli")
    _ = try work.json("init", "--agent", "codex-cli")
    let codex = FakeCodex(repository, session: "019a0000-0000-7000-8000-000000000002")
    try codex.start()
    try codex.prompt("Rework the application")
    try codex.update("app.py", "    return 1", "    return one_of_the_agent()")
    try codex.shell("printf 'made_by_the_shell = True\\n' >> app.py; rm old.txt; chmod +x keep.txt; echo x > a.log")
    try repository.write("keep.txt", "a\nb\nTHE PERSON WROTE THIS LINE\nd\ne\n", mode: 0o755)
    try codex.shell("sed -i 's/^e$/e_as_the_agent_wants_it = 5/' keep.txt; printf '\\000\\001binary' > data.bin")
    try codex.shell("echo 'line_that_the_call_itself_commits = 1' > inside.txt; git add -A; git commit -qm inside")
    #expect(
      try work.consistency("app.py") == [
        "pre-audit", "attributed", "pre-audit", "pre-audit", "pre-audit", "pre-audit", "attributed",
      ])
    #expect(
      try work.consistency("keep.txt") == ["pre-audit", "pre-audit", "missing_from_audit", "pre-audit", "attributed"])
    #expect(try work.consistency("inside.txt") == ["attributed"])
    let evidence = try work.evidence()
    let changes = Set(evidence.compactMap { row in row["change"]?.string.map { "\(row["path"]?.string ?? "") \($0)" } })
    #expect(changes.isSuperset(of: ["old.txt deletedFile", "data.bin changedFile"]), "\(changes)")
    #expect(Set(evidence.compactMap { $0["session_id"]?.string }) == [codex.session])
    try codex.compact()
    try codex.add("last.txt", "written_after_the_compaction_of_the_session\n")
    try codex.shell("chmod +x app.py")
    try codex.stop()
    #expect(codex.noise.isEmpty)
    try work.commitNow("rest")
    #expect(try work.consistency("last.txt") == ["attributed"])
    #expect(try work.evidence().contains { $0["path"] == "app.py" && $0["change"] == "changedMode" })
  }

  @Test func linkedWorktreeIsCapturedAndLeftCleanAfterwards() throws {
    let (work, _) = try started()
    let linked = try work.repository.addWorktree(branch: "side")
    let agent = FakeClaudeCode(linked, session: "5e551017-0000-4000-8000-00000000000a")
    try agent.start()
    try agent.prompt("go")
    try agent.bash("echo 'line_of_the_shell_in_the_linked_worktree' > side.txt")
    try agent.stop()
    let state = work.repository.path + "/.git/worktrees"
    #expect(Files.list(state).contains { Files.exists("\(state)/\($0)/opentraces/worktree") })
    try linked.git("add", "-A")
    try linked.git("-c", "user.name=x", "commit", "-q", "-m", "side")
    #expect(try linked.git("notes", "--ref=opentraces", "show", "HEAD").output.contains("path=side.txt"))
    _ = try work.json("remove", "--all", "--yes")
    #expect(!Files.list(state).contains { Files.exists("\(state)/\($0)/opentraces") })
    #expect(!Files.exists(work.repository.path + "/.git/opentraces"))
  }

  // MARK: Faults

  @Test func heldLocksDelayNoToolCallAndLoseNothing() throws {
    let (work, agent) = try started()
    try agent.start()
    try agent.prompt("go")
    try agent.bash("true")
    work.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = nil
    let state = work.repository.path + "/.git/opentraces"
    let locks = try ["worktree.lock", "events.lock", "hook.lock"].map {
      try #require(try FileLock.acquire(state + "/" + $0, timeout: 1))
    }
    try agent.write("a.txt", "written_while_everything_was_locked\n")
    try agent.bash("echo by_the_shell_while_everything_was_locked > b.txt")
    #expect(agent.hookSeconds.max() ?? 9 < 2 && agent.noise.isEmpty)
    for lock in locks { lock.release() }
    work.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = "10000"
    try agent.stop()
    try work.commitNow("after")
    #expect(try work.consistency("a.txt") == ["attributed"])
    #expect(try work.consistency("b.txt") == ["attributed"])
  }

  @Test func agentThatOpentracesAsksIsNotCaptured() throws {
    let (work, agent) = try started()
    work.repository.environment.variables["OPENTRACES_CAPTURE"] = "off"
    let asked = FakeClaudeCode(work.repository, session: "5e551017-0000-4000-8000-000000000002")
    try asked.start()
    try asked.prompt("Name these parts")
    try asked.stop()
    #expect(asked.noise.isEmpty)
    #expect(try work.json("status")["sessions"]?.array?.isEmpty != false)
    work.repository.environment.variables["OPENTRACES_CAPTURE"] = nil
    try agent.start()
    try agent.prompt("Change a line")
    try agent.edit("app.py", "    return 1\n", "    return 11\n")
    try agent.stop()
    #expect(try work.json("status")["sessions"]?.array?.count == 1)
  }

  @Test func hookThatHangsEndsItselfAndSaysSo() throws {
    let (work, agent) = try started()
    try agent.start()
    work.repository.environment.variables["OPENTRACES_HOOK_WAIT_MS"] = nil
    // The queue is a pipe that nobody reads: the hook blocks when it opens it.
    let queue = work.repository.path + "/.git/opentraces/worktree.queue"
    try Files.remove(queue)
    #expect(try work.repository.run("/usr/bin/mkfifo", [queue]).succeeded)
    let start = MonotonicClock.seconds()
    try agent.hook(
      "PreToolUse", ["tool_name": "Bash", "tool_input": ["command": "x"], "tool_use_id": "t"])
    #expect(MonotonicClock.seconds() - start < 2.5)
    #expect(agent.noise.isEmpty)
    let log = try Files.readText(work.repository.path + "/.git/opentraces/hook.log") ?? ""
    #expect(log.contains("out of time") && log.contains("claude-code PreToolUse"))
    try Files.remove(queue)
    work.repository.environment.now = Timestamp.now().seconds
    let hooks = try work.json("status")["hooks"]
    #expect(hooks?["problems_last_day"] == 1 && hooks?["last_problem"]?["hook"] == "claude-code PreToolUse")
    #expect(try work.opentraces("status").output.contains("hooks reported a problem in the last day"))
  }

  @Test(arguments: [
    "", "{", "[]", "{\"session_id\":1}", "{\"session_id\":\"s\",\"cwd\":\"/no/such/place\"}", "\u{0}\u{1}",
  ])
  func payloadThatIsNoneIsIgnored(_ payload: String) throws {
    let (work, _) = try started()
    for event in ["PreToolUse", "PostToolUse", "Stop", "NoSuchEvent"] {
      let result = try work.opentraces("_hook", "claude-code", event, input: payload)
      #expect(result.exitCode == 0 && result.output.isEmpty && result.errors.isEmpty)
    }
  }
}
