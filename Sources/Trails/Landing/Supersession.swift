public import Basics
public import GitKit
internal import TraceModel
internal import TraceStore

/// A commit that was written anew: by amend, rebase, or a filter.
public struct Rewrite: Hashable, Sendable {
  public let old: ObjectID
  public let new: ObjectID

  public init(old: ObjectID, new: ObjectID) {
    self.old = old
    self.new = new
  }
}

/// Says of anchors whose commit was rewritten what took the commit's place. The anchors stay: blame of the old commit
/// still answers, and what lives on is found by content; the event tells a reader why there are two.
public struct Supersession {
  private let repository: Repository
  private let source: String
  private let time: Timestamp

  public init(_ repository: Repository, source: String, time: Timestamp) {
    self.repository = repository
    self.source = source
    self.time = time
  }

  /// Appends one `git_anchor_superseded` per anchor on an old commit. Refs written: the event log. Cost: the events about
  /// the old commits.
  ///
  /// - Returns: events appended; 0 when the log stayed locked and they wait in the spool.
  @discardableResult
  public func record(_ rewrites: [Rewrite]) throws -> Int {
    let log = try EventLog.union(repository)
    let drafts = try rewrites.filter { $0.old != $0.new }.flatMap { rewrite in
      try log.events(ofCommit: rewrite.old).compactMap { Anchor($0) }.map { draft($0, rewrite) }
    }
    guard !drafts.isEmpty else { return 0 }
    return try StoreTransaction.append(drafts, to: repository, time: time, timeout: 5) ? drafts.count : 0
  }

  private func draft(_ anchor: Anchor, _ rewrite: Rewrite) -> TrailEventDraft {
    TrailEventDraft(
      eventType: "git_anchor_superseded", eventTime: time, traceID: anchor.traceID,
      generationIndex: anchor.generation, stepIndex: anchor.step, writer: source,
      captureMethod: [source.replacing("-", with: "_")],
      payload: [
        "git_anchor_id": .string(anchor.id), "trace_patch_id": .string(anchor.patchID),
        "old_commit_id": PayloadRules.objectID(rewrite.old.hex),
        "new_commit_id": PayloadRules.objectID(rewrite.new.hex),
        "path": .string(anchor.path.description), "rewrite_kind": "post_rewrite",
      ])
  }
}
