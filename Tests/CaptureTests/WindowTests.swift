import Basics
import GitKit
import TestSupport
import Testing

@testable import Capture

@Suite struct WindowTests {
  private let path: BytePath = "a.txt"

  private func content(_ number: UInt8) -> SeenContent {
    .blob([UInt8](repeating: number, count: 20).withUnsafeBytes { ObjectID(rawBytes: $0) }, mode: 0o100644)
  }

  private func window(_ call: String, session: String = "s", paths: [BytePath]? = nil) -> ToolWindow {
    ToolWindow(agent: "claude-code", session: session, call: call, paths: paths)
  }

  /// A table that has taken entries from a queue.
  private func table(_ entries: [BoundaryQueue.Entry]) throws -> WindowTable {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    for entry in entries { try queue.append(entry) }
    var table = WindowTable(directory.path + "/table")
    try table.take(queue)
    return table
  }

  private func change(at time: Int, from before: UInt8 = 1, to after: UInt8 = 2) -> FileDifference {
    FileDifference(path: path, before: content(before), after: content(after), changed: time)
  }

  private func owners(_ table: WindowTable, at time: Int) -> [String] {
    var table = table
    return table.credits(change(at: time)).map { "\($0.window.call)\($0.isShared ? "?" : "")" }
  }

  @Test func changeBelongsToTheCallUnderWayAtItsTime() throws {
    let table = try table([
      .begin(TimedWindow(window: window("1"), begin: 10)), .end(window("1"), time: 20),
      .begin(TimedWindow(window: window("2"), begin: 30)),
    ])
    #expect([5, 10, 20, 25, 30, 99].map { owners(table, at: $0) } == [[], ["1"], ["1"], [], ["2"], ["2"]])
  }

  @Test func callThatNamedTheFileComesBeforeOneThatCouldWriteAny() throws {
    let table = try table([
      .begin(TimedWindow(window: window("shell", session: "other"), begin: 10)),
      .begin(TimedWindow(window: window("edit", paths: [path]), begin: 11)),
    ])
    #expect(owners(table, at: 15) == ["edit"])
  }

  @Test func nobodyOwnsWhatTwoSessionsCouldHaveDone() throws {
    let shells = ["one", "two"].map { TimedWindow(window: window($0, session: $0), begin: 10) }
    #expect(try owners(table(shells.map { .begin($0) }), at: 15).isEmpty)
  }

  @Test func parallelCallsOfASessionAreTaggedAndCountOnce() throws {
    let table = try table([
      .begin(TimedWindow(window: window("1"), begin: 10)), .begin(TimedWindow(window: window("2"), begin: 11)),
      .end(window("1"), time: 20),
    ])
    #expect(owners(table, at: 15) == ["1?"])
  }

  @Test func changeOfCallsThatAllRunOnWaitsForTheFirstToEnd() throws {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    for call in ["1", "2"] { try queue.append(.begin(TimedWindow(window: window(call), begin: 10))) }
    var table = WindowTable(directory.path + "/table")
    try table.take(queue)
    #expect(table.credits([change(at: 15)]).isEmpty)
    // The next look is made by another process.
    try table.save(directory.path + "/table")
    table = WindowTable(directory.path + "/table")
    try queue.append(.end(window("2"), time: 20))
    try table.take(queue)
    let credits = table.credits([])
    #expect(credits.map(\.window.call) == ["2"] && credits.map(\.isShared) == [true])
    #expect(table.credits([]).isEmpty)
  }

  @Test func whatHappenedBeforeACallThatLookedIsNotItsOwn() throws {
    let edit = window("edit", paths: [path])
    var table = try table([
      .begin(TimedWindow(window: edit, begin: 10)), .saw(edit, isAfter: false, [path: content(5)]),
      .end(edit, time: 20), .saw(edit, isAfter: true, [path: content(6)]),
    ])
    let credits = table.credits(change(at: 15, from: 1, to: 6))
    #expect(credits.map(\.difference.before) == [content(5)] && credits.map(\.difference.after) == [content(6)])
    #expect(table.credits(change(at: 15, from: 1, to: 6)).map(\.difference.before) != [content(5)])
  }

  @Test func callsThatWereGivenUpOwnNothing() throws {
    let table = try table([
      .begin(TimedWindow(window: window("1"), begin: 10)), .giveUp(agent: "claude-code", session: "s"),
    ])
    #expect(owners(table, at: 15).isEmpty)
  }

  @Test func entriesSurviveTheQueue() throws {
    var timed = TimedWindow(window: window("1", paths: ["ä b\"c"]), begin: 10)
    timed.before = ["ä b\"c": .absent, "x": content(3), "y": .unknown(mode: 0o120000)]
    let table = try table([.begin(timed)])
    #expect(table.windows == [timed])
  }

  @Test func callThatMentionsAFileHasNoPartInWhatAnotherWrote() throws {
    let edit = window("edit", paths: [path])
    let grep = window("grep")
    var table = try table([
      .begin(TimedWindow(window: grep, begin: 5)), .saw(grep, isAfter: false, [path: content(1)]),
      .begin(TimedWindow(window: edit, begin: 10)), .saw(edit, isAfter: false, [path: content(1)]),
      .end(edit, time: 20), .saw(edit, isAfter: true, [path: content(2)]), .end(grep, time: 30),
      .saw(grep, isAfter: true, [path: content(2)]),
    ])
    #expect(table.credits(change(at: 15)).map(\.window.call) == ["edit"])
  }

  @Test func callThatNobodyEndedDoesNotOwnTheRestOfTheDay() throws {
    let table = try table([.begin(TimedWindow(window: window("refused"), begin: 0))])
    #expect(owners(table, at: 60 * 1_000_000_000) == ["refused"])
    #expect(owners(table, at: 3600 * 1_000_000_000).isEmpty)
  }

  @Test func stopEndsCallsAndTheirOwnEndMayComeLater() throws {
    let call = window("1")
    let entries: [BoundaryQueue.Entry] = [
      .begin(TimedWindow(window: call, begin: 10)), .stop(agent: "claude-code", session: "s", time: 20),
    ]
    #expect(try owners(table(entries), at: 25).isEmpty)
    #expect(try owners(table(entries + [.end(call, time: 30)]), at: 25) == ["1"])
  }

  @Test func queueIsEmptiedOnlyOfWhatWasRead() throws {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    try queue.append(.begin(TimedWindow(window: window("1"), begin: 1)))
    let (entries, end) = try queue.read(from: BoundaryQueue.Position())
    #expect(entries.count == 1)
    try queue.append(.begin(TimedWindow(window: window("2"), begin: 2)))
    #expect(try !queue.empty(ifEndsAt: end))
    let (later, all) = try queue.read(from: end)
    #expect(later.count == 1)
    #expect(try queue.empty(ifEndsAt: all))
    // It grows beyond where it was read to: another generation, so it is read from the start.
    for call in 3..<9 { try queue.append(.begin(TimedWindow(window: window("\(call)"), begin: call))) }
    #expect(try queue.read(from: all).entries.count == 6)
  }

  @Test func halfALineSpoilsNoOther() throws {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    try queue.append(.begin(TimedWindow(window: window("1"), begin: 1)))
    try Files.append(Array("{\"begin\":{\"agent".utf8), to: queue.path)
    try queue.append(.begin(TimedWindow(window: window("2"), begin: 2)))
    #expect(try queue.read(from: BoundaryQueue.Position()).entries.count == 2)
  }

  /// Writers append while a reader takes and empties.
  @Test func noEntryIsLostToTheReader() async throws {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    let window = window("x")
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask {
          for time in 0..<300 { try queue.append(.end(window, time: time)) }
          return 0
        }
      }
      group.addTask {
        var position = BoundaryQueue.Position()
        var count = 0
        var idle = 0
        while idle < 200 {
          let (entries, end) = try queue.read(from: position)
          count += entries.count
          position = end
          try queue.empty(ifEndsAt: end)
          idle = entries.isEmpty ? idle + 1 : 0
          MonotonicClock.pause(milliseconds: 1)
        }
        return count
      }
      let total = try await group.reduce(0, +)
      #expect(total == 900)
    }
  }
}
