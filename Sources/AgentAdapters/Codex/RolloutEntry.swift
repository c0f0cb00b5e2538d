internal import Basics
internal import TraceModel

/// A line of a rollout that takes part in the conversation.
struct RolloutEntry {
  enum Kind {
    /// The head of a session; a copied history brings its own along.
    case meta(sessionID: String?)
    case context(TurnContext)
    case turnStarted
    case turnEnded
    /// A user message as the model saw it: typed by the user, or injected by the agent.
    case message(UserMessage)
    /// What the user typed.
    case prompt(UserMessage)
    case answer(String)
    /// Nil for reasoning that is not shown.
    case reasoning(String?)
    case call(RolloutCall)
    case output(callID: String)
    case usage(TokenCount)
    case aborted
    /// The last prompts and all that followed them are taken back.
    case rollback(turns: Int)
    case failure
  }

  /// 1-based.
  var line: Int
  var offset: Int
  var time: Timestamp?
  /// The turn that starts or goes on here, when the line names one.
  var turnID: String?
  var kind: Kind

  /// Lines have no ids of their own.
  var id: String { "line-\(line)" }

  /// Whether the line is part of what was said and done.
  var isConversation: Bool {
    switch kind {
    case .message, .prompt, .answer, .reasoning, .call, .output: true
    default: false
    }
  }
}

/// A call as the agent made it.
struct RolloutCall {
  var call: ToolCall
  /// Whether a line with its output follows. Tools that run on the server have none.
  var isAnswered: Bool
  /// What the line of the call itself tells about the result.
  var result: ToolResult?
}

/// What the agent was set to for a turn.
struct TurnContext {
  var model: String?
  var directory: String?
}

/// A message of the user.
struct UserMessage {
  /// The text blocks.
  var texts: [String]
  /// Images and other media.
  var mediaTypes: [String] = []

  var text: String? { texts.isEmpty ? nil : texts.joined(separator: "\n") }

  /// Whether the agent's own machinery wrote it.
  var isInjected: Bool { text.map(InjectedText.matches) ?? false }
}

/// Texts in user messages that no user typed.
enum InjectedText {
  private static let openings = [
    "<environment_context>", "<user_instructions>", "# AGENTS.md instructions", "<permissions instructions>",
    "<turn_aborted>", "<user_shell_command>", "<skill>", "<subagent_notification>", "<collaboration_mode>",
    "<user_action>", "<model_switch>", "<personality_spec>", "<hook_prompt", "<hook_context",
  ]

  static func matches(_ text: String) -> Bool {
    let text = text.drop(while: \.isWhitespace)
    return openings.contains { text.utf8.starts(with: $0.utf8) }
  }
}

/// A tool call as the events beside it tell it. A call that a script of the agent makes has events only.
struct CallDetails {
  var exitCode: Int?
  var durationMS: Int?
  /// Whether a patch was applied.
  var success: Bool?
  var isFailed = false
  var changes: [RolloutChange] = []
  /// The command line that ran, and where.
  var command: [String] = []
  var directory: String?
  /// Whether the user ran the command.
  var isByUser = false
  /// The session of the sub-agent that the call started.
  var childSession: String?
  var time: Timestamp?
  var line: Int
}

/// The change of a file as the event after a patch tells it.
struct RolloutChange {
  enum Change {
    case add(String)
    case delete(String?)
    case update(diff: String, movedTo: String?)
  }

  var path: String
  var change: Change
}
