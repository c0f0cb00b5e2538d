import Basics
import GitKit
import TestSupport
import Testing
import TraceModel
import TraceStore

@Suite struct ConcurrencyTests {
  @Test func concurrentWritersLoseNothing() throws {
    let store = try Store()
    let path = store.place.path
    try inParallel(6) { worker in
      let repository = try #require(try Repository.open(containing: path))
      for number in 0..<15 {
        let draft = Store.draft(worker * 100 + number, trace: "t\(worker)")
        #expect(try StoreTransaction.append([draft], to: repository, time: Store.time))
      }
    }
    let expected = (0..<6).flatMap { worker in (0..<15).map { worker * 100 + $0 } }
    #expect(try store.numbers().sorted() == expected)
    for worker in 0..<6 {
      let mine = try store.log().events(ofTrace: "t\(worker)").compactMap { $0.draft.payload["number"]?.int }
      #expect(mine == (0..<15).map { worker * 100 + $0 })
    }
    #expect(try store.faults().isEmpty)
    #expect(try store.log().tail()?.sequence == 90)
    #expect(Files.list(store.spool).isEmpty)
    #expect(try GitOracle(store.place).problems().isEmpty)
  }

  @Test func whatAWriterThatDiedHadBegunToSetIsBroughtToItsEnd() throws {
    let store = try Store()
    try store.append(Store.draft(1))
    let before = try #require(try store.repository.resolve(reference: StoreRefs.events))
    try store.append(Store.draft(2))
    let after = try #require(try store.repository.resolve(reference: StoreRefs.events))
    // It had set one of its references and not the other.
    let intent = store.repository.stateDirectory + "/refs.intent"
    let line = "\(StoreRefs.events) \(before.hex) \(after.hex)\n"
    try store.place.git("update-ref", StoreRefs.events, before.hex)
    try Files.writeAtomically(Array(line.utf8), to: intent)
    try Files.append([], to: store.repository.commonDirectory + "/" + StoreRefs.events + ".lock")
    try store.append(Store.draft(3))
    #expect(try store.numbers() == [1, 2, 3])
    #expect(!Files.exists(intent))
    // What somebody else has moved since stays; what is no intent does no harm.
    let tip = try store.repository.resolve(reference: StoreRefs.events)
    for text in [line, "", "nonsense\n", "refs/heads/main \(ObjectID.zero.hex) \(after.hex)\n"] {
      try Files.writeAtomically(Array(text.utf8), to: intent)
      try store.transaction { _ in }
      #expect(try store.repository.resolve(reference: StoreRefs.events) == tip)
      #expect(try store.repository.resolve(reference: "refs/heads/main") == nil && !Files.exists(intent))
    }
    #expect(try store.faults().isEmpty)
  }

  @Test func impatientWritersLoseNothingAndRepeatNothing() throws {
    let store = try Store()
    let path = store.place.path
    try inParallel(4) { worker in
      let repository = try #require(try Repository.open(containing: path))
      for number in 0..<8 {
        try StoreTransaction.append(
          [Store.draft(worker * 100 + number)], to: repository, time: Store.time, timeout: 0.004)
      }
    }
    try store.append(Store.draft(999))
    let expected = (0..<4).flatMap { worker in (0..<8).map { worker * 100 + $0 } } + [999]
    #expect(try store.numbers().sorted() == expected)
    #expect(Files.list(store.spool).isEmpty)
    #expect(try store.faults().isEmpty)
  }

  @Test func eventsWaitInTheSpoolWhileTheLogIsLocked() throws {
    let store = try Store()
    let lock = try #require(try FileLock.acquire(StoreTransaction.lockPath(store.repository), timeout: 0))
    #expect(try !store.append(Store.draft(1), Store.draft(2), timeout: 0.02))
    #expect(try !store.append(Store.draft(3), timeout: 0.02))
    #expect(Files.list(store.spool).count == 2)
    #expect(try store.log().tip == nil)
    lock.release()
    #expect(try store.append(Store.draft(4)))
    #expect(try store.numbers().sorted() == [1, 2, 3, 4] && store.numbers().last == 4)
    #expect(Files.list(store.spool).isEmpty)
    try store.append(Store.draft(5))
    #expect(try store.numbers().count == 5)
    #expect(try store.faults().isEmpty)
  }

  @Test func crashAfterTheCommitRepeatsNothing() throws {
    let store = try Store()
    let lock = try #require(try FileLock.acquire(StoreTransaction.lockPath(store.repository), timeout: 0))
    try store.append(Store.draft(1), timeout: 0)
    lock.release()
    let file = try store.spool + "/" + #require(Files.list(store.spool).first)
    let waiting = try #require(try Files.readIfPresent(file))
    try store.append(Store.draft(2))
    try Files.writeAtomically(waiting, to: file)
    try store.append(Store.draft(3))
    #expect(try store.numbers() == [1, 2, 3])
    #expect(Files.list(store.spool).isEmpty)
  }

  @Test func damagedSpoolFileHoldsNobodyUp() throws {
    let store = try Store()
    try Files.createDirectory(store.spool)
    try Files.append(Array("[{\"event_type\"".utf8), to: store.spool + "/0-a.json")
    try Files.append(Array("[{}]".utf8), to: store.spool + "/0-b.json")
    try store.append(Store.draft(1))
    #expect(try store.numbers() == [1])
    #expect(Files.list(store.spool) == ["0-a.json", "0-b.json"])
  }

  @Test func abandonedTransactionChangesNothing() throws {
    let store = try Store()
    try store.append(Store.draft(1))
    let before = try GitOracle(store.place).references()
    let transaction = try #require(
      try StoreTransaction.begin(store.repository, writer: PackWriter(store.repository), time: Store.time))
    try transaction.append([Store.draft(2)])
    transaction.set("x", try transaction.writer.writeBlob("x"))
    transaction.abandon()
    #expect(try GitOracle(store.place).references() == before)
    #expect(try store.append(Store.draft(3), timeout: 0))
    #expect(try store.numbers() == [1, 3])
  }

  @Test func referenceMovedByAnotherProgramIsNotOverwritten() throws {
    let store = try Store()
    try store.append(Store.draft(1))
    let first = try #require(try store.log().tip)
    try store.append(Store.draft(2))
    #expect {
      try store.transaction { transaction in
        try transaction.append([Store.draft(3)])
        try store.place.git("update-ref", StoreRefs.events, first.hex)
      }
    } throws: { ($0 as? GitError)?.code == .moved }
    #expect(try store.log().tip == first)
  }
}
