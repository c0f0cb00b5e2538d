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

/// Checks the event log: linear parents, contiguous sequence, id chain, every hash, file names.
public struct EventLogVerifier {
  private let log: EventLog

  public init(_ log: EventLog) { self.log = log }

  /// All faults, in sequence order. Cost: the whole log.
  public func faults() throws -> [StoreFault] {
    var faults: [StoreFault] = []
    var expected = 1
    var previous: String?
    for batch in try log.batches() {
      if let commit = try log.repository.commit(batch), commit.parents.count > 1 {
        faults.append(StoreFault(kind: "event_parents", path: batch.hex, detail: "the batch has several parents"))
      }
      let events: [TrailEvent]
      do {
        events = try log.events(ofBatch: batch)
      } catch let error as StoreError {
        faults.append(StoreFault(kind: "event_unreadable", path: batch.hex, detail: error.message))
        continue
      }
      for event in events {
        faults += check(event, expected: expected, previous: previous)
        expected = event.sequence + 1
        previous = event.eventID
      }
    }
    return faults
  }

  private func check(_ event: TrailEvent, expected: Int, previous: String?) -> [StoreFault] {
    let path = "events/" + EventLog.eventFile(event.sequence)
    var faults: [StoreFault] = []
    func add(_ kind: String, _ detail: String) { faults.append(StoreFault(kind: kind, path: path, detail: detail)) }
    if event.sequence != expected { add("event_sequence", "expected \(expected), found \(event.sequence)") }
    if event.previousEventID != previous { add("event_chain", "it does not name the event before it") }
    if event.contentHash != TrailEvent.contentHash(of: event.draft.payload) {
      add("event_content", "the payload does not match its hash")
    }
    if event.eventID != event.recomputedEventID { add("event_id", "the id does not follow from the fields") }
    return faults
  }
}
