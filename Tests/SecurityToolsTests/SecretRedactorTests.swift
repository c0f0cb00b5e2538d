import SecurityTools
import Testing

@Suite struct SecretRedactorTests {
  @Test(arguments: [
    ("use AKIAIOSFODNN7EXAMPLE for it", "use [REDACTED:aws-access-key] for it"),
    ("token ghp_0123456789abcdefghijABCDEFGHIJ012345", "token [REDACTED:github-token]"),
    ("push to https://ada:hunter22@example.com/x", "push to https://[REDACTED:url-credentials]@example.com/x"),
    ("password=hunter2secret now", "password=[REDACTED:assigned-secret] now"),
    ("api_key: \"abcdefgh12\"", "api_key: \"[REDACTED:assigned-secret]\""),
    ("key q7XkP2mR9vLs4TbN8wYc3ZfH6jDg1QaE end", "key [REDACTED:high-entropy] end"),
  ])
  func secretIsReplacedByItsKind(_ text: String, _ redacted: String) {
    #expect(SecretRedactor.redact(text) == redacted)
  }

  @Test(arguments: [
    "Count words and characters as well. Put the counting into a type of its own.",
    "see commit 5aa8c2e35fc1d3f7b0c9a8e7d6c5b4a3f2e1d0c9", "open src/some/long/path/ThatIsNotASecretAtAll.swift:42",
    "https://example.com/a?b=c", "a password must have 8 characters", "x = 1; y: 2",
  ])
  func ordinaryTextStays(_ text: String) { #expect(SecretRedactor.redact(text) == text) }

  @Test func privateKeyIsOnePlaceholder() {
    let key = "before\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\nafter"
    #expect(SecretRedactor.redact(key) == "before\n[REDACTED:private-key]\nafter")
  }
}
