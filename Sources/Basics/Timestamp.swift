#if canImport(Glibc)
  internal import Glibc
#endif

/// An instant in UTC with microseconds.
public struct Timestamp: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int

  public init(microseconds: Int) { self.microseconds = microseconds }
  public init(seconds: Int) { microseconds = seconds * 1_000_000 }

  public static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }

  public var seconds: Int { microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000 }

  /// The system's clock.
  public static func now() -> Timestamp {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Timestamp(microseconds: Int(now.tv_sec) * 1_000_000 + Int(now.tv_nsec) / 1000)
  }

  /// Reads ISO 8601: `2026-11-22T10:20:30[.fraction][Z|±hh[[:]mm]]`; a text without zone is UTC. Nil for anything else.
  public init?(_ text: String) {
    var text = text
    let parsed = text.withUTF8 { Self.parse($0) }
    guard let parsed else { return nil }
    microseconds = parsed
  }

  private static func parse(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard bytes.count >= 19, bytes[4] == 0x2D, bytes[7] == 0x2D, bytes[10] == 0x54 || bytes[10] == 0x20,
      bytes[13] == 0x3A, bytes[16] == 0x3A
    else { return nil }
    func number(_ range: Range<Int>) -> Int? {
      var value = 0
      for at in range {
        guard at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 else { return nil }
        value = value * 10 + Int(bytes[at] - 0x30)
      }
      return value
    }
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
      (1...12).contains(month), (1...daysIn(month, year)).contains(day), hour < 24, minute < 60, second < 61
    else { return nil }
    var at = 19
    var micros = 0
    if at < bytes.count, bytes[at] == 0x2E || bytes[at] == 0x2C {
      at += 1
      let start = at
      var scale = 100_000
      while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
        micros += Int(bytes[at] - 0x30) * scale
        scale /= 10
        at += 1
      }
      guard at > start else { return nil }
    }
    guard let offset = zone(UnsafeBufferPointer(rebasing: bytes[at...])) else { return nil }
    let days = daysFromCivil(year, month, day)
    return (days * 86400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + micros
  }

  /// Seconds east of UTC that `Z`, `±hh`, `±hhmm` or `±hh:mm` stands for; 0 for no text, nil for any other.
  private static func zone(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let first = text.first else { return 0 }
    if first == 0x5A || first == 0x7A { return text.count == 1 ? 0 : nil }
    guard first == 0x2B || first == 0x2D else { return nil }
    var digits = Array(text.dropFirst())
    if digits.count == 5, digits[2] == 0x3A { digits.remove(at: 2) }
    guard digits.count == 2 || digits.count == 4, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    let values = digits.map { Int($0 - 0x30) }
    let hours = values[0] * 10 + values[1]
    let minutes = values.count == 4 ? values[2] * 10 + values[3] : 0
    guard hours < 24, minutes < 60 else { return nil }
    return (first == 0x2D ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func daysIn(_ month: Int, _ year: Int) -> Int {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible date algorithms").
  private static func daysFromCivil(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
    let z = days + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let mp = (5 * dayOfYear + 2) / 153
    let month = mp < 10 ? mp + 3 : mp - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * mp + 2) / 5 + 1)
  }

  /// `2026-11-22T10:20:30Z`, with three or six decimals when there is a fraction.
  public var iso8601: String {
    let whole = seconds
    let micros = microseconds - whole * 1_000_000
    let fraction =
      micros == 0 ? "" : micros % 1000 == 0 ? "." + Self.pad(micros / 1000, 3) : "." + Self.pad(micros, 6)
    return "\(dateText)T\(timeText)\(fraction)Z"
  }

  private var civilDate: (year: Int, month: Int, day: Int) {
    let whole = seconds
    return Self.civil(fromDays: whole >= 0 ? whole / 86400 : (whole - 86399) / 86400)
  }

  /// `2026-11-22`
  public var dateText: String {
    let date = civilDate
    return "\(Self.pad(date.year, 4))-\(Self.pad(date.month, 2))-\(Self.pad(date.day, 2))"
  }

  /// `10:20:30`
  public var timeText: String {
    let ofDay = ((seconds % 86400) + 86400) % 86400
    return "\(Self.pad(ofDay / 3600, 2)):\(Self.pad(ofDay / 60 % 60, 2)):\(Self.pad(ofDay % 60, 2))"
  }

  private static func pad(_ value: Int, _ width: Int) -> String {
    let text = String(value)
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }
}
