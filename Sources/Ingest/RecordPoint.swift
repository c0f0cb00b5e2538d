internal import AgentAdapters
public import Basics
internal import GitKit
internal import TraceStore

/// How far the transcript of a captured session was read when a record was made of it, so that what was added since can be
/// read alone. Machine-local and disposable.
public struct RecordPoint: Sendable {
  /// What is known of the lines so far.
  let reading: ReadingPoint
  /// The transcript as it was: pieces, and a digest of their ids.
  private let pieces: Int
  private let source: String
  /// What else the record was made of.
  private let rest: String

  /// - Returns: nil when only the whole transcript tells.
  init?(_ reading: ReadingPoint?, _ text: StoredText, rest: String) {
    guard let reading else { return nil }
    self.reading = reading
    self.rest = rest
    pieces = text.pieces.count
    source = text.digest
  }

  public init?(json: JSONValue) {
    guard let reading = json["reading"].flatMap(ReadingPoint.init(json:)), let pieces = json["pieces"]?.int,
      let source = json["source"]?.string, let rest = json["rest"]?.string
    else { return nil }
    self.reading = reading
    self.pieces = pieces
    self.source = source
    self.rest = rest
  }

  public var json: JSONValue {
    ["reading": reading.json, "pieces": .int(pieces), "source": .string(source), "rest": .string(rest)]
  }

  /// The pieces that a transcript has behind the point; nil when it was another one.
  func added(to text: StoredText, rest: String) -> ArraySlice<StoredText.Piece>? {
    guard self.rest == rest, pieces <= text.pieces.count,
      StoredText(pieces: Array(text.pieces[..<pieces])).digest == source
    else { return nil }
    return text.pieces[pieces...]
  }
}
