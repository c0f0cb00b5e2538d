public import Basics
public import GitKit

/// What a trace did to a definition in a commit.
public struct EntityChange: Hashable, Sendable {
  public enum Change: String, Sendable {
    case added, modified, removed, renamed
  }

  public let change: Change
  public let kind: Definition.Kind
  /// With the names of the definitions around it.
  public let name: String
  /// The name before; nil unless it was renamed.
  public let previousName: String?
  public let path: BytePath
  /// The line (1-based) that names it: in the commit, for a removed one in the parent.
  public let line: Int
  /// Added lines of the trace in it that are not blank.
  public let lineCount: Int
}

/// What a trace did in a commit, by definitions.
public struct EntityContribution: Sendable {
  /// In the order of paths and lines.
  public var entities: [EntityChange] = []
  /// Lines of the trace outside of every definition.
  public var chunks: [(path: BytePath, range: ClosedRange<Int>)] = []
}

/// Tells the definitions that traces added, changed and removed. Reads only.
public struct EntityReader {
  private let repository: Repository

  public init(_ repository: Repository) { self.repository = repository }

  /// Contributions by trace id. Cost: the commit's diff, and both versions of each file with anchors.
  public func contributions(to commit: Commit, anchors: [Anchor]) throws -> [String: EntityContribution] {
    guard !anchors.isEmpty else { return [:] }
    let parent = try commit.parents.first.flatMap { try repository.tree(ofCommit: $0) }
    let byPath = Dictionary(grouping: anchors, by: \.path)
    var all: [String: EntityContribution] = [:]
    for delta in try repository.changedFiles(from: parent, to: commit.tree) where !delta.isGitlink {
      guard let anchors = byPath[delta.newPath] ?? byPath[delta.oldPath] else { continue }
      let file = try FileEntities(delta, repository)
      for (trace, own) in Dictionary(grouping: anchors, by: \.traceID).sorted(by: { $0.key < $1.key }) {
        let deleters = Set(anchors.filter { $0.kind == .deletedLines || $0.kind == .deletedFile }.map(\.traceID))
        file.add(own, isOnlyDeleter: deleters == [trace], to: &all[trace, default: EntityContribution()])
      }
    }
    return all
  }
}

/// The definitions of both versions of a file.
private struct FileEntities {
  let delta: FileDelta
  private var old: [Definition] = []
  private var new: [Definition] = []
  private var oldLines: [Substring] = []
  private var newLines: [Substring] = []
  private var hunks: [LineHunk] = []
  private var oldNames: Set<String> = []
  /// The old definition that a new one was made from under another name, by the new line.
  private var former: [Int: Definition] = [:]

  init(_ delta: FileDelta, _ repository: Repository) throws {
    self.delta = delta
    let oldText = try delta.oldBlob.flatMap { try repository.blob($0) } ?? []
    let newText = try delta.newBlob.flatMap { try repository.blob($0) } ?? []
    old = DefinitionFinder.definitions(of: delta.oldPath, in: oldText)
    new = DefinitionFinder.definitions(of: delta.newPath, in: newText)
    oldLines = Self.lines(oldText)
    newLines = Self.lines(newText)
    hunks = try repository.compareBlobs(delta.oldBlob, delta.newBlob) { _, _, hunks in hunks ?? [] }
    oldNames = Set(old.map(\.qualifiedName))
    findRenames()
  }

  private static func lines(_ text: [UInt8]) -> [Substring] {
    String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// A definition that is gone and one that is new are the same under another name when all below the first line is.
  private mutating func findRenames() {
    let newNames = Set(new.map(\.qualifiedName))
    var gone = old.filter { !newNames.contains($0.qualifiedName) }
    for definition in new where !oldNames.contains(definition.qualifiedName) {
      let body = body(definition, newLines)
      guard !body.isEmpty,
        let at = gone.firstIndex(where: { $0.kind == definition.kind && self.body($0, oldLines) == body })
      else { continue }
      former[definition.line] = gone.remove(at: at)
    }
  }

  private func body(_ definition: Definition, _ lines: [Substring]) -> ArraySlice<Substring> {
    let end = min(definition.lines.upperBound, lines.count)
    return definition.line < end ? lines[definition.line..<end] : []
  }

  func add(_ anchors: [Anchor], isOnlyDeleter: Bool, to contribution: inout EntityContribution) {
    var owned = Set(anchors.flatMap { $0.range.map(Array.init) ?? [] })
    owned = owned.filter { $0 <= newLines.count && !newLines[$0 - 1].allSatisfy(\.isWhitespace) }
    var counts: [Definition: Int] = [:]
    var loose: [Int] = []
    for line in owned.sorted() {
      if let inner = new.last(where: { $0.lines.contains(line) }) {
        counts[inner, default: 0] += 1
      } else {
        loose.append(line)
      }
    }
    contribution.chunks += LineRanges.merged(loose.map { $0...$0 }).map { (delta.newPath, $0) }
    contribution.entities += new.filter { counts[$0] != nil }.map { changed($0, lines: counts[$0] ?? 0) }
    contribution.entities += removed(owned, isOnlyDeleter: isOnlyDeleter)
  }

  private func changed(_ definition: Definition, lines: Int) -> EntityChange {
    let isKnown = oldNames.contains(definition.qualifiedName)
    let former = former[definition.line]
    return EntityChange(
      change: isKnown ? .modified : former == nil ? .added : .renamed, kind: definition.kind,
      name: definition.qualifiedName, previousName: former?.qualifiedName, path: delta.newPath, line: definition.line,
      lineCount: lines)
  }

  /// Definitions that are gone and in whose place the trace wrote lines, or that it deleted.
  private func removed(_ owned: Set<Int>, isOnlyDeleter: Bool) -> [EntityChange] {
    let names = Set(new.map(\.qualifiedName))
    let renamed = Set(former.values.map(\.qualifiedName))
    return old.filter { definition in
      guard !names.contains(definition.qualifiedName), !renamed.contains(definition.qualifiedName) else { return false }
      if delta.newBlob == nil { return isOnlyDeleter }
      let hunk = hunks.first { $0.oldLines.contains(definition.line - 1) }
      guard let hunk else { return false }
      return hunk.newCount == 0 ? isOnlyDeleter : hunk.newLines.contains { owned.contains($0 + 1) }
    }.map {
      EntityChange(
        change: .removed, kind: $0.kind, name: $0.qualifiedName, previousName: nil, path: delta.oldPath, line: $0.line,
        lineCount: 0)
    }
  }
}
