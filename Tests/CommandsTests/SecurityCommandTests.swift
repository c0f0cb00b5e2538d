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
    let work = try Workspace()
    // Nobody listens there.
    _ = try work.json("config", "set", "security.llm_pii.base_url", "http://127.0.0.1:1/v1")
    let input = "{\"text\":\"a word\"}"
    let text = try JSONValue(parsing: work.run(["security", "sanitize", "--tools", "llm_pii"], input: input).output)
    #expect(text["errors"]?.array?.count == 1 && text["findings"] == [])
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

  @Test func rulesOfOnesOwnFindWhatTheySay() throws {
    let work = try Workspace()
    let rules =
      #"[{"name":"acme_key","pattern":"acme_{A12}","severity":"critical"},{"name":"ship","literal":"Nostromo 180286"}]"#
    #expect(try work.json("config", "set", "security.regex.custom", rules)["value"]?.array?.count == 2)
    let input = #"{"text":"acme_3fA9b2Kd81Zq of the Nostromo 180286, acme_short, xacme_3fA9b2Kd81Zq"}"#
    let found = try JSONValue(parsing: work.run(["security", "sanitize", "--tools", "regex"], input: input).output)
    #expect(found["sanitized"] == "[REDACTED] of the [REDACTED], acme_short, xacme_3fA9b2Kd81Zq")
    #expect(found["findings"]?.array?.map { $0["pattern"]?.string } == ["acme_key", "ship"])
    #expect(found["findings"]?.array?.map { $0["severity"]?.string } == ["critical", "high"])
    let info = try JSONValue(parsing: work.run(["security", "tools", "info", "regex", "--json"]).output)
    #expect(info["detail"]?.string?.hasSuffix("2 of your own") == true)
    _ = try work.json("config", "set", "security.custom_redact_strings", "Weyland-Yutani,LV-426")
    let strings = #"{"row":{"a":"Weyland-Yutani sent it to LV-426x"}}"#
    let left = try JSONValue(parsing: work.run(["security", "sanitize", "--tools", "regex"], input: strings).output)
    #expect(left["sanitized"] == ["a": "[REDACTED] sent it to [REDACTED]x"])
  }

  @Test(arguments: [
    "{}", "[1]", #"[{"name":"x"}]"#, #"[{"name":"x","literal":"ab"}]"#, #"[{"name":"x y","literal":"abcd"}]"#,
    #"[{"name":"x","pattern":"{A32}"}]"#, #"[{"name":"x","pattern":"abc{Q3}"}]"#, #"[{"name":"x","pattern":"abc"}]"#,
    #"[{"name":"x","pattern":"abc{A3}","literal":"abcd"}]"#, #"[{"name":"x","literal":"abcd","severity":"bad"}]"#,
    #"[{"name":"x","literal":"abcd","color":"red"}]"#, #"[{"name":"x","pattern":"abc{A32,8}"}]"#,
    #"[{"name":"x","pattern":"abc{A100000,}"}]"#, #"[{"name":"x","pattern":"abc{A1,9223372036854775807}"}]"#,
    #"[{"name":"x","pattern":"abc{A1,x}"}]"#, #"[{"name":"x","pattern":"acme_{W8,}_{D4}"}]"#,
    #"[{"name":"x","pattern":"abc{A1,}{A1,}"}]"#, #"[{"name":"x","pattern":"acme_[a-z]+"}]"#,
    #"[{"name":"x","pattern":"abc<{A8}>"}]"#,
  ])
  func ruleThatIsNoneIsRefused(_ rules: String) throws {
    let work = try Workspace()
    #expect(try work.failure("config", "set", "security.regex.custom", rules) == ("INVALID_CONFIG_VALUE", 2))
    // Written there by hand it stops everything that would look with it.
    try Files.createDirectory(work.home + "/.opentraces")
    try Files.writeAtomically(
      Array("{\"security\":{\"regex\":{\"custom\":\(rules)}}}".utf8), to: work.home + "/.opentraces/config.json")
    let result = try work.run(["security", "sanitize", "--tools", "regex", "--json"], input: "{\"text\":\"x\"}")
    #expect(result.exitCode == 5 && result.output.contains("CORRUPT_CONFIG"))
  }

  @Test(arguments: [
    #"[]"#, #"{"regex":[]}"#, #"{"capsule_scope":{"exclude":"a.b"}}"#, #"{"regex":{"enabled":"yes"}}"#,
    #"{"llm_pii":{"api_format":"smoke"}}"#, #"{"custom_redact_strings":["ab"]}"#, #"{"capsule_scope":{"exclude":[1]}}"#,
    #"{"allow":"x"}"#,
  ])
  func settingsThatAreNoneStopWhatWouldGoByThem(_ settings: String) throws {
    let work = try Workspace()
    try Files.createDirectory(work.home + "/.opentraces")
    try Files.writeAtomically(Array("{\"security\":\(settings)}".utf8), to: work.home + "/.opentraces/config.json")
    for words in [["security", "tools", "list"], ["doctor"], ["bucket", "security", "status"]] {
      let result = try work.run(words + ["--json"])
      #expect(result.exitCode == 5 && result.output.contains("CORRUPT_CONFIG"), "\(words) \(result.output)")
    }
  }

  @Test func whatIsAllowedStays() throws {
    let work = try Workspace()
    let other = "ghp_" + String(Self.token.dropFirst(4).reversed())
    let input = "{\"text\":\"\(Self.token) and \(other)\"}"
    func left() throws -> String? {
      let result = try work.run(["security", "sanitize", "--tools", "regex,entropy"], input: input)
      return try JSONValue(parsing: result.output)["sanitized"]?.string
    }
    #expect(try left() == "[REDACTED] and [REDACTED]")
    _ = try work.json("config", "set", "security.allow", Self.token)
    #expect(try left() == "\(Self.token) and [REDACTED]")
    // The list itself need not hold it.
    _ = try work.json("config", "set", "security.allow", "sha256:" + Digest.sha256Hex(other))
    #expect(try left() == "[REDACTED] and \(other)")
    let file = [".opentraces-allow": "# samples of the documentation\n  \(Self.token)  \n\n"]
    try work.repository.commit("start", files: ["README.md": "x\n"])
    try work.repository.git("checkout", "-q", "-b", "feature")
    try work.repository.commit("allow", files: file)
    // A branch has no say.
    #expect(try left() == "[REDACTED] and \(other)")
    try work.repository.git("checkout", "-q", "main")
    try work.repository.git("merge", "-q", "feature")
    #expect(try left() == "\(Self.token) and \(other)")
    // What the user wants gone goes all the same.
    _ = try work.json("config", "set", "security.custom_redact_strings", Self.token)
    #expect(try left() == "[REDACTED] and \(other)")
    try Files.writeAtomically(
      Array("{\"security\":{\"allow\":\"x\"}}".utf8), to: work.home + "/.opentraces/config.json")
    #expect(try work.run(["security", "sanitize", "--tools", "regex"], input: input).exitCode == 5)
  }

  @Test func whatOneWantsGoneGoesWithAnyTool() throws {
    let work = try Workspace()
    _ = try work.json("config", "set", "security.custom_redact_strings", "Zanzibarium,TED")
    let input = "{\"text\":\"TED of Zanzibarium [REDACTED]\"}"
    for tools in ["regex", "entropy", "entropy,regex", "path_anonymizer", "capsule_scope"] {
      let result = try work.run(["security", "sanitize", "--tools", tools], input: input)
      #expect(
        try JSONValue(parsing: result.output)["sanitized"]?.string?.contains("Zanzibarium") == false, "\(tools)")
      #expect(!result.output.contains("\"sanitized\": \"TED"), "\(tools)")
    }
    let patterns = #"[{"name":"a","pattern":"EMPL-{D6}"},{"name":"b","pattern":"acmeinternalhost"}]"#
    _ = try work.json("config", "set", "security.regex.custom", patterns)
    let low = try work.run(
      ["security", "sanitize", "--tools", "regex"], input: "{\"text\":\"EMPL-444444 acmeinternalhost\"}")
    #expect(try JSONValue(parsing: low.output)["sanitized"] == "[REDACTED] [REDACTED]")
  }

  @Test(arguments: [
    ("llm_pii.api_format", "smoke"), ("llm_pii.base_url", "ftp://x"), ("llm_pii.base_url", "https://me:secret@host/v1"),
    ("llm_pii.timeout", "0"),
    ("llm_pii.api_key_env", "A B"), ("classifier.sensitivity", "extreme"), ("privacy_filter.score_threshold", "7"),
    ("trufflehog.verify_secrets", "perhaps"), ("allow", "[1]"), ("custom_redact_strings", "ab,abc"),
  ])
  func valueThatIsNoneIsRefused(_ key: String, _ value: String) throws {
    #expect(try Workspace().failure("config", "set", "security." + key, value) == ("INVALID_CONFIG_VALUE", 2))
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
