import Basics
import TestSupport
import Testing

@Suite struct TimestampTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2026-11-22T10:20:30Z", 1_795_342_830_000_000),
      ("2026-11-22T10:20:30", 1_795_342_830_000_000), ("2026-11-22 10:20:30z", 1_795_342_830_000_000),
      ("2026-11-22T12:50:30+02:30", 1_795_342_830_000_000), ("2026-11-22T12:50:30+0230", 1_795_342_830_000_000),
      ("2026-11-22T08:20:30-02", 1_795_342_830_000_000), ("2026-11-22T10:20:30.5Z", 1_795_342_830_500_000),
      ("2026-11-22T10:20:30,123456789Z", 1_795_342_830_123_456), ("1969-12-31T23:59:59.999999Z", -1),
      ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
    ])
  func instantsAreRead(_ text: String, _ microseconds: Int) {
    #expect(Timestamp(text)?.microseconds == microseconds)
  }

  @Test(
    arguments: [
      "", "2026-11-22", "2026-11-22T10:20", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
      "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:60:00Z",
      "2026-01-01T23:59:61Z", "2026-01-01T00:00:00ZZ", "2026-01-01T00:00:00 Z", "2026-01-01T00:00:00+1",
      "2026-01-01T00:00:00+01:", "2026-01-01T00:00:00+01:0", "2026-01-01T00:00:00+01:00x", "2026-01-01T00:00:00+24:00",
      "2026-01-01T00:00:00+01:60", "2026-01-01T00:00:00.Z", "x2026-01-01T00:00:00Z", "2026/01/01T00:00:00Z",
      "-026-01-01T00:00:00Z", "٢٠٢٦-01-01T00:00:00Z",
    ])
  func otherTextsAreRefused(_ text: String) { #expect(Timestamp(text) == nil) }

  @Test func fractionIsWrittenWithThreeOrSixDecimals() {
    #expect(Timestamp(microseconds: 0).iso8601 == "1970-01-01T00:00:00Z")
    #expect(Timestamp(microseconds: 1_020_000).iso8601 == "1970-01-01T00:00:01.020Z")
    #expect(Timestamp(microseconds: 1).iso8601 == "1970-01-01T00:00:00.000001Z")
    #expect(Timestamp(microseconds: -1).iso8601 == "1969-12-31T23:59:59.999999Z")
    #expect(Timestamp(microseconds: -1).seconds == -1)
    #expect(Timestamp(seconds: -86_400).timeText == "00:00:00" && Timestamp(seconds: -1).dateText == "1969-12-31")
  }

  @Test(.enabled(if: PythonOracle.isPresent)) func randomInstantsAreReadAndWrittenAsPythonDoes() throws {
    var generator = SeededGenerator(seed: 5)
    let first = -62_135_596_800
    let last = 253_402_300_799
    let instants = (0..<1_500).map { number -> Timestamp in
      let seconds = Int.random(in: first...last, using: &generator)
      let fraction = [0, 500_000, Int.random(in: 0..<1_000_000, using: &generator)][number % 3]
      return Timestamp(microseconds: seconds * 1_000_000 + fraction)
    }
    let script = """
      from datetime import *
      def answer(data):
        moment = datetime.fromisoformat(data.decode())
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        zone = timezone(timedelta(minutes=(moment.second * 37 + moment.minute * 5) % 1439 - 720))
        there = moment.astimezone(zone).isoformat() if 1 < moment.year < 9999 else moment.isoformat()
        return f'{(moment - epoch) // timedelta(microseconds=1)} {there}'
      """
    let answers = try PythonOracle.answers(script, to: instants.map { Array($0.iso8601.utf8) })
    for (instant, answer) in zip(instants, answers) {
      let parts = answer.split(separator: " ")
      try #require(parts.count == 2, "\(instant.iso8601): \(answer)")
      #expect(Int(parts[0]) == instant.microseconds)
      #expect(Timestamp(String(parts[1])) == instant, "\(parts[1])")
      #expect(Timestamp(instant.iso8601) == instant)
    }
  }
}
