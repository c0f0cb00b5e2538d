internal import Basics
public import TraceModel

/// Paths of a record's files inside its repository.
public struct RecordPaths {
  /// The working directory of the session; nil when the record does not tell.
  public let root: String?

  public init(_ record: TraceRecord) {
    let told = record.metadata["cwd"]?.string ?? record.metadata["worktree_root"]?.string
    root = told.map { $0.count > 1 && $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? Self.root(record)
  }

  /// What stands before the path of a patch in the call that made it.
  private static func root(_ record: TraceRecord) -> String? {
    let patched = Set(record.patches.map(\.filePath))
    guard !patched.isEmpty else { return nil }
    for call in record.steps.lazy.flatMap(\.toolCalls) {
      for file in ToolUse(call).modifiedFiles where file.hasPrefix("/") {
        if let path = patched.first(where: { file.hasSuffix("/" + $0) }) {
          return String(file.dropLast(path.count + 1))
        }
      }
    }
    return nil
  }

  /// The path below the root; unchanged when it lies elsewhere or is relative already.
  public func relative(_ path: String) -> String {
    guard let root, path.hasPrefix("/") else { return path.hasPrefix("./") ? String(path.dropFirst(2)) : path }
    if path == root { return "." }
    return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
  }

  /// The absolute path; nil when it is relative and nobody knows to what.
  func absolute(_ path: String) -> String? {
    path.hasPrefix("/") ? path : root.map { $0 + "/" + path }
  }
}
