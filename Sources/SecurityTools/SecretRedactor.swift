internal import Synchronization

/// Replaces keys and passwords by placeholders that name their kind, for short texts that somebody is going to read.
///
/// What the tools `regex` and `entropy` find, and what the user's own rules name, without what only identifies people: prompts and
/// commit subjects name their authors on purpose. Cost: linear in the text.
public enum SecretRedactor {
  private enum State: Sendable {
    /// Gives the rules of the user's own; nil when they can't be read.
    case rules(@Sendable () -> [OwnRule]?)
    case ready(TextSanitizer)
    /// Nobody knows what is to go: all does.
    case unknown
  }

  private static let state = Mutex<State>(.rules { [] })

  /// Says where rules of the user's own are, once, when the program starts. They are read when the first text is redacted.
  public static func take(rules: @escaping @Sendable () -> [OwnRule]?) {
    state.withLock { $0 = .rules(rules) }
  }

  public static func redact(_ text: String) -> String {
    sanitizer?.sanitize(text).text ?? (text.isEmpty ? "" : "[REDACTED]")
  }

  private static var sanitizer: TextSanitizer? {
    state.withLock { state in
      switch state {
      case .ready(let sanitizer): return sanitizer
      case .unknown: return nil
      case .rules(let read):
        guard let rules = read() else {
          state = .unknown
          return nil
        }
        var options = SecurityOptions()
        options.namesPatterns = true
        options.leastSeverity = .high
        options.rules = rules
        let made = TextSanitizer([.regex, .entropy], options: options)
        state = .ready(made)
        return made
      }
    }
  }
}
