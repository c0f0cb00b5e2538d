import SecurityTools
import Testing

@Suite struct SecretRedactorTests {
  @Test(arguments: [
    ("use AKIAYHBB4VUPHH2L2GGN for it", "use [REDACTED:aws_access_key] for it"),
    ("token ghp_wlhZ6YrEChJ6gjnuxptso9Uoj7OLgn87e0LU", "token [REDACTED:github_token]"),
    ("push to https://ada:hunter22@acme.dev/x", "push to https://ada:[REDACTED:url_credentials]@acme.dev/x"),
    ("password=hunter2secret! now", "password=[REDACTED:assigned_secret] now"),
    ("api_key: \"abZdefghk12\"", "api_key: \"[REDACTED:assigned_secret]\""),
    ("key q7XkP2mR9vLs4TbN8wYc3ZfH6jDg1QaE end", "key [REDACTED:high_entropy_string] end"),
  ])
  func secretIsReplacedByItsKind(_ text: String, _ redacted: String) {
    #expect(SecretRedactor.redact(text) == redacted)
    #expect(SecretRedactor.redact(redacted) == redacted)
  }

  @Test(arguments: [
    "Count words and characters as well. Put the counting into a type of its own.",
    "see commit 5aa8c2e35fc1d3f7b0c9a8e7d6c5b4a3f2e1d0c9", "open src/some/long/path/ThatIsNotASecretAtAll.swift:42",
    "https://example.com/a?b=c", "a password must have 8 characters", "x = 1; y: 2",
    "ask ann.lee@corp.io, call 415-555-0132",
  ])
  func ordinaryTextStays(_ text: String) { #expect(SecretRedactor.redact(text) == text) }

  @Test func privateKeyIsOnePlaceholder() {
    let body = "MIIEowIBAAKCAQEA7Z8qkq2X9VbM0\nq9Xk2mVr8LpT"
    let key = "before\n-----BEGIN RSA PRIVATE KEY-----\n\(body)\n-----END RSA PRIVATE KEY-----\nafter"
    #expect(SecretRedactor.redact(key) == "before\n[REDACTED:private_key]\nafter")
  }
}
