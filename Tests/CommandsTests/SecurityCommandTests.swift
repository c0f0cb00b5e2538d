import Basics
import TestSupport
import Testing

/// `security` and `config set security.…`
@Suite struct SecurityCommandTests {
  private static let token = "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"

  private func sanitize(_ input: String, _ arguments: String...) throws -> ShellResult {
    try Workspace().run(["security", "sanitize"] + arguments, input: input)
  }

  @Test func referenceVectorsComeOutAsTheyShould() throws {
    #expect(
      try sanitize("{\"text\":\"OPENAI_API_KEY=sk-demo\"}", "--tools", "regex").output
        == "{\"sanitized\": \"OPENAI_API_KEY=sk-demo\", \"findings\": []}\n")
    let path = try sanitize("{\"row\":{\"path\":\"/Users/alice/project\"}}", "--tools", "path_anonymizer")
    #expect(
      try JSONValue(parsing: path.output)["sanitized"]?["path"]?.string == "/Users/[ot-user-2bd806c9]/project")
    #expect(try JSONValue(parsing: path.output)["report"]?["tools_applied"] == ["path_anonymizer"])
    let row =
      "{\"row\":{\"a\":\"mail bob@corp.io\",\"b\":[{\"c\":\"10.0.0.1 \(Self.token) host db.internal\"}],\"n\":3}}"
    let report = try JSONValue(parsing: sanitize(row, "--tools", "business_logic,regex,entropy,regex").output)
    #expect(
      report["sanitized"] == ["a": "mail [REDACTED]", "b": [["c": "10.0.0.1 [REDACTED] host [REDACTED]"]], "n": 3])
    #expect(report["report"]?["tools_applied"] == ["regex", "entropy", "business_logic"])
    let found = report["report"]?["findings"]?.array ?? []
    #expect(found.map { $0["field_path"]?.string } == ["a", "b[0].c", "b[0].c"])
    #expect(found.map { $0["start"]?.int } == [5, 9, 25] && report["report"]?["redactions_applied"] == 3)
  }

  @Test func outputIsOneLineAndCanLeaveTheSecretOut() throws {
    let input = "{\"text\":\"é \(Self.token)\"}"
    for words in [["--tools", "regex", "--no-matched-text"], ["--tools", "regex", "--no-matched-text", "--json"]] {
      let result = try Workspace().run(["security", "sanitize"] + words, input: input)
      #expect(result.output.split(separator: "\n").count == 1 && result.output.contains("\\u00e9"))
      #expect(!result.output.contains(Self.token.dropFirst(6)) && result.output.contains("ghp_"))
    }
    let typed = try sanitize(input, "--tools", "regex", "--typed-placeholders").output
    #expect(typed.contains("[REDACTED:github_token]"))
  }

  @Test(arguments: [
    ("{\"text\":\"x\"}", []), ("{\"text\":\"x\"}", ["--tools", "regex", "--use-config"]),
    ("{\"text\":\"x\"}", ["--tools", " ,"]),
    ("{\"text\":\"x\"}", ["--tools", "nope"]), ("", ["--tools", "regex"]), ("{", ["--tools", "regex"]),
    ("[1]", ["--tools", "regex"]), ("{\"text\":3}", ["--tools", "regex"]), ("{\"row\":[]}", ["--tools", "regex"]),
    ("{\"record\":\"x\"}", ["--tools", "regex"]), ("{\"record\":{}}", ["--tools", "regex"]),
    ("{\"other\":1}", ["--tools", "regex"]),
    ("{\"text\":\"x\"}", ["--tools", "regex", "--field-type", "poem"]),
  ])
  func wrongInputIsAUsageError(_ input: String, _ words: [String]) throws {
    let work = try Workspace()
    let result = try work.run(["security", "sanitize"] + words + ["--json"], input: input)
    #expect(result.exitCode == 2)
    #expect(try JSONValue(parsing: result.output)["error"]?["message"]?.string?.isEmpty == false)
    let plain = try work.run(["security", "sanitize"] + words, input: input)
    #expect(plain.exitCode == 2 && plain.output.isEmpty && plain.errors.contains("hint: "))
  }

  @Test func toolThatCannotRunIsNoSilentPass() throws {
    let row = try JSONValue(parsing: sanitize("{\"row\":{\"a\":\"b\"}}", "--tools", "trufflehog,regex").output)
    #expect(row["report"]?["tools_applied"] == ["regex"] && row["report"]?["tools_failed"] == ["trufflehog"])
    #expect(row["report"]?["errors"]?.array?.first?["tool"] == "trufflehog")
    let text = try JSONValue(parsing: sanitize("{\"text\":\"b\"}", "--tools", "llm_pii").output)
    #expect(text["errors"]?.array?.count == 1)
  }

  @Test func settingsTurnToolsOnAndOff() throws {
    let work = try Workspace()
    let input = "{\"text\":\"\(Self.token)\"}"
    #expect(try work.run(["security", "sanitize", "--use-config"], input: input).output.contains(Self.token))
    let list = try JSONValue(parsing: work.run(["security", "tools", "list", "--json"]).output)
    #expect(list["tools"]?.array?.count == 9 && list["tools"]?.array?.allSatisfy { $0["state"] == "disabled" } == true)
    for tool in ["regex", "trufflehog"] { _ = try work.json("config", "set", "security.\(tool).enabled", "true") }
    let regex = try JSONValue(parsing: work.run(["security", "tools", "info", "regex", "--json"]).output)
    #expect(regex["enabled"] == true && regex["state"] == "enabled" && regex["setup_cmd"] == .null)
    let hog = try JSONValue(parsing: work.run(["security", "tools", "info", "trufflehog", "--json"]).output)
    #expect(hog["state"] == "missing" && hog["disable_cmd"] == "opentraces setup trufflehog --disable")
    #expect(try work.run(["security", "sanitize", "--use-config"], input: input).output.contains("[REDACTED]"))
    _ = try work.json("config", "set", "security.regex.enabled", "off")
    #expect(try work.run(["security", "sanitize", "--use-config"], input: input).output.contains(Self.token))
    #expect(try work.failure("config", "set", "security.nope.enabled", "true").exit == 2)
    #expect(try work.failure("config", "set", "security.regex.enabled", "perhaps").exit == 2)
    #expect(try work.failure("security", "tools", "info", "nope").exit == 1)
    #expect(try work.opentraces("security", "tools", "list").output.split(separator: "\n").count == 9)
  }

  @Test func recordIsStampedWithWhatRan() throws {
    let work = try Workspace()
    try work.repository.commit("start", files: ["a.txt": "a\n"])
    work.prompt("The key is \(Self.token), use it")
    try work.edit("a.txt", from: "a\n", to: "b \(Self.token)\n")
    try work.save("session-1")
    _ = try work.json("init", "--import-existing")
    let trace = try #require(try work.json("status")["sessions"]?.array?.first?["trace_id"]?.string)
    let record = try #require(try work.json("trace", "get", trace, "--full")["trace"])
    let input = String(decoding: CanonicalJSON.line(["record": record]), as: UTF8.self)
    #expect(input.contains(Self.token))
    let result = try work.run(
      ["security", "sanitize", "--tools", "regex,entropy,classifier", "--no-matched-text"], input: input)
    let json = try JSONValue(parsing: result.output)
    #expect(!result.output.contains(Self.token) && json["sanitized"]?["trace_id"]?.string == trace)
    #expect(json["sanitized"]?["security"]?["scanned"] == true)
    #expect(json["sanitized"]?["metadata"]?["security"]?["tools_applied"] == ["regex", "entropy", "classifier"])
    #expect(json["report"]?["verdicts"]?.array?.first?["decision"] == "clean")
  }
}
