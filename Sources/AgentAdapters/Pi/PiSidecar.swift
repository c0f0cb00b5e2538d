public import Basics

/// What Pi's extension reported of a session while it ran: what the session's file does not tell.
public struct PiSidecar: Sendable {
  /// Where the conversation stood.
  public struct Leaf: Sendable, Hashable {
    /// The entry's id.
    public var id: String
    /// When it was told; nil counts as after everything.
    public var time: Timestamp?
    /// The event that told it.
    public var event: String

    public init(id: String, time: Timestamp?, event: String = "active_leaf") {
      self.id = id
      self.time = time
      self.event = event
    }
  }

  /// The last one that was told.
  public var leaf: Leaf?
  public private(set) var eventCounts: [String: Int] = [:]
  private(set) var treeEvents: [JSONValue] = []
  /// What went to the model at each call: numbers and hashes.
  private(set) var contexts: [JSONValue] = []
  /// Names of the tools that the agent had.
  private(set) var tools: JSONValue = .null
  /// Model and thinking level as last changed.
  private(set) var runtimeState: JSONObject = [:]

  public init(leaf: Leaf? = nil) { self.leaf = leaf }

  /// Reads a journal; damaged lines and those of other agents are left out.
  public init(journal: [UInt8]) {
    for line in journal.split(separator: 0x0A) {
      // A damaged line tells nothing.
      if let json = try? JSONValue(parsing: line), json["type"]?.string == "opentraces_pi_event" { read(json) }
    }
  }

  public var isEmpty: Bool { eventCounts.isEmpty && leaf == nil }

  private mutating func read(_ line: JSONValue) {
    guard let event = line["event"]?.string else { return }
    eventCounts[event, default: 0] += 1
    let time = line["timestamp"]?.string.flatMap { Timestamp($0) }
    let data = line["data"]?.object ?? [:]
    if ["active_leaf", "tree"].contains(event), let id = line["leaf_id"]?.string ?? data["new_leaf_id"]?.string {
      leaf = Leaf(id: id, time: time, event: event)
    }
    switch event {
    case "session_start": if let names = data["tools"], !names.isNull { tools = names }
    case "tree": treeEvents.append(.object(stamped(data, line)))
    case "context", "provider_request": contexts.append(.object(stamped(data, line, event: event)))
    case "model_change", "thinking_change": for member in data.members { runtimeState[member.key] = member.value }
    default: break
    }
  }

  private func stamped(_ data: JSONObject, _ line: JSONValue, event: String? = nil) -> JSONObject {
    var object: JSONObject = ["timestamp": line["timestamp"] ?? .null]
    if let event { object["event"] = .string(event) }
    for member in data.members { object[member.key] = member.value }
    return object
  }
}
