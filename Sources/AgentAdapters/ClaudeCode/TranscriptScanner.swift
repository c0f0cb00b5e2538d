internal import Basics
internal import TraceModel

/// A transcript after one pass over its lines.
struct Transcript {
  var entries: [Entry] = []
  var results: [String: ToolResult] = [:]
  /// Sub-agents whose messages stand in this file, in order of appearance.
  var streams: [AgentStream] = []
  var facts = SessionFacts()
  var problems: [LineProblem] = []
  var lineCount = 0
  var damagedCount = 0
}

/// The messages of one sub-agent.
struct AgentStream {
  var agentID: String
  /// The call that started it, when the transcript says so.
  var callID: String?
  var agentType: String?
  var description: String?
  /// The stem of its own file.
  var fileStem: String?
  var entries: [Entry] = []
}

/// Reads the lines of a transcript once; nothing of a line is unescaped that is not kept.
struct TranscriptScanner {
  private let parser = JSONParser()
  private let resultReader: ToolResultReader
  private let file: String?
  private var transcript = Transcript()
  private var streamIndex: [String: Int] = [:]
  private var seen: Set<String> = []

  private let linesBefore: Int

  private init(file: String?, linesBefore: Int, options: ClaudeCodeAdapter.Options) {
    self.file = file
    self.linesBefore = linesBefore
    resultReader = ToolResultReader(beforeContent: options.beforeContent, listsEdits: options.listsEdits)
  }

  /// - Parameters:
  ///   - file: the name to report problems with; nil for the session's own file.
  ///   - linesBefore: lines of the file that come before those in the buffer.
  static func scan(
    _ buffer: PaddedBuffer, file: String? = nil, linesBefore: Int = 0, options: ClaudeCodeAdapter.Options
  ) -> Transcript {
    var scanner = TranscriptScanner(file: file, linesBefore: linesBefore, options: options)
    buffer.forEachLine { scanner.read($0) }
    return scanner.transcript
  }

  private mutating func read(_ line: FileLine) {
    transcript.lineCount += 1
    guard line.bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    if isSnapshot(line) { return transcript.facts.count("file-history-snapshot") }
    do {
      try parser.parse(padded: line.bytes) { read($0, line) }
    } catch {
      if let halves = doubled(line) {
        // Both were parsed a moment ago.
        for half in halves { _ = try? parser.parse(padded: half) { read($0, line) } }
        note(line, "two lines in one; both were read")
      } else {
        report(line, "\(error)")
      }
    }
  }

  /// The parts of a line whose line feed was lost between two documents.
  private func doubled(_ line: FileLine) -> [UnsafeBufferPointer<UInt8>]? {
    let bytes = line.bytes
    let cuts = bytes.indices.dropFirst().filter { at in
      bytes[at] == 0x7B && bytes[at - 1] == 0x7D && at + 1 < bytes.count && bytes[at + 1] == 0x22
    }
    for cut in cuts {
      let halves = [bytes[..<cut], bytes[cut...]].map { UnsafeBufferPointer(rebasing: $0) }
      // Only a cut between two whole documents is one.
      if halves.allSatisfy({ (try? parser.parse(padded: $0) { $0.kind == .object }) == true }) {
        return halves
      }
    }
    return nil
  }

  private mutating func note(_ line: FileLine, _ message: String) {
    transcript.problems.append(
      LineProblem(file: file, line: line.number, offset: line.offset, message: message))
  }

  /// The agent's backups of files are not looked at.
  private func isSnapshot(_ line: FileLine) -> Bool {
    line.isTerminated && line.bytes.starts(with: Self.snapshotStart)
  }

  private static let snapshotStart = Array(#"{"type":"file-history-snapshot""#.utf8)

  /// A last line without line feed is one that is just being written.
  private mutating func report(_ line: FileLine, _ message: String) {
    guard line.isTerminated else { return transcript.lineCount -= 1 }
    transcript.damagedCount += 1
    note(line, message)
  }

  private mutating func read(_ view: JSONView, _ line: FileLine) {
    guard view.kind == .object, let type = view.text("type") else {
      return report(line, "no object with a type")
    }
    transcript.facts.count(type)
    switch type {
    case "user", "assistant": readMessage(view, line, type)
    case "progress": readProgress(view, line)
    case "system":
      let isBoundary = view["subtype"]?.equals("compact_boundary") ?? false
      append(view, line, isBoundary ? .boundary : .link)
      transcript.facts.readSystem(view, line: linesBefore + line.number)
    default:
      if view["uuid"] != nil { append(view, line, .link) }
      transcript.facts.read(view, type: type)
    }
  }

  private mutating func readMessage(_ view: JSONView, _ line: FileLine, _ type: String) {
    guard let message = view["message"], message.kind == .object else { return }
    let entry = makeEntry(view, line, kind(view, message, type))
    guard seen.insert(entry.id).inserted else { return transcript.facts.duplicateLines += 1 }
    keepResults(view, message, entry, type)
    if view.flag("isSidechain") {
      addSidechain(entry, agentID: view.text("agentId"))
    } else {
      transcript.facts.readEnvelope(view)
      transcript.entries.append(entry)
    }
  }

  private func kind(_ view: JSONView, _ message: JSONView, _ type: String) -> Entry.Kind {
    type == "user"
      ? .user(MessageReader.user(view, message: message))
      : .assistant(MessageReader.assistant(view, message: message))
  }

  private mutating func keepResults(
    _ view: JSONView, _ message: JSONView, _ entry: Entry, _ type: String
  ) {
    guard type == "user" else { return }
    let found = resultReader.results(
      view, message: message, number: entry.line, time: entry.time)
    for (id, result) in found where transcript.results[id] == nil {
      transcript.results[id] = result
    }
  }

  private func makeEntry(_ view: JSONView, _ line: FileLine, _ kind: Entry.Kind) -> Entry {
    Entry(
      id: view.text("uuid") ?? "line-\(linesBefore + line.number)", parent: view.text("parentUuid"),
      logicalParent: view.text("logicalParentUuid"), sessionID: view.text("sessionId"),
      line: linesBefore + line.number, offset: line.offset, time: view.time(), directory: view.text("cwd"),
      kind: kind)
  }

  private mutating func append(_ view: JSONView, _ line: FileLine, _ kind: Entry.Kind) {
    guard !view.flag("isSidechain"), view["uuid"] != nil else { return }
    let entry = makeEntry(view, line, kind)
    guard seen.insert(entry.id).inserted else { return transcript.facts.duplicateLines += 1 }
    transcript.entries.append(entry)
  }

  /// Progress lines carry the messages of sub-agents, one each.
  private mutating func readProgress(_ view: JSONView, _ line: FileLine) {
    append(view, line, .link)
    guard let data = view["data"], data["type"]?.equals("agent_progress") ?? false,
      let agentID = data.text("agentId"), let inner = data["message"],
      let type = inner.text("type"), type == "user" || type == "assistant",
      let message = inner["message"], message.kind == .object
    else { return }
    var entry = makeEntry(inner, line, kind(inner, message, type))
    entry.directory = view.text("cwd")
    entry.sessionID = view.text("sessionId")
    guard seen.insert(entry.id).inserted else { return }
    keepResults(inner, message, entry, type)
    add(entry, to: agentID) { $0.callID = $0.callID ?? view.text("parentToolUseID") }
  }

  /// Lines of a sub-agent without id belong to the stream of their parent.
  private mutating func addSidechain(_ entry: Entry, agentID: String?) {
    let parentStream = entry.parent.flatMap { parent in
      transcript.streams.last { $0.entries.contains { $0.id == parent } }?.agentID
    }
    add(entry, to: agentID ?? parentStream ?? "sidechain-\(entry.id)") { _ in }
  }

  private mutating func add(
    _ entry: Entry, to agentID: String, _ update: (inout AgentStream) -> Void
  ) {
    let index = streamIndex[agentID] ?? transcript.streams.count
    if index == transcript.streams.count {
      transcript.streams.append(AgentStream(agentID: agentID))
      streamIndex[agentID] = index
    }
    transcript.streams[index].entries.append(entry)
    update(&transcript.streams[index])
  }
}
