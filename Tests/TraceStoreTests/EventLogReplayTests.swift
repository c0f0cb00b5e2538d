import Basics
import GitKit
import TestSupport
import Testing
import TraceModel

@testable import TraceStore

@Suite struct EventLogReplayTests {
  private let time = Timestamp(seconds: 1_750_000_000)

  private func draft(_ type: String, trace: String?, commit: ObjectID) -> TrailEventDraft {
    TrailEventDraft(
      eventType: type, eventTime: time, traceID: trace, generationIndex: 1, stepIndex: 2, writer: "test",
      captureMethod: ["test"],
      payload: [type.hasSuffix("completed") ? "search_head" : "commit_id": PayloadRules.objectID(commit.hex)])
  }

  /// A log of several batches in which a commit was searched twice.
  private func filled() throws -> (place: TemporaryRepository, repository: Repository) {
    let place = try TemporaryRepository()
    let commits = try (0..<2).map { try place.commit("\($0)") }
    let repository = try place.open()
    for round in 0..<2 {
      let transaction = try #require(
        try StoreTransaction.begin(repository, writer: LooseWriter(repository), time: time))
      for (number, commit) in commits.enumerated() where round == 0 || number == 1 {
        transaction.replaceIndex(ofCommit: commit)
        try transaction.append([
          draft("git_anchor_created", trace: "t\(number)-\(round)", commit: commit),
          draft("git_anchor_search_completed", trace: nil, commit: commit),
        ])
      }
      try transaction.commit()
    }
    return (place, repository)
  }

  private func clone(_ place: TemporaryRepository) throws -> TemporaryRepository {
    let other = try TemporaryRepository()
    try other.git("fetch", "-q", place.path, "HEAD")
    return other
  }

  /// The paths of both indexes.
  private func index(_ place: TemporaryRepository) throws -> [String] {
    try place.git("ls-tree", "-r", "--name-only", StoreRefs.events, "by-trace", "by-commit").lines
  }

  @Test func cloneGetsAllEventsAndTheIndexesInForce() throws {
    let (place, repository) = try filled()
    let other = try clone(place)
    let events = try EventLog(repository).all()
    let report = try EventLogReplay(into: other.open(), time: time).run(events)
    #expect(report.state == .imported && report.imported == 6 && report.eventCount == 6)
    let copy = try EventLog(other.open())
    #expect(copy.tip == report.head)
    #expect(try copy.all().map(\.eventID) == events.map(\.eventID))
    #expect(try EventLogVerifier(copy).faults().isEmpty)
    #expect(try index(other) == index(place))
    #expect(try other.git("cat-file", "-p", "\(StoreRefs.events):batch.json").output.contains("\"imported\": true"))
    #expect(try other.git("rev-list", "--count", StoreRefs.events).line == "1")
    #expect(try GitOracle(other).problems().isEmpty)
  }

  @Test func secondReplayWritesNothing() throws {
    let (place, repository) = try filled()
    let other = try clone(place)
    let events = try EventLog(repository).all()
    let first = try EventLogReplay(into: other.open(), time: time).run(events)
    let second = try EventLogReplay(into: other.open(), time: time).run(events)
    #expect(second.state == .current && second.head == first.head && second.imported == 0)
    #expect(try EventLogReplay(into: repository, time: time).run(events).state == .current)
  }

  @Test func anotherLogIsNeverReplaced() throws {
    let (_, repository) = try filled()
    let (other, target) = try filled()
    let before = try GitOracle(other).references()
    // The same events but for the ids of their commits.
    #expect { try EventLogReplay(into: target, time: time).run(try EventLog(repository).all().dropLast()) } throws: {
      ($0 as? StoreError)?.code == .differs
    }
    #expect(try GitOracle(other).references() == before)
  }

  @Test func incompleteChainIsRefused() throws {
    let (place, repository) = try filled()
    let other = try clone(place)
    let events = try EventLog(repository).all()
    for broken in [Array(events.dropFirst()), [events[0], events[2]], [events[1], events[0]]] {
      #expect { try EventLogReplay(into: other.open(), time: time).run(broken) } throws: {
        ($0 as? StoreError)?.code == .corrupt
      }
    }
    #expect(try EventLog(other.open()).tip == nil)
    #expect(try EventLogReplay(into: other.open(), time: time).run([]).state == .empty)
  }
}
