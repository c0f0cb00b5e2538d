import Basics
import GitKit
import TestSupport
import TraceModel
import TraceStore

/// A repository with a store, at a fixed time.
struct Store {
  static let time = Timestamp(seconds: 1_750_000_000)

  let place: TemporaryRepository
  let repository: Repository

  init() throws {
    place = try TemporaryRepository()
    repository = try place.open()
  }

  static func draft(_ number: Int, trace: String? = "t1", payload: JSONObject = [:]) -> TrailEventDraft {
    var payload = payload
    payload["number"] = .int(number)
    return TrailEventDraft(
      eventType: "test_event", eventTime: Timestamp(microseconds: time.microseconds + number), traceID: trace,
      generationIndex: trace == nil ? nil : 1, stepIndex: trace == nil ? nil : number, writer: "tests",
      captureMethod: ["test", "made_up"], payload: payload)
  }

  @discardableResult
  func append(_ drafts: TrailEventDraft..., timeout: Double = 30) throws -> Bool {
    try StoreTransaction.append(drafts, to: repository, time: Self.time, timeout: timeout)
  }

  func transaction(_ body: (StoreTransaction) throws -> Void) throws {
    guard
      let transaction = try StoreTransaction.begin(repository, writer: LooseWriter(repository), time: Self.time)
    else { throw StoreError(.busy, "begin", "a transaction", "locked") }
    try body(transaction)
    try transaction.commit()
  }

  func log() throws -> EventLog { try EventLog(repository) }
  func bucket() throws -> Bucket { try Bucket(repository) }
  func numbers() throws -> [Int] { try log().all().compactMap { $0.draft.payload["number"]?.int } }
  func faults() throws -> [StoreFault] { try EventLogVerifier(log()).faults() }
  var spool: String { repository.stateDirectory + "/spool" }
}
