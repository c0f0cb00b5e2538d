internal import CGit2

/// The git configuration of a repository.
public struct Configuration {
  private let repository: Repository

  init(_ repository: Repository) { self.repository = repository }

  private func withConfig<R>(local: Bool, _ body: (OpaquePointer?) throws -> R) throws -> R {
    var config: OpaquePointer?
    try check(git_repository_config(&config, repository.handle), "read the configuration of", repository.gitDirectory)
    defer { git_config_free(config) }
    guard local else { return try body(config) }
    var level: OpaquePointer?
    try check(
      git_config_open_level(&level, config, GIT_CONFIG_LEVEL_LOCAL), "read the configuration of",
      repository.commonDirectory)
    defer { git_config_free(level) }
    return try body(level)
  }

  /// The value in force, all scopes considered; nil when unset.
  public func string(_ key: String) throws -> String? {
    try withConfig(local: false) { config in
      var buffer = git_buf()
      defer { git_buf_dispose(&buffer) }
      guard try found(git_config_get_string_buf(&buffer, config, key), "read the setting", key) else { return nil }
      return buffer.ptr.map { String(cString: $0) }
    }
  }

  public func bool(_ key: String) throws -> Bool? {
    try withConfig(local: false) { config in
      var value: Int32 = 0
      return try found(git_config_get_bool(&value, config, key), "read the setting", key) ? value != 0 : nil
    }
  }

  /// A path setting with `~` expanded.
  public func path(_ key: String) throws -> String? {
    try withConfig(local: false) { config in
      var buffer = git_buf()
      defer { git_buf_dispose(&buffer) }
      guard try found(git_config_get_path(&buffer, config, key), "read the setting", key) else { return nil }
      return buffer.ptr.map { String(cString: $0) }
    }
  }

  /// All values of a key in the repository's own configuration file.
  public func localValues(_ key: String) throws -> [String] {
    try withConfig(local: true) { config in
      var iterator: OpaquePointer?
      guard try found(git_config_multivar_iterator_new(&iterator, config, key, nil), "read the setting", key) else {
        return []
      }
      defer { git_config_iterator_free(iterator) }
      var values: [String] = []
      var entry: UnsafeMutablePointer<git_config_entry>?
      while git_config_next(&entry, iterator) == 0 {
        if let value = entry?.pointee.value { values.append(String(cString: value)) }
      }
      return values
    }
  }

  /// Sets a key in the repository's own configuration file.
  public func set(_ key: String, _ value: String) throws {
    _ = try withConfig(local: true) { try check(git_config_set_string($0, key, value), "write the setting", key) }
  }

  /// Adds one more value to a key in the repository's own configuration file.
  public func add(_ key: String, _ value: String) throws {
    // "$^" fits no value, so that nothing is replaced.
    _ = try withConfig(local: true) {
      try check(git_config_set_multivar($0, key, "$^", value), "write the setting", key)
    }
  }

  /// Removes the values of a key that are exactly `value`; all values when nil.
  public func unset(_ key: String, value: String? = nil) throws {
    try withConfig(local: true) { config in
      let pattern = value.map { "^" + Self.quoted($0) + "$" } ?? ".*"
      _ = try found(git_config_delete_multivar(config, key, pattern), "remove the setting", key)
    }
  }

  /// The text with every character that means something in a regular expression escaped.
  private static func quoted(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\^$.|?*+()[]{}".contains(character) { result.append("\\") }
      result.append(character)
    }
  }

  /// Where git fetches from for a remote, with the replacements that `url.<base>.insteadOf` asks for; nil when there is no
  /// such remote.
  public func fetchURL(ofRemote name: String) -> String? {
    var remote: OpaquePointer?
    guard git_remote_lookup(&remote, repository.handle, name) == 0 else { return nil }
    defer { git_remote_free(remote) }
    return git_remote_url(remote).map { String(cString: $0) }
  }

  /// Names of the remotes that have a URL, sorted.
  public func remotes() throws -> [String] {
    var names = git_strarray()
    try check(git_remote_list(&names, repository.handle), "list the remotes of", repository.commonDirectory)
    defer { git_strarray_dispose(&names) }
    let all = (0..<names.count).compactMap { names.strings[$0].map { String(cString: $0) } }
    return try all.filter { try string("remote.\($0).url") != nil }.sorted()
  }
}

extension Repository {
  public var configuration: Configuration { Configuration(self) }
}
