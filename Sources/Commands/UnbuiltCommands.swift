/// Commands of the reference that do not exist yet: they answer so, instead of with a usage error.
enum UnbuiltCommands {
  private static let paths: [[String]] = [
    ["setup", "watcher"], ["setup", "capture-otlp"],
    ["setup", "skill"], ["setup", "upgrade"], ["setup", "uninstall"], ["auth"], ["config", "show"], ["config", "get"],
    ["config", "unset"],
    ["ctx"],
    ["workflow"], ["dataset"], ["capture-otlp"], ["capabilities"], ["introspect"],
  ]

  /// The command path that these words begin with, when it is not built.
  static func match(_ words: [String]) -> String? {
    let verbs = words.filter { !$0.hasPrefix("-") }
    return paths.first { verbs.starts(with: $0) }?.joined(separator: " ")
  }
}
