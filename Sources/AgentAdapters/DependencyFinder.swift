internal import Basics
internal import TraceModel

/// Packages that shell commands installed.
enum DependencyFinder {
  private static let installers: [String: Set<String>] = [
    "npm": ["install", "add", "i"], "yarn": ["install", "add", "i"],
    "pnpm": ["install", "add", "i"], "pip": ["install"], "pip3": ["install"],
    "gem": ["install"], "go": ["get"], "cargo": ["add"],
  ]

  private static let signs: [StaticString] = [" install ", " add ", " i ", " get "]

  /// Package names of one command, without versions.
  static func packages(in command: String) -> [String] {
    guard signs.contains(where: { TextSearch.contains(command, $0) }) else { return [] }
    var names: [String] = []
    for line in command.split(whereSeparator: { "\n;|&".contains($0) }) {
      let words = line.split(separator: " ").map { String($0) }
      guard words.count > 2, installers[words[0]]?.contains(words[1]) ?? false else { continue }
      names += words.dropFirst(2).filter(isName).map(withoutVersion)
    }
    return names.filter { !$0.isEmpty }
  }

  private static func isName(_ word: String) -> Bool {
    guard let first = word.utf8.first else { return false }
    return first != 0x2D && first != 0x2E && first != 0x2F
      && !word.contains { "$<>\"'`(){}*=".contains($0) && $0 != "=" && $0 != "<" && $0 != ">" }
      && !word.hasPrefix("2>")
  }

  /// Cuts at the first of `@ > = < ~ !`, an `@` at the start excepted.
  private static func withoutVersion(_ word: String) -> String {
    let start = word.hasPrefix("@") ? word.index(after: word.startIndex) : word.startIndex
    let end = word[start...].firstIndex { "@>=<~!".contains($0) } ?? word.endIndex
    return String(word[..<end])
  }
}
