internal import Basics

/// Programming languages by file name extension and by tool.
enum Languages {
  private static let byExtension = [
    "py": "python", "js": "javascript", "jsx": "javascript", "ts": "typescript",
    "tsx": "typescript", "rb": "ruby", "rs": "rust", "go": "go", "java": "java", "kt": "kotlin",
    "swift": "swift", "c": "c", "h": "c", "cpp": "cpp", "cc": "cpp", "hpp": "cpp", "cs": "csharp",
    "php": "php", "sh": "bash", "zsh": "bash", "bash": "bash", "md": "markdown", "json": "json",
    "yaml": "yaml", "yml": "yaml", "toml": "toml", "html": "html", "css": "css", "sql": "sql",
  ]

  private static let ecosystems: Set<String> = [
    "python", "typescript", "javascript", "ruby", "rust", "go", "java", "swift", "kotlin", "csharp",
  ]

  private static let byCommand = [
    "python": "python", "python3": "python", "pip": "python", "pip3": "python",
    "pytest": "python", "uv": "python", "node": "javascript", "npm": "javascript",
    "pnpm": "javascript", "yarn": "javascript", "bun": "javascript", "npx": "javascript",
    "cargo": "rust", "go": "go", "bundle": "ruby", "gem": "ruby",
  ]

  /// The language of a file, or nil.
  static func name(forPath path: String) -> String? {
    let name = Paths.name(path)
    guard let dot = name.utf8.lastIndex(of: 0x2E) else { return nil }
    return byExtension[name[name.index(after: dot)...].lowercased()]
  }

  /// The language of a file, when it is one that has packages.
  static func ecosystem(forPath path: String) -> String? {
    name(forPath: path).flatMap { ecosystems.contains($0) ? $0 : nil }
  }

  /// The language whose tools a shell command calls, one for each word.
  static func ecosystems(inCommand command: String) -> [String] {
    command.utf8.split { $0 == 0x20 || $0 == 0x0A || $0 == 0x3B || $0 == 0x26 || $0 == 0x7C }
      .compactMap { $0.count < 8 ? byCommand[String(Substring($0))] : nil }
  }
}
