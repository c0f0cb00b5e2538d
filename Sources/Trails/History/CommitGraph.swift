internal import Basics
internal import GitKit

/// Remembers, for commits handed over parents first, which of the noted ones are their ancestors.
///
/// Cost: one bit per commit and noted commit.
struct CommitGraph {
  private var numbers: [ObjectID: Int] = [:]
  private var ancestors: [ObjectID: [UInt64]] = [:]

  /// Takes the next commit. Its parents must have come before, unless they are outside the walk.
  ///
  /// - Parameter isNoted: whether later commits will ask about this one.
  mutating func add(_ commit: Commit, isNoted: Bool) {
    var words: [UInt64] = []
    for parent in commit.parents {
      let inherited = ancestors[parent] ?? []
      if inherited.count > words.count { words += Array(repeating: 0, count: inherited.count - words.count) }
      for (at, word) in inherited.enumerated() { words[at] |= word }
      if let number = numbers[parent] { Self.set(number, in: &words) }
    }
    ancestors[commit.id] = words
    if isNoted { numbers[commit.id] = numbers.count }
  }

  private static func set(_ number: Int, in words: inout [UInt64]) {
    let at = number / 64
    if at >= words.count { words += Array(repeating: 0, count: at + 1 - words.count) }
    words[at] |= 1 << UInt64(number % 64)
  }

  /// Whether a noted commit is an ancestor of a commit that was added.
  func isAncestor(_ ancestor: ObjectID, of commit: ObjectID) -> Bool {
    guard let number = numbers[ancestor], let words = ancestors[commit], number / 64 < words.count else {
      return false
    }
    return words[number / 64] & 1 << UInt64(number % 64) != 0
  }
}
