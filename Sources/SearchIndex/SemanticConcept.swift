/// A service or library and the words that tell of it.
///
/// Source: the reference's table of concepts, `opentraces.semantic.v1`.
public struct SemanticConcept: Sendable {
  public static let schema = "opentraces.semantic.v1"

  public let id: String
  public let name: String
  public let kind: String
  public let aliases: [String]
  public let categories: [String]

  public static let all: [SemanticConcept] = [
    SemanticConcept(
      "service", "mongodb",
      [
        "mongodb", "mongo db", "mongo", "pymongo", "motor", "mongoose", "mongosh", "mongodb atlas", "mongo atlas",
        "atlas search", "mongo client", "mongoclient",
      ], ["database", "document database", "cloud database"]),
    SemanticConcept(
      "service", "huggingface",
      [
        "hugging face", "huggingface", "huggingface_hub", "hf hub", "transformers", "diffusers", "dependency datasets",
        "import datasets", "from datasets", "dependency accelerate", "import accelerate", "hub dataset",
      ], ["machine learning", "model hub", "dataset hub"]),
    SemanticConcept(
      "library", "clack",
      ["clack", "@clack/prompts", "clack prompts", "interactive prompts", "typescript prompts"],
      ["typescript", "cli prompts", "interactive cli"]),
    SemanticConcept(
      "service", "openai", ["openai", "openai api", "responses api", "chatgpt", "codex"], ["llm", "ai platform"]),
    SemanticConcept(
      "service", "anthropic", ["anthropic", "claude", "claude code", "claude-code"],
      ["llm", "ai platform", "coding agent"]),
  ]

  private init(_ kind: String, _ name: String, _ aliases: [String], _ categories: [String]) {
    id = kind + ":" + name
    self.name = name
    self.kind = kind
    self.aliases = aliases
    self.categories = categories
  }

  /// The aliases of all concepts that stand in texts as whole words; case, `_` and `-` do not count, and a word with `/` in
  /// it, such as a path, is one word. Cost: linear in the text.
  public struct Finder {
    private let phrases: [[UInt8]: [(alias: String, rest: [[UInt8]])]]
    private let longest: Int
    public private(set) var found: Set<String> = []

    public init() {
      var phrases: [[UInt8]: [(alias: String, rest: [[UInt8]])]] = [:]
      for alias in SemanticConcept.all.flatMap(\.aliases) {
        let words = Self.words(alias)
        if let first = words.first { phrases[first, default: []].append((alias, Array(words.dropFirst()))) }
      }
      self.phrases = phrases
      longest = phrases.keys.map(\.count).max() ?? 0
    }

    public mutating func look(in text: String) {
      var text = text
      text.withUTF8 { bytes in
        var at = 0
        while let word = Self.word(bytes, at) {
          at = word.upperBound
          guard word.count <= longest, let phrases = phrases[Self.folded(bytes, word)] else { continue }
          for (alias, rest) in phrases where !found.contains(alias) {
            var next = at
            let fits = rest.allSatisfy { wanted in
              guard let word = Self.word(bytes, next) else { return false }
              next = word.upperBound
              return Self.folded(bytes, word) == wanted
            }
            if fits { found.insert(alias) }
          }
        }
      }
    }

    private static func words(_ text: String) -> [[UInt8]] {
      let bytes = Array(text.utf8)
      return bytes.withUnsafeBufferPointer { bytes in
        var words: [[UInt8]] = []
        var at = 0
        while let word = word(bytes, at) {
          words.append(folded(bytes, word))
          at = word.upperBound
        }
        return words
      }
    }

    /// The next word: letters and digits of ASCII and `@ . / +`, without dots around it.
    private static func word(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int) -> Range<Int>? {
      var start = from
      while start < bytes.count, !isWord(bytes[start]) || bytes[start] == dot { start += 1 }
      guard start < bytes.count else { return nil }
      var end = start
      while end < bytes.count, isWord(bytes[end]) { end += 1 }
      while bytes[end - 1] == dot { end -= 1 }
      return start..<end
    }

    private static let dot = UInt8(ascii: ".")

    private static func folded(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [UInt8] {
      bytes[range].map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x2B, 0x2E, 0x2F, 0x40: true
      default: false
      }
    }
  }

  /// The concepts that a question names, each with the aliases it names them by.
  public static func named(in text: String) -> [(concept: SemanticConcept, aliases: [String])] {
    var finder = Finder()
    finder.look(in: text)
    return all.compactMap { concept in
      let aliases = concept.aliases.filter(finder.found.contains)
      return aliases.isEmpty ? nil : (concept, aliases)
    }
  }
}
