internal import Basics

/// The tool `path_anonymizer`: names of users in paths become digests of themselves, so that two paths of one user still
/// belong together.
struct PathAnonymizer: Sendable {
  /// Names that are replaced wherever they stand as a word.
  private let known: [[UInt8]]

  private static let shared: Set<String> = [
    "shared", "runner", "lib", "admin", "root", "default", "public", "guest", "user", "username", "you", "me", "name",
    "linuxbrew",
  ]
  private static let nameBytes = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-".utf8) + [0xC3])
  private static let homes = ["/Users/", "/home/", "\\Users\\", ":/Users/", "-Users-", "-home-"].map { Array($0.utf8) }

  /// - Parameter names: users of this machine and others that the settings name.
  init(names: [String]) {
    known = Set(names).filter { $0.utf8.count >= 4 && !Self.shared.contains($0.lowercased()) }.sorted()
      .map { Array($0.utf8) }
  }

  /// The replacement of a name.
  static func replacement(_ name: some Sequence<UInt8>) -> [UInt8] {
    Array("[ot-user-\(Digest.sha256Hex(Array(name)).prefix(8))]".utf8)
  }

  /// Names in a text, in order. Cost: linear in the text, and once more for each known name.
  func names(_ text: Bytes) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var at = 0
    while at < text.count {
      let byte = text[at]
      if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "-"),
        let home = Self.homes.first(where: { has($0, text, at) }), isPathBegin(home, text, at)
      {
        let start = at + home.count
        let isDashed = home[0] == UInt8(ascii: "-")
        var end = start
        while end < text.count, Self.nameBytes.contains(text[end]), !(isDashed && text[end] == UInt8(ascii: "-")) {
          end += 1
        }
        while end > start, text[end - 1] == UInt8(ascii: ".") || text[end - 1] == UInt8(ascii: "-") { end -= 1 }
        let name = String(decoding: text[start..<end], as: UTF8.self)
        if end - start >= 2, !isFileName(name), !Self.shared.contains(name.lowercased()),
          !isDashed || known.contains(Array(name.utf8))
        {
          found.append(start..<end)
          at = end
          continue
        }
      }
      at += 1
    }
    for name in known { addWords(name, text, &found) }
    return found.sorted { $0.lowerBound < $1.lowerBound }
  }

  /// A home begins a path: `src/components/home/Hero.tsx` and `https://shop.io/home/x` hold none.
  private func isPathBegin(_ home: [UInt8], _ text: Bytes, _ at: Int) -> Bool {
    guard home[0] == UInt8(ascii: "/"), at > 0 else { return true }
    let last = text[at - 1]
    // `/mnt/c/Users/x`, `C:/Users/x` and file URLs.
    if at >= 2, ByteSet.alphanumerics.contains(last), text[at - 2] == UInt8(ascii: "/") { return true }
    // An escaped line feed belongs to no path.
    if at >= 2, text[at - 2] == UInt8(ascii: "\\"), "nrt".utf8.contains(last) { return true }
    return !(ByteSet.words.contains(last) || last == UInt8(ascii: ".") || last >= 0x80)
  }

  private func isFileName(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return false }
    return ["tsx", "ts", "js", "jsx", "html", "css", "md", "json", "py", "go", "swift", "vue", "php"].contains(
      name[name.index(after: dot)...].lowercased())
  }

  private func addWords(_ name: [UInt8], _ text: Bytes, _ found: inout [Range<Int>]) {
    guard text.count >= name.count else { return }
    let before = found.sorted { $0.lowerBound < $1.lowerBound }
    var next = 0
    for start in 0...(text.count - name.count) where text[start] == name[0] && has(name, text, start) {
      let end = start + name.count
      let isWord =
        (start == 0 || !ByteSet.alphanumerics.contains(text[start - 1]))
        && (end == text.count || !ByteSet.alphanumerics.contains(text[end]))
      while next < before.count, before[next].upperBound <= start { next += 1 }
      let isTaken = next < before.count && before[next].overlaps(start..<end)
      if isWord, !isTaken { found.append(start..<end) }
    }
  }

  private func has(_ word: [UInt8], _ text: Bytes, _ at: Int) -> Bool {
    guard at + word.count <= text.count else { return false }
    for index in word.indices where text[at + index] != word[index] { return false }
    return true
  }
}
