internal import Basics

/// Our part of a pull request's body, between its markers. Everything else is the author's and stays as it is.
struct PullRequestBlock {
  /// The block with its markers, without a final line feed.
  let text: String

  init(_ body: String) { text = body.utf8.last == 0x0A ? String(body.dropLast()) : body }

  /// The author's body with this block in place of the first one there, or at its end. Further blocks of ours go.
  ///
  /// A begin without an end, or an end without a begin, is the author's text.
  func placed(in body: String) -> String {
    let blocks = Self.blocks(in: body)
    guard let first = blocks.first else {
      if body.isEmpty { return text + "\n" }
      let feed = body.contains("\r\n") ? "\r\n" : "\n"
      return body + (body.utf8.last == 0x0A ? feed : feed + feed) + text
    }
    var result = String(body.unicodeScalars[..<first.lowerBound]) + text
    var last = first.upperBound
    for block in blocks.dropFirst() {
      result += String(body.unicodeScalars[last..<block.lowerBound])
      last = block.upperBound
    }
    return result + String(body.unicodeScalars[last...])
  }

  /// Whether a body has just this block. A forge may have turned its line feeds into `\r\n`.
  func isCurrent(in body: String) -> Bool {
    let blocks = Self.blocks(in: body)
    return blocks.count == 1
      && String(body.unicodeScalars[blocks[0]]).unicodeScalars.filter { $0 != "\r" }.elementsEqual(text.unicodeScalars)
  }

  /// Each from a begin to the next end, with no other begin between.
  private static func blocks(in body: String) -> [Range<String.Index>] {
    let scalars = body.unicodeScalars
    var blocks: [Range<String.Index>] = []
    var rest = scalars.startIndex
    while let end = scalars[rest...].firstRange(of: PullRequestView.end.unicodeScalars) {
      let begins = scalars[rest..<end.lowerBound].ranges(of: PullRequestView.begin.unicodeScalars)
      if let begin = begins.last { blocks.append(begin.lowerBound..<end.upperBound) }
      rest = end.upperBound
    }
    return blocks
  }
}
