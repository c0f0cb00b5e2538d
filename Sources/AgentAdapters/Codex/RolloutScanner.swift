internal import Basics
internal import TraceModel

/// A rollout after one pass over its lines.
struct Rollout {
  var entries: [RolloutEntry] = []
  /// What tools answered, by call.
  var results: [String: ToolResult] = [:]
  var details: [String: CallDetails] = [:]
  var facts = RolloutFacts()
  var problems: [LineProblem] = []
  var lineCount = 0
  var isCorrupt = false
}

/// Reads the lines of a rollout of any generation.
///
/// Lines are `{timestamp, type, payload}`. Older ones hold their payload under its type, and the
/// oldest are bare items behind a bare head.
struct RolloutScanner {
  private(set) var rollout = Rollout()

  static func scan(_ buffer: PaddedBuffer) -> Rollout {
    var scanner = RolloutScanner()
    var reader = JSONLineReader()
    reader.read(buffer) { scanner.read($0, $1) }
    scanner.rollout.problems = reader.problems
    scanner.rollout.lineCount = reader.lineCount
    scanner.rollout.isCorrupt = reader.isCorrupt
    return scanner.rollout
  }

  private mutating func read(_ view: JSONView, _ line: FileLine) -> String? {
    guard let (type, payload) = Self.unwrap(view) else { return "no object with a type" }
    rollout.facts.count(type)
    let place = RolloutPlace(line: line.number, offset: line.offset, time: view.time() ?? payload.time())
    switch type {
    case "session_meta":
      rollout.facts.readMeta(payload)
      append(place, .meta(sessionID: payload.nonEmpty("id")))
    case "turn_context":
      rollout.facts.readContext(payload)
      let context = TurnContext(model: payload.nonEmpty("model"), directory: payload.nonEmpty("cwd"))
      append(place, .context(context), turn: payload.nonEmpty("turn_id"))
    case "response_item": readItem(payload, place)
    case "event_msg": readEvent(payload, place)
    case "compacted": rollout.facts.readCompaction(payload, place)
    default: break
    }
    return nil
  }

  private static let wrappers: [StaticString] = [
    "session_meta", "turn_context", "response_item", "event_msg", "compacted",
  ]

  /// The type of a line and its payload.
  static func unwrap(_ view: JSONView) -> (type: String, payload: JSONView)? {
    if let type = view.text("type") {
      if let payload = view["payload"] ?? view["item"], payload.kind == .object { return (type, payload) }
      let isItem = !wrappers.contains { $0.description == type }
      return isItem && RolloutItemReader.isItem(type) ? ("response_item", view) : (type, view)
    }
    for wrapper in wrappers {
      if let payload = view[wrapper], payload.kind == .object { return (wrapper.description, payload) }
    }
    if let record = view.text("record_type") { return (record, view) }
    return view["id"] != nil && view["timestamp"] != nil ? ("session_meta", view) : nil
  }

  private mutating func append(_ place: RolloutPlace, _ kind: RolloutEntry.Kind, turn: String? = nil) {
    rollout.entries.append(
      RolloutEntry(line: place.line, offset: place.offset, time: place.time, turnID: turn, kind: kind))
  }

  // MARK: Items

  private mutating func readItem(_ item: JSONView, _ place: RolloutPlace) {
    guard let type = item.text("type") else { return }
    rollout.facts.countItem(type)
    switch type {
    case "message": readMessage(item, place)
    case "reasoning":
      if let reasoning = RolloutItemReader.reasoning(item) { append(place, .reasoning(reasoning.text)) }
    default:
      if type.hasSuffix("_output") {
        readOutput(item, place)
      } else if let call = RolloutItemReader.call(item, type: type, line: place.line) {
        rollout.facts.countCall(call.toolName)
        let isServed = RolloutItemReader.isServed(type)
        append(
          place,
          .call(
            RolloutCall(
              call: call, isAnswered: !isServed && item.nonEmpty("call_id") != nil,
              result: isServed ? RolloutItemReader.serverResult(item, place) : nil)))
      }
    }
  }

  private mutating func readMessage(_ item: JSONView, _ place: RolloutPlace) {
    let message = RolloutItemReader.message(item)
    switch item.text("role") {
    case "assistant":
      if let text = message.text, !text.isEmpty { append(place, .answer(text)) }
    case "user":
      rollout.facts.readEnvironment(message)
      if message.text?.hasPrefix("<turn_aborted>") ?? false { return append(place, .aborted) }
      append(place, .message(message))
    default: break
    }
  }

  private mutating func readOutput(_ item: JSONView, _ place: RolloutPlace) {
    guard let id = item.nonEmpty("call_id") ?? item.nonEmpty("id") else { return }
    if rollout.results[id] == nil { rollout.results[id] = RolloutOutputReader.result(item, place) }
    append(place, .output(callID: id))
  }

  // MARK: Events

  private mutating func readEvent(_ event: JSONView, _ place: RolloutPlace) {
    guard let type = event.text("type") else { return }
    rollout.facts.countEvent(type)
    switch type {
    case "task_started", "turn_started": append(place, .turnStarted, turn: event.nonEmpty("turn_id"))
    case "task_complete", "turn_complete": append(place, .turnEnded)
    case "user_message":
      if let prompt = RolloutEventReader.prompt(event) { append(place, .prompt(prompt)) }
    case "token_count":
      guard let info = event["info"], info.kind == .object else { return }
      let count = TokenCount(
        total: TokenCounts(info["total_token_usage"]), last: TokenCounts(info["last_token_usage"]))
      append(place, .usage(count))
    case "turn_aborted": append(place, .aborted)
    case "thread_rolled_back": append(place, .rollback(turns: max(0, event["num_turns"]?.int ?? 0)))
    case "context_compacted": rollout.facts.noteCompaction(place)
    case "error", "stream_error":
      rollout.facts.readError(event, type: type, place)
      if type == "error" { append(place, .failure) }
    default: RolloutEventReader.read(event, type: type, place, into: &rollout.details)
    }
  }
}

/// Where a line stands.
struct RolloutPlace {
  var line: Int
  var offset: Int
  var time: Timestamp?
}
