internal import Basics

/// Files that hold private keys: of an edit in the middle of one nothing but the name tells what it is.
enum KeyFile {
  private static let endings = [".pem", ".key", ".p8", ".ppk", ".asc", "_rsa", "_dsa", "_ecdsa", "_ed25519"]

  static func holds(_ path: BytePath) -> Bool {
    let name = path.description.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  /// A record without such lines in what tools were to do to such files.
  static func withoutBodies(_ record: JSONValue) -> JSONValue {
    RecordSteps.changed(record) { step in
      guard var object = step.object else { return step }
      for key in ["tool_calls", "snippets"] {
        if let parts = object[key]?.array { object[key] = .array(parts.map(filtered)) }
      }
      return .object(object)
    }
  }

  /// A tool call, or a snippet of what one wrote.
  private static func filtered(_ part: JSONValue) -> JSONValue {
    let input = part["input"]
    let path = input?["file_path"]?.string ?? input?["path"]?.string ?? part["file_path"]?.string
    guard var object = part.object, let path, holds(BytePath(path)) else { return part }
    for key in ["input", "text"] { if let value = object[key] { object[key] = filteredTexts(value) } }
    return .object(object)
  }

  private static func filteredTexts(_ value: JSONValue) -> JSONValue {
    switch value {
    case .string(let text):
      let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
        let line = String(decoding: line, as: UTF8.self)
        return isBody(line) ? placeholder : line
      }
      return .string(lines.joined(separator: "\n"))
    case .array(let items): return .array(items.map(filteredTexts))
    case .object(let object): return .object(JSONObject(object.members.map { ($0.key, filteredTexts($0.value)) }))
    default: return value
    }
  }

  static let placeholder = "[REDACTED]"

  /// A line of base64 that is long enough to be worth something.
  static func isBody(_ line: String) -> Bool {
    let bytes = line.utf8.filter { $0 > 0x20 }
    return bytes.count >= 16
      && bytes.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "+")
          || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
      }
  }
}
