internal import Basics
internal import TraceModel

/// A line of a session file behind its header.
struct PiEntry {
  enum Kind {
    case user(PiPrompt)
    /// Text that an extension put into the conversation.
    case injected(PiPrompt)
    case assistant(PiAnswer)
    case result(PiResult)
    case shell(PiShellRun)
    /// The model that answers from here on.
    case model(String)
    /// Carries nothing but its place between other entries.
    case link
  }

  /// `line-<number>` in files without ids.
  var id: String
  var parent: Parent
  /// 1-based.
  var line: Int
  var offset: Int
  var time: Timestamp?
  var kind: Kind

  /// What an entry says about the one before it.
  enum Parent: Equatable {
    /// Nothing: files of version 1 are lists.
    case unnamed
    /// That there is none.
    case none
    case entry(String)

    var id: String? { if case .entry(let id) = self { id } else { nil } }
  }
}

struct PiPrompt {
  var text: String?
  var mediaTypes: [String] = []
}

/// One answer of a model.
struct PiAnswer {
  var model: String?
  var texts: [String] = []
  var thoughts: [String] = []
  var calls: [ToolCall] = []
  var spending = PiSpending()
  /// `stop`, `length`, `toolUse`, `error` or `aborted`.
  var stopReason: String?
  var errorMessage: String?
}

/// What a tool answered.
struct PiResult {
  var callID: String
  var answer: ToolResult
  /// The change of a file as it is shown to the user, with line numbers.
  var diff: String?
  /// The same change as a unified patch.
  var patch: String?
}

/// A shell command that the user ran.
struct PiShellRun {
  var command: String
  var output: String?
  var exitCode: Int?
  var isCancelled: Bool
}

/// Tokens and what they cost.
struct PiSpending {
  var usage = Usage()
  /// US dollars; nil when the file does not tell.
  var cost: Double?

  mutating func add(_ other: PiSpending) {
    usage.add(other.usage)
    if let more = other.cost { cost = (cost ?? 0) + more }
  }
}
