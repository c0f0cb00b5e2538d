/// A path inside a repository: bytes with `/` between parts. Git does not promise that they are UTF-8.
public struct BytePath: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
  public let bytes: [UInt8]

  public init(_ bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
  public init(_ text: String) { bytes = Array(text.utf8) }
  public init(stringLiteral value: String) { self.init(value) }

  /// Copies a C string without looking at its encoding.
  public init(cString: UnsafePointer<CChar>) {
    var length = 0
    while cString[length] != 0 { length += 1 }
    bytes = [UInt8](unsafeUninitializedCapacity: length) { out, count in
      for at in 0..<length { out[at] = UInt8(bitPattern: cString[at]) }
      count = length
    }
  }

  /// The path as text; bytes that are no UTF-8 show as U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }

  /// The last part.
  public var name: BytePath {
    guard let slash = bytes.lastIndex(of: 0x2F) else { return self }
    return BytePath(bytes[(slash + 1)...])
  }

  public static func < (a: BytePath, b: BytePath) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
