internal import Basics

/// Packages that the manifests of a project name: names alone, sorted, each once.
enum Manifests {
  /// - Parameter directory: the root of the worktree.
  static func packages(at directory: String) -> [String] {
    func text(_ name: String) -> String {
      // A manifest that can't be read names nothing.
      ((try? Files.readText(directory + "/" + name)) ?? nil) ?? ""
    }
    let found =
      npm(text("package.json")) + requirements(text("requirements.txt")) + pyproject(text("pyproject.toml"))
      + gems(text("Gemfile")) + modules(text("go.mod"))
    return Set(found).sorted()
  }

  static func npm(_ text: String) -> [String] {
    guard !text.isEmpty, let manifest = try? JSONValue(parsing: text) else { return [] }
    return ["dependencies", "devDependencies"].flatMap { manifest[$0]?.object?.keys ?? [] }
  }

  static func requirements(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard let first = line.first, first != "#", first != "-" else { return nil }
      return name(of: line)
    }
  }

  /// The `dependencies = [` list of a `pyproject.toml`.
  static func pyproject(_ text: String) -> [String] {
    var found: [String] = []
    var isList = false
    for line in text.split(whereSeparator: \.isNewline) {
      var rest = line.drop { $0 == " " || $0 == "\t" }
      if !isList {
        guard rest.hasPrefix("dependencies"), let open = rest.firstIndex(of: "[") else { continue }
        isList = true
        rest = rest[rest.index(after: open)...]
      }
      // Every second piece stands between quotes; a `]` ends the list outside of them only.
      let pieces = rest.split(omittingEmptySubsequences: false) { $0 == "\"" || $0 == "'" }
      for (number, piece) in pieces.enumerated() {
        if number % 2 == 1 { found += name(of: piece).map { [$0] } ?? [] } else if piece.contains("]") { return found }
      }
    }
    return found
  }

  static func gems(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split { " \t,\"'".contains($0) }
      return words.count > 1 && words[0] == "gem" ? String(words[1]) : nil
    }
  }

  /// What the module itself requires, not what that needs in turn (`// indirect`).
  static func modules(_ text: String) -> [String] {
    var isBlock = false
    return text.split(whereSeparator: \.isNewline).compactMap { line in
      if line.contains("// indirect") { return nil }
      let words = line.split { " \t\r".contains($0) }
      if words.first == "require", words.count > 1, words[1] == "(" { isBlock = true }
      if words.first == ")" { isBlock = false }
      if words.first == "require", words.count > 2 { return String(words[1]) }
      return isBlock && words.count > 1 && words[0] != "require" && words[0] != "//" ? String(words[0]) : nil
    }
  }

  /// The name at the start of a requirement such as `httpx[http2]>=0.27; python_version > "3"`.
  private static func name(of requirement: Substring) -> String? {
    let name = requirement.drop { $0 == " " }.prefix {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
    }
    return name.isEmpty ? nil : String(name)
  }
}
