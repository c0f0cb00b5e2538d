internal import CSimdJSON

/// Why a text is not JSON.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  public let message: String
  public var description: String { message }

  public init(_ message: String) { self.message = message }
}

/// Parses JSON documents with simdjson, reusing its buffers from one document to the next. Use one per thread.
public final class JSONParser {
  /// Bytes that must be readable after a text handed to ``parse(padded:_:)``.
  public static var padding: Int { Int(OT_JSON_PADDING) }

  private let handle: OpaquePointer?

  public init() { handle = ot_json_parser_new() }

  deinit { ot_json_parser_free(handle) }

  /// Parses one document and hands its root to `body`.
  ///
  /// - Parameter text: the document; ``padding`` bytes of any value must be readable after it.
  /// - Throws: ``JSONError`` when the text is not one JSON document (also for invalid UTF-8 and unpaired quotes).
  public func parse<R>(padded text: UnsafeBufferPointer<UInt8>, _ body: (JSONView) throws -> R) throws -> R {
    guard let start = text.baseAddress else { throw JSONError("empty text") }
    var nodes: UnsafePointer<ot_json_node>?
    var count = 0
    if let problem = ot_json_parse(handle, start, text.count, &nodes, &count) {
      throw JSONError(String(cString: problem))
    }
    guard let nodes, count > 0 else { throw JSONError("empty text") }
    return try body(JSONView(text: start, nodes: nodes, index: 0))
  }

  /// Parses a document held in an array. Cost: one copy of it.
  public func parse<R>(_ bytes: some Collection<UInt8>, _ body: (JSONView) throws -> R) throws -> R {
    let buffer = PaddedBuffer(copying: bytes)
    return try parse(padded: buffer.bytes, body)
  }
}
