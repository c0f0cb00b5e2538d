public import Basics
internal import GitKit
internal import TraceModel

/// One thing that is wrong with stored data.
public struct StoreFault: Hashable, Sendable {
  /// A stable word such as `event_chain`.
  public let kind: String
  /// Reference or path of the object concerned.
  public let path: String
  public let detail: String

  public init(kind: String, path: String, detail: String) {
    self.kind = kind
    self.path = path
    self.detail = detail
  }

  public var json: JSONValue { ["kind": .string(kind), "path": .string(path), "detail": .string(detail)] }
}

/// Checks the event log: linear parents, contiguous sequence, id chain, every hash, file names, batches, indexes.
///
/// Time and writer of an event are outside its hash: a change of them is found only where an index names the event.
public struct EventLogVerifier {
  private let log: EventLog

  public init(_ log: EventLog) { self.log = log }

  /// All faults, in sequence order, those of the indexes last. Cost: the whole log.
  public func faults() throws -> [StoreFault] {
    var walk = Walk()
    for batch in try log.batches() {
      if let commit = try log.repository.commit(batch), commit.parents.count > 1 {
        walk.add("event_parents", batch.hex, "the batch has several parents")
      }
      let files = try log.files(ofBatch: batch)
      let header = try log.header(ofBatch: batch)
      if header?["event_count"]?.int != files.count {
        walk.add("event_batch", batch.hex, "the batch does not have the number of events that it names")
      }
      for file in files { check(file, batch: header?["batch_id"]?.string, &walk) }
    }
    try checkIndexes(&walk)
    return walk.faults
  }

  /// What is known after some events.
  private struct Walk {
    var faults: [StoreFault] = []
    var expected = 1
    var previous: String?
    var indexes = EventIndexes()

    mutating func add(_ kind: String, _ path: String, _ detail: String) {
      faults.append(StoreFault(kind: kind, path: path, detail: detail))
    }
  }

  private func check(_ file: TreeEntry, batch: String?, _ walk: inout Walk) {
    let path = "events/\(file.name)"
    do {
      guard let bytes = try log.repository.blob(file.id) else {
        return walk.add("event_unreadable", path, "it is missing")
      }
      let stored = try JSONValue(parsing: bytes)
      let event = try log.event(blob: file.id)
      if !Self.isWhole(stored, event) {
        walk.add("event_form", path, "a member is missing, unknown or of another type")
      }
      if event.batchID != batch { walk.add("event_batch", path, "it names another batch") }
      check(event, file, path, &walk)
    } catch {
      walk.add("event_unreadable", path, "\(error)")
    }
  }

  /// Whether the stored text says what was read and nothing else. An instant can be written in several ways.
  private static func isWhole(_ stored: JSONValue, _ event: TrailEvent) -> Bool {
    guard var stored = stored.object, var read = event.json.object else { return false }
    stored["event_time"] = .null
    read["event_time"] = .null
    return CanonicalJSON.encode(.object(stored)) == CanonicalJSON.encode(.object(read))
  }

  private func check(_ event: TrailEvent, _ file: TreeEntry, _ path: String, _ walk: inout Walk) {
    if event.sequence != walk.expected {
      walk.add("event_sequence", path, "expected \(walk.expected), found \(event.sequence)")
    }
    if file.name.description != EventLog.eventFile(event.sequence) {
      walk.add("event_file", path, "its sequence is \(event.sequence)")
    }
    if event.previousEventID != walk.previous { walk.add("event_chain", path, "it does not name the event before it") }
    if event.contentHash != TrailEvent.contentHash(of: event.draft.payload) {
      walk.add("event_content", path, "the payload does not match its hash")
    }
    if event.eventID != event.recomputedEventID { walk.add("event_id", path, "the id does not follow from the fields") }
    walk.expected = event.sequence + 1
    walk.previous = event.eventID
    walk.indexes.add(event, file)
  }

  private func checkIndexes(_ walk: inout Walk) throws {
    guard let root = log.root else { return }
    for difference in try walk.indexes.differences(log.repository, root) {
      let what = difference.path.hasPrefix("by-trace/") ? "trace" : "commit"
      let isWhole = difference.path.contains("/")
      walk.add(
        "event_index", difference.path,
        isWhole ? "it does not list the events about the \(what)" : "a part of it is missing")
    }
  }
}
