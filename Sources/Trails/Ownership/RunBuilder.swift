internal import Basics
internal import GitKit

/// Joins owned lines to runs: neighbouring lines of one patch, blank lines between them included.
struct RunBuilder {
  private struct Open {
    let owner: OwnershipEngine.Candidate
    let file: Int
    let first: Int
    var last: Int
    var count: Int
    var isExact: Bool
  }

  private let change: CommitChange
  private var open: Open?
  private var runs: [OwnedRun] = []

  init(change: CommitChange) { self.change = change }

  /// Lines must come file by file, in their order.
  mutating func add(_ line: OwnershipEngine.ContestedLine, owner: OwnershipEngine.Candidate) {
    let isExact = change.files[line.file].newLines.raw[line.position] == owner.line.raw
    if var run = open, continues(run, line, owner) {
      run.last = line.position
      run.count += 1
      run.isExact = run.isExact && isExact
      open = run
      return
    }
    close()
    open = Open(
      owner: owner, file: line.file, first: line.position, last: line.position, count: 1, isExact: isExact)
  }

  private func continues(
    _ run: Open, _ line: OwnershipEngine.ContestedLine, _ owner: OwnershipEngine.Candidate
  ) -> Bool {
    guard run.file == line.file, run.owner.edit === owner.edit, run.owner.line.patch == owner.line.patch else {
      return false
    }
    let between = (run.last + 1)..<max(run.last + 1, line.position)
    let keys = change.files[line.file].newLines.keys
    return between.allSatisfy { keys[$0].isBlank }
  }

  private mutating func close() {
    guard let run = open else { return }
    runs.append(
      OwnedRun(
        edit: run.owner.edit.edit, patch: run.owner.line.patch, path: change.files[run.file].delta.newPath,
        range: (run.first + 1)...(run.last + 1), lineCount: run.count,
        match: run.isExact ? .exact : .withoutSpace, kind: .added))
    open = nil
  }

  mutating func finish() -> [OwnedRun] {
    close()
    return runs
  }
}

/// Collects removed lines by the patch that removed them.
struct DeletionBuilder {
  private struct Key: Hashable {
    let edit: EditID
    let patch: Int
    let file: Int
  }

  private let change: CommitChange
  private var order: [Key] = []
  private var owners: [Key: OwnershipEngine.Candidate] = [:]

  init(change: CommitChange) { self.change = change }

  mutating func add(_ line: OwnershipEngine.ContestedLine, owner: OwnershipEngine.Candidate) {
    let key = Key(edit: owner.edit.id, patch: owner.line.patch, file: line.file)
    if owners.updateValue(owner, forKey: key) == nil { order.append(key) }
  }

  func finish() -> [OwnedRun] {
    order.compactMap { key in
      owners[key].map { owner in
        OwnedRun(
          edit: owner.edit.edit, patch: key.patch, path: change.files[key.file].delta.oldPath, range: nil,
          lineCount: 0, match: .exact, kind: .deletedLines)
      }
    }
  }
}
