internal import Basics

/// What a settings file was like where our entries went in, so that removing them leaves it as it was. Holds nothing of
/// what the user wrote.
struct SettingsMemory {
  enum File: Hashable {
    case absent
    /// White space or nothing.
    case blank([UInt8])
    case filled
  }

  let file: File
  /// What stood between the brackets of empty objects and lists, by their path.
  let blanks: [String: String]

  init(file: [UInt8]?, blanks: [String: String]) {
    self.file = file.map { Self.isBlank($0) ? .blank($0) : .filled } ?? .absent
    self.blanks = self.file == .filled ? blanks : [:]
  }

  /// Whether a file has nothing but white space.
  static func isBlank(_ file: [UInt8]) -> Bool {
    file.allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
  }

  /// Reads what ``json`` wrote; nil when there is nothing at that place.
  init?(settings: JSONObject, key: [String]) {
    guard let json = key.reduce(.object(settings) as JSONValue?, { $0?[$1] }) else { return nil }
    blanks = Dictionary(
      uniqueKeysWithValues: json["blank"]?.object?.members.compactMap { key, value in
        value.string.map { (key, $0) }
      } ?? [])
    switch (json["file"]?.string, json["text"]?.string) {
    case ("absent", _): file = .absent
    case ("blank", let text): file = .blank(Array((text ?? "").utf8))
    default: file = .filled
    }
  }

  var json: JSONValue {
    var object: JSONObject = [:]
    switch file {
    case .absent: object["file"] = "absent"
    case .blank(let text):
      object["file"] = "blank"
      object["text"] = .string(String(decoding: text, as: UTF8.self))
    case .filled: object["file"] = "filled"
    }
    if !blanks.isEmpty {
      object["blank"] = .object(JSONObject(blanks.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }
    return .object(object)
  }
}
