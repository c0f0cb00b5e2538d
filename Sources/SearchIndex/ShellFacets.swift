/// What a shell command says of itself.
enum ShellFacets {
  private static let keywords: Set<String> = [
    "for", "while", "until", "do", "done", "if", "then", "else", "elif", "fi", "case", "esac", "in", "select",
    "function", "{", "}", "(", ")", "[", "]", "[[", "]]", "&&", "||", "|", ";", ">", ">>", "<", "<<", "2>", "2>>", "&>",
    "!",
  ]
  private static let builders: Set<String> = ["npm", "pnpm", "yarn", "go", "cargo", "mvn", "gradle", "swift"]
  private static let frameworks = ["pytest", "vitest", "jest", "rspec"]

  static func facets(_ command: String, isTest: Bool) -> [SearchDocument.Facet] {
    var facets: [SearchDocument.Facet] = []
    func add(_ name: String, _ value: String, _ source: String = "bash_command", confidence: String = "high") {
      facets.append(SearchDocument.Facet(name, value, source: source, confidence: confidence))
    }
    let words = command.split(whereSeparator: \.isWhitespace).map(String.init)
    var family: String?
    if let first = words.first, !keywords.contains(first), isIdentifier(first) {
      family = builders.contains(first) && words.dropFirst().first == "test" ? first + " test" : first
    }
    if let family { add("bash.command_family", family) }
    if isTest {
      add("bash.action", "test")
    } else if family == "curl" || family == "wget" {
      add("bash.action", "service_probe")
    }
    if isTest,
      let name = frameworks.first(where: { command.contains($0) })
        ?? builders.sorted().map({ $0 + " test" }).first(where: { command.contains($0) })
    {
      add("test.framework", name)
    }
    for word in command.split(whereSeparator: { $0.isWhitespace || "\"'`|;&<>()".contains($0) }) {
      for scheme in ["https", "http"] where word.hasPrefix(scheme + "://") {
        let host = word.dropFirst(scheme.count + 3).prefix { !"/:?#".contains($0) }
        guard !host.isEmpty else { continue }
        add("service.name", String(host), "web_url", confidence: "medium")
        add("service.channel", scheme, "web_url", confidence: "medium")
      }
    }
    return facets
  }

  private static func isIdentifier(_ word: String) -> Bool {
    guard let first = word.first, first.isLetter else { return false }
    return word.allSatisfy { $0.isLetter || $0.isNumber || "_./-".contains($0) }
  }
}
