internal import Basics
internal import TraceModel

/// Finds commits that a session made itself, by what `git commit` prints.
enum CommitDetector {
  /// The abbreviated id of the last commit, or nil.
  static func lastCommit(in steps: [Step]) -> String? {
    for step in steps.reversed() {
      for (call, answer) in zip(step.toolCalls, step.observations).reversed() {
        guard call.toolName.lowercased() == "bash", answer.error == nil,
          call.input["command"]?.string.map({ TextSearch.contains($0, "git commit") }) ?? false,
          let id = answer.content.flatMap(commit)
        else { continue }
        return id
      }
    }
    return nil
  }

  /// The last `[branch id]` or `[branch (root-commit) id]` at the start of a line.
  static func commit(in output: String) -> String? {
    output.utf8.split(separator: 0x0A).reversed().lazy.compactMap { line -> String? in
      guard line.first == UInt8(ascii: "["), let end = line.firstIndex(of: UInt8(ascii: "]")) else {
        return nil
      }
      let parts = line[line.index(after: line.startIndex)..<end].split(separator: 0x20)
      guard parts.count >= 2, let id = parts.last, (7...40).contains(id.count),
        id.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
        let branch = parts.first, branch.allSatisfy(isBranchByte)
      else { return nil }
      return String(Substring(id))
    }
    .first
  }

  private static func isBranchByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x2F, 0x5F: true
    default: byte >= 0x80
    }
  }
}
