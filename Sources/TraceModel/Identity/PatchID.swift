internal import Basics

/// Ids of snapshots and patches.
public enum SnapshotID {
  /// The place of a snapshot around a tool call.
  public enum Role: String, Sendable, Hashable {
    case before, after
    /// The state at the start of the session; its step index is −1.
    case origin
  }

  /// The id of the tree a step found or left.
  public static func make(
    trace: String, generation: Int, step: Int, tree: String, role: Role = .after
  ) -> String {
    var material: JSONObject = [
      "trace_id": .string(trace), "generation_index": .int(generation), "step_index": .int(step),
      "tree_id": GitObjectID.toJSON(tree),
    ]
    if role != .after { material["role"] = .string(role.rawValue) }
    let name = DigestKind.traceSnapshot.canonicalization
    return Digest.contentID(canonicalization: name, .object(material))
  }
}

/// What a patch id is made of.
public struct PatchID: Sendable, Hashable {
  /// The part of the id that tells patches of one step apart.
  public enum Origin: Sendable, Hashable {
    /// A hunk (0-based among the hunks of its file with added lines) between two snapshots.
    case snapshots(before: String?, after: String?, hunkIndex: Int)
    /// A change known from the tool call alone.
    case toolCall(String?)
  }

  public var trace: String
  public var generation: Int
  public var step: Int?
  public var filePath: String
  public var origin: Origin
  /// First and last added line in the new file, 1-based; nil when nothing was added.
  public var affectedRange: ClosedRange<Int>?
  /// See ``AuthoredText/rawHash``.
  public var rawAuthoredHash: String
  /// Hex ids of the file's blobs.
  public var beforeBlob: String?
  public var afterBlob: String?

  public init(
    trace: String, generation: Int, step: Int?, filePath: String, origin: Origin,
    rawAuthoredHash: String
  ) {
    self.trace = trace
    self.generation = generation
    self.step = step
    self.filePath = filePath
    self.origin = origin
    self.rawAuthoredHash = rawAuthoredHash
  }

  /// 64 hex digits.
  public var id: String {
    var material: JSONObject = [
      "trace_id": .string(trace), "generation_index": .int(generation),
      "step_index": .optional(step), "file_path": .string(filePath),
      "affected_range": rangeJSON, "raw_authored_hash": .string(rawAuthoredHash),
      "before_blob_id": GitObjectID.toJSON(beforeBlob),
      "after_blob_id": GitObjectID.toJSON(afterBlob),
    ]
    switch origin {
    case .snapshots(let before, let after, let hunkIndex):
      material["snapshot_before_id"] = .optional(before)
      material["snapshot_after_id"] = .optional(after)
      material["hunk_index"] = .int(hunkIndex)
    case .toolCall(let call): material["tool_call_id"] = .optional(call)
    }
    let name = DigestKind.tracePatch.canonicalization
    return Digest.contentID(canonicalization: name, .object(material))
  }

  private var rangeJSON: JSONValue {
    guard let range = affectedRange else { return .null }
    return ["start_line": .int(range.lowerBound), "end_line": .int(range.upperBound)]
  }
}

/// Text that an agent wrote, and its hashes.
public struct AuthoredText: Sendable, Hashable {
  /// The added lines joined with line feeds, without a final one.
  public let text: String

  public init(lines: [String]) { text = lines.joined(separator: "\n") }

  /// `sha256:` and the digest of the text.
  public var rawHash: String { "sha256:" + Digest.sha256Hex(text) }

  /// `sha256:` and the digest of the text with each run of white space as one space, trimmed.
  public var cleanHash: String {
    let words = text.unicodeScalars.split { $0.properties.isWhitespace }
    return "sha256:" + Digest.sha256Hex(words.map { String($0) }.joined(separator: " "))
  }
}
