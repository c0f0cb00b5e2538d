import Basics
import GitKit
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct EventLogTests {
  private static let awkward: JSONObject = [
    "text": "é😀\u{2028}/\"\\\n\u{1}", "z": ["b": [1, nil, true, "x"], "a": [:]], "float": 1.5, "e\u{301}": 1, "é": 2,
    "large": .number(JSONNumber(lexeme: "12345678901234567890")), "exponent": .number(JSONNumber(lexeme: "1E-7")),
  ]

  private func filled() throws -> Store {
    let store = try Store()
    try store.append(Store.draft(1, payload: Self.awkward), Store.draft(2, trace: nil))
    try store.append(Store.draft(3, trace: "other/ü"))
    try store.append(Store.draft(4), Store.draft(5, trace: nil, payload: Self.awkward), Store.draft(6))
    return store
  }

  /// Files of the events as git lists them, oldest batch first.
  private func storedEvents(_ store: Store) throws -> [(name: String, bytes: [UInt8])] {
    try store.place.git("rev-list", "--reverse", StoreRefs.events).lines.flatMap { batch in
      try store.place.git("ls-tree", "--name-only", batch, "events/").lines.map { name in
        (name, try store.place.git("cat-file", "blob", "\(batch):\(name)").outputBytes)
      }
    }
  }

  @Test(.enabled(if: PythonOracle.isPresent)) func idsAndHashesFollowFromTheStoredText() throws {
    let store = try filled()
    let script = """
      import json, hashlib
      def digest(value):
        text = json.dumps(value, sort_keys=True, separators=(',', ':'), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()
      keys = 'event_sequence previous_event_id trace_id generation_index step_index capture_method event_type payload '
      keys = (keys + 'content_hash SCHEMA_VERSION SECURITY_VERSION ATTRIBUTION_VERSION').split()
      def answer(data):
        event = json.loads(data)
        assert json.dumps(event, indent=2, sort_keys=True) + '\\n' == data.decode().replace('1E-7', '1e-07')
        assert len(event) == 16
        assert event['content_hash'] == 'sha256:' + digest(event['payload'])
        assert event['event_id'] == 'trailevent-sha256:' + digest({key: event[key] for key in keys})
        return f"{event['event_sequence']} {event['previous_event_id']} {event['event_id']}"
      """
    let events = try storedEvents(store)
    let answers = try PythonOracle.answers(script, to: events.map(\.bytes))
    var previous = "None"
    for (number, answer) in answers.enumerated() {
      let fields = answer.split(separator: " ").map(String.init)
      try #require(fields.count == 3, "\(answer)")
      #expect(fields[0] == "\(number + 1)" && fields[1] == previous)
      previous = fields[2]
    }
    #expect(events.map(\.name) == (1...6).map { "events/00000000000\($0).json" })
    #expect(try store.faults().isEmpty)
    #expect(try GitOracle(store.place).problems().isEmpty)
  }

  @Test func eventsAreReadBackAsTheyWereAppended() throws {
    let store = try filled()
    let log = try store.log()
    let all = try log.all()
    #expect(try store.numbers() == [1, 2, 3, 4, 5, 6])
    #expect(all.map(\.sequence) == [1, 2, 3, 4, 5, 6])
    #expect(all[2].draft == Store.draft(3, trace: "other/ü"))
    let expected = Store.draft(1, payload: Self.awkward).json
    #expect(CanonicalJSON.encode(all[0].draft.json) == CanonicalJSON.encode(expected))
    #expect(try log.tail()?.sequence == 6 && log.tail()?.eventID == all[5].eventID)
    #expect(try log.batches().count == 3)
    #expect(Set(all.map(\.batchID)).count == 3)
  }

  @Test func emptyLogHasNothing() throws {
    let store = try Store()
    #expect(try store.log().all().isEmpty && store.log().tail() == nil && store.faults().isEmpty)
    try store.append()
    #expect(try store.log().tip == nil)
  }

  @Test func batchHoldsOnlyItsOwnEventsAndSaysSo() throws {
    let store = try filled()
    let batches = try store.log().batches()
    for (batch, expected) in zip(batches, [[1, 2], [3], [4, 5, 6]]) {
      let header = try JSONValue(parsing: store.place.git("cat-file", "blob", "\(batch):batch.json").output)
      #expect(header["event_count"]?.int == expected.count && header["writer"] == "tests")
      let events = try store.log().events(ofBatch: batch)
      #expect(events.compactMap { $0.draft.payload["number"]?.int } == expected)
      #expect(events.allSatisfy { .string($0.batchID) == header["batch_id"] })
    }
    #expect(try store.place.git("rev-list", "--min-parents=2", StoreRefs.events).output.isEmpty)
  }

  /// Traces and commits of all events, by a scan of the whole log.
  private func expectIndexesEqualAScan(_ store: Store, without replaced: Set<Int> = []) throws {
    let log = try store.log()
    let all = try log.all()
    for trace in Set(all.compactMap(\.draft.traceID)) {
      #expect(try log.events(ofTrace: trace) == all.filter { $0.draft.traceID == trace })
    }
    let commits = Set(all.compactMap { $0.draft.payload["commit_id"]?["hex"]?.string })
    for hex in commits {
      let id = try #require(ObjectID(hex: hex))
      let expected = all.filter {
        $0.draft.payload["commit_id"]?["hex"]?.string == hex && !replaced.contains($0.sequence)
      }
      #expect(try log.events(ofCommit: id) == expected)
      #expect(try log.lastEvent(ofCommit: id) == expected.last)
    }
    #expect(try log.events(ofTrace: "unknown").isEmpty && log.events(ofCommit: .zero).isEmpty)
  }

  @Test func indexesEqualAScanOfTheLog() throws {
    let store = try Store()
    var generator = SeededGenerator(seed: 71)
    let commits = (0..<6).compactMap { _ in ObjectID(bytes: generator.bytes(20)) }
    for batch in 0..<12 {
      try store.transaction { transaction in
        try transaction.append(
          (0...Int.random(in: 0...4, using: &generator)).map { number in
            let commit = commits[Int.random(in: 0..<6, using: &generator)]
            let trace = [nil, "t1", "t2", "t/3"][Int.random(in: 0..<4, using: &generator)]
            let payload: JSONObject =
              Bool.random(using: &generator) ? ["commit_id": PayloadRules.objectID(commit.hex)] : [:]
            return Store.draft(batch * 10 + number, trace: trace, payload: payload)
          })
      }
    }
    try expectIndexesEqualAScan(store)
    #expect(try store.faults().isEmpty)
  }

  @Test func replacedIndexShowsOnlyTheLaterEvents() throws {
    let store = try Store()
    let commit = try store.place.commit("one")
    let payload: JSONObject = ["commit_id": PayloadRules.objectID(commit.hex)]
    try store.append(Store.draft(1, payload: payload), Store.draft(2, payload: payload))
    try store.transaction { transaction in
      transaction.replaceIndex(ofCommit: commit)
      try transaction.append([Store.draft(3, payload: payload)])
    }
    try expectIndexesEqualAScan(store, without: [1, 2])
    #expect(try store.log().events(ofTrace: "t1").count == 3)
    #expect(try store.faults().isEmpty)
  }

  @Test func objectsThatEventsNameSurviveGarbageCollection() throws {
    let store = try Store()
    let writer = LooseWriter(store.repository)
    let blob = try writer.writeBlob("named by an event\n")
    let tree = try writer.writeTree([TreeEntry(name: "f", mode: .regular, id: blob)])
    let loose = try writer.writeBlob("named by nobody\n")
    try store.append(
      Store.draft(1, payload: ["after_blob_id": PayloadRules.objectID(blob.hex)]),
      Store.draft(2, payload: ["tree_id": PayloadRules.objectID(tree.hex)]))
    try store.append(Store.draft(3))
    try GitOracle(store.place).collectGarbage()
    let after = try store.place.open()
    #expect(after.contains(blob) && after.contains(tree) && !after.contains(loose))
    #expect(try EventLogVerifier(EventLog(after)).faults().isEmpty)
  }
}
