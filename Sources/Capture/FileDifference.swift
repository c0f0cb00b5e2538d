public import Basics
public import GitKit

/// What a file holds at one moment.
public enum SeenContent: Hashable, Sendable {
  case absent
  case blob(ObjectID, mode: UInt32)
  /// Too large, unreadable, or not looked at in time.
  case unknown(mode: UInt32)

  var blob: ObjectID? { if case .blob(let id, _) = self { id } else { nil } }
  var mode: UInt32? {
    switch self {
    case .absent: nil
    case .blob(_, let mode), .unknown(let mode): mode
    }
  }
}

/// A file that is not what it was at the last look.
public struct FileDifference: Hashable, Sendable {
  public let path: BytePath
  public let before: SeenContent
  public let after: SeenContent
  /// When the file changed last, in nanoseconds since 1970; for one that is gone, when its directory did.
  public let changed: Int
}

extension SeenContent {
  init(_ record: FileRecord) {
    self = record.flags.contains(.opaque) ? .unknown(mode: record.gitMode) : .blob(record.blob, mode: record.gitMode)
  }
}

extension FileDifference {
  var json: JSONValue {
    [
      "path": .string(path.description), "changed": .int(changed), "before": before.json, "after": after.json,
    ]
  }

  init?(_ json: JSONValue) {
    guard let path = json["path"]?.string, let before = json["before"].flatMap(SeenContent.init(json:)),
      let after = json["after"].flatMap(SeenContent.init(json:))
    else { return nil }
    self.init(path: BytePath(path), before: before, after: after, changed: json["changed"]?.int ?? 0)
  }
}

extension SeenContent {
  var json: JSONValue {
    switch self {
    case .absent: .null
    case .blob(let id, let mode): ["blob": .string(id.hex), "mode": .string(String(mode, radix: 8))]
    case .unknown(let mode): ["mode": .string(String(mode, radix: 8))]
    }
  }

  init?(json: JSONValue) {
    if json.isNull {
      self = .absent
      return
    }
    guard let mode = json["mode"]?.string.flatMap({ UInt32($0, radix: 8) }) else { return nil }
    guard let hex = json["blob"]?.string else {
      self = .unknown(mode: mode)
      return
    }
    guard let id = ObjectID(hex: hex) else { return nil }
    self = .blob(id, mode: mode)
  }
}
