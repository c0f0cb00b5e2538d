/// Whether text looks as if somebody had chosen it to be read.
enum WordShape {
  private static func isVowel(_ byte: UInt8) -> Bool { "aeiouy".utf8.contains(Placeholder.lowered(byte)) }

  /// Share of the letters that stand in runs of four and more of one case (a capital may lead) that hold a vowel: names
  /// are made of such runs, random keys are not.
  static func readableShare(_ text: Bytes) -> Double {
    var letters = 0
    var readable = 0
    var at = 0
    while at < text.count {
      guard (0x61...0x7A).contains(Placeholder.lowered(text[at])) else {
        at += 1
        continue
      }
      let start = at
      let isUpper = (0x41...0x5A).contains(text[at])
      at += 1
      if isUpper, at < text.count, (0x41...0x5A).contains(text[at]) {
        while at < text.count, (0x41...0x5A).contains(text[at]) { at += 1 }
      } else {
        while at < text.count, (0x61...0x7A).contains(text[at]) { at += 1 }
      }
      letters += at - start
      if at - start >= 4, text[start..<at].contains(where: isVowel) { readable += at - start }
    }
    return letters == 0 ? 0 : Double(readable) / Double(letters)
  }

  static func isReadable(_ text: Bytes) -> Bool { readableShare(text) >= 0.6 }
}
