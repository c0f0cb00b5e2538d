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
      .begin(TimedWindow(window: window("1"), begin: 10)), .end(window("1"), time: 20, after: [:]),
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
      .end(window("1"), time: 20, after: [:]),
    ])
    #expect(owners(table, at: 15) == ["1?"])
  }

  @Test func whatHappenedBeforeACallThatLookedIsNotItsOwn() throws {
    let edit = TimedWindow(window: window("edit", paths: [path]), begin: 10, before: [path: content(5)])
    var table = try table([.begin(edit), .end(window("edit", paths: [path]), time: 20, after: [path: content(6)])])
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

  @Test func queueIsEmptiedOnlyOfWhatWasRead() throws {
    let directory = try TemporaryDirectory()
    let queue = BoundaryQueue(path: directory.path + "/queue")
    try queue.append(.begin(TimedWindow(window: window("1"), begin: 1)))
    let (entries, end) = try queue.read(from: 0)
    #expect(entries.count == 1)
    try queue.append(.begin(TimedWindow(window: window("2"), begin: 2)))
    #expect(try !queue.empty(ifEndsAt: end))
    #expect(try queue.read(from: end).entries.count == 1)
    #expect(try queue.empty(ifEndsAt: queue.read(from: 0).end))
    #expect(try queue.read(from: 0).entries.isEmpty)
  }
}
