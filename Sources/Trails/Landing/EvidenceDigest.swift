internal import Basics
internal import GitKit
internal import TraceStore

/// Tells whether a commit's attribution is still what the stored edits say.
enum EvidenceDigest {
  /// Identifies everything that attribution can take from the store for this commit: for each path it changes, the
  /// traces that had edited it by then and their edits. Cost: two trees per path.
  ///
  /// - Parameter submodules: what was found in submodules, see ``SubmoduleEvidence``.
  static func make(
    _ commit: Commit, paths: [BytePath], edits: EditIndex, submodules: [OwnedRun] = []
  ) throws -> String {
    let limit = max(commit.authorTime, commit.committerTime).microseconds + OwnershipRules.clockSlack
    var text = TrailsVersion.algorithm
    for path in Set(paths).sorted() {
      let entries = try edits.entries(of: path).filter { $0.firstEdit.microseconds <= limit }
      guard !entries.isEmpty else { continue }
      text += "\n" + StoreRefs.pathKey(path)
      for entry in entries { text += " " + entry.traceID + "=" + entry.blob.hex }
    }
    for run in submodules {
      text += "\nsubmodule " + StoreRefs.pathKey(run.path) + " " + run.edit.traceID + "=" + run.patchID
    }
    return String(Digest.sha256Hex(text).prefix(32))
  }
}

/// The version of the rules; stored results of another version are computed again.
enum TrailsVersion {
  static let algorithm = "ownership-1"
}
