internal import Basics
internal import GitKit
internal import TraceModel

/// The lines of a patch, found again in the commits it landed in.
struct PatchLines {
  private let keys: [LineKey]
  private let skeletons: [Skeleton]

  init(_ added: [String]) {
    let lines = added.filter { !LineKey($0).isBlank }
    keys = lines.map { LineKey($0) }
    skeletons = lines.map { Skeleton($0) }
  }

  func lines(of anchor: Anchor, patch: Int, _ reader: TrailReader) throws -> [FileTrail.Line] {
    guard let range = anchor.range, let tree = try reader.ancestry.commit(anchor.commit)?.tree,
      let blob = try reader.blob(at: anchor.path, in: tree)
    else { return [] }
    let lines = try reader.blobs.withText(blob) { text -> [FileTrail.Line] in
      let wanted = (range.lowerBound - 1)..<range.upperBound
      let hashed = HashedLines(text, only: [wanted])
      let positions = wanted.clamped(to: 0..<hashed.count).filter { !hashed.keys[$0].isBlank }
      if anchor.tier == .formatterDivergent { return formatted(positions, TextLines(text), anchor, patch) }
      return pairs(positions.map { hashed.keys[$0].hash }).map { pair in
        FileTrail.Line(
          patch: patch, patchLine: pair.patchLine, commit: anchor.commit, line: positions[pair.position],
          isTransformed: anchor.tier == .gitCleanRangeHash)
      }
    }
    return lines ?? []
  }

  /// Which line of the patch each line of the commit is.
  private func pairs(_ hashes: [UInt64]) -> [(patchLine: Int, position: Int)] {
    if keys.isEmpty { return hashes.indices.map { ($0, $0) } }
    return CommonLines.pairs(keys.map(\.hash), hashes).map { ($0.old, $0.new) }
  }

  private func formatted(
    _ positions: [Int], _ text: TextLines, _ anchor: Anchor, _ patch: Int
  ) -> [FileTrail.Line] {
    FormattedRuns.find(skeletons, positions.map { Skeleton(text[$0]) }).flatMap { run in
      run.old.enumerated().map { offset, patchLine in
        FileTrail.Line(
          patch: patch, patchLine: patchLine, commit: anchor.commit,
          line: positions[run.new.lowerBound + min(offset, run.new.count - 1)], isTransformed: true)
      }
    }
  }
}
