internal import Basics

/// Remembers what session files looked like when they were last imported, so that unchanged ones are not read again.
///
/// Machine-local and disposable: without it every file is read and compared.
struct SessionFingerprints {
  private let file: String
  private var known: [String: String] = [:]
  private var changed = false

  init(directory: String) {
    file = directory + "/sessions.json"
    // An unreadable or damaged file only costs time.
    let text = (try? Files.readIfPresent(file)) ?? nil
    for member in text.flatMap({ try? JSONValue(parsing: $0) })?.object?.members ?? [] {
      known[member.key] = member.value.string
    }
  }

  /// Size, time and inode of a session file and of the files of its sub-agents.
  static func make(_ files: [String]) -> String {
    files.map { file in
      Files.status(file).map { "\($0.size):\($0.modified):\($0.inode)" } ?? "-"
    }.joined(separator: " ")
  }

  func isUnchanged(_ path: String, _ fingerprint: String) -> Bool { known[path] == fingerprint }

  mutating func set(_ path: String, _ fingerprint: String) {
    changed = changed || known[path] != fingerprint
    known[path] = fingerprint
  }

  func save() throws {
    guard changed else { return }
    let object = JSONObject(known.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    try Files.createDirectory(Paths.parent(file))
    try Files.writeAtomically(CanonicalJSON.line(.object(object)), to: file)
  }
}
