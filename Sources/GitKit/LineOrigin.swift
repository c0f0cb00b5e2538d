public import Basics
internal import CGit2

/// Where a line came from.
public struct LineOrigin: Hashable, Sendable {
  public let commit: ObjectID
  public let path: BytePath
  /// 1-based, in the commit's file.
  public let line: Int
}

extension Repository {
  /// The commit that added a line of a file, as `git blame` finds it. Cost: the history of the file.
  public func origin(of path: BytePath, line: Int, at commit: ObjectID) throws -> LineOrigin? {
    var options = git_blame_options()
    git_blame_options_init(&options, UInt32(GIT_BLAME_OPTIONS_VERSION))
    options.newest_commit = commit.oid
    options.min_line = line
    options.max_line = line
    var blame: OpaquePointer?
    let name = path.description
    guard try found(git_blame_file(&blame, handle, name, &options), "blame", name) else { return nil }
    defer { git_blame_free(blame) }
    guard let hunk = git_blame_get_hunk_byline(blame, line) else { return nil }
    let value = hunk.pointee
    let offset = line - Int(value.final_start_line_number)
    return LineOrigin(
      commit: ObjectID(value.orig_commit_id), path: value.orig_path.map { BytePath(cString: $0) } ?? path,
      line: Int(value.orig_start_line_number) + offset)
  }
}
