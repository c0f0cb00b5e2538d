internal import GRDB

/// A word of a query that no session has, and what is looked for in its place.
public struct Correction: Sendable, Hashable {
  public let word: String
  public let replacement: String

  /// The words with those that no session of some indexes has replaced by the likest one that some have: one letter wrong,
  /// missing, too many or swapped, two from eight letters on; of equals the one that most sessions have. A word without one
  /// stays.
  ///
  /// Cost: for each such word all words of the indexes.
  public static func correct(
    _ tokens: [SearchText.Token], among databases: [SearchDatabase]
  ) throws -> (tokens: [SearchText.Token], corrections: [Correction]) {
    var corrections: [Correction] = []
    let corrected = try tokens.map { token in
      guard !token.isPrefix, token.text.utf8.count >= 4, try !databases.contains(where: { try $0.has(token) }) else {
        return token
      }
      let likest = try databases.compactMap { try $0.likest(token.text) }.min {
        ($0.distance, -$0.traces) < ($1.distance, -$1.traces)
      }
      guard let likest else { return token }
      corrections.append(Correction(word: token.text, replacement: likest.word))
      return SearchText.Token(text: likest.word, isPrefix: false)
    }
    return (corrected, corrections)
  }
}

extension SearchDatabase {
  fileprivate func has(_ token: SearchText.Token) throws -> Bool {
    try queue.read { database in
      try Int.fetchOne(
        database, sql: "SELECT 1 FROM trace_fts WHERE trace_fts MATCH ? LIMIT 1", arguments: [SearchText.match([token])]
      )
        != nil
    }
  }

  fileprivate func likest(_ word: String) throws -> (word: String, distance: Int, traces: Int)? {
    try queue.read { try Self.likest(word, $0) }
  }

  private static func likest(_ word: String, _ database: Database) throws -> (word: String, distance: Int, traces: Int)?
  {
    let letters = Array(word)
    let limit = letters.count >= 8 ? 2 : 1
    var best: (word: String, distance: Int, traces: Int)?
    let rows = try Row.fetchCursor(
      database, sql: "SELECT term, doc FROM trace_words WHERE length(term) BETWEEN ? AND ?",
      arguments: [letters.count - limit, letters.count + limit])
    while let row = try rows.next() {
      let term: String = row["term"]
      guard let distance = Spelling.distance(letters, Array(term), limit: limit) else { continue }
      let traces: Int = row["doc"]
      if best.map({ (distance, -traces) < ($0.distance, -$0.traces) }) ?? true { best = (term, distance, traces) }
    }
    return best
  }
}

enum Spelling {
  /// Letters to change, insert, remove or swap with the next one to make one word of the other; nil when more than the
  /// limit. Cost: the product of the lengths.
  ///
  /// Source: optimal string alignment distance (Boytsov 2011, 3.1).
  static func distance(_ a: [Character], _ b: [Character], limit: Int) -> Int? {
    guard abs(a.count - b.count) <= limit else { return nil }
    var earlier: [Int] = []
    var before = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var row = [i + 1]
      row.reserveCapacity(b.count + 1)
      for (j, other) in b.enumerated() {
        var cost = min(before[j] + (letter == other ? 0 : 1), min(before[j + 1], row[j]) + 1)
        if i > 0, j > 0, letter == b[j - 1], a[i - 1] == other { cost = min(cost, earlier[j - 1] + 1) }
        row.append(cost)
      }
      if (row.min() ?? 0) > limit { return nil }
      (earlier, before) = (before, row)
    }
    return (before.last ?? 0) <= limit ? before.last : nil
  }
}
