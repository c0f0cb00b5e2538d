internal import AgentAdapters
internal import Basics
public import GitKit
public import TraceModel
internal import TraceStore

/// The record of a trace as somebody shared it: the record of the session as it was at first, and what it grew by, a file
/// for each time. Refs read: none; it is given the tree of the trace.
public enum SharedRecord {
  /// The record as it was at first.
  public static let firstName = "trace.json"
  /// The directory of what came later, in files with numbers from 1.
  public static let laterName = "later"

  public static func laterFile(_ number: Int) -> String { laterName + "/" + StoreRefs.numbered(number) + ".json" }

  /// More files than this are not made: then the record is written anew, as a whole.
  public static let limit = 32

  /// How many files came later. Cost: a tree.
  public static func laterCount(_ tree: ObjectID, _ repository: Repository) throws -> Int {
    try repository.entry(at: laterName, in: tree).flatMap { try repository.tree($0.id) }?.count ?? 0
  }

  /// The record with all that came later, up to a file that can't be read; nil when there is none. Cost: its bytes.
  ///
  /// - Throws: an error when the first file is not what its name says.
  public static func read(_ tree: ObjectID, _ repository: Repository) throws -> TraceRecord? {
    guard let bytes = try repository.blob(at: firstName, in: tree) else { return nil }
    var record = try TraceRecord(json: JSONValue(parsing: bytes))
    var later: [RecordContinuation] = []
    for number in stride(from: 1, through: min(limit, try laterCount(tree, repository)), by: 1) {
      guard let bytes = try repository.blob(at: laterFile(number), in: tree),
        let json = try? JSONValue(parsing: bytes), let more = try? RecordContinuation(json: json)
      else { break }
      later.append(more)
    }
    record.add(later)
    return record
  }
}
