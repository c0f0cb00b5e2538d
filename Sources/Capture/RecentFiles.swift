internal import Basics

/// The files of a worktree that changed last, as far as looks have seen. A person who changes something while an agent
/// works mostly changes one of them, and a tool that names no file mostly does too.
struct RecentFiles {
  /// Files that are remembered.
  static let limit = 40

  /// The latest first, each with the time at which it had changed, in nanoseconds since 1970.
  private var files: [(path: BytePath, changed: Int)]

  /// - Parameter path: a list that can't be read is an empty one: some evidence is less sharp then, nothing else.
  init(_ path: String) {
    let text = (try? Files.readIfPresent(path)) ?? nil
    let rows = text.flatMap { try? JSONValue(parsing: $0) }?.array ?? []
    files = rows.compactMap { row in
      guard let path = row["path"]?.string, let changed = row["changed"]?.int else { return nil }
      return (BytePath(path), changed)
    }
  }

  /// Those that have changed since they were seen. Cost: a `stat` each.
  func changedSince(below root: String) -> [BytePath] {
    files.filter { file in
      Files.status("\(root)/\(file.path)", followLinks: false).map { $0.changed != file.changed } ?? false
    }.map(\.path)
  }

  /// Takes what a look found.
  mutating func note(_ differences: [FileDifference]) {
    let new = differences.filter { $0.after != .absent }.map { (path: $0.path, changed: $0.changed) }
    let known = Set(differences.map(\.path))
    let order = new.sorted { $0.changed > $1.changed } + files.filter { !known.contains($0.path) }
    files = Array(order.prefix(Self.limit))
  }

  func save(_ path: String) throws {
    let rows = files.map { ["path": .string($0.path.description), "changed": .int($0.changed)] as JSONValue }
    try Files.writeAtomically(CanonicalJSON.line(.array(rows)), to: path, mode: 0o600, isDurable: false)
  }
}
