internal import Basics
internal import Synchronization

/// Writes progress to standard error: a line that is rewritten, plain lines, or JSON events.
final class ProgressWriter: ProgressReporter, Sendable {
  private struct State {
    var lastTime = -1.0
    var lastStage = ""
  }

  private let state = Mutex(State())
  private let mode: ProgressMode
  private let command: String
  private let write: @Sendable (String) -> Void
  private let start = MonotonicClock.seconds()

  private init(mode: ProgressMode, command: String, write: @escaping @Sendable (String) -> Void) {
    self.mode = mode
    self.command = command
    self.write = write
  }

  /// `auto` is a rewritten line on a terminal and nothing elsewhere.
  static func make(
    _ mode: ProgressMode, command: String, isTerminal: Bool, write: @escaping @Sendable (String) -> Void
  ) -> any ProgressReporter {
    if mode == .never || mode == .auto && !isTerminal { return SilentProgress() }
    return ProgressWriter(mode: mode, command: command, write: write)
  }

  func report(stage: String, done: Int, total: Int?) {
    let now = MonotonicClock.seconds()
    let isLast = total == done
    let isDue = state.withLock { state -> Bool in
      guard isLast || stage != state.lastStage || now - state.lastTime > 0.1 else { return false }
      state.lastTime = now
      state.lastStage = stage
      return true
    }
    guard isDue else { return }
    let count = total.map { "\(done)/\($0)" } ?? "\(done)"
    switch mode {
    case .json:
      let event: JSONValue = [
        "event": "progress", "command": .string(command), "stage": .string(stage), "done": .int(done),
        "total": .optional(total), "elapsed_ms": .int(Int((now - start) * 1000)),
      ]
      write(String(decoding: CanonicalJSON.line(event), as: UTF8.self) + "\n")
    case .plain: write("\(command): \(stage) \(count)\n")
    default: write("\r\u{1B}[K\(stage) \(count)" + (isLast ? "\r\u{1B}[K" : ""))
    }
  }
}
