internal import Basics
internal import CGit2

extension Repository {
  /// A path setting from `config.worktree`, which overrides the other scopes and which libgit2 1.5 does not read.
  ///
  /// - Returns: nil when the file, the key or `extensions.worktreeConfig` is missing.
  public func worktreePath(_ key: String) throws -> String? {
    let file = gitDirectory + "/config.worktree"
    guard try configuration.bool("extensions.worktreeConfig") == true, Files.exists(file) else { return nil }
    var config: OpaquePointer?
    try check(git_config_open_ondisk(&config, file), "read the configuration", file)
    defer { git_config_free(config) }
    var buffer = git_buf()
    defer { git_buf_dispose(&buffer) }
    guard try found(git_config_get_path(&buffer, config, key), "read the setting", key) else { return nil }
    return buffer.ptr.map { String(cString: $0) }
  }
}
