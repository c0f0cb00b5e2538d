internal import Crypto

/// SHA-1 and SHA-256 over bytes. SHA-1 names git objects; nothing else may rest on it.
public enum Digest {
  public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    contiguous(bytes) { Array(SHA256.hash(data: UnsafeRawBufferPointer($0))) }
  }

  public static func sha256Hex(_ bytes: some Sequence<UInt8>) -> String { Hex.encode(sha256(bytes)) }

  public static func sha256Hex(_ text: String) -> String { sha256Hex(text.utf8) }

  public static func sha256Hex(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    Hex.encode(Array(SHA256.hash(data: UnsafeRawBufferPointer(bytes))))
  }

  public static func sha1(_ bytes: UnsafeRawBufferPointer) -> [UInt8] { Array(Insecure.SHA1.hash(data: bytes)) }

  /// The id git gives to a blob with this content.
  public static func gitBlobID(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var hash = Insecure.SHA1()
    hash.update(data: Array("blob \(bytes.count)\0".utf8))
    hash.update(bufferPointer: bytes)
    return Array(hash.finalize())
  }

  /// SHA-256 (hex) of a canonicalization's name, NUL, and the compact canonical JSON of the material.
  public static func contentID(canonicalization: String, _ material: JSONValue) -> String {
    sha256Hex(Array(canonicalization.utf8) + [0] + CanonicalJSON.encode(material))
  }

  private static func contiguous<R>(
    _ bytes: some Sequence<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> R
  ) -> R {
    if let result = bytes.withContiguousStorageIfAvailable(body) { return result }
    return Array(bytes).withUnsafeBufferPointer(body)
  }
}

/// A hash that is fed piece by piece.
public struct StreamingSHA256 {
  private var state = SHA256()
  public init() {}
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
  /// The digest of what was fed so far; feeding may go on afterwards.
  public func hex() -> String { Hex.encode(Array(state.finalize())) }
}

/// A hash that is fed piece by piece.
public struct StreamingSHA1 {
  private var state = Insecure.SHA1()
  public init() {}
  public mutating func update(_ bytes: UnsafeRawBufferPointer) { state.update(bufferPointer: bytes) }
  public func digest() -> [UInt8] { Array(state.finalize()) }
}
