import Basics
import TestSupport
import Testing

@testable import SecurityTools

@Suite struct PatternTests {
  private static let basic = TextSanitizer([.regex, .entropy])

  /// A key of each format, drawn by lot.
  private func token(_ pattern: TokenPattern, _ generator: inout SeededGenerator) -> String {
    // A body without a digit, or of one case only, is not what issuers give out.
    for _ in 0..<50 {
      let bytes = pattern.sample { characters, count in
        (0..<min(count.upperBound, count.lowerBound + 4)).map { _ in characters.randomElement(using: &generator) ?? 0x41
        }
      }
      if bytes.withUnsafeBufferPointer({ pattern.match($0, at: 0) }) != nil {
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    Issue.record("\(pattern.name) has no sample")
    return ""
  }

  @Test func everyRuleOfTheCatalogueIsRead() {
    let lines = SecretRules.text.split(separator: "\n")
    #expect(TokenPattern.all.count == lines.count && lines.count > 100)
    #expect(
      lines.allSatisfy { $0.split(separator: "|").last.map { $0 == "as above" || $0.hasPrefix("https://") } ?? false })
    #expect(PatternCatalog.count > 70)
  }

  @Test func keyOfEachFormatIsTakenOutWhereverItStands() {
    var generator = SeededGenerator(seed: 41)
    let contexts: [(String, String)] = [
      ("", ""), ("use ", " now"), ("TOKEN=", "\n"), ("\"key\": \"", "\","), ("{\\\"key\\\": \\\"", "\\\"}"),
      ("é😀 ", " ü"),
      ("line\\n", "\\nnext"), ("(", ")"), ("https://x.acme.dev/?k=", "&z=1"), ("@property\n", "\r\n"),
      ("\u{0}", "\u{0}"),
    ]
    for pattern in TokenPattern.all {
      for (before, after) in contexts {
        let key = token(pattern, &generator)
        let outcome = Self.basic.sanitize(before + key + after)
        let body = key.split(separator: "/").last.map(String.init) ?? key
        #expect(!outcome.text.contains(body), "\(pattern.name): \(before)…\(after) leaves \(outcome.text)")
        #expect(outcome.text.contains("[REDACTED]") && Self.basic.sanitize(outcome.text).text == outcome.text)
      }
    }
  }

  @Test func keyIsNotTakenFromTheMiddleOfAWord() {
    for text in [
      "task-management-dashboard-redesign", "diskAKIAIOSFODNN7QWERTY2", "svc_PaymentProcessingGatewayClient",
    ] {
      #expect(Self.basic.sanitize(text).text == text)
    }
  }

  @Test(arguments: [
    (
      "psql postgres://app:s3cr3tPassw0rd@db.acme.dev/x", "psql postgres://app:[REDACTED]@db.acme.dev/x",
      "url_credentials"
    ),
    ("Authorization: Basic ZGVwbG95OnMzY3IzdC1wYXNz", "Authorization: Basic [REDACTED]", "basic_auth"),
    ("authorization: bearer 7f3k2p9q8r5t1v6w4x0z2y8m", "authorization: bearer [REDACTED]", "bearer_token"),
    ("mysql --password Tr1ckyPassw0rd! db", "mysql --password [REDACTED] db", "assigned_secret"),
    ("machine h login u password q9Xk2mVr8", "machine h login u password [REDACTED]", "assigned_secret"),
    ("clientSecret: 'q9Xk2mVr8LpT'", "clientSecret: '[REDACTED]'", "assigned_secret"),
    ("-----BEGIN RSA PRIVATE KEY-----\\nMIIEpAIBAAKCAQEA7Z8qkq2X9VbM0\\nZZ", "[REDACTED]", "private_key"),
    ("call +1 415 555 0132 today", "call [REDACTED] today", "phone_number"),
    ("from 198.18.7.9 port 22", "from [REDACTED] port 22", "ipv4_address"),
  ])
  func secretGoesAndWhatIsUsefulStays(_ text: String, _ expected: String, _ pattern: String) {
    let outcome = Self.basic.sanitize(text)
    #expect(outcome.text == expected && outcome.findings.map(\.pattern) == [pattern])
  }

  private static let key = "MIIEowIBAAKCAQEA7Z8qkq2X9VbM0q9Xk2mVr8LpT"

  @Test(arguments: [
    (
      "a\n     2→-----BEGIN RSA PRIVATE KEY-----\n     3→\(key)\n     4→-----END RSA PRIVATE KEY-----\nb",
      "a\n     2→[REDACTED]\nb"
    ),
    ("id_rsa:1:-----BEGIN RSA PRIVATE KEY-----\nid_rsa:2:\(key)\nprose", "id_rsa:1:[REDACTED]\nprose"),
    (
      "> -----BEGIN PGP PRIVATE KEY BLOCK-----\n> Version: GnuPG v2 (Linux)\n>\n> \(key)\n> =abcd\nand prose",
      "> [REDACTED]\nand prose"
    ),
    ("-----BEGIN EC PRIVATE KEY-----\n\(key)\nand this is the prose", "[REDACTED]\nand this is the prose"),
    (
      "c: \"-----BEGIN CERTIFICATE-----\"\npassword: \"xK9mLq2vR8tYb3\"",
      "c: \"-----BEGIN CERTIFICATE-----\"\npassword: \"[REDACTED]\""
    ),
    ("  db_password            = \"xK9mLq2vR8tY\"", "  db_password            = \"[REDACTED]\""),
    ("password:\txK9mLq2vR8tY", "password:\t[REDACTED]"), ("db_password=xK9#m&Lq2$vR8", "db_password=[REDACTED]"),
    ("DB_PASSWORD=p@Wo!rd-Xk#Qz^Lm", "DB_PASSWORD=[REDACTED]"), ("PGPASSWORD=xK9mLq2vR8tY", "PGPASSWORD=[REDACTED]"),
    ("DBPassword: 'xK9mLq2vR8tY'", "DBPassword: '[REDACTED]'"),
    ("\u{1B}[33mAKIAQ3EGRV7XW2LMZ5T4", "\u{1B}[33m[REDACTED]"),
    ("\\u001b[1;31m\\u001b[KAKIAQ3EGRV7XW2LMZ5T4", "\\u001b[1;31m\\u001b[K[REDACTED]"),
    ("?a=%20AKIAQ3EGRV7XW2LMZ5T4", "?a=%20[REDACTED]"),
    (#"{\\\"password\\\": \\\"xK9mLq2vR8tY\\\"}"#, #"{\\\"password\\\": \\\"[REDACTED]\\\"}"#),
    (#"{"password": "ab\"cdEF123456xyz"}"#, #"{"password": "[REDACTED]"}"#),
    ("postgres://app:P@ssw0rd123@db:5432/app", "postgres://app:[REDACTED]@db:5432/app"),
    ("redis://:abc/def123Xy@cache.acme.dev", "redis://:[REDACTED]@cache.acme.dev"),
    ("DB_PASSWORD='$ecr3tPss99x'", "DB_PASSWORD='[REDACTED]'"),
    ("let password: String = \"xK9mLq2vR8tY\"", "let password: String = \"[REDACTED]\""),
    ("var apiKey string = \"xK9mLq2vR8tY\"", "var apiKey string = \"[REDACTED]\""),
    ("os.environ[\"DB_PASSWORD\"] = \"xK9mLq2vR8tY\"", "os.environ[\"DB_PASSWORD\"] = \"[REDACTED]\""),
  ])
  func secretIsFoundInTheFormsInWhichPeopleWriteIt(_ text: String, _ expected: String) {
    #expect(Self.basic.sanitize(text).text == expected)
  }

  @Test(arguments: [
    "sizes 256 512 1024", "this@MainActivity.applicationContext", "q@k.transpose(1)", "section 4.2.1.3",
    "PWD=/tmp/tmp.Xk29dLq1Zs",
    "secret = \"s3://bucket/path-2024/x\"", "auth: git@github.com:foo/bar2.git",
    "if token == \"refresh_token_expired\" { return }",
    "password := os.Getenv(\"DB_PASSWORD\")", "lodash@4.17.21.tgz",
    "password = getpass.getpass('Password: ')", "token: ${{ secrets.GITHUB_TOKEN }}", "API_KEY=your-api-key-goes-here1",
    "const token = process.env.GITHUB_TOKEN2 ?? fail()", "max_tokens=4096, total_token_count: 12345678",
    "git@github.com:acme/app.git", "npm i @types/node@20.11.5", "image logo@2x.png", "std::dec and a::b::c1",
    "postgres://${USER}:${PASS}@db.acme.dev/x", "postgres://postgres:postgres@localhost:5432/test",
    "ok 127.0.0.1 10.1.2.3",
    "sha512-YMzBy6lp5sjo20xuRlkXD+mClsQ6VLVUWXjn1kQHZXN+zqmu80PDrlmvlqXVLAUOW12EsKXrGaV", "v1.2.3.4 and 2024-10-31",
    "agent_msg_01SQTktu2Y3NBfkj7MwdGsom",
    "\"node_id\": \"PRRC_kwDOQyo98M6lfzrM\"", "{\\\"toolUseID\\\": \\\"agent_msg_013VVQSQTPVkPB4Np8L4Uuoa\\\"}",
    "--- PASS: TestTruncateAtUUID/truncate_at_u1 (0.00s)",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQG\n-----END CERTIFICATE-----",
    "strings.Contains(text, \"-----BEGIN PRIVATE KEY-----\")", "ts=1730455200123 offset 5551234567 total",
    "Bearer authentication/authorization scheme", "0198a8c4-ed82-79a1-aa28-7738fc5ab61a",
  ])
  func whatOnlyLooksLikeASecretStays(_ text: String) {
    let outcome = TextSanitizer([.regex, .entropy]).sanitize(text)
    #expect(outcome.text == text, "\(outcome.findings.map(\.pattern))")
  }

  @Test func keyInBase64InsideOfJSONInsideOfJSONIsFound() throws {
    let inner = #"{"config": {"token": "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU"}}"#
    let base64 = Self.base64(Array(inner.utf8))
    let middle = String(decoding: CanonicalJSON.line(["payload": .string(base64)]), as: UTF8.self)
    let outer = String(decoding: CanonicalJSON.line(["output": .string(middle)]), as: UTF8.self)
    let outcome = Self.basic.sanitize(outer)
    #expect(outcome.findings.map(\.pattern) == ["github_token"] && !outcome.text.contains(base64.prefix(40)))
    let twice = Self.base64(Array(("see " + base64 + " for it").utf8))
    #expect(Self.basic.sanitize(twice).text == "[REDACTED]")
    // The document is still one.
    #expect(try JSONValue(parsing: outcome.text)["output"]?.string != nil)
  }

  private static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let value = part.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - part.count))
      for index in 0...part.count { out.append(letters[value >> (18 - 6 * index) & 63]) }
      out += [UInt8](repeating: 0x3D, count: 3 - part.count)
    }
    return String(decoding: out, as: UTF8.self)
  }

  @Test func shortRunsCountInWhatIsWritten() {
    let text = "use 'z2YM37Ycg6eMbID3' for it"
    for field in FieldType.allCases {
      let isWritten = field == .general || field == .toolInput
      #expect((Self.basic.sanitize(text, field).text != text) == isWritten, "\(field)")
      let long = "use 'z2YM37Ycg6eMbID3xQ8vLk5' for it"
      #expect(Self.basic.sanitize(long, field).text == "use '[REDACTED]' for it")
    }
  }

  @Test func placesAreCountedInScalars() {
    let outcome = Self.basic.sanitize("é ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU 😀 a@b.io")
    #expect(outcome.findings.map(\.range) == [2..<42, 45..<51] && outcome.text == "é [REDACTED] 😀 [REDACTED]")
  }

  /// Each would take minutes if anything went back over it.
  @Test(arguments: [
    "a", "=", "-----BEGIN ", "://", "@", "1 ", "(1", "password=", "::", "/home/", "A1b2C3d4", "\\", ".internal", "x/",
  ])
  func longRunsAreLookedAtOnce(_ piece: String) {
    let text = String(repeating: piece, count: 1_000_000 / piece.utf8.count)
    let tools: [ToolName] = [.regex, .entropy, .businessLogic, .pathAnonymizer]
    #expect(TextSanitizer(tools).sanitize(text).text.utf8.count > 0)
  }

  @Test func sanitizingTwiceIsSanitizingOnce() {
    var generator = SeededGenerator(seed: 42)
    let pieces = [
      "password", "=", ":", " ", "\"", "'", "\n", "\\n", "token", "q9Xk2mVr8LpT", "/Users/ann.lee/", "https://",
      "u:p4ssW0rd99@", "a@b.io",
      "203.0.113.9", "ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU", "é", "😀", "[REDACTED]", "db.internal", "-----BEGIN ",
      "{", "}",
      "4795107337027761", "Zx8Kq2Vn5Rb7Tm1Yp4Wc9Hd3Jf6LgSa", "+", "/", "-", "arn:aws:iam::123456789012:role/x",
    ]
    let sanitizer = TextSanitizer([.regex, .entropy, .businessLogic, .pathAnonymizer])
    for _ in 0..<4_000 {
      let text = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
        pieces.randomElement(using: &generator) ?? ""
      }.joined()
      let once = sanitizer.sanitize(text).text
      #expect(sanitizer.sanitize(once).text == once, "\(text)")
    }
  }

  /// The labelled corpus beside the project, where it is there.
  @Test func labelledCorpusIsScored() throws {
    guard let rows = try Self.corpus() else { return }
    var (caught, secrets, wrong, personal, people) = (0, 0, 0, 0, 0)
    let recommended = TextSanitizer(SecurityPolicy.recommended.tools)
    for row in rows {
      let text = row["text"]?.string ?? ""
      let field = FieldType(rawValue: row["field_type"]?.string ?? "") ?? .general
      let label = row["label"]?.string
      let output = (label == "pii" ? recommended : Self.basic).sanitize(text, field).text
      let isGone = (row["secrets"]?.array ?? []).compactMap(\.string).allSatisfy { secret in
        Self.longestCommon(secret, output) < min(16, (secret.unicodeScalars.count + 1) / 2)
      }
      switch label {
      case "secret":
        secrets += 1
        if isGone { caught += 1 }
      case "pii":
        people += 1
        if isGone { personal += 1 }
      default: if output != text { wrong += 1 }
      }
    }
    #expect(Double(caught) >= 0.97 * Double(secrets), "\(caught) of \(secrets)")
    #expect(Double(caught) >= 0.97 * Double(caught + wrong), "\(wrong) wrong ones")
    #expect(personal == people)
  }

  private static func longestCommon(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var best = 0
    var last = [Int](repeating: 0, count: b.count + 1)
    for byte in a {
      var row = [Int](repeating: 0, count: b.count + 1)
      for (at, other) in b.enumerated() where other == byte {
        row[at + 1] = last[at] + 1
        best = max(best, row[at + 1])
      }
      last = row
    }
    return best
  }

  private static func corpus() throws -> [JSONValue]? {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let path = "/" + root + "/../shared/corpora/secrets-labelled.jsonl.xz"
    guard Files.exists(path) else { return nil }
    let unpacked = try ChildProgram.run("xzcat", [path], environment: ["PATH": "/usr/bin:/bin"], directory: "/")
    guard let bytes = unpacked?.output, !bytes.isEmpty else { return nil }
    return try bytes.split(separator: 0x0A).map { try JSONValue(parsing: Array($0)) }
  }
}
