public import Basics

/// Why an event may not be appended.
public struct PayloadProblem: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

/// What every payload must keep to, so that object ids say their algorithm and limitations stay a closed list.
public enum PayloadRules {
  /// Keys whose value, when an object, is a git object id `{algo, hex}`.
  public static let objectIDKeys: Set<String> = [
    "blob_id", "tree_id", "commit_id", "git_head", "git_head_id", "before_blob_id", "after_blob_id", "parent_id",
    "base_tree_id",
  ]

  /// The limitations a capture can declare.
  public static let captureLimitations: Set<String> = [
    "concurrent_writer_overlap", "unbounded_mutation_window", "background_process_overlap", "hook_only",
    "hook_payload_state_mismatch", "session_terminated_unexpectedly", "watcher_buffer_overflow",
    "incomplete_step_window_capture", "context_tree_not_captured", "transcript_modified", "transcript_derived",
  ]

  /// Checks a payload. Cost: its size.
  public static func check(_ payload: JSONObject) throws(PayloadProblem) {
    for member in payload.members { try check(member.key, member.value) }
  }

  private static func check(_ key: String, _ value: JSONValue) throws(PayloadProblem) {
    if key == "capture_limitations" { try checkLimitations(value) }
    switch value {
    case .object(let object):
      if objectIDKeys.contains(key) { try checkObjectID(key, object) }
      try check(object)
    case .array(let elements): for element in elements { try check("", element) }
    case .string(let text):
      if key.hasSuffix("_sha"), isObjectHex(text) {
        throw PayloadProblem(description: "\(key) holds a bare object id; it must be {algo, hex}")
      }
    default: break
    }
  }

  private static func checkObjectID(_ key: String, _ object: JSONObject) throws(PayloadProblem) {
    let hexLength = ["sha1": 40, "sha256": 64][object["algo"]?.string ?? ""]
    guard let hexLength, let hex = object["hex"]?.string, isObjectHex(hex), hex.utf8.count == hexLength else {
      throw PayloadProblem(description: "\(key) is no object id of the form {algo, hex}")
    }
  }

  private static func checkLimitations(_ value: JSONValue) throws(PayloadProblem) {
    guard let elements = value.array else { throw PayloadProblem(description: "capture_limitations is no array") }
    for element in elements where !captureLimitations.contains(element.string ?? "") {
      throw PayloadProblem(description: "unknown capture limitation \(element.string ?? "(no text)")")
    }
  }

  private static func isObjectHex(_ text: String) -> Bool {
    (text.utf8.count == 40 || text.utf8.count == 64)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// `{algo, hex}` for an object id in hex; the algorithm follows from the length.
  public static func objectID(_ hex: String) -> JSONValue {
    ["algo": hex.utf8.count == 64 ? "sha256" : "sha1", "hex": .string(hex)]
  }
}
