internal import Basics

/// Finds the messages that the user typed.
///
/// The conversation holds messages that the agent injected in the user's name. Where the file has
/// events about prompts, a message is a prompt when such an event stands beside it; in older files
/// it is one unless its text is a known injection.
enum PromptFinder {
  /// The entries, with every prompt as one entry and without injected messages.
  static func select(_ entries: [RolloutEntry]) -> [RolloutEntry] {
    let events = entries.indices.filter { if case .prompt = entries[$0].kind { true } else { false } }
    var prompts: [Int: UserMessage] = [:]
    let pairs = pairs(of: events, in: entries)
    for event in events {
      guard case .prompt(let typed) = entries[event].kind, !typed.isInjected else { continue }
      if let item = pairs[event] {
        prompts[item] = merged(entries[item], typed)
      } else if typed.text?.isEmpty == false || !typed.mediaTypes.isEmpty {
        prompts[event] = typed
      }
    }
    return entries.indices.compactMap { position in
      var entry = entries[position]
      switch entry.kind {
      case .message(let message):
        if events.isEmpty, !message.isInjected, message.text != nil || !message.mediaTypes.isEmpty {
          entry.kind = .prompt(message)
        } else if let prompt = prompts[position] {
          entry.kind = .prompt(prompt)
        } else {
          return nil
        }
      case .prompt:
        guard let prompt = prompts[position] else { return nil }
        entry.kind = .prompt(prompt)
      default: break
      }
      return entry
    }
  }

  /// The message that each event is about: one nearby with the same text. Where no texts are the same, as in files whose
  /// texts were masked, it is the one before, else the one after it.
  private static func pairs(of events: [Int], in entries: [RolloutEntry]) -> [Int: Int] {
    let equal = pairs(of: events, in: entries) { isSame(entries[$0], entries[$1]) }
    return equal.isEmpty ? pairs(of: events, in: entries) { _, _ in true } : equal
  }

  private static func pairs(
    of events: [Int], in entries: [RolloutEntry], where matches: (_ item: Int, _ event: Int) -> Bool
  ) -> [Int: Int] {
    var pairs: [Int: Int] = [:]
    var taken: Set<Int> = []
    for event in events {
      let near = neighbours(of: event, in: entries, step: -1) + neighbours(of: event, in: entries, step: 1)
      guard let item = near.first(where: { !taken.contains($0) && matches($0, event) }) else { continue }
      pairs[event] = item
      taken.insert(item)
    }
    return pairs
  }

  private static func isSame(_ item: RolloutEntry, _ event: RolloutEntry) -> Bool {
    guard case .message(let message) = item.kind, case .prompt(let typed) = event.kind, let text = typed.text else {
      return false
    }
    return message.text == text || message.texts.contains(text) || message.texts.joined() == text
  }

  /// Messages between an event and what the agent did before or after it.
  private static func neighbours(of event: Int, in entries: [RolloutEntry], step: Int) -> [Int] {
    var found: [Int] = []
    var position = event + step
    while entries.indices.contains(position) {
      switch entries[position].kind {
      case .message(let message): if !message.isInjected { found.append(position) }
      case .prompt, .answer, .reasoning, .call, .output: return found
      default: break
      }
      position += step
    }
    return found
  }

  /// The message as it was typed: beside images the conversation holds tags for each.
  private static func merged(_ entry: RolloutEntry, _ typed: UserMessage) -> UserMessage {
    guard case .message(let message) = entry.kind else { return typed }
    guard !message.mediaTypes.isEmpty, typed.text?.isEmpty == false else { return message }
    return UserMessage(texts: typed.texts, mediaTypes: message.mediaTypes)
  }
}
