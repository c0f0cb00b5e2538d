import AgentAdapters
import Basics
import Testing
import TraceModel

@Suite struct PiDamageTests {
  private func parse(_ bytes: some Collection<UInt8>) -> ParsedSession {
    PiAdapter.parse(buffer: PaddedBuffer(copying: bytes), sessionID: "p1")
  }

  private func session(version: Int = 3) -> PiFixture {
    var file = PiFixture(version: version)
    file.prompt("u1", "grüße 👋")
    file.agent("a1", PiFixture.call("c1", "edit", #"{"path":"a","oldText":"b","newText":"c"}"#))
    file.result("r1", of: "c1", details: #"{"diff":"  ...\n 3 a\n-4 b\n+4 c\n 5 d\n"}"#)
    return file
  }

  @Test func unfinishedLastLineIsIgnored() {
    let parsed = parse((session().text + "{\"type\":\"mess").utf8)
    #expect(parsed.problems.isEmpty)
    #expect(parsed.lineCount == 4)
    #expect(parsed.rejection == nil)
  }

  @Test func finishedLastLineWithoutLineFeedCounts() {
    let parsed = parse(session().text.utf8.dropLast())
    #expect(parsed.lineCount == 4)
    #expect(parsed.steps[1].observations[0].error == nil)
  }

  @Test func damagedLineIsReportedAndTheRestKept() {
    var file = session()
    file.raw(#"{"type":"message","id":"u2","#)
    for index in 0..<30 { file.agent("b\(index)", PiFixture.text("t")) }
    let parsed = file.parse()
    #expect(parsed.problems.map(\.line) == [5])
    #expect(parsed.problems.first?.offset == file.lines[..<4].reduce(0) { $0 + $1.utf8.count + 1 })
    #expect(parsed.steps.count == 32)
    #expect(parsed.rejection == nil)
    #expect(parsed.record.metadata["parse_warnings"]?.array?.first?["line"]?.int == 5)
  }

  @Test func twoObjectsInOneLineAreBothRead() {
    var file = session()
    file.raw(session().lines[1].replacing("u1", with: "u8") + session().lines[1].replacing("u1", with: "u9"))
    let parsed = file.parse()
    #expect(parsed.problems.map(\.line) == [5])
    #expect(parsed.record.metadata["entry_type_counts"]?["message/user"]?.int == 3)
  }

  @Test func repeatedEntriesCountOnce() {
    var file = session()
    file.raw(file.lines[2])
    let parsed = file.parse()
    #expect(parsed.steps.count == 2)
    #expect(parsed.record.metadata["duplicate_lines"]?.int == 1)
  }

  @Test func sessionOfManyDamagedLinesIsRejected() {
    #expect(parse((session().text + "{\n").utf8).rejection == .corrupt)
    #expect(parse((session().text + "[1]\n").utf8).rejection == .corrupt)
  }

  @Test func tinySessionIsRejected() {
    var file = PiFixture()
    file.prompt("u", "x")
    file.agent("a", PiFixture.text("no tools"))
    #expect(file.parse().rejection == .tooSmall)
    #expect(parse([]).rejection == .tooSmall)
    #expect(PiFixture().parse().rejection == .tooSmall)
  }

  @Test func absurdNumbersDoNotOverflow() {
    var file = session()
    let huge = String(Int.max)
    for index in 0..<3 {
      file.message(
        "x\(index)",
        """
        "role":"assistant","timestamp":\(huge),"usage":{"input":\(huge),"output":-5,"cacheRead":\(huge),\
        "cost":{"total":1e308}},"content":[]
        """)
    }
    file.entry("k", "compaction", #""firstKeptEntryIndex":-1,"tokensBefore":\#(huge)"#)
    let parsed = file.parse()
    #expect(parsed.record.metrics.totalInputTokens == 10 + 3 << 40)
    #expect(parsed.record.metrics.totalOutputTokens == 20)
    #expect(parsed.record.metrics.estimatedCostUSD == 0.5)
  }

  /// Each input is another one with the same seed; the seed is in the test's arguments.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func randomDamageNeverCrashes(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for version in [1, 3] {
      let whole = Array(session(version: version).text.utf8)
      for _ in 0..<400 {
        var bytes = Array(whole.prefix(Int.random(in: 0...whole.count, using: &random)))
        for _ in 0..<Int.random(in: 0...6, using: &random) where !bytes.isEmpty {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        let parsed = parse(bytes)
        #expect(parsed.steps.map(\.stepIndex) == Array(1..<(parsed.steps.count + 1)))
        #expect((try? TraceRecord(json: parsed.record.toJSON())) == parsed.record)
      }
    }
  }
}

/// SplitMix64.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
