import AgentAdapters
import Basics
import TestSupport
import Testing
import TraceModel

@Suite struct CodexPatchTests {
  private func edits(_ patch: String) -> [FileEdit] {
    var file = CodexFixture()
    file.typed("x")
    file.patch("c", patch)
    file.patched("c")
    return file.parse().edits
  }

  /// What a patch says about one file, in short: signs, path, and the lines of each run.
  private func outline(_ edit: FileEdit) -> String {
    let name =
      switch edit.kind {
      case .add: "A"
      case .delete: "D"
      case .rename(let source): "R \(source) >"
      default: "M"
      }
    let runs = edit.hunks.map { hunk in
      hunk.removed.map { "-" + $0 }.joined(separator: ",") + hunk.added.map { "+" + $0 }.joined(separator: ",")
    }
    return ([name + " " + edit.path] + runs).joined(separator: " | ")
  }

  private static let table: [(patch: String, edits: [String])] = [
    ("*** Begin Patch\n*** Add File: a\n+x\n+\n++y\n*** End Patch", ["A /repo/a | +x,+,++y"]),
    ("*** Begin Patch\n*** Add File: a\n*** End Patch", ["A /repo/a | "]),
    ("*** Begin Patch\n*** Delete File: a b\n*** Delete File: /c\n*** End Patch", ["D /repo/a b", "D /c"]),
    ("*** Begin Patch\n*** Update File: ä\n@@\n-x\n+y\n*** End Patch", ["M /repo/ä | -x+y"]),
    ("*** Begin Patch\n*** Update File: a\n k\n-x\n+y\n k\n-z\n*** End Patch", ["M /repo/a | -x+y | -z"]),
    ("*** Begin Patch\n*** Update File: a\n@@ class A\n@@ def f\n-x\n@@\n+y\n*** End Patch", ["M /repo/a | -x | +y"]),
    ("*** Begin Patch\n*** Update File: a\n@@\n-x\n*** End of File\n*** End Patch", ["M /repo/a | -x"]),
    ("*** Begin Patch\n*** Update File: a\n*** Move to: b\n*** End Patch", ["R /repo/a > /repo/b"]),
    ("*** Begin Patch\n*** Update File: a\n*** Move to: b\n@@\n-x\n+y\n*** End Patch", ["R /repo/a > /repo/b | -x+y"]),
    ("*** Begin Patch\n*** Update File: a\n*** Move to: a\n@@\n+y\n k\n*** End Patch", ["M /repo/a | +y"]),
    // Nothing changes.
    ("*** Begin Patch\n*** Update File: a\n@@\n k\n*** End Patch", []),
    ("*** Begin Patch\n*** End Patch", []), ("", []), ("*** Add File: a\n+x", []),
    // Tolerated.
    ("*** Begin Patch\n*** Update File: a\n@@\n-x\n+y", ["M /repo/a | -x+y"]),
    ("*** Begin Patch\r\n*** Update File: a\r\n@@\r\n-x\r\n+y\r\n*** End Patch\r\n", ["M /repo/a | -x+y"]),
    (
      "  *** Begin Patch  \n *** Add File: a \n+x\n *** Delete File: b\n  *** End Patch",
      ["A /repo/a | +x", "D /repo/b"]
    ),
    ("<<'EOF'\n*** Begin Patch\n*** Delete File: a\n*** End Patch\nEOF\n*** Delete File: b", ["D /repo/a"]),
    ("*** Begin Patch\n*** Update File: a\n@@\n-x\n*** End Patch'\n+y", ["M /repo/a | -x"]),
    ("*** Begin Patch\n*** Update File: a\n@@\n-x\n\n+y\n*** End Patch", ["M /repo/a | -x | +y"]),
    ("*** Begin Patch\n*** Update File: a\n@@\n-x\n*** End of File\n\n@@\n+y\n*** End Patch", ["M /repo/a | -x | +y"]),
    // Lines that look like markers.
    (
      "*** Begin Patch\n*** Update File: a\n@@\n-*** End Patch\n+*** Add File: b\n *** Delete File: c\n+@@\n*** End Patch",
      ["M /repo/a | -*** End Patch+*** Add File: b | +@@"]
    ),
    ("*** Begin Patch\n*** Add File: a\n+*** End Patch\n*** End Patch", ["A /repo/a | +*** End Patch"]),
  ]

  @Test(arguments: table) func grammarIsUnderstood(_ row: (patch: String, edits: [String])) {
    #expect(edits(row.patch).map(outline) == row.edits)
  }

  @Test func randomPatchesAreReadAsTheyWereWritten() {
    for seed in UInt64(1)...300 {
      var writer = PatchWriter(seed: seed)
      writer.write()
      #expect(edits(writer.text).map(outline) == writer.outlines, "seed \(seed)")
    }
  }

  @Test func damagedPatchesNeverCrash() {
    var random = SeededGenerator(seed: 3)
    for seed in UInt64(1)...100 {
      var writer = PatchWriter(seed: seed)
      writer.write()
      var bytes = Array(writer.text.utf8)
      bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...127, using: &random)
      bytes.removeSubrange(Int.random(in: bytes.indices, using: &random)...)
      _ = edits(String(decoding: bytes, as: UTF8.self))
    }
  }
}

/// Writes a random patch, and beside it what it changes.
private struct PatchWriter {
  private var random: SeededGenerator
  private var lines = ["*** Begin Patch"]
  private(set) var outlines: [String] = []

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  var text: String { lines.joined(separator: "\n") + "\n" }

  mutating func write() {
    for number in 0..<Int.random(in: 1...5, using: &random) {
      switch Int.random(in: 0...3, using: &random) {
      case 0: add("f\(number)")
      case 1: delete("f\(number)")
      default: update("f\(number)")
      }
    }
    lines.append("*** End Patch")
  }

  private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 1...100, using: &random) <= percent }

  private static let words = [
    "", " ", "a", "let x = 1", "\tindent", "+", "-", "@@", "@@ f", "*** End Patch", "*** Add File: q", "ü",
    "\\ No newline",
  ]

  private mutating func word() -> String { Self.words.randomElement(using: &random) ?? "" }

  private mutating func add(_ path: String) {
    let added = (0..<Int.random(in: 0...4, using: &random)).map { _ in "+" + word() }
    lines += ["*** Add File: " + path] + added
    outlines.append("A /repo/\(path) | " + added.joined(separator: ","))
  }

  private mutating func delete(_ path: String) {
    lines.append("*** Delete File: " + path)
    outlines.append("D /repo/\(path)")
  }

  private mutating func update(_ path: String) {
    lines.append("*** Update File: " + path)
    let isMoved = chance(30)
    if isMoved { lines.append("*** Move to: \(path)x") }
    var runs: [String] = []
    for chunk in 0..<Int.random(in: isMoved ? 0...3 : 1...3, using: &random) {
      if chunk > 0 || chance(80) { lines.append(chance(50) ? "@@" : "@@ anchor") }
      if chance(20) { lines.append("@@ inner") }
      runs += (0..<Int.random(in: 1...3, using: &random)).map { _ in run() }
      if chance(20) { lines.append("*** End of File") }
    }
    let name = isMoved ? "R /repo/\(path) > /repo/\(path)x" : "M /repo/\(path)"
    outlines.append(([name] + runs).joined(separator: " | "))
  }

  /// One run of changed lines with context on both sides.
  private mutating func run() -> String {
    lines.append(chance(10) ? "" : " " + word())
    let removed = (0..<Int.random(in: 0...2, using: &random)).map { _ in "-" + word() }
    let added = (0..<Int.random(in: removed.isEmpty ? 1...3 : 0...3, using: &random)).map { _ in "+" + word() }
    lines += removed + added
    lines.append(" " + word())
    return removed.joined(separator: ",") + added.joined(separator: ",")
  }
}
