import Basics
import GitKit
import TestSupport
import Testing

/// `trail graph` as it is seen: on terminals of any width, as JSON and as a page.
@Suite struct GraphTests {
  /// Two sessions on a branch that is merged, with names that take room.
  private func worked() throws -> Workspace {
    let work = try Workspace()
    let repository = work.repository
    try repository.commit("start", files: ["orders.py": Sample.before])
    work.prompt("Add a total with tax")
    try work.edit("orders.py", from: Sample.before, to: Sample.after)
    try work.save("session-1")
    work.beginSession()
    work.prompt("日本語の見出しを書く key sk-ant-REDACTED please")
    try work.edit("docs/見出し.md", from: "", to: "# 見出し\n\nはじめに言葉があった\n")
    try work.save("session-2")
    try repository.git("stash", "-q", "-u")
    _ = try work.json("init", "--import-existing")
    try repository.commit("enroll")
    try repository.git("checkout", "-q", "-b", "topic/with-a-rather-long-name")
    try repository.git("stash", "pop", "-q")
    try repository.git("add", "orders.py")
    repository.environment.now += 60
    try repository.git(
      "commit", "-q", "-m", "add total 合計を加える: a subject that is longer than a narrow terminal is wide")
    try repository.commit("write the heading\u{1B}[31m in red")
    try repository.git("tag", "v1.0")
    try repository.git("checkout", "-q", "main")
    try repository.commit("meanwhile", files: ["other.txt": "by hand\n"])
    repository.environment.now += 60
    try repository.git("merge", "-q", "--no-ff", "-m", "merge the topic", "topic/with-a-rather-long-name")
    _ = try work.json("git-backfill")
    return work
  }

  private func columns(_ text: Substring) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      switch scalar.value {
      case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xFF00...0xFF60: sum + 2
      default: sum + 1
      }
    }
  }

  @Test func linesAreNoWiderThanTheTerminal() throws {
    let work = try worked()
    for width in [40, 63, 64, 80, 100, 160, 200] {
      work.repository.environment.variables["COLUMNS"] = "\(width)"
      for arguments in [[], ["--all", "--full"], ["--entities", "--full"], ["--trace", try traces(work)[0]]] {
        let text = try work.run(["trail", "graph"] + arguments).output
        #expect(text.split(separator: "\n").count > 2)
        for line in text.split(separator: "\n") {
          #expect(columns(line) <= width, "\(width) columns, \(arguments): \(line)")
        }
      }
    }
  }

  private func traces(_ work: Workspace) throws -> [String] {
    (try work.json("status")["sessions"]?.array ?? []).compactMap { $0["trace_id"]?.string }.sorted()
  }

  @Test func branchesHaveLanesAndCommitsTheirNames() throws {
    let work = try worked()
    work.repository.environment.variables["COLUMNS"] = "120"
    let lines = try work.opentraces("trail", "graph").output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("┊○   c:") && lines[0].hasSuffix("HEAD → main · merge the topic"))
    #expect(lines[1] == "├─╮")
    let heading = try #require(lines.firstIndex { $0.contains("write the heading") })
    #expect(lines[heading].hasPrefix("┊ ┊●   c:"), "\(lines[heading])")
    #expect(lines[heading].contains("topic/with-a-rather-long-name, v1.0 · "))
    #expect(lines[heading - 1].hasPrefix("┊ ┊╭┄t:") && lines[heading - 1].contains("見出し.md"))
    #expect(lines.contains { $0.hasPrefix("├─╯") })
    #expect(!lines.joined().contains("\u{1B}"), "an escape in a subject is shown, not obeyed")
    #expect(lines[heading].contains("␛[31m"))
  }

  @Test func longOutputIsCutAndSaysSo() throws {
    let work = try worked()
    for number in 0..<50 { try work.repository.commit("more \(number)") }
    let lines = try work.opentraces("trail", "graph", "--limit", "60").output.split(separator: "\n")
    #expect(lines.count == 41)
    #expect(lines.last?.hasPrefix("… ") == true && lines.last?.contains("--full") == true)
    let full = try work.opentraces("trail", "graph", "--limit", "60", "--full").output.split(separator: "\n")
    #expect(full.count > 50 && full.prefix(40).elementsEqual(lines.prefix(40)))
    let page = try work.json("trail", "graph", "--limit", "10", "--page", "2")
    #expect(page["commits"]?.array?.first?["subject"]?.string == "more 39")
    #expect(page["has_more"]?.bool == true)
    #expect(try work.json("trail", "graph", "--page", "\(Int.max)")["commits"]?.array?.isEmpty == true)
  }

  @Test func pivotFindsLandingsBeyondThePage() throws {
    let work = try worked()
    for number in 0..<30 { try work.repository.commit("more \(number)") }
    let commits = try work.json("trail", "graph")["commits"]?.array ?? []
    #expect(commits.count == 20 && commits.allSatisfy { $0["traces"]?.array?.isEmpty == true })
    for trace in try traces(work) {
      let graph = try work.json("trail", "graph", "--trace", "t:" + trace)
      #expect(graph["mode"]?.string == "trace" && graph["pivot_trace_id"]?.string == trace)
      #expect(graph["commits"]?.array?.count == 1)
    }
  }

  @Test func evidenceTellsHowThePatchIsNow() throws {
    let work = try worked()
    func states() throws -> [String: String] {
      var states: [String: String] = [:]
      for commit in try work.json("trail", "graph", "--limit", "100")["commits"]?.array ?? [] {
        for trace in commit["traces"]?.array ?? [] {
          for row in trace["trail_evidence"]?.array ?? [] {
            states[row["path"]?.string ?? ""] = row["current_survival"]?["survival_state"]?.string
          }
        }
      }
      return states
    }
    #expect(try states() == ["orders.py": "alive_on_path", "docs/見出し.md": "alive_on_path"])
    try work.repository.git("rm", "-q", "orders.py")
    try work.repository.git("mv", "docs/見出し.md", "top.md")
    try work.repository.commit("move and drop")
    #expect(try states() == ["orders.py": "lost", "docs/見出し.md": "alive_moved"])
  }

  @Test func entitiesAreNamedByWhatHappenedToThem() throws {
    let work = try worked()
    let commit = try work.repository.resolve("topic/with-a-rather-long-name~1").hex
    let blame = try work.json("trail", "blame", "commit", commit, "--entities")
    let entity = try #require(blame["traces"]?.array?.first?["entities"]?.array?.first)
    #expect(entity["name"]?.string == "total" && entity["change"]?.string == "added")
    #expect(entity["kind"]?.string == "function" && entity["line"]?.int == 2 && entity["line_count"]?.int == 3)
    let contribution = try #require(blame["entity_contributions"]?.array?.first)
    #expect(contribution["entities"]?.array?.count == 1 && contribution["chunks"]?.array?.isEmpty == true)
    let graph = try work.json("trail", "graph", "--entities", "--until", commit)
    let first = graph["commits"]?.array?.first?["traces"]?.array?.first
    #expect(first?["entities"]?.array?.first?["name"]?.string == "total")
    #expect(try work.opentraces("trail", "blame", commit, "--entities").output.contains("+ Added total"))
    #expect(try work.opentraces("trail", "graph", "--entities", "--until", commit).output.contains("+1"))
    #expect(try work.json("trail", "blame", commit)["entity_contributions"]?.array?.isEmpty == true)
  }

  @Test func pageLoadsNothingAndHoldsEveryCommit() throws {
    let work = try worked()
    let file = work.repository.path + "/page.html"
    let said = try work.json("trail", "graph", "--html", file)
    #expect(said["commits"]?.int == 6 && said["path"]?.string == file)
    let page = try #require(try Files.readText(file))
    for commit in try work.repository.git("log", "--format=%H").lines { #expect(page.contains("id=\"c\(commit)\"")) }
    #expect(
      !page.contains("http://") && !page.contains("https://") && !page.contains("<link") && !page.contains("src="))
    #expect(page.contains("total") && page.contains("見出し"))
    #expect(!page.contains("sk-ant-api03"), "prompts are redacted")
    #expect(!page.contains("\u{1B}"))
    let again = work.repository.path + "/again.html"
    _ = try work.json("trail", "graph", "--html", again)
    func body(_ text: String) -> Substring { text.split(separator: "<main>", maxSplits: 1).last ?? "" }
    #expect(try body(page) == body(#require(try Files.readText(again))), "the same every time but for the date")
  }

  @Test func pageIsRefusedWhereItCannotBeWritten() throws {
    let work = try worked()
    let result = try work.opentraces(
      "trail", "graph", "--html", work.repository.path + "/orders.py/page.html", "--json")
    #expect(result.exitCode != 0)
    #expect(try JSONValue(parsing: result.output)["error"]?["message"]?.string?.contains("page.html") == true)
  }

  @Test(.enabled(if: Browser.path != nil)) func browserShowsThePageAndItsScriptRuns() throws {
    let work = try worked()
    let file = work.repository.path + "/page.html"
    _ = try work.json("trail", "graph", "--html", file)
    let browser = try #require(Browser.path)
    let text = try #require(try Files.readText(file))
    let probe = """
      <script>
      var button=document.querySelector('.session');button.click();
      document.getElementById('filter').value='heading';document.getElementById('filter').dispatchEvent(new Event('input'));
      document.title='pressed '+button.getAttribute('aria-pressed')+', shown '+
        document.querySelectorAll('.commit:not(.hidden)').length+', circles '+document.querySelectorAll('circle').length+
        ', errors '+(window.failed||0);
      </script></body>
      """
    let watched = text.replacing("<head>", with: "<head><script>window.onerror=function(){window.failed=1}</script>")
    try Files.writeAtomically(Array(watched.replacing("</body>", with: probe).utf8), to: file)
    let result = try work.repository.run(
      browser, ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "file://" + file])
    #expect(result.output.contains("<title>pressed true, shown 1, circles 6, errors 0</title>"))
  }
}

/// A browser without a window, where the machine has one.
private enum Browser {
  static let path = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
    Files.status($0) != nil
  }
}
