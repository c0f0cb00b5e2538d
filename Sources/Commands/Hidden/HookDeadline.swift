internal import Basics
internal import GitKit
internal import Glibc

/// Ends a hook that takes too long, whatever it is doing, and leaves a line about it in the log.
enum HookDeadline {
  /// Where the line goes and what it says. Set before the time is up, read by the signal handler, which can do no more
  /// than write bytes that are there.
  private nonisolated(unsafe) static var descriptor: Int32 = -1
  private nonisolated(unsafe) static var line = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
  /// What whoever waits is answered then.
  private nonisolated(unsafe) static var answer = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  /// - Parameter seconds: from now on; replaces an earlier deadline.
  static func set(seconds: Double) {
    signal(SIGALRM) { _ in HookDeadline.fire() }
    // Who starts a hook can have blocked the signal, and a process inherits that.
    var alarm = sigset_t()
    sigemptyset(&alarm)
    sigaddset(&alarm, SIGALRM)
    sigprocmask(SIG_UNBLOCK, &alarm, nil)
    var timer = itimerval()
    timer.it_value.tv_sec = Int(seconds)
    timer.it_value.tv_usec = Int((seconds - seconds.rounded(.down)) * 1_000_000)
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  private static func fire() {
    if descriptor >= 0, let start = line.baseAddress { _ = write(descriptor, start, line.count) }
    if let start = answer.baseAddress { _ = write(STDOUT_FILENO, start, answer.count) }
    _exit(0)
  }

  /// What is printed when the time is up; nil for nothing.
  static func answer(_ text: String?) {
    answer = text.map { copy(Array($0.utf8)) } ?? UnsafeMutableBufferPointer(start: nil, count: 0)
  }

  private static func copy(_ bytes: [UInt8]) -> UnsafeMutableBufferPointer<UInt8> {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    return copy
  }

  /// Prepares the line for a repository. Cost: one `open`.
  static func report(_ hook: String, session: String? = nil, in repository: Repository) {
    let entry: JSONObject = [
      "ts": .string(Timestamp.now().iso8601), "repo": .string(repository.worktree ?? repository.gitDirectory),
      "hook": .string(hook), "session_id": .optional(session),
      "error": "out of time: the hook ended itself; what it was to do is taken up by the next one",
    ]
    line = copy(CanonicalJSON.line(.object(entry)) + [0x0A])
    let opened = open(HookLog(repository).path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    if opened >= 0 { descriptor = opened }
  }
}
