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

  init(_ bytes: [UInt8]) {
    rows = bytes.split(separator: 0x0A).compactMap { Self.row(String(decoding: $0, as: UTF8.self)) }
  }

  private static func row(_ text: String) -> Row? {
    let fields = text.split(separator: " ", omittingEmptySubsequences: false)
    guard fields.count == 7, let commit = ObjectID(hex: fields[0]), let author = UInt64(fields[1], radix: 16),
      let time = Int(fields[2]), let order = Int(fields[3])
    else { return nil }
    func hashes(_ field: Substring) -> [UInt64] {
      field.dropFirst().split(separator: ",").compactMap { UInt64($0, radix: 16) }
    }
    let landing = Landing(commit: commit, author: author, authorTime: Timestamp(microseconds: time))
    return Row(
      landing: landing, edit: EditID(traceID: String(fields[4]), order: order), added: hashes(fields[5]),
      removed: hashes(fields[6]))
  }

  var bytes: [UInt8] {
    let lines = rows.map { row in
      let added = row.added.map { String($0, radix: 16) }.joined(separator: ",")
      let removed = row.removed.map { String($0, radix: 16) }.joined(separator: ",")
      return "\(row.landing.commit.hex) \(String(row.landing.author, radix: 16)) "
        + "\(row.landing.authorTime.microseconds) \(row.edit.order) \(row.edit.traceID) +\(added) -\(removed)\n"
    }
    return Array(lines.sorted().joined().utf8)
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
