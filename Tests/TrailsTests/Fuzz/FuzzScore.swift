import Basics
import GitKit
import Trails

/// What was credited in random histories and what should have been.
struct FuzzScore: CustomStringConvertible {
  private(set) var right = 0
  private(set) var missed: [String] = []
  private(set) var wrong: [String] = []
  var commits = 0
  /// The owners of each commit's lines.
  private(set) var owners: [ObjectID: [String]] = [:]
  /// Lines that a commit or one of its ancestors has, by commit, however they are indented.
  private var lines: [ObjectID: Set<String>] = [:]

  var recall: Double { right + missed.count == 0 ? 1 : Double(right) / Double(right + missed.count) }
  var description: String {
    "\(commits) commits, \(right) right, \(wrong.count) wrong, \(missed.count) missed, recall \(recall)"
  }

  /// Compares a commit's lines with their marks.
  ///
  /// A line that an ancestor had, and that is back, may be its writer's or nobody's.
  mutating func add(_ id: ObjectID, in history: FuzzHistory) throws {
    let (commit, blame) = try history.blame(id)
    commits += 1
    owners[id] = blame.files.flatMap { file in
      file.owners.sorted { $0.key < $1.key }.map { "\(file.path):\($0.key) \($0.value.traceID)" }
    }
    if let submodule = history.submodule {
      let found = Set(blame.anchors.filter { $0.kind == .submodule }.map(\.traceID))
      let wanted = try submodule.wanted(commit)
      let what = "seed \(history.seed) \(id.short) moves the submodule on with lines of"
      right += found.intersection(wanted).count
      wrong += found.subtracting(wanted).sorted().map { "\(what) others than \($0)" }
      missed += wanted.subtracting(found).sorted().map { "\(what) \($0)" }
    }
    var before: Set<String> = []
    for parent in commit.parents { before.formUnion(lines[parent] ?? []) }
    var here = before
    for file in blame.files {
      let text = try history.lines(file.path, in: commit)
      here.formUnion(text.map(FuzzText.bare))
      for number in file.added where number <= text.count {
        let line = text[number - 1]
        let (credited, author) = (file.owners[number]?.traceID, FuzzText.author(of: line))
        let what = "seed \(history.seed) \(id.short) \(file.path):\(number) '\(line)'"
        if let credited {
          if credited == author {
            right += 1
          } else {
            let anchor = blame.anchors.first { $0.path == file.path && $0.range?.contains(number) ?? false }
            let why = anchor.map { "\($0.tier) of \($0.toolCallID), lines \($0.range.map { "\($0)" } ?? "")" } ?? ""
            wrong.append("\(what), \(why), is \(credited)'s, not \(author ?? "a person")'s")
          }
        } else if author != nil, !before.contains(FuzzText.bare(line)) {
          missed.append(what)
        }
      }
    }
    lines[id] = here
  }

  mutating func add(_ other: FuzzScore) {
    right += other.right
    missed += other.missed
    wrong += other.wrong
    commits += other.commits
  }
}
