internal import Basics
internal import TraceModel

/// A session file after one pass over its lines.
struct PiTranscript {
  var entries: [PiEntry] = []
  var facts = PiFacts()
  var lines = JSONLineReader()
}

/// Reads the lines of a session file once.
struct PiScanner {
  private var entries: [PiEntry] = []
  private var facts = PiFacts()
  private var seen: Set<String> = []
  /// The ids of all lines, the header's being empty: the first versions name an entry by its place.
  private var ids: [String] = []

  static func scan(_ buffer: PaddedBuffer) -> PiTranscript {
    var scanner = PiScanner()
    var lines = JSONLineReader()
    lines.read(buffer) { view, line in
      guard let type = view.text("type") else { return "no object with a type" }
      scanner.read(view, type, line)
      return nil
    }
    return PiTranscript(entries: scanner.entries, facts: scanner.facts, lines: lines)
  }

  private mutating func read(_ view: JSONView, _ type: String, _ line: FileLine) {
    facts.count(type, role: type == "message" ? view["message"]?.text("role") : nil)
    guard type != "session" else {
      ids.append("")
      return facts.readHeader(view)
    }
    let id = view.nonEmpty("id") ?? "line-\(line.number)"
    ids.append(id)
    guard seen.insert(id).inserted else { return facts.duplicateLines += 1 }
    let time = view.time() ?? PiMessageReader.time(view["message"])
    let kind = kind(view, type, id: id, line: line.number, time: time)
    entries.append(
      PiEntry(id: id, parent: parent(view), line: line.number, offset: line.offset, time: time, kind: kind))
  }

  private func parent(_ view: JSONView) -> PiEntry.Parent {
    guard let parent = view["parentId"] else { return .unnamed }
    return parent.string.map { .entry($0) } ?? .none
  }

  private mutating func kind(
    _ view: JSONView, _ type: String, id: String, line: Int, time: Timestamp?
  ) -> PiEntry.Kind {
    switch type {
    case "message":
      return view["message"].map { PiMessageReader.kind($0, line: line, time: time) } ?? .link
    case "custom_message": return PiMessageReader.injected(view)
    case "model_change": return modelChange(view, time)
    case "compaction": facts.readCompaction(view, id: id, firstKept: firstKept(view), time)
    default: facts.read(view, type: type, id: id, time)
    }
    return .link
  }

  private mutating func modelChange(_ view: JSONView, _ time: Timestamp?) -> PiEntry.Kind {
    let name = PiMessageReader.model(provider: view.nonEmpty("provider"), name: view.nonEmpty("modelId"))
    guard let name else { return .link }
    facts.modelChanges.append(["model": .string(name), "timestamp": .optional(time?.iso8601)])
    return .model(name)
  }

  /// The first entry that stays in the context: by its id, in files of version 1 by its place.
  private func firstKept(_ view: JSONView) -> String? {
    if let id = view.nonEmpty("firstKeptEntryId") { return id }
    guard let place = view["firstKeptEntryIndex"]?.int, ids.indices.contains(place) else { return nil }
    return ids[place].isEmpty ? nil : ids[place]
  }
}
