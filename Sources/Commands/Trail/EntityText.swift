internal import Basics
internal import Trails

/// Definitions that a trace touched, as text and JSON.
enum EntityText {
  static func json(_ entity: EntityChange) -> JSONValue {
    [
      "name": .string(entity.name), "kind": .string(entity.kind.rawValue), "change": .string(entity.change.rawValue),
      "previous_name": .optional(entity.previousName), "path": .string(entity.path.description),
      "line": .int(entity.line), "line_count": .int(entity.lineCount),
    ]
  }

  /// `+2 ~1`: added, modified, removed, renamed.
  static func counts(_ entities: [EntityChange]) -> String {
    let parts: [(EntityChange.Change, String)] = [(.added, "+"), (.modified, "~"), (.removed, "-"), (.renamed, "↷")]
    return parts.compactMap { change, sign in
      let count = entities.count { $0.change == change }
      return count == 0 ? nil : "\(sign)\(count)"
    }.joined(separator: " ")
  }

  /// `total`, `old → new`.
  static func name(_ entity: EntityChange) -> String {
    entity.previousName.map { "\($0) → \(entity.name)" } ?? entity.name
  }

  static func sign(_ entity: EntityChange) -> String {
    switch entity.change {
    case .added: "+"
    case .modified: "~"
    case .removed: "-"
    case .renamed: "↷"
    }
  }

  static func word(_ entity: EntityChange) -> String {
    switch entity.change {
    case .added: "Added"
    case .modified: "Modified"
    case .removed: "Removed"
    case .renamed: "Renamed"
    }
  }
}
