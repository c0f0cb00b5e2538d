internal import Basics
internal import GitKit

/// Values to be added to and removed from the configuration of a repository, collected first.
struct ConfigEdits {
  private struct Edit {
    let key: String
    let value: String
    let adds: Bool
  }

  private var edits: [Edit] = []

  var isEmpty: Bool { edits.isEmpty }
  /// What will be done, for a plan.
  var descriptions: [(action: String, setting: String)] {
    edits.map { ($0.adds ? "add" : "unset", "\($0.key)=\($0.value)") }
  }

  mutating func add(_ key: String, _ value: String) { edits.append(Edit(key: key, value: value, adds: true)) }

  /// Removes the values of a key that are exactly `value`.
  mutating func remove(_ key: String, _ value: String) { edits.append(Edit(key: key, value: value, adds: false)) }

  /// Carries the edits out and drops the sections that they left empty.
  func apply(to repository: Repository) throws {
    let configuration = repository.configuration
    for edit in edits where !edit.adds { try configuration.unset(edit.key, value: edit.value) }
    for edit in edits where edit.adds { try configuration.add(edit.key, edit.value) }
    let sections = Set(edits.filter { !$0.adds }.map { Self.header(of: $0.key) })
    if !sections.isEmpty { try Self.dropEmpty(sections, in: repository.commonDirectory + "/config") }
  }

  /// The section line of a key: `remote.origin.fetch` stands below `[remote "origin"]`.
  private static func header(of key: String) -> String {
    let parts = key.split(separator: ".")
    guard parts.count > 2 else { return "[\(parts[0].lowercased())]" }
    return "[\(parts[0].lowercased()) \"\(parts[1..<(parts.count - 1)].joined(separator: "."))\"]"
  }

  /// Removes the lines of sections without any content. Takes git's own lock on the file.
  private static func dropEmpty(_ sections: Set<String>, in path: String) throws {
    let path = Files.resolvingLinks(path)
    let lock = path + ".lock"
    let file: FileHandle
    do { file = try FileHandle.open(lock, .create) } catch let error as SystemError where !error.isPermission {
      throw IntegrationError.busy(lock)
    }
    do {
      let before = try Files.readIfPresent(path) ?? []
      let after = withoutEmpty(sections, in: before)
      guard after != before else { return try Files.remove(lock) }
      try file.write(after)
      try file.synchronize()
      try Files.install(lock, as: path, mode: (Files.status(path)?.mode ?? 0o644) & 0o7777)
    } catch {
      try Files.remove(lock)
      throw error
    }
  }

  private static func withoutEmpty(_ sections: Set<String>, in text: [UInt8]) -> [UInt8] {
    let lines = text.split(separator: 0x0A, omittingEmptySubsequences: false)
    let trimmed = lines.map { line in String(decoding: line, as: UTF8.self).trimmed }
    let kept = lines.indices.filter { at in
      guard sections.contains(trimmed[at]) || sections.contains(trimmed[at].lowercased()) else { return true }
      let next = trimmed[(at + 1)...].first { !$0.isEmpty }
      return !(next?.hasPrefix("[") ?? true)
    }
    return Array(kept.map { lines[$0] }.joined(separator: [0x0A]))
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }
}
