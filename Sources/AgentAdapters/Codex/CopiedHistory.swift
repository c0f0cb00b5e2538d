internal import Basics

/// Tells the lines of a forked session from the history of its parent that was copied in front.
struct CopiedHistory {
  /// The session the history comes from.
  private(set) var origin: String?
  /// The first line that is the session's own.
  private(set) var ownStart = 0

  /// Looks for the first sign of the session's own work, best sign first: a turn that is younger
  /// than the session, a line that is, or a pause after the copied lines, which are written in one
  /// go. A file without a sign keeps all its lines.
  init(_ entries: [RolloutEntry], sessionID: String, head: SessionHead) {
    let heads = entries.indices.filter { if case .meta = entries[$0].kind { true } else { false } }
    let foreign = heads.dropFirst().first { Self.sessionID(entries[$0]) != Self.sessionID(entries[heads[0]]) }
    origin = head.forkedFrom ?? foreign.flatMap { Self.sessionID(entries[$0]) }
    guard origin != nil else { return }
    let birth = Self.milliseconds(inUUID: sessionID) ?? head.start.map { $0.microseconds / 1000 }
    guard let birth else { return }
    ownStart =
      Self.firstOwnTurn(entries, of: sessionID, since: birth)
      ?? foreign.map { Self.afterCopy(entries, copy: $0, birth) } ?? 0
  }

  private static func sessionID(_ entry: RolloutEntry) -> String? {
    if case .meta(let id) = entry.kind { id } else { nil }
  }

  /// The start of the first turn that began after the session; the end of the file when all turns
  /// are older, nil when no turn tells its time.
  private static func firstOwnTurn(_ entries: [RolloutEntry], of sessionID: String, since birth: Int) -> Int? {
    var isKnown = false
    for (position, entry) in entries.enumerated() {
      guard let turn = entry.turnID, let time = milliseconds(inUUID: turn) else { continue }
      if time >= birth, turn != sessionID { return backToPrompt(entries, from: position) }
      isKnown = true
    }
    return isKnown ? entries.count : nil
  }

  /// The prompt can stand before the line that names its turn.
  private static func backToPrompt(_ entries: [RolloutEntry], from position: Int) -> Int {
    var start = position
    while start > 0 {
      switch entries[start - 1].kind {
      case .message, .prompt, .turnStarted: start -= 1
      default: return start
      }
    }
    return start
  }

  private static let pause = 1_000_000

  private static func afterCopy(_ entries: [RolloutEntry], copy: Int, _ birth: Int) -> Int {
    // Copied lines that kept their times are older than the session.
    if let last = entries.lastIndex(where: { ($0.time?.microseconds ?? Int.max) / 1000 < birth }), last > copy {
      return last + 1
    }
    var before = entries[copy].time
    for position in entries.indices[(copy + 1)...] {
      if let time = entries[position].time, let earlier = before, time.microseconds - earlier.microseconds > pause {
        return position
      }
      before = entries[position].time ?? before
    }
    return entries.count
  }

  /// The time in a UUID of version 7.
  static func milliseconds(inUUID id: String) -> Int? {
    let digits = id.utf8.filter { $0 != 0x2D }
    guard digits.count == 32, digits[12] == UInt8(ascii: "7") else { return nil }
    return Int(String(decoding: digits.prefix(12), as: UTF8.self), radix: 16)
  }
}
