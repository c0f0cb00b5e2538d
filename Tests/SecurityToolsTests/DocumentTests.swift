import Basics
import TestSupport
import Testing

@testable import SecurityTools

@Suite struct DocumentTests {
  private static let token = "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"

  private static let record: JSONValue = [
    "trace_id": "0198a8c4-ed82-79a1-aa28-7738fc5ab61a", "session_id": "s-1", "timestamp_start": "2026-01-01T00:00:00Z",
    "agent": ["name": "claude-code", "version": "2.0.1", "model": "m"],
    "task": ["description": "Fix it", "repository": "acme/app", "repository_url": "https://github.com/acme/app"],
    "environment": [
      "vcs": ["branch": "main", "diff": "+x", "base_commit": "d581046f33351fbae3c3c1b46fab05ed81738fb2"]
    ],
    "system_prompts": ["You are"], "tool_definitions": [["name": "Bash", "description": "Runs"]],
    "steps": [
      [
        "step_index": 1, "role": "agent", "content": "I look", "reasoning_content": "hm",
        "timestamp": "2026-01-01T00:00:00Z",
        "tool_calls": [
          ["tool_call_id": "toolu_1", "tool_name": "mcp__fs__Read", "input": ["file_path": "a", "deep": ["x": ["y"]]]]
        ],
        "observations": [["source_call_id": "toolu_1", "content": "out", "output_summary": "o", "error": "e"]],
        "snippets": [["text": "t", "file_path": "b"]],
      ]
    ],
    "patches": [["patch_id": "6649e3829ec2805b", "file_path": "c"]],
    "outcome": ["description": "done", "success": true],
    "attribution": ["files": [["path": "d"]]], "metadata": ["cwd": "/r", "pi": ["runtime_state": ["k": "v"]]],
    "security": [:],
  ]

  /// Every text of a document replaced in turn, and every key.
  private func planted(_ value: JSONValue, _ replace: (String) -> JSONValue) -> [JSONValue] {
    switch value {
    case .string(let text): return [replace(text)]
    case .array(let list):
      return list.indices.flatMap { at in
        planted(list[at], replace).map { item in
          var copy = list
          copy[at] = item
          return .array(copy)
        }
      }
    case .object(let object):
      var all: [JSONValue] = []
      for member in object.members {
        for item in planted(member.value, replace) {
          var copy = object
          copy[member.key] = item
          all.append(.object(copy))
        }
        var renamed: [(String, JSONValue)] = object.members.map { ($0.key, $0.value) }
        if let at = renamed.firstIndex(where: { $0.0 == member.key }) { renamed[at].0 = Self.token }
        all.append(.object(JSONObject(renamed)))
      }
      return all
    default: return []
    }
  }

  @Test(arguments: [true, false])
  func keyInAnyTextOrNameOfADocumentIsTakenOut(asRecord: Bool) {
    let sanitizer = DocumentSanitizer([.regex, .entropy])
    let documents =
      planted(Self.record) { .string("\($0) \(Self.token)") } + planted(Self.record) { _ in .string(Self.token) }
    #expect(documents.count > 150)
    for document in documents {
      let outcome = sanitizer.sanitize(document, asRecord ? .record : .row(.general))
      let text = String(decoding: CanonicalJSON.line(outcome.document), as: UTF8.self)
      #expect(!text.contains(Self.token) && outcome.redactions >= 1)
      #expect(sanitizer.sanitize(outcome.document, .row(.general)).document == outcome.document)
    }
  }

  @Test func documentWithoutSecretsStaysAsItIs() {
    let outcome = DocumentSanitizer([.regex, .entropy]).sanitize(Self.record, .record)
    #expect(outcome.document == Self.record && outcome.findings.isEmpty && outcome.applied == [.regex, .entropy])
  }

  @Test func valueGoesByTheNameOfItsMember() {
    let secret = "xK9mLq2vR8tY"
    let row: JSONValue = [
      "password": .string(secret), "env": ["DB_PASSWORD": .string(secret), "HOME": "/root"],
      "api_key": [.string(secret)],
      "vars": [["name": "x-api-key", "value": .string(secret)], ["key": "color", "value": "blue42green"]],
      "token_count": "1234567890123",
      "note": .string("the word \(secret) alone"),
    ]
    let outcome = DocumentSanitizer([.regex]).sanitize(row, .row(.toolInput))
    #expect(
      outcome.document == [
        "password": "[REDACTED]", "env": ["DB_PASSWORD": "[REDACTED]", "HOME": "/root"], "api_key": ["[REDACTED]"],
        "vars": [["name": "x-api-key", "value": "[REDACTED]"], ["key": "color", "value": "blue42green"]],
        "token_count": "1234567890123", "note": .string("the word \(secret) alone"),
      ])
    #expect(outcome.findings.map(\.fieldPath) == ["password", "env.DB_PASSWORD", "api_key[0]", "vars[0].value"])
  }

  @Test func manyPathsOfOneUserAreLookedAtOnce() {
    var options = SecurityOptions()
    options.names = ["alice", "alice"]
    let text = String(repeating: "/Users/alice/src/x.swift and alice\n", count: 30_000)
    let once = TextSanitizer([.pathAnonymizer], options: options).sanitize(text)
    #expect(!once.text.contains("alice") && once.findings.count == 60_000)
  }

  @Test func keysThatBecomeTheSameStayTwo() {
    let other = "ghp_Zx8Kq2Vn5Rb7Tm1Yp4Wc9Hd3Jf6LgSaQe0Uo"
    let row: JSONValue = .object(JSONObject([(Self.token, 1), ("[REDACTED]", 2), (other, 3)]))
    let outcome = DocumentSanitizer([.regex]).sanitize(row, .row(.general))
    #expect(outcome.document.object?.keys == ["[REDACTED]-2", "[REDACTED]", "[REDACTED]-3"])
    #expect(outcome.findings.allSatisfy { $0.fieldPath.isEmpty })
  }

  @Test func toolsThatCannotRunAreNotApplied() {
    let row = DocumentSanitizer(ToolName.allCases).sanitize(["a": "b"], .row(.general))
    #expect(row.applied == [.regex, .entropy, .businessLogic, .pathAnonymizer, .capsuleScope])
    #expect(row.failed.map(\.tool) == [.trufflehog, .privacyFilter, .llmPII, .classifier])
    let record = RecordStamp(DocumentSanitizer([.regex, .trufflehog]).sanitize(Self.record, .record)).applied(
      to: Self.record)
    #expect(record["metadata"]?["security"]?["tools_applied"] == ["regex"])
    #expect(record["metadata"]?["security"]?["tools_failed"] == ["trufflehog"])
    #expect(record["security"]?["scanned"] == true)
    let none = RecordStamp(DocumentSanitizer([]).sanitize(Self.record, .record)).applied(to: Self.record)
    #expect(none["security"]?["scanned"] == false && none["security"]?["classifier_version"] == .null)
  }

  @Test func placesAreLeftOut() {
    var options = SecurityOptions()
    options.excludedPaths = ["a.*.c", "x"]
    let row: JSONValue = ["a": [["c": 1, "d": 2], ["c": ["e"]]], "x": ["y": 1], "c": 3]
    let outcome = DocumentSanitizer([.capsuleScope], options: options).sanitize(row, .row(.general))
    #expect(
      outcome.document == [
        "a": [["c": "[EXCLUDED:a.0.c]", "d": 2], ["c": "[EXCLUDED:a.1.c]"]], "x": "[EXCLUDED:x]", "c": 3,
      ])
    #expect(outcome.excluded == 3)
  }

  @Test(arguments: [
    ("/Users/alice/project", "/Users/[ot-user-2bd806c9]/project"), ("cd /Users/alice", "cd /Users/[ot-user-2bd806c9]"),
    ("/Users/Shared/x /home/runner/work", "/Users/Shared/x /home/runner/work"),
    ("C:\\Users\\alice\\x", "C:\\Users\\[ot-user-2bd806c9]\\x"), ("malice aforethought", "malice aforethought"),
    ("alice wrote", "[ot-user-2bd806c9] wrote"), ("src/components/home/Hero.tsx", "src/components/home/Hero.tsx"),
    ("https://shop.io/home/products", "https://shop.io/home/products"),
    ("see file:///home/alice/x", "see file:///home/[ot-user-2bd806c9]/x"),
    ("C:\\\\Users\\\\alice\\\\x", "C:\\\\Users\\\\[ot-user-2bd806c9]\\\\x"),
    ("-Users-alice-code", "-Users-[ot-user-2bd806c9]-code"),
  ])
  func namesOfUsersBecomeDigests(_ text: String, _ expected: String) {
    var options = SecurityOptions()
    options.names = ["alice"]
    #expect(TextSanitizer([.pathAnonymizer], options: options).sanitize(text).text == expected)
  }

  @Test func classifierJudgesWithoutNamingWhatItSaw() {
    let record: JSONValue = ["a": "ssh db7.corp now", "b": "jdbc:oracle:thin://secret.host/x"]
    let verdict = DocumentSanitizer([.classifier]).sanitize(record, .record).verdicts[0]
    #expect(verdict.isFlagged && verdict.summary == "2 flag(s), risk 0.70")
    #expect(!String(decoding: CanonicalJSON.line(verdict.json), as: UTF8.self).contains("db7"))
    #expect(DocumentSanitizer([.classifier]).sanitize(["a": "b"], .record).verdicts[0].summary == "no classifier flags")
  }
}
