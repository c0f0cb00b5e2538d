internal import Basics
public import GitKit
internal import TraceModel
public import TraceStore

/// What has come to the event log since it was another tree.
public struct LogChanges {
  private let repository: Repository
  private let log: EventLog

  public init(_ log: EventLog) {
    self.log = log
    repository = log.repository
  }

  /// The traces with events that a tree of the log has and an earlier one has not. Cost: the trees that differ.
  public func traces(since old: ObjectID?) throws -> Set<String> {
    guard old != log.root, let new = log.root else { return [] }
    var traces: Set<String> = []
    for entry in try changed("by-trace", from: old, to: new) {
      traces.insert(StoreRefs.traceID(ofFile: entry.name.description))
    }
    for entry in try changed("by-commit", from: old, to: new) {
      for file in try repository.tree(entry.id) ?? [] {
        if let trace = try log.event(blob: file.id).draft.traceID { traces.insert(trace) }
      }
    }
    return traces
  }

  /// The commits whose events are others than in an earlier tree. Cost: the trees that differ.
  public func commits(since old: ObjectID?) throws -> Set<ObjectID> {
    guard old != log.root, let new = log.root else { return [] }
    return Set(try changed("by-commit", from: old, to: new).compactMap { ObjectID(hex: $0.name.description) })
  }

  /// Directories two levels below that are not the same, as they are now and as they were.
  private func changed(_ name: String, from old: ObjectID?, to new: ObjectID) throws -> [TreeEntry] {
    func children(_ id: ObjectID?) throws -> [TreeEntry] { try id.flatMap { try repository.tree($0) } ?? [] }
    func top(_ root: ObjectID?) throws -> ObjectID? { try root.flatMap { try repository.entry(at: name, in: $0)?.id } }
    let before = Dictionary(try children(top(old)).map { ($0.name, $0.id) }) { first, _ in first }
    return try children(top(new)).filter { before[$0.name] != $0.id }.flatMap { shard -> [TreeEntry] in
      let (left, right) = (Set(try children(before[shard.name])), Set(try children(shard.id)))
      return Array(left.symmetricDifference(right))
    }
  }
}
