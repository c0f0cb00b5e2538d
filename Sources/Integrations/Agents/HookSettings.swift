internal import Basics

/// The hooks in an agent's settings file.
struct HookSettings {
  private(set) var text: SettingsText
  private let hooks: AgentHooks

  /// A command in the file: its event, its group, and its place in the group; no place when the command stands in the
  /// list without a group around it.
  private struct Registration {
    let event: String
    let group: Int
    let place: Int?
    let command: String

    var path: [SettingsText.Step] {
      [.key("hooks"), .key(event), .index(group)] + (place.map { [.key("hooks"), .index($0)] } ?? [])
    }
  }

  /// - Throws: ``IntegrationError`` when the file, or a part of it that would have to be changed, is not what the agent
  ///   takes.
  init(_ bytes: [UInt8]?, _ hooks: AgentHooks, _ file: AgentSettingsFile) throws {
    self.hooks = hooks
    text = try file.parse(bytes)
    guard let section = text.root["hooks"] else { return }
    guard let events = section.members else { throw file.corrupt("'hooks' is no object") }
    for event in events where event.value.elements == nil {
      throw file.corrupt("'hooks.\(event.key)' is no list")
    }
  }

  private var registrations: [Registration] {
    // Of a key that stands twice, the last one counts.
    let section = text.root["hooks"]
    var seen: Set<String> = []
    return (section?.members ?? []).filter { seen.insert($0.key).inserted }.flatMap { event in
      (section?[event.key]?.elements ?? []).enumerated().flatMap { group, node -> [Registration] in
        if let command = node["command"]?.string {
          return [Registration(event: event.key, group: group, place: nil, command: command)]
        }
        return (node["hooks"]?.elements ?? []).enumerated().compactMap { place, node in
          node["command"]?.string.map {
            Registration(event: event.key, group: group, place: place, command: $0)
          }
        }
      }
    }
  }

  /// The events at which one of our commands is registered.
  var registered: Set<String> { Set(registrations.filter { hooks.owns($0.command) }.map(\.event)) }

  /// Objects and lists that are empty and will not be any more, with what stands between their brackets.
  var blanks: [String: String] { text.blanks(at: [[], ["hooks"]] + hooks.events.map { ["hooks", $0.name] }) }

  /// Registers what is missing. Returns the events that were added, and those at which something outdated was taken out.
  mutating func install() throws -> (added: [String], removed: [String]) {
    let outdated = try takeOut { [hooks] registration in
      guard let event = hooks.events.first(where: { $0.name == registration.event }) else { return true }
      return registration.place == nil || registration.command != ShellText.word(hooks.path(of: event))
    }
    if text.root["hooks"] == nil { try text.add("hooks", [:], at: []) }
    var added: [String] = []
    for event in hooks.events where !registered.contains(event.name) {
      let entry = hooks.entry(of: event)
      if text.root["hooks"]?[event.name] == nil {
        try text.add(event.name, [entry], at: [.key("hooks")])
      } else {
        try text.append(entry, at: [.key("hooks"), .key(event.name)])
      }
      added.append(event.name)
    }
    return (added, outdated)
  }

  /// Takes all of our commands out, and what is empty then.
  ///
  /// - Parameter blanks: what ``blanks`` said before the installation.
  /// - Returns: the events.
  mutating func remove(blanks: [String: String]) throws -> [String] { try takeOut(blanks: blanks) { _ in true } }

  private mutating func takeOut(
    blanks: [String: String] = [:], where isWanted: (Registration) -> Bool
  ) throws -> [String] {
    var events: [String] = []
    while let registration = registrations.last(where: { hooks.owns($0.command) && isWanted($0) }) {
      if !events.contains(registration.event) { events.append(registration.event) }
      try takeOut(registration.path, blanks: blanks)
    }
    return events.reversed()
  }

  /// Takes a value out; when it was the only one, what held it goes as well, unless it was empty before we came.
  private mutating func takeOut(_ path: [SettingsText.Step], blanks: [String: String]) throws {
    let container = Array(path.dropLast())
    let node = text.node(at: container)
    guard (node?.members?.count ?? node?.elements?.count) == 1, !container.isEmpty else {
      return try text.remove(at: path, blank: blanks[""] ?? "")
    }
    let name = container.map { step in if case .key(let key) = step { key } else { "" } }.joined(separator: ".")
    if let blank = blanks[name] { return try text.remove(at: path, blank: blank) }
    // A group that has something beside its commands is still a group of ours when the commands were ours alone.
    try takeOut(container.count == 4 ? Array(container.dropLast()) : container, blanks: blanks)
  }
}
