internal import Basics
internal import GitKit
internal import TraceStore

/// Short names of traces for people.
struct TraceTitles {
  private let bucket: Bucket

  init(_ repository: Repository) throws { bucket = try Bucket.union(repository) }

  func rows(_ ids: [String]) throws -> [String: TraceRow] {
    var rows: [String: TraceRow] = [:]
    for id in Set(ids) { rows[id] = try bucket.row(id) }
    return rows
  }

  private static let stopWords: Set<String> = [
    "the", "and", "for", "with", "from", "that", "this", "into", "please", "can", "you", "have", "are", "not", "but",
    "all", "our", "its", "let", "now", "then", "there", "when", "what", "was", "will", "use", "add", "implement",
    "following", "plan",
  ]

  /// The first three telling words of the task, joined with `-`, at most 30 characters.
  static func shortName(_ row: TraceRow?) -> String {
    guard let title = (row?.title).map(PreviewText.redact) else { return "" }
    let words = title.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
      .filter { $0.count >= 3 && !stopWords.contains($0) }
    var name = ""
    for word in words.prefix(3) {
      let next = name.isEmpty ? word : name + "-" + word
      if next.count > 30 { break }
      name = next
    }
    return name
  }
}
