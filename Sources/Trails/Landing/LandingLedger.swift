internal import Basics
internal import GitKit
internal import TraceStore

/// Which lines of which edits of one path have landed in which commits, as the bucket stores it.
///
/// The ledger follows from the anchors and can be rebuilt by a back-fill; it is there so that a hook need not look at
/// history. One row per commit and edit: `commit author authorTime order trace +hash,hash -hash`.
struct LandingLedger {
  struct Row: Hashable {
    let landing: Landing
    let edit: EditID
    var added: [UInt64] = []
    var removed: [UInt64] = []
  }

  private(set) var rows: [Row] = []

  static func file(_ path: BytePath) -> String {
    let key = StoreRefs.pathKey(path)
    return "landed/\(key.prefix(2))/\(key)"
  }

  init() {}

  /// Reads a ledger; rows that are damaged are left out.
  ///
  /// - Parameter isWanted: which lines to read, by their hashes.
  init(_ bytes: [UInt8], where isWanted: (UInt64) -> Bool = { _ in true }) {
    bytes.withUnsafeBufferPointer { text in
      var reader = LedgerReader(text)
      while !reader.isAtEnd {
        if let row = reader.row(where: isWanted) { rows.append(row) }
      }
    }
  }

  var bytes: [UInt8] {
    func append(_ hashes: [UInt64], to line: inout [UInt8]) {
      for (position, hash) in hashes.enumerated() {
        if position > 0 { line.append(0x2C) }
        Hex.append(hash, to: &line)
      }
    }
    let lines = rows.map { row -> [UInt8] in
      var line: [UInt8] = []
      line.reserveCapacity(140 + (row.added.count + row.removed.count) * 17)
      line += row.landing.commit.hex.utf8
      line.append(0x20)
      Hex.append(row.landing.author, to: &line)
      line += " \(row.landing.authorTime.microseconds) \(row.edit.order) \(row.edit.traceID) +".utf8
      append(row.added, to: &line)
      line += " -".utf8
      append(row.removed, to: &line)
      line.append(0x0A)
      return line
    }
    return lines.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 }
  }

  /// The rows about the edits of one trace.
  func only(_ trace: String) -> LandingLedger {
    var ledger = LandingLedger()
    ledger.rows = rows.filter { $0.edit.traceID == trace }
    return ledger
  }

  /// The rows about the edits of other traces.
  func without(_ trace: String) -> LandingLedger {
    var ledger = LandingLedger()
    ledger.rows = rows.filter { $0.edit.traceID != trace }
    return ledger
  }

  /// Adds rows that are not there.
  mutating func add(_ other: LandingLedger) {
    let known = Set(rows)
    rows += other.rows.filter { !known.contains($0) }
  }

  /// Replaces what is known of a commit.
  mutating func replace(_ commit: ObjectID, with landings: [EditLineID], landing: Landing) {
    rows.removeAll { $0.landing.commit == commit }
    var byEdit: [EditID: Row] = [:]
    for line in landings {
      var row = byEdit[line.edit] ?? Row(landing: landing, edit: line.edit)
      if line.side == .added { row.added.append(line.hash) } else { row.removed.append(line.hash) }
      byEdit[line.edit] = row
    }
    rows += byEdit.values.map { row in
      var row = row
      row.added = Array(Set(row.added)).sorted()
      row.removed = Array(Set(row.removed)).sorted()
      return row
    }
  }

  /// All landings by line.
  var index: [EditLineID: [Landing]] {
    var index: [EditLineID: [Landing]] = [:]
    for row in rows {
      for hash in row.added {
        index[EditLineID(edit: row.edit, side: .added, hash: hash), default: []].append(row.landing)
      }
      for hash in row.removed {
        index[EditLineID(edit: row.edit, side: .removed, hash: hash), default: []].append(row.landing)
      }
    }
    return index
  }
}

/// Reads the rows of a ledger's text one after the other.
private struct LedgerReader {
  private let text: UnsafeBufferPointer<UInt8>
  private var at = 0
  /// Neighbouring rows often name the same trace.
  private var lastTrace = ""

  init(_ text: UnsafeBufferPointer<UInt8>) { self.text = text }

  var isAtEnd: Bool { at >= text.count }

  /// The row at this place, and goes on to the next line; nil when it is damaged.
  mutating func row(where isWanted: (UInt64) -> Bool) -> LandingLedger.Row? {
    defer { skipLine() }
    guard let commit = word().flatMap({ ObjectID(digits: UnsafeBufferPointer(rebasing: $0)) }),
      let author = word().flatMap({ Self.hexadecimal($0) }), let time = word().flatMap({ Self.decimal($0) }),
      let order = word().flatMap({ Self.decimal($0) }), let trace = word()
    else { return nil }
    if !lastTrace.utf8.elementsEqual(trace) { lastTrace = String(decoding: trace, as: UTF8.self) }
    let landing = Landing(commit: commit, author: author, authorTime: Timestamp(microseconds: time))
    var row = LandingLedger.Row(landing: landing, edit: EditID(traceID: lastTrace, order: order))
    guard let added = word(), added.first == 0x2B, let removed = word(), removed.first == 0x2D else { return nil }
    row.added = Self.hashes(added, isWanted)
    row.removed = Self.hashes(removed, isWanted)
    return row
  }

  private mutating func skipLine() {
    while at < text.count, text[at] != 0x0A { at += 1 }
    at += 1
  }

  /// The bytes up to the next blank or line feed; nil at the end of the line.
  private mutating func word() -> Slice<UnsafeBufferPointer<UInt8>>? {
    guard at < text.count, text[at] != 0x0A else { return nil }
    let start = at
    while at < text.count, text[at] != 0x20, text[at] != 0x0A { at += 1 }
    defer { if at < text.count, text[at] == 0x20 { at += 1 } }
    return text[start..<at]
  }

  private static func hashes(_ list: Slice<UnsafeBufferPointer<UInt8>>, _ isWanted: (UInt64) -> Bool) -> [UInt64] {
    var found: [UInt64] = []
    var at = list.startIndex + 1
    while at < list.endIndex {
      let start = at
      while at < list.endIndex, list[at] != 0x2C { at += 1 }
      if let hash = hexadecimal(list[start..<at]), isWanted(hash) { found.append(hash) }
      at += 1
    }
    return found
  }

  private static func hexadecimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
    guard !digits.isEmpty, digits.count <= 16 else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      switch digit {
      case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
      case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
      default: return nil
      }
    }
    return value
  }

  private static func decimal(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    Int(String(decoding: digits, as: UTF8.self))
  }
}
