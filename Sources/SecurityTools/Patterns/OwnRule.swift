public import Basics

/// Something that the user wants taken out by the tool `regex`: a text as it stands, or a format.
public struct OwnRule: Sendable {
  public let name: String
  public let severity: Severity
  /// What is looked for, see ``init(json:)``.
  let literal: String?
  let pattern: TokenPattern?

  /// Why a rule is none.
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  /// A text that goes wherever it stands.
  public init(_ name: String, literal: String, severity: Severity = .high) {
    self.name = name
    self.literal = literal
    self.severity = severity
    pattern = nil
  }

  /// - Parameter json: `{"name": "acme_key", "pattern": "acme_{A32}", "severity": "high"}`, or with `literal` in the place of
  ///   `pattern`. Patterns are written as those of ``SecretRules``: `{A32}` are 32 letters or digits.
  /// - Throws: ``Problem``.
  public init(json: JSONValue) throws {
    guard let object = json.object else { throw Problem(description: "it is no object") }
    let known: Set<String> = ["name", "pattern", "literal", "severity"]
    if let other = object.keys.first(where: { !known.contains($0) }) {
      throw Problem(description: "'\(other)' is no member of a rule")
    }
    guard let name = object["name"]?.string, !name.isEmpty,
      name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || ByteSet.alphanumerics.contains($0) })
    else { throw Problem(description: "'name' wants letters, digits and underscores") }
    self.name = name
    let word = object["severity"]?.string ?? "high"
    guard let severity = Severity(rawValue: word) else {
      throw Problem(description: "'severity' is one of low, medium, high and critical")
    }
    self.severity = severity
    switch (object["literal"]?.string, object["pattern"]?.string) {
    case (let text?, nil):
      guard text.utf8.count >= Self.least else {
        throw Problem(description: "'literal' wants \(Self.least) bytes at least")
      }
      literal = text
      pattern = nil
    case (nil, let text?):
      // What means something in regular expressions is none of a key: who writes it expects something else.
      guard !text.contains(where: { "|<>[]()*+?^$\\\n".contains($0) }),
        let made = TokenPattern(rule: "\(name)|\(word)||\(text)|", isOwn: true), made.isSpecific
      else {
        throw Problem(
          description: "'pattern' is a begin of 3 letters or digits at least and runs such as {A32}: acme_{A32}")
      }
      guard made.isUnambiguous else {
        throw Problem(description: "in 'pattern' a run takes what the part behind it begins with: give it a length")
      }
      pattern = made
      literal = nil
    default: throw Problem(description: "it has either 'literal' or 'pattern'")
    }
  }

  /// Bytes: of anything shorter, too much would go.
  public static let least = 3
}

/// Formats of the user's own. Cost: linear in the text for each of them.
struct OwnPatterns: Sendable {
  private let patterns: [TokenPattern]

  init(_ patterns: [TokenPattern]) { self.patterns = patterns }

  func spans(_ text: Bytes) -> [TextSpan] {
    patterns.flatMap { pattern -> [TextSpan] in
      var found: [TextSpan] = []
      var at = 0
      while at + pattern.prefix.count <= text.count {
        guard text[at] == pattern.prefix[0],
          at == 0 || !ByteSet.alphanumerics.contains(text[at - 1]) || isEscape(text, at),
          let range = pattern.match(text, at: at), !range.isEmpty
        else {
          at += 1
          continue
        }
        if !LiteralFinder.isPlaceholder(range, text) { found.append(TextSpan(range, pattern.name, pattern.severity)) }
        at = range.upperBound
      }
      return found
    }
  }

  /// Whether an escaped line feed or tab stands in front: `\\nacme_…` in JSON inside of JSON.
  private func isEscape(_ text: Bytes, _ at: Int) -> Bool {
    at >= 2 && text[at - 2] == UInt8(ascii: "\\") && "nrt".utf8.contains(text[at - 1])
  }
}

/// What is no secret although it looks like one: texts as they stand, or their digests, so that the list itself gives nothing
/// away.
public struct AllowList: Sendable {
  private var texts: Set<[UInt8]> = []
  private var digests: Set<String> = []

  /// - Parameter entries: a text each, or `sha256:` and 64 hexadecimal digits.
  public init(_ entries: some Sequence<String> = []) {
    for entry in entries {
      let digest = entry.hasPrefix("sha256:") ? entry.dropFirst(7).lowercased() : ""
      if digest.utf8.count == 64, digest.utf8.allSatisfy({ ByteSet.hex.contains($0) }) {
        digests.insert(digest)
      } else if !entry.isEmpty {
        texts.insert(Array(entry.utf8))
      }
    }
  }

  /// The list in a file: an entry a line, `#` begins a remark.
  public init(file text: String) {
    self.init(
      text.split(whereSeparator: \.isNewline).map { String($0.trimmingPrefix { $0.isWhitespace }) }
        .filter { !$0.hasPrefix("#") }.map { line in
          String(String(line.reversed()).trimmingPrefix { $0.isWhitespace }.reversed())
        })
  }

  public var isEmpty: Bool { texts.isEmpty && digests.isEmpty }

  public mutating func add(_ other: AllowList) {
    texts.formUnion(other.texts)
    digests.formUnion(other.digests)
  }

  /// Whether a text is on the list.
  public func allows(_ text: String) -> Bool { allows(Array(text.utf8)) }

  func allows(_ text: some Collection<UInt8>) -> Bool {
    texts.contains(Array(text)) || !digests.isEmpty && digests.contains(Digest.sha256Hex(Array(text)))
  }

  /// What the list consists of, sorted; for digests of settings.
  public var entries: [String] {
    (texts.map { String(decoding: $0, as: UTF8.self) } + digests.map { "sha256:" + $0 }).sorted()
  }
}
