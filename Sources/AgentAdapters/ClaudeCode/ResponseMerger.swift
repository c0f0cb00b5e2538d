internal import Basics

/// Joins the fragments of responses: each response becomes one line at the place of its first
/// fragment, with the blocks of all fragments in file order, wherever they stand.
enum ResponseMerger {
  static func merge(_ entries: [Entry]) -> [Entry] {
    var merged: [Entry] = []
    merged.reserveCapacity(entries.count)
    var place: [String: Int] = [:]
    for entry in entries {
      guard case .assistant(let line) = entry.kind, let key = line.responseKey else {
        merged.append(entry)
        continue
      }
      if let first = place[key] {
        join(line, to: &merged[first])
      } else {
        place[key] = merged.count
        merged.append(entry)
      }
    }
    return merged
  }

  private static func join(_ fragment: AssistantLine, to entry: inout Entry) {
    guard case .assistant(var line) = entry.kind else { return }
    // Leave the entry without blocks while they grow, so that they are not copied.
    entry.kind = .link
    line.blocks += fragment.blocks
    joinUsage(fragment, to: &line)
    line.stopReason = fragment.stopReason ?? line.stopReason
    line.model = line.model ?? fragment.model
    line.isError = line.isError || fragment.isError
    entry.kind = .assistant(line)
  }

  /// The counts of the fragment that ended the response are final; else the greatest ones count.
  private static func joinUsage(_ fragment: AssistantLine, to line: inout AssistantLine) {
    guard let usage = fragment.usage else { return }
    if fragment.stopReason != nil || line.usage == nil {
      line.usage = usage
    } else if line.stopReason == nil {
      line.usage?.raise(to: usage)
    }
  }
}
