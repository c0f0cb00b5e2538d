import Basics
import GitKit
import TestSupport
import Testing

@testable import Trails

@Suite struct LineTargetsTests {
  private let words = ["a\n", "b\n", "    return value\n", "\n", "}\n"]

  private func text(_ generator: inout SeededGenerator) -> [String] {
    (0..<Int.random(in: 0...12, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
      + [["", "no line feed"].randomElement(using: &generator) ?? ""]
  }

  private func lines(_ text: String) -> [Substring] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  @Test func linesAtTheEndsAreTheSameInBothVersions() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2000 {
      let before = text(&generator)
      let cut = Int.random(in: 0...before.count, using: &generator)
      let rest = Int.random(in: cut...before.count, using: &generator)
      let after = before[..<cut] + text(&generator) + before[rest...]
      let (old, new) = (before.joined(), after.joined())
      let ends = Array(old.utf8).withUnsafeBytes { old in Array(new.utf8).withUnsafeBytes { CommonEnds(old, $0) } }
      let (oldLines, newLines) = (lines(old), lines(new))
      var covered = 0
      var places: Set<Int> = []
      for line in 0..<(oldLines.count + 3) {
        guard let target = ends.targets.target(of: line) else { continue }
        #expect(line < oldLines.count && target.line < newLines.count, "\(line) of \(old.debugDescription)")
        guard line < oldLines.count, target.line < newLines.count else { continue }
        #expect(oldLines[line] == newLines[target.line])
        #expect(places.insert(target.line).inserted, "two lines have one place")
        covered += 1
      }
      if old == new, old.hasSuffix("\n") { #expect(covered == oldLines.count) }
      let between = Array(new.utf8)[ends.between]
      #expect(newLines.count - covered == lines(String(decoding: between, as: UTF8.self)).count)
    }
  }

  @Test func whatIsKeptIsReadAsItWasFound() throws {
    let directory = try TemporaryDirectory()
    let file = directory.path + "/state/lines"
    var generator = SeededGenerator(seed: 6)
    func id() -> ObjectID { ObjectID(bytes: generator.bytes(20)) ?? .zero }
    let pairs = (0..<50).map { _ in (id(), id()) }
    let targets = pairs.map { _ in
      LineTargets(
        runs: (0..<Int.random(in: 0...4, using: &generator)).map {
          LineTargets.Run(old: $0 * 10, new: $0 * 12 + 3, count: 7, isTransformed: $0 == 1, isMoved: $0 == 2)
        }, isComplete: Bool.random(using: &generator))
    }
    let departure = ComparisonCache.Departure(commit: id(), path: BytePath([0xFF, 0x2F, 0x61]), blob: id())
    let moves = [3: TrailReader.Destination(path: "x", blob: id(), line: 9)]
    let cache = ComparisonCache(file)
    for (pair, found) in zip(pairs, targets) { cache.keep(found, pair.0, pair.1) }
    cache.keep(moves, departure)
    try cache.save()
    let again = ComparisonCache(file)
    for (pair, found) in zip(pairs, targets) { #expect(again.targets(pair.0, pair.1) == found) }
    #expect(again.moves(departure) == moves)
    // A look that uses some of it, and finds something new, leaves these.
    let last = ComparisonCache(file)
    _ = last.targets(pairs[0].0, pairs[0].1)
    last.keep([:], ComparisonCache.Departure(commit: id(), path: "y", blob: id()))
    try last.save()
    #expect(ComparisonCache(file).targets(pairs[0].0, pairs[0].1) == targets[0])
    #expect(ComparisonCache(file).targets(pairs[1].0, pairs[1].1) == nil)
    let bytes = try #require(try Files.readIfPresent(file))
    for at in stride(from: 0, to: bytes.count, by: 7) {
      var damaged = bytes
      damaged[at] ^= 0x10
      try Files.writeAtomically(damaged, to: file)
      #expect(ComparisonCache(file).targets(pairs[0].0, pairs[0].1) == nil)
    }
  }
}
