internal import Basics
internal import Glibc
internal import Integrations

/// What the git hooks call. Prints nothing, never fails, gives up after its time.
enum HookEntry {
  /// Seconds after which a hook ends itself, whatever it is doing.
  private static let deadline: UInt32 = 2

  static func run(_ words: [String], environment: HostEnvironment) -> Int32 {
    signal(SIGALRM) { _ in _exit(0) }
    alarm(deadline)
    guard words.count >= 2, words[0] == "git" else { return ExitStatus.ok }
    GitHookRun(event: words[1], arguments: Array(words.dropFirst(2)), environment: environment).run()
    return ExitStatus.ok
  }
}
