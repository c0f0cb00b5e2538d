internal import Basics
public import GitKit

/// The name of a clone among those that share: 32 hex digits, one per repository, in the common git directory.
public enum WriterID {
  /// For machines whose clones do not live long.
  public static let variable = "OPENTRACES_WRITER"

  static func path(_ repository: Repository) -> String { repository.stateDirectory + "/writer-id" }

  /// The id that the environment or the repository has; nil before the first one is made.
  public static func read(_ repository: Repository, environment: [String: String]) throws -> String? {
    if let told = environment[variable], !told.isEmpty {
      guard isValid(told) else {
        throw StoreError(.invalidEvent, "use", variable, "it takes 32 hex digits, not '\(told)'")
      }
      return told
    }
    let text = try Files.readText(path(repository)).map { String($0.prefix { !$0.isWhitespace }) }
    return text.flatMap { isValid($0) ? $0 : nil }
  }

  /// The id, made when there is none.
  public static func get(_ repository: Repository, environment: [String: String]) throws -> String {
    if let known = try read(repository, environment: environment) { return known }
    try Files.createDirectory(repository.stateDirectory)
    // Two first commands at once make one id.
    let lock = try FileLock.acquire(path(repository) + ".lock", timeout: 10)
    defer { lock?.release() }
    return try read(repository, environment: environment) ?? renew(repository)
  }

  /// Makes a new one: the directory was copied, and the copy goes by its own name.
  public static func renew(_ repository: Repository) throws -> String {
    let id = Hex.encode(RandomBytes.make(16))
    try Files.createDirectory(repository.stateDirectory)
    try Files.writeAtomically(Array((id + "\n").utf8), to: path(repository), mode: 0o600)
    return id
  }

  static func isValid(_ text: String) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// What the numbers of a writer's published events begin with, so that those of two writers differ: six digits in
  /// front of the twelve of the sequence.
  public static func firstNumber(_ writer: String) -> Int {
    let share = Digest.sha256(Array(writer.utf8)).prefix(4).reduce(0) { $0 << 8 | Int($1) }
    return (100_000 + share % 900_000) * 1_000_000_000_000
  }

  /// The writer's part of the number of an event; 0 for an event of this clone.
  public static func share(ofNumber number: Int) -> Int { number / 1_000_000_000_000 }
}
