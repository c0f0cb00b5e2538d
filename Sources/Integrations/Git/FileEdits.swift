internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// Files to be written or removed, collected first and carried out together. What is already so makes no edit.
struct FileEdits {
  private enum Outcome {
    case write([UInt8], mode: UInt32)
    case remove
  }

  private var outcomes: [(path: String, outcome: Outcome)] = []

  var isEmpty: Bool { outcomes.isEmpty }
  /// What will be done, for a plan.
  var descriptions: [(action: String, path: String)] {
    outcomes.map { item in
      if case .remove = item.outcome { return ("remove", item.path) }
      return ("write", item.path)
    }
  }

  /// The content and permissions that a file will have; nil when there will be none.
  func content(_ path: String) throws -> (text: [UInt8], mode: UInt32)? {
    let path = Files.resolvingLinks(path)
    switch outcomes.last(where: { $0.path == path })?.outcome {
    case .write(let text, let mode): return (text, mode)
    case .remove: return nil
    case nil:
      guard let status = Files.status(path), let text = try Files.readIfPresent(path) else { return nil }
      return (text, status.mode & 0o7777)
    }
  }

  mutating func write(_ text: [UInt8], mode: UInt32, to path: String) throws {
    let path = Files.resolvingLinks(path)
    if let now = try content(path), now.text == text, now.mode == mode { return }
    set(path, .write(text, mode: mode))
  }

  mutating func remove(_ path: String) {
    if Files.exists(path) { set(Files.resolvingLinks(path), .remove) }
  }

  private mutating func set(_ path: String, _ outcome: Outcome) {
    outcomes.removeAll { $0.path == path }
    outcomes.append((path, outcome))
  }

  /// Carries the edits out in their order.
  func apply() throws {
    for (path, outcome) in outcomes {
      switch outcome {
      case .remove:
        try Files.remove(path)
      case .write(let text, let mode):
        try Files.createDirectory(Paths.parent(path))
        if try Files.readIfPresent(path) != text { try Files.writeAtomically(text, to: path, mode: mode) }
        guard chmod(path, mode) == 0 else { throw SystemError("change the mode of", path, code: errno) }
      }
    }
  }
}
