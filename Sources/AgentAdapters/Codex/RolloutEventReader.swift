internal import Basics
internal import TraceModel

/// Reads the events that stand beside the items.
enum RolloutEventReader {
  /// What the user typed; nil for what older versions announced as such and did not come from the user.
  static func prompt(_ event: JSONView) -> UserMessage? {
    if let kind = event["kind"]?.string, kind != "plain" { return nil }
    var message = UserMessage(texts: event.text("message").map { [$0] } ?? [])
    let images = (event["images"]?.count ?? 0) + (event["local_images"]?.count ?? 0)
    message.mediaTypes = Array(repeating: "image", count: images)
    return message
  }

  /// Notes what an event tells about a call.
  static func read(
    _ event: JSONView, type: String, _ place: RolloutPlace, into details: inout [String: CallDetails]
  ) {
    guard let id = event.nonEmpty("call_id") else { return }
    var call = details[id] ?? CallDetails(line: place.line)
    switch type {
    case "exec_command_end":
      call.exitCode = event["exit_code"]?.int ?? call.exitCode
      call.isFailed = event["status"]?.equals("declined") ?? false
      call.command = event["command"]?.elements.compactMap(\.string) ?? []
      call.directory = event.nonEmpty("cwd")
      call.isByUser = event["source"]?.equals("user_shell") ?? false
    case "patch_apply_end":
      call.success = event["success"]?.bool ?? call.success
      call.changes = changes(event["changes"])
    case "mcp_tool_call_end": call.isFailed = isFailed(event["result"])
    case "collab_agent_spawn_end": call.childSession = event.nonEmpty("new_thread_id")
    default: return
    }
    call.durationMS = duration(event["duration"]) ?? call.durationMS
    call.time = place.time ?? call.time
    call.line = place.line
    details[id] = call
  }

  private static func isFailed(_ result: JSONView?) -> Bool {
    guard let result else { return false }
    if result["Err"] != nil { return true }
    let answer = result["Ok"] ?? result
    return answer.flag("isError") || answer.flag("is_error")
  }

  /// `{secs, nanos}`, or seconds.
  private static func duration(_ view: JSONView?) -> Int? {
    guard let view else { return nil }
    let seconds = view["secs"]?.double.map { $0 + (view["nanos"]?.double ?? 0) / 1e9 } ?? view.double
    return seconds.flatMap(RolloutOutputReader.milliseconds)
  }

  private static func changes(_ view: JSONView?) -> [RolloutChange] {
    guard let view else { return [] }
    return view.members.compactMap { path, value in
      change(value).map { RolloutChange(path: path, change: $0) }
    }
  }

  /// `{type: "add", content}`, or older `{"add": {content}}`.
  private static func change(_ view: JSONView) -> RolloutChange.Change? {
    let type = view.text("type")
    if let add = type == "add" ? view : view["add"] { return add.text("content").map { .add($0) } }
    if let delete = type == "delete" ? view : view["delete"] { return .delete(delete.text("content")) }
    guard let update = type == "update" ? view : view["update"], let diff = update.text("unified_diff") else {
      return nil
    }
    return .update(diff: diff, movedTo: update.nonEmpty("move_path"))
  }
}
