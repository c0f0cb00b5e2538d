public import GitKit

/// What git itself says about a repository.
public struct GitOracle {
  private let repository: TemporaryRepository

  public init(_ repository: TemporaryRepository) { self.repository = repository }

  /// What `git fsck --strict` complains about; empty when all is well. Dangling objects are no complaint.
  public func problems() throws -> [String] {
    let result = try repository.tryGit("fsck", "--strict", "--full", "--no-dangling")
    let said = (result.output + result.errors).split(separator: "\n").map(String.init)
    let complaints = said.filter { !$0.hasPrefix("notice:") && !$0.hasPrefix("Checking ") }
    return result.succeeded ? complaints : complaints + ["exit \(result.exitCode)"]
  }

  /// The commits that have a note, with the notes' blobs, sorted by commit.
  public func notes(ref: String = "refs/notes/opentraces") throws -> [(commit: ObjectID, blob: ObjectID)] {
    try repository.git("notes", "--ref", ref, "list").lines.compactMap { line in
      let parts = line.split(separator: " ")
      guard parts.count == 2, let blob = ObjectID(hex: parts[0]), let commit = ObjectID(hex: parts[1]) else {
        return nil
      }
      return (commit, blob)
    }.sorted { $0.commit < $1.commit }
  }

  /// The text of a commit's note; nil when it has none.
  public func note(_ commit: ObjectID, ref: String = "refs/notes/opentraces") throws -> String? {
    let result = try repository.tryGit("notes", "--ref", ref, "show", commit.hex)
    return result.succeeded ? result.output : nil
  }

  /// The commit that each line of a file comes from.
  public func blame(_ path: String, at revision: String = "HEAD") throws -> [(commit: ObjectID, text: String)] {
    var commit: ObjectID?
    var lines: [(ObjectID, String)] = []
    let output = try repository.git("blame", "--line-porcelain", revision, "--", path).output
    for line in output.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("\t") {
        if let commit { lines.append((commit, String(line.dropFirst()))) }
      } else if let found = line.split(separator: " ").first.flatMap({ ObjectID(hex: $0) }) {
        commit = found
      }
    }
    return lines
  }

  /// All references with what they name.
  public func references(_ prefix: String = "refs") throws -> [String: ObjectID] {
    let lines = try repository.git("for-each-ref", "--format=%(refname) %(objectname)", prefix).lines
    return Dictionary(
      uniqueKeysWithValues: lines.compactMap { line in
        let parts = line.split(separator: " ")
        return ObjectID(hex: parts[1]).map { (String(parts[0]), $0) }
      })
  }

  /// Packs everything and throws away what nothing reaches.
  public func collectGarbage() throws {
    try repository.git("reflog", "expire", "--expire=now", "--all")
    try repository.git("gc", "-q", "--prune=now")
  }
}
