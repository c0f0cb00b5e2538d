internal import Trails

/// Evidence without lines in words: what a session deleted, renamed or changed as a whole.
enum WholeFileText {
  static func isDeletion(_ kind: OwnedRun.Kind) -> Bool { kind == .deletedLines || kind == .deletedFile }

  /// `2 deletions`, `1 rename`, …
  static func words(_ anchors: [Anchor]) -> [String] {
    parts(anchors).map { "\($0.count) \($0.count == 1 ? $0.word : $0.word + "s")" }
  }

  /// `-2`, `↷1`, `~1`
  static func signs(_ anchors: [Anchor]) -> [String] {
    let counts = Dictionary(parts(anchors).map { ($0.sign, $0.count) }, uniquingKeysWith: +)
    return ["-", "↷", "~"].compactMap { sign in counts[sign].map { "\(sign)\($0)" } }
  }

  private static func parts(_ anchors: [Anchor]) -> [(word: String, sign: String, count: Int)] {
    let kinds = anchors.filter { $0.range == nil }.map(\.kind)
    let all: [(String, String, (OwnedRun.Kind) -> Bool)] = [
      ("deletion", "-", isDeletion), ("rename", "↷", { $0 == .renamedFile }),
      ("binary change", "~", { $0 == .changedFile }), ("mode change", "~", { $0 == .changedMode }),
      ("submodule update", "~", { $0 == .submodule }),
    ]
    return all.compactMap { word, sign, holds in
      let count = kinds.count(where: holds)
      return count == 0 ? nil : (word, sign, count)
    }
  }
}
