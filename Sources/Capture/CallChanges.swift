public import Basics

/// What one tool call changed in the worktree, as a hook saw it.
public struct CallChanges: Sendable {
  static let lineType = "opentraces_changes"
  static let overlap: JSONValue = "concurrent_writer_overlap"

  public let call: String
  public let time: Timestamp
  /// The root of the worktree that the paths are relative to.
  public let worktree: String
  public let differences: [FileDifference]
  /// Whether another call of the session was under way that may have made the changes.
  public let isShared: Bool

  /// Reads a line of a journal; nil when it is another one.
  public init?(_ line: JSONValue) {
    guard line["type"]?.string == Self.lineType, let call = line["tool_use_id"]?.string,
      let time = line["timestamp"]?.string.flatMap({ Timestamp($0) }),
      let worktree = line["worktree"]?.string
    else { return nil }
    self.call = call
    self.time = time
    self.worktree = worktree
    differences = line["files"]?.array?.compactMap(FileDifference.init) ?? []
    isShared = line["limitations"]?.array?.contains(Self.overlap) ?? false
  }
}
