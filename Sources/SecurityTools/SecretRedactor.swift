/// Replaces what looks like a secret by a placeholder that names its kind.
///
/// Meant for short texts that people wrote, such as prompts. Finds keys by the prefixes that their issuers document, PEM
/// blocks, JSON web tokens, passwords in URLs and assignments, and long random-looking words. Cost: linear in the text
/// times the number of prefixes.
public enum SecretRedactor {
  /// The start of a key and the least number of characters after it.
  private struct Prefix {
    let text: String
    let rest: Int
    let kind: String

    /// A quick look whether the text may stand in a word.
    func mayBe(in word: String) -> Bool {
      var rest = word.utf8[...]
      let start = text.utf8
      while let first = start.first, let at = rest.firstIndex(of: first) {
        if rest[at...].starts(with: start) { return true }
        rest = rest[rest.index(after: at)...]
      }
      return false
    }
  }

  private static let shortestKey = prefixes.map { $0.text.utf8.count + $0.rest }.min() ?? 0

  /// As their issuers document them.
  private static let prefixes = [
    Prefix(text: "AKIA", rest: 16, kind: "aws-access-key"), Prefix(text: "ASIA", rest: 16, kind: "aws-access-key"),
    Prefix(text: "ghp_", rest: 30, kind: "github-token"), Prefix(text: "gho_", rest: 30, kind: "github-token"),
    Prefix(text: "ghu_", rest: 30, kind: "github-token"), Prefix(text: "ghs_", rest: 30, kind: "github-token"),
    Prefix(text: "ghr_", rest: 30, kind: "github-token"),
    Prefix(text: "github_pat_", rest: 22, kind: "github-token"), Prefix(text: "glpat-", rest: 16, kind: "gitlab-token"),
    Prefix(text: "xoxb-", rest: 10, kind: "slack-token"), Prefix(text: "xoxp-", rest: 10, kind: "slack-token"),
    Prefix(text: "xoxa-", rest: 10, kind: "slack-token"), Prefix(text: "xapp-", rest: 10, kind: "slack-token"),
    Prefix(text: "sk-ant-", rest: 16, kind: "anthropic-key"), Prefix(text: "sk-proj-", rest: 16, kind: "openai-key"),
    Prefix(text: "sk-", rest: 32, kind: "api-key"), Prefix(text: "sk_live_", rest: 16, kind: "stripe-key"),
    Prefix(text: "rk_live_", rest: 16, kind: "stripe-key"), Prefix(text: "hf_", rest: 30, kind: "huggingface-token"),
    Prefix(text: "AIza", rest: 30, kind: "google-key"), Prefix(text: "ya29.", rest: 16, kind: "google-token"),
    Prefix(text: "npm_", rest: 30, kind: "npm-token"), Prefix(text: "pypi-", rest: 16, kind: "pypi-token"),
    Prefix(text: "SG.", rest: 30, kind: "sendgrid-key"), Prefix(text: "dop_v1_", rest: 32, kind: "digitalocean-token"),
    Prefix(text: "shpat_", rest: 24, kind: "shopify-token"), Prefix(text: "lin_api_", rest: 24, kind: "linear-key"),
  ]

  /// Names whose value is a secret, when they are assigned one.
  private static let names: [StaticString] = [
    "password", "passwd", "pwd", "secret", "token", "api_key", "apikey", "api-key", "access_key", "private_key",
    "credential", "auth",
  ]

  public static func redact(_ text: String) -> String {
    var result = ""
    var isInKey = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if !result.isEmpty { result += "\n" }
      if has("-----BEGIN ", in: line), has("PRIVATE KEY", in: line) { isInKey = true }
      if isInKey {
        if line.contains("-----END ") || line.hasSuffix("-----") && !line.contains("BEGIN") { isInKey = false }
        if result.hasSuffix("[REDACTED:private-key]\n") {
          result.removeLast()
        } else {
          result += "[REDACTED:private-key]"
        }
        continue
      }
      result += redact(line: line)
    }
    return result
  }

  /// Whether a text of ASCII stands in another one.
  private static func has(_ text: StaticString, in other: some StringProtocol) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    var rest = other.utf8[...]
    while let first = wanted.first, let at = rest.firstIndex(of: first) {
      if rest[at...].starts(with: wanted) { return true }
      rest = rest[rest.index(after: at)...]
    }
    return false
  }

  /// Whether a line has neither a word as long as a key nor a name that something is given to. Most lines do.
  private static func isHarmless(_ line: Substring) -> Bool {
    var run = 0
    for byte in line.utf8 {
      switch byte {
      case 0x3A, 0x3D: return false
      case 0x09, 0x20, 0x22, 0x27, 0x28, 0x29, 0x2C, 0x3B, 0x3C, 0x3E, 0x5B, 0x5D, 0x60, 0x7B, 0x7D: run = 0
      default:
        run += 1
        if run >= shortestKey { return false }
      }
    }
    return true
  }

  private static func redact(line: Substring) -> String {
    if isHarmless(line) { return String(line) }
    var result = ""
    var word = ""
    var name = ""
    func flush() {
      if word.isEmpty { return }
      result += redact(word: word, after: name)
      name = word.lowercased()
      word = ""
    }
    for character in line.unicodeScalars {
      let isSpace =
        character.isASCII
        ? character == " " || (0x09...0x0D).contains(character.value) : character.properties.isWhitespace
      if isSpace || isSeparator(character) {
        flush()
        result.unicodeScalars.append(character)
        if isSpace, !name.isEmpty, !name.hasSuffix("="), !name.hasSuffix(":") { name = "" }
      } else if character == "=" || character == ":" && !word.hasPrefix("http") && !has("://", in: word) {
        let isScheme = character == ":" && ["https", "http", "ssh", "git", "ftp", "postgres", "redis"].contains(word)
        if isScheme || has("://", in: word) {
          word.unicodeScalars.append(character)
          continue
        }
        flush()
        name += "="
        result.unicodeScalars.append(character)
      } else {
        word.unicodeScalars.append(character)
      }
    }
    flush()
    return result
  }

  private static func isSeparator(_ character: Unicode.Scalar) -> Bool {
    switch character {
    case "\"", "'", "`", "<", ">", "(", ")", "[", "]", "{", "}", ",", ";": true
    default: false
    }
  }

  private static func redact(word: String, after name: String) -> String {
    if word.utf8.contains(0x40), let scheme = word.firstRange(of: "://"),
      let at = word[scheme.upperBound...].firstIndex(of: "@"),
      word[scheme.upperBound..<at].contains(":")
    {
      return word[..<scheme.upperBound] + "[REDACTED:url-credentials]" + word[at...]
    }
    // Shorter words hold no key of any kind.
    for prefix in word.utf8.count < shortestKey ? [] : prefixes where prefix.mayBe(in: word) {
      guard let start = word.firstRange(of: prefix.text) else { continue }
      let rest = word[start.upperBound...].prefix(while: isKeyCharacter)
      if rest.count >= prefix.rest {
        return word[..<start.lowerBound] + "[REDACTED:\(prefix.kind)]" + word[rest.endIndex...]
      }
    }
    if word.utf8.first == 0x65, word.hasPrefix("eyJ"), word.count(where: { $0 == "." }) == 2, word.count > 30 {
      return "[REDACTED:json-web-token]"
    }
    if name.utf8.last == 0x3D, word.utf8.count >= 6, word.utf8.first != 0x24,
      names.contains(where: { has($0, in: name) }), word.count >= 6
    {
      return "[REDACTED:assigned-secret]"
    }
    return isRandom(word) ? "[REDACTED:high-entropy]" : word
  }

  private static func isKeyCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-_.=/+".contains(character))
  }

  /// A long word of letters of both cases and digits that are spread as in a random one. Object ids of git are none:
  /// they have no capital letters.
  private static func isRandom(_ word: String) -> Bool {
    guard word.utf8.count >= 32, word.count >= 32, word.allSatisfy(isKeyCharacter),
      !word.contains("/") || !word.contains("."),
      word.contains(where: \.isUppercase), word.contains(where: \.isLowercase),
      word.count(where: \.isNumber) >= 4
    else { return false }
    return Set(word).count * 100 >= min(word.count, 64) * 45
  }
}
