import Basics
import TestSupport
import Testing

/// `trace index`, `trace query` and `trace skills`.
@Suite struct SearchCommandTests {
  private func kept() throws -> Workspace {
    let work = try Workspace()
    try work.repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    work.beginSession()
    work.prompt("Write the heading, the key is sk-ant-REDACTED please")
    try work.edit("notes.md", from: "", to: "# Überschrift\n")
    try work.save("session-2")
    _ = try work.json("init", "--import-existing")
    return work
  }

  private func index(_ work: Workspace) throws -> String {
    try work.repository.commonDirectory + "/opentraces/index/search.sqlite"
  }

  private func titles(_ work: Workspace, _ arguments: String...) throws -> [String] {
    let result = try work.run(["trace", "query"] + arguments + ["--json"])
    try #require(result.exitCode == 0, "\(result.output)")
    return (try JSONValue(parsing: result.output)["candidates"]?.array ?? []).compactMap { $0["title"]?.string }
  }

  @Test func missingIndexIsToldAndNotMade() throws {
    let work = try kept()
    let result = try work.opentraces("trace", "query", "total", "--json")
    let json = try JSONValue(parsing: result.output)
    #expect(
      result.exitCode == 3 && json["status"]?.string == "maintenance_needed" && json["reason"]?.string == "missing")
    #expect(json["advice"]?.string == "opentraces trace index")
    #expect(!Files.exists(try index(work)))
    let human = try work.opentraces("trace", "query", "total")
    #expect(human.output.isEmpty && human.errors.contains("opentraces trace index"))
  }

  @Test func wordsFindSessionsAndSecretsStayOut() throws {
    let work = try kept()
    let made = try work.json("trace", "index")
    #expect(made["search_snapshot"]?["trace_count"]?.int == 2)
    #expect(try titles(work, "total", "tax") == ["Add a total with tax"])
    #expect(
      try titles(work, "--lex", "uberschrift").count == 1, "by what an edit writes")
    #expect(try titles(work, "--files", "notes.md").count == 1)
    #expect(try titles(work, "--file-kind", ".py") == ["Add a total with tax"])
    #expect(try titles(work, "--tool", "Edit").count == 2)
    #expect(try titles(work, "nowhere").isEmpty)
    #expect(try titles(work, "totla", "tax").isEmpty && titles(work, "totla", "tax", "--fuzzy").count == 1)
    let corrected = try work.json("trace", "query", "totla", "--fuzzy")["corrections"]?.array
    #expect(corrected?.first?["replacement"]?.string == "total")
    let all = try work.opentraces("trace", "query", "heading", "--json").output
    #expect(!all.contains("sk-ant-api03-0123"), "\(all)")
    #expect(try !work.opentraces("trace", "query", "heading").output.contains("sk-ant-api03-0123"))
    let human = try work.opentraces("trace", "query", "total").output
    #expect(human.contains("Add a total with tax") && human.contains("1–1 of 1"))
  }

  @Test func staleIndexAnswersAndSaysSo() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    let fresh = try work.json("trace", "query", "total")
    #expect(fresh["freshness"]?["stale"]?.bool == false)
    work.beginSession()
    work.prompt("A third thing altogether")
    try work.edit("third.md", from: "", to: "x\n")
    try work.save("session-3")
    let before = try #require(try Files.readIfPresent(try index(work)))
    _ = try work.json("init", "--import-existing")
    #expect(try titles(work, "altogether", "--fresh").count == 1, "imports bring the index up to date")
    try Files.writeAtomically(before, to: try index(work))
    let stale = try work.json("trace", "query", "total")
    #expect(stale["freshness"]?["stale"]?.bool == true && stale["candidates"]?.array?.count == 1)
    let strict = try work.opentraces("trace", "query", "total", "--fresh", "--json")
    #expect(try strict.exitCode == 3 && JSONValue(parsing: strict.output)["reason"]?.string == "stale")
    let refreshed = try work.json("trace", "index", "refresh")
    #expect(refreshed["changed_trace_ids"]?.array?.count == 1)
    #expect(try titles(work, "altogether", "--fresh").count == 1)
    #expect(try work.json("trace", "index", "refresh")["synced"]?.bool == false)
    #expect(try work.json("trace", "index", "status")["search_snapshot"]?["state"]?.string == "ok")
  }

  @Test func refreshedAndRebuiltIndexesAgree() throws {
    let work = try kept()
    let first = try work.json("trace", "index")["search_snapshot"]?["source_hash"]
    _ = try work.json("git-backfill")
    _ = try work.json("trace", "index", "refresh")
    let refreshed = try work.json("trace", "query", "total")
    let rebuilt = try work.json("trace", "index")["search_snapshot"]?["source_hash"]
    #expect(first != nil && refreshed["freshness"]?["source_hash"] == rebuilt)
    #expect(try work.json("trace", "query", "total")["candidates"] == refreshed["candidates"])
  }

  @Test func damagedIndexIsToldAndMadeAnew() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    try Files.writeAtomically(Array(String(repeating: "damage", count: 2000).utf8), to: try index(work))
    let result = try work.opentraces("trace", "query", "total", "--json")
    #expect(try result.exitCode == 3 && JSONValue(parsing: result.output)["reason"]?.string == "unreadable")
    #expect(try work.json("trace", "index", "refresh")["rebuilt"]?.bool == true)
    #expect(try titles(work, "total").count == 1)
    try Files.remove(try index(work))
    _ = try work.json("trace", "index")
    #expect(try titles(work, "total").count == 1)
  }

  @Test func sessionsWithOneTitleAreBothFound() throws {
    let work = try Workspace()
    try work.repository.commit("start")
    for name in ["session-1", "session-2"] {
      work.beginSession()
      work.prompt("Fix the build")
      try work.edit(name + ".md", from: "", to: "x\n")
      try work.save(name)
    }
    _ = try work.json("init", "--import-existing")
    _ = try work.json("trace", "index")
    #expect(try titles(work, "build") == ["Fix the build", "Fix the build"])
    let page = try work.json("trace", "query", "build", "--limit", "1")
    #expect(page["total"]?.int == 2 && page["next_page_token"]?.string == "offset:1")
    #expect(try titles(work, "build", "--limit", "1", "--page-token", "offset:1").count == 1)
  }

  @Test func questionsInOtherWordsAreAnswered() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    let found = try work.json("trace", "query", "--semantic", "who introduced the sums of taxes?")
    #expect(found["candidates"]?.array?.first?["title"]?.string == "Add a total with tax")
    #expect(found["semantic_query"]?["concept_ids"]?.array == [])
    let named = try work.json("trace", "query", "--semantic", "what did claude do")
    #expect(named["semantic_query"]?["concept_ids"]?.array?.compactMap(\.string) == ["service:anthropic"])
    #expect(named["semantic_query"]?["terms"]?.array?.count == 4)
    #expect(try work.opentraces("trace", "query", "--semantic", "???").exitCode == 2)
    #expect(try work.opentraces("trace", "query", "total", "--semantic", "total").exitCode == 2)
  }

  @Test func fatesOfLinesAndPartsOfMapsAreTold() throws {
    let work = try kept()
    try work.repository.commit("both")
    _ = try work.json("git-backfill")
    _ = try work.json("trace", "index")
    #expect(try titles(work, "--survival", "alive_on_path").count == 2)
    #expect(try titles(work, "total", "--survival", "lost").isEmpty)
    try work.repository.commit("gone", files: ["orders.py": Sample.before])
    #expect(try titles(work, "--survival", "lost") + titles(work, "--survival", "reverted") == ["Add a total with tax"])
    let page = try work.json("trace", "query", "--survival", "alive_on_path", "--limit", "1")
    #expect(page["total"]?.int == 1 && page["has_more"]?.bool == false)
    #expect(try work.opentraces("trace", "query", "--survival", "dead").exitCode == 2)

    let sliced = try work.json("trace", "query", "total", "--include-slice", "evidence", "--max-slice-nodes", "2")
    let preview = sliced["candidates"]?.array?.first?["slice_preview"]
    #expect(preview?["nodes"]?.array?.count == 2 && preview?["edges"]?.array?.count == 1)
    #expect(preview?["limitations"]?.array?.contains("bounded_to_2_nodes") == true)
    #expect(sliced["search_diagnostics"]?["hydrated_count"]?.int == 1)
    #expect(try work.opentraces("trace", "query", "total", "--include-slice", "all").exitCode == 2)
  }

  @Test func allEnrolledRepositoriesAreSearched() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    let other = work.home + "/other"
    try work.repository.git("clone", "-q", work.repository.path, other)
    let package = work.home + "/package"
    let trace = try #require(
      try work.json("trace", "query", "total")["candidates"]?.array?.first?["trace_id"]?.string)
    _ = try work.json("trace", "teleport", "export", trace, "--output", package)
    _ = try work.opentraces("init", "--json", at: other)
    #expect(try work.opentraces("trace", "teleport", "import", package, at: other).succeeded)
    // A repository without an index is told and left out.
    let partly = try work.json("trace", "query", "total")
    #expect(partly["total"]?.int == 1 && partly["freshness"]?["left_out"]?.array?.count == 1)
    #expect(try work.opentraces("trace", "query", "total", "--fresh").exitCode == 3)
    #expect(try work.opentraces("trace", "index", at: other).succeeded)

    let both = try work.json("trace", "query", "total")
    let slugs = Set((both["candidates"]?.array ?? []).compactMap { $0["project_slug"]?.string })
    #expect(both["total"]?.int == 2 && slugs.count == 2)
    let pages = try ["0", "1"].flatMap {
      try work.json("trace", "query", "total", "--limit", "1", "--page-token", "offset:\($0)")["candidates"]?.array
        ?? []
    }
    #expect(pages.map { $0["project_slug"] } == both["candidates"]?.array?.map { $0["project_slug"] })
    for slug in slugs { #expect(try titles(work, "total", "--project", slug).count == 1) }
    #expect(try titles(work, "total", "--project", other).count == 1 && titles(work, "total", "--cwd").count == 1)
    #expect(try titles(work, "total", "--project", "no-such-slug").isEmpty)
    #expect(try work.opentraces("trace", "query", "total", "--cwd", "--project", other).exitCode == 2)
    #expect(try work.opentraces("trace", "query", "total", "--cwd", at: work.home).exitCode == 3)
    let outside = try work.opentraces("trace", "query", "total", at: work.home)
    #expect(outside.output.contains("1–2 of 2") && outside.output.contains("--project /"), "\(outside.output)")
    #expect(try work.json("trace", "skills")["total_skills"]?.int == 0)
  }

  @Test func oneDamagedSessionIsNotInTheWayOfTheOthers() throws {
    let work = try kept()
    let ref = "refs/opentraces/local/bucket/v1"
    let git = work.repository
    try git.git("read-tree", ref)
    let files = try git.git("ls-files").output.split(separator: "\n").map(String.init)
    let first = try #require(files.first { $0.contains("/source/") })
    let trace = first.split(separator: "/")[2]
    let gone = files.filter { $0.contains(trace) && ($0.contains("/source/") || $0.contains("/search/")) }
    try git.git("update-index", "--force-remove", "--stdin", input: gone.joined(separator: "\n") + "\n")
    try git.git("update-ref", ref, try git.git("commit-tree", "-m", "damaged", try git.git("write-tree").line).line)
    try git.git("read-tree", "HEAD")
    let made = try work.opentraces("trace", "index")
    #expect(made.succeeded && made.errors.contains("1 session can't be read"), "\(made.errors)")
    #expect(try titles(work, "--tool", "Edit").count == 1)
  }

  @Test func pagesFarAwayAreRefused() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    #expect(try work.opentraces("trace", "query", "total", "--page-token", "offset:9223372036854775807").exitCode == 2)
    #expect(try work.opentraces("trace", "query", "total", "--limit", "9223372036854775807").exitCode == 2)
    #expect(try titles(work, "total", "--page-token", "offset:1000000").isEmpty)
  }

  @Test func skillsComeInPages() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    work.prompt("Look at the skills")
    for name in ["alpha", "beta", "beta", "gamma"] {
      work.shell("cat /home/u/.claude/skills/\(name)/SKILL.md", prints: "body of \(name)")
    }
    try work.edit("a.txt", from: "a\n", to: "b\n")
    try work.save("session-1")
    _ = try work.json("init", "--import-existing")
    _ = try work.json("trace", "index")
    let first = try work.json("trace", "skills", "--limit", "2")
    #expect(first["skills"]?.array?.compactMap { $0["skill_name"]?.string } == ["beta", "alpha"])
    #expect(first["skills"]?.array?.first?["sources"] == ["skill_body_read": 2])
    #expect(first["has_more"] == true && first["next_page_token"] == "offset:2")
    let rest = try work.json("trace", "skills", "--limit", "2", "--page-token", "offset:2")
    #expect(rest["skills"]?.array?.compactMap { $0["skill_name"]?.string } == ["gamma"])
    #expect(rest["has_more"] == false && rest["next_page_token"] == .null && rest["total_invocations"] == 4)
    #expect(
      try work.opentraces("trace", "skills", "--limit", "1").output == "beta\t2\t1\nmore: --page-token offset:1\n")
    #expect(try work.json("trace", "query", "--skill", "gamma")["total"] == 1)
    for flag in ["--latest-generation", "--include-superseded"] {
      #expect(try work.json("trace", "skills", flag)["total_skills"] == 3)
      #expect(try work.json("trace", "query", "--skill", "gamma", flag)["total"] == 1)
    }
    #expect(try work.failure("trace", "skills", "--latest-generation", "--include-superseded").exit == 2)
    for token in ["2", "offset:", "offset:-1", "offset:x"] {
      #expect(try work.failure("trace", "skills", "--page-token", token).exit == 2)
    }
  }

  @Test func skillsAreCounted() throws {
    let work = try kept()
    _ = try work.json("trace", "index")
    #expect(try work.json("trace", "skills")["total_skills"]?.int == 0)
    #expect(try work.opentraces("trace", "skills").output == "No skill invocations found.\n")
  }

  @Test func nothingToSearchIsNoFailure() throws {
    let work = try Workspace()
    try work.repository.commit("start")
    let json = try work.json("trace", "query", "x")
    #expect(json["total"]?.int == 0 && json["freshness"]?["stale"]?.bool == false)
  }
}
