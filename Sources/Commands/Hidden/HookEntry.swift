internal import Basics
internal import CProcess
internal import Glibc
internal import Integrations

/// What the hooks of git and of agents call. Prints nothing, never fails, and keeps git and the agent waiting for a few
/// milliseconds only: a worker does the job, and when it takes longer it goes on by itself.
enum HookEntry {
  /// Milliseconds from the hook's start that git waits at most, what comes before the worker included. A small commit
  /// is tied in less; so its note is there when `git commit` returns.
  private static let wait: Int32 = 10
  /// Another number of milliseconds, for those who want to see the result at once.
  private static let waitVariable = "OPENTRACES_HOOK_WAIT_MS"
  /// Seconds after which the process that git waits for ends itself, whatever it is doing.
  private static let deadline = 1.9
  /// Seconds after which the worker ends itself. What it did not do stays on the list of pending commits.
  private static let workerDeadline = 60.0

  static func run(_ words: [String], environment: HostEnvironment) -> Int32 {
    let start = MonotonicClock.seconds()
    let wait = environment.variables[waitVariable].flatMap { Int32($0) } ?? wait
    HookDeadline.set(seconds: max(deadline, Double(wait) / 1000 + 1))
    ot_close_inherited()
    guard words.count >= 2 else { return ExitStatus.ok }
    // An agent that opentraces itself asks something is no session to keep.
    if words[0] != "git", environment.variables[ModelProvider.captureVariable] == "off" { return ExitStatus.ok }
    if let agent = AgentName(name: words[0]) { return run(agent, event: words[1], environment, start: start) }
    guard words[0] == "git" else { return ExitStatus.ok }
    // Git closes it when the hook returns.
    let input = words[1] == "post-rewrite" ? ProcessEnvironment.standardInput() : []
    let hook = GitHookRun(
      event: words[1], arguments: Array(words.dropFirst(2)), input: input, environment: environment)
    guard let job = hook.prepare() else { return ExitStatus.ok }
    if job.needsWork {
      let taken = Int32((MonotonicClock.seconds() - start) * 1000)
      switch ot_split(max(0, wait - taken)) {
      // The worker shares the memory: tidying it up here would copy it first.
      case 0: _exit(ExitStatus.ok)
      case 1: HookDeadline.set(seconds: workerDeadline)
      default: break
      }
    }
    hook.finish(job)
    return ExitStatus.ok
  }

  private static func run(_ agent: AgentName, event: String, _ environment: HostEnvironment, start: Double) -> Int32 {
    let hook = AgentHookRun(agent: agent, event: event, environment: environment)
    guard let job = hook.run(ProcessEnvironment.standardInput()) else { return ExitStatus.ok }
    complete(job, environment, start: start)
    return ExitStatus.ok
  }

  /// What Pi's extension calls: takes one event, answers with one line.
  ///
  /// - Returns: 0 whatever happens, but for `--strict`.
  static func bridge(_ words: [String], environment: HostEnvironment, executable: String) -> Int32 {
    let start = MonotonicClock.seconds()
    HookDeadline.set(seconds: deadline)
    ot_close_inherited()
    let bridge = PiBridge(environment: environment, executable: executable)
    HookDeadline.answer(PiBridge.outOfTime)
    let answer = bridge.run(words)
    HookDeadline.answer(nil)
    Output.write(String(decoding: CanonicalJSON.encode(answer.json), as: UTF8.self) + "\n")
    if let job = answer.remaining { complete(job, environment, start: start) }
    return answer.exitCode
  }

  /// Does the rest in a worker, for which the agent waits no longer than it has to.
  private static func complete(_ job: HookJob, _ environment: HostEnvironment, start: Double) {
    if job.isNothing { return }
    let wait = environment.variables[waitVariable].flatMap { Int32($0) } ?? job.wait
    let taken = Int32((MonotonicClock.seconds() - start) * 1000)
    switch ot_split(max(0, wait - taken)) {
    // The worker shares the memory: tidying it up here would copy it first.
    case 0: _exit(ExitStatus.ok)
    case 1:
      HookDeadline.set(seconds: workerDeadline)
      // The processes that wait for this one's parent come first, or they lose a slice of the processor to the worker.
      // A look before a tool call can't wait: it has to be over before the tool changes something.
      if wait == 0, !job.isUrgent { MonotonicClock.pause(milliseconds: 2) }
    default: break
    }
    job.finish()
  }
}
