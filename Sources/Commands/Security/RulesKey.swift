internal import Basics
internal import Integrations

/// `rules-key` in the opentraces home: what digests of the user's own rules are keyed with, so that nobody who sees one can try out
/// what they may be. It never leaves.
enum RulesKey {
  /// Makes the key when there is none.
  static func get(_ environment: HostEnvironment) throws -> String {
    let path = environment.opentracesHome + "/rules-key"
    if let key = try Files.readText(path), !key.isEmpty { return key }
    let key = Hex.encode(RandomBytes.make(16))
    try Files.createDirectory(environment.opentracesHome)
    // Of two processes that are the first, one makes it.
    do {
      let file = try FileHandle.open(path, .create, mode: 0o600)
      defer { file.close() }
      try file.write(Array(key.utf8))
      return key
    } catch let error as SystemError {
      if let other = try Files.readText(path), !other.isEmpty { return other }
      guard Files.exists(path) else { throw error }
      // Its writer was stopped.
      try Files.writeAtomically(Array(key.utf8), to: path, mode: 0o600)
      return key
    }
  }
}
