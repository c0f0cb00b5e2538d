public import Basics

/// Brings stored records of every older schema version into today's shape.
///
/// Additive and idempotent. Until schema 0.5 a session's changes were one unified diff in
/// `outcome.patch`; it moves to `metadata.legacy.patch` and becomes one patch per file.
public enum RecordMigration {
  /// Returns the migrated record; `schema_version` stays as it was.
  public static func migrate(_ json: JSONValue) -> JSONValue {
    guard var record = json.object, var outcome = record["outcome"]?.object,
      let diff = outcome["patch"]
    else { return json }
    if let text = diff.string, !text.isEmpty { adopt(text, in: &record) }
    outcome["patch"] = nil
    record["outcome"] = .object(outcome)
    return .object(record)
  }

  private static func adopt(_ diff: String, in record: inout JSONObject) {
    var metadata = record["metadata"]?.object ?? [:]
    var legacy = metadata["legacy"]?.object ?? [:]
    if legacy["patch"] == nil { legacy["patch"] = .string(diff) }
    metadata["legacy"] = .object(legacy)
    record["metadata"] = .object(metadata)
    guard record["patches"]?.array?.isEmpty ?? true else { return }
    record["patches"] = .list(patches(in: diff))
  }

  /// One patch per file. A block runs from its `--- ` line to the next one, so that it includes the
  /// next file's `diff --git` line: the ids of existing patches depend on it.
  static func patches(in diff: String) -> [Patch] {
    var blocks: [[Substring]] = []
    for line in diff.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.utf8.starts(with: "--- ".utf8) {
        blocks.append([line])
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].append(line)
      }
    }
    return blocks.compactMap(patch)
  }

  private static func patch(_ block: [Substring]) -> Patch? {
    let old = block.first.map { path(in: $0) }
    let new = block.first { $0.utf8.starts(with: "+++ ".utf8) }.map { path(in: $0) }
    guard let path = new == "/dev/null" ? old : new ?? old else { return nil }
    let id = Digest.sha256Hex(path + "\n" + block.joined(separator: "\n"))
    var patch = Patch(patchID: id, filePath: path)
    patch.captureMethod = ["legacy_outcome_patch_migration"]
    patch.limitations = ["reconstructed_from_outcome_patch"]
    return patch
  }

  private static func path(in header: Substring) -> String {
    let name = header.dropFirst(4).prefix { $0 != "\t" }
    let hasSide = name.hasPrefix("a/") || name.hasPrefix("b/")
    return String(hasSide ? name.dropFirst(2) : name)
  }
}
