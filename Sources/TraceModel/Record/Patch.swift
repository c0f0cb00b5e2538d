public import Basics

/// One piece of a file that a session changed.
public struct Patch: Sendable, Hashable, JSONRepresentable {
  /// 64 hex digits; see ``PatchID``.
  public var patchID: String
  /// Relative to the repository, `/` between parts, as it was when the patch was made.
  public var filePath: String
  public var stepIndex: Int?
  public var toolCallID: String?
  public var captureMethod: [String] = []
  public var snapshotBeforeID: String?
  public var snapshotAfterID: String?
  /// Nil: never searched for in commits.
  public var anchor: GitAnchor?
  /// Commits that held this patch before a rewrite, newest first.
  public var supersededBy: [String] = []
  public var limitations: [String] = []

  public init(patchID: String, filePath: String) {
    self.patchID = patchID
    self.filePath = filePath
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "patch")
    self.init(
      patchID: try fields.required("patch_id"), filePath: try fields.required("file_path"))
    stepIndex = try fields.int("step_index")
    toolCallID = try fields.string("tool_call_id")
    captureMethod = try fields.strings("capture_method")
    snapshotBeforeID = try fields.string("snapshot_before_id")
    snapshotAfterID = try fields.string("snapshot_after_id")
    anchor = try fields.part("anchor")
    supersededBy = try fields.strings("superseded_by")
    limitations = try fields.strings("limitations")
  }

  public func toJSON() -> JSONValue {
    [
      "patch_id": .string(patchID), "file_path": .string(filePath),
      "step_index": .optional(stepIndex), "tool_call_id": .optional(toolCallID),
      "capture_method": .strings(captureMethod), "snapshot_before_id": .optional(snapshotBeforeID),
      "snapshot_after_id": .optional(snapshotAfterID), "anchor": .part(anchor),
      "superseded_by": .strings(supersededBy), "limitations": .strings(limitations),
    ]
  }
}

/// The result of searching commits for a patch.
public struct GitAnchor: Sendable, Hashable, JSONRepresentable {
  /// ISO 8601, UTC.
  public var lastSearchedAt: String
  public var found: Bool
  public var commitSHA: String?
  public var path: String?
  public var blobSHA: String?
  public var gitPatchID: String?
  public var evidenceTier: EvidenceTier?
  public var evidenceFirmness: EvidenceFirmness?

  public init(lastSearchedAt: String, found: Bool) {
    self.lastSearchedAt = lastSearchedAt
    self.found = found
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "anchor")
    self.init(
      lastSearchedAt: try fields.required("last_searched_at"),
      found: try fields.requiredBool("found"))
    commitSHA = try fields.string("commit_sha")
    path = try fields.string("path")
    blobSHA = try fields.string("blob_sha")
    gitPatchID = try fields.string("git_patch_id")
    evidenceTier = try fields.word("evidence_tier")
    evidenceFirmness = try fields.string("evidence_firmness").map(EvidenceFirmness.init(reading:))
  }

  public func toJSON() -> JSONValue {
    [
      "last_searched_at": .string(lastSearchedAt), "found": .bool(found),
      "commit_sha": .optional(commitSHA), "path": .optional(path), "blob_sha": .optional(blobSHA),
      "git_patch_id": .optional(gitPatchID), "evidence_tier": .word(evidenceTier),
      "evidence_firmness": .word(evidenceFirmness),
    ]
  }
}

/// A tie between a session and a revision.
public struct GitLink: Sendable, Hashable, JSONRepresentable {
  public enum System: String, Sendable, Hashable {
    case git, jj
  }

  public var vcsType = System.git
  public var revision: String
  public var repoURL: String?
  public var branch: String?
  public var tier: LinkTier
  /// Whether a ref reaches the revision; computed when the link is read.
  public var commitReachable: Bool?
  /// Whether the content still exists; computed when the link is read.
  public var contentAlive: Bool?

  public init(revision: String, tier: LinkTier) {
    self.revision = revision
    self.tier = tier
  }

  public init(json: JSONValue) throws {
    let fields = try Fields(json, "git_link")
    self.init(revision: try fields.required("revision"), tier: try fields.requiredWord("tier"))
    vcsType = try fields.word("vcs_type") ?? .git
    repoURL = try fields.string("repo_url")
    branch = try fields.string("branch")
    commitReachable = try fields.bool("commit_reachable")
    contentAlive = try fields.bool("content_alive")
  }

  public func toJSON() -> JSONValue {
    [
      "vcs_type": .string(vcsType.rawValue), "revision": .string(revision),
      "repo_url": .optional(repoURL), "branch": .optional(branch), "tier": .string(tier.rawValue),
      "commit_reachable": .optional(commitReachable), "content_alive": .optional(contentAlive),
    ]
  }
}
