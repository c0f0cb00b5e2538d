internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Ingest
internal import TraceAnalysis
internal import TraceModel
internal import TraceStore

/// `trace get`
struct TraceGetCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "get", abstract: "Show a kept session, or one step of it.",
    discussion: """
      <ref> is a trace id, a prefix of a trace or session id, t:<id>, <id>:<step>, <id>:last, ot://trace/<id> or \
      ot://trace/<id>/steps/<step>.
      """)

  @Argument(help: "A trace, or a step of it.")
  var ref: String

  @Flag(help: "The whole record.")
  var full = false

  @Flag(help: "The session on one screen.")
  var card = false

  @Flag(help: "Changes that belong together.")
  var bursts = false

  @OptionGroup var burstOptions: BurstOptions
  @OptionGroup var findings: FindingOptions

  @Flag(help: "Go on with the session in its agent.")
  var resume = false
  @Flag(help: "With --resume: only show the command.")
  var dryRun = false
  @Option(help: .hidden)
  var atStep: String?
  @Flag(help: "Fetch what others share first.")
  var remoteBucket = false
  @Option(
    help: ArgumentHelp("Read the record at a remote: its name, URL or path; nothing is kept.", valueName: "remote"))
  var remote: String?

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if [bursts, card, full, resume, findings.waste, findings.runIntel].count(where: { $0 }) > 1 {
      throw ValidationError("--full, --card, --bursts, --resume, --waste and --run-intel exclude each other")
    }
    if card && remote != nil { throw ValidationError("--card and --remote exclude each other") }
    if remote != nil && (bursts || remoteBucket) {
      throw ValidationError("--remote, --bursts and --remote-bucket exclude each other")
    }
    if resume && (remote != nil || remoteBucket) { throw ValidationError("--resume is about a session that is here") }
    if !resume && (dryRun || atStep != nil) { throw ValidationError("--dry-run and --at-step go with --resume") }
    try burstOptions.check(isAsked: bursts)
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if let missing = unbuilt { throw UserFacingError.notImplemented("trace get \(missing)") }
    if let remote {
      return try RemoteRecord.read(ref, at: remote, project, context) { repository in
        if case .span = try TraceReference.resolve(ref, in: repository).part {
          throw UserFacingError.usage("a span is not read at a remote", command: "trace get", hint: "name one step")
        }
        return try result(repository, context)
      }
    }
    let repository = try context.currentRepository(project)
    guard remoteBucket else { return try result(repository, context) }
    let pulled = try BucketRemotePullCommand.pull(ShareContext(repository, context), context)
    let answer = try result(try repository.reopened(), context)
    guard var json = answer.json.object else { return answer }
    json["remote_bucket"] = pulled
    return CommandResult(json: .object(json), text: answer.text, exitCode: answer.exitCode)
  }

  private func result(_ repository: Repository, _ context: CommandContext) throws -> CommandResult {
    let target = try TraceReference.resolve(ref, in: repository)
    let survival = bursts ? burstOptions.survival(target.traceID, repository) : nil
    guard let record = try StoredRecord(repository).read(target.traceID, full ? .all : []) else {
      throw TraceReference.notFound(ref)
    }
    if resume {
      guard case .whole = target.part else {
        throw UserFacingError.usage("--resume is about a whole trace", command: "trace get", hint: "leave out the step")
      }
      if atStep != nil && record.agent.name != "claude-code" {
        throw UserFacingError.usage(
          "\(record.agent.name) can't go on from a step", command: "trace get", hint: "leave out --at-step")
      }
      let place = repository.worktree ?? repository.commonDirectory
      return try ResumeView(record: record, worktree: place).result(context, isDryRun: dryRun)
    }
    if card {
      guard case .whole = target.part else {
        throw UserFacingError.usage("--card is about a whole trace", command: "trace get", hint: "leave out the step")
      }
      let view = CardView(record: record, map: TraceMap(record, rules: context.analysisRules))
      return CommandResult(json: view.json, text: view.text(context))
    }
    if let survival {
      guard case .whole = target.part else {
        throw UserFacingError.usage(
          "--bursts is about a whole trace", command: "trace get", hint: "leave out the step")
      }
      let found = burstOptions.bursts(record, repository, context)
      let fates = try survival.value()
      return CommandResult(
        json: [
          "status": "ok", "schema_version": "opentraces.trace.get.v1", "trace_id": .string(record.traceID),
          "burst_gap": .int(burstOptions.gap), "bursts": .array(found.map { .object(BurstView.json($0, fates)) }),
        ], text: BurstView.text(found, fates, context))
    }
    if case .span(let steps) = target.part {
      let part = SliceView.Part(slice: TraceSlice(record, source: .stepRange, steps: steps), metadata: [:])
      let map = TraceMap(record, rules: context.analysisRules)
      return SliceView(record: record, map: map, source: .stepRange, parts: [part], burstGap: nil).result(context)
    }
    if !findings.isEmpty {
      guard case .whole = target.part else {
        throw UserFacingError.usage(
          "--waste and --run-intel are about a whole trace", command: "trace get", hint: "leave out the step")
      }
      return findings.result(record, context)
    }
    if case .step(let step) = target.part {
      let view = try StepView(record: record, step: step, ref: ref)
      return CommandResult(json: view.json, text: view.text(context))
    }
    let view = TraceView(record: record, full: full)
    return CommandResult(json: view.json, text: view.text(context))
  }

  private var unbuilt: String? {
    let flags = [
      ("--at-step", atStep != nil)
    ]
    return flags.first(where: \.1)?.0
  }
}

/// What the argument of `trace get` names.
struct TraceReference {
  enum Part {
    case whole
    /// A step index; nil for the last.
    case step(Int?)
    case span(ClosedRange<Int>)
  }

  let traceID: String
  let part: Part

  static func resolve(_ ref: String, in repository: Repository) throws -> TraceReference {
    if ref.hasPrefix("ot://") { return try address(ref, repository) }
    let bare = ref.hasPrefix("t:") ? String(ref.dropFirst(2)) : ref
    let parts = bare.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let id = try trace(parts[0], ref, repository)
    guard parts.count == 2 else { return TraceReference(traceID: id, part: .whole) }
    if parts[1] == "last" { return TraceReference(traceID: id, part: .step(nil)) }
    let ends = parts[1].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    if ends.count == 2, let first = ends[0], let last = ends[1] {
      guard first <= last else {
        throw UserFacingError.usage(
          "step \(first) comes after step \(last)", command: "trace get", hint: "<id>:<first>-<last>")
      }
      return TraceReference(traceID: id, part: .span(first...last))
    }
    guard let step = Int(parts[1]) else {
      throw UserFacingError.usage(
        "'\(parts[1])' is no step", command: "trace get", hint: "a step is a number or 'last'")
    }
    return TraceReference(traceID: id, part: .step(step))
  }

  private static func address(_ ref: String, _ repository: Repository) throws -> TraceReference {
    guard let address = TraceAddress(ref) else { throw notFound(ref) }
    switch address {
    case .trace(let id): return TraceReference(traceID: try trace(id, ref, repository), part: .whole)
    case .step(let trace, let step):
      guard let number = Int(step.replacing("step_", with: "")) else { throw notFound(ref) }
      return TraceReference(traceID: try self.trace(trace, ref, repository), part: .step(number))
    default: throw UserFacingError.notImplemented("trace get \(ref.prefix(20))…")
    }
  }

  /// What a reference says of the trace: an id or the start of one.
  static func id(in ref: String) -> String {
    switch TraceAddress(ref) {
    case .trace(let id)?, .step(let id, _)?: return id
    default: return String((ref.hasPrefix("t:") ? ref.dropFirst(2) : ref[...]).prefix { $0 != ":" })
    }
  }

  /// A full id, or a prefix of a trace or session id with at least two characters.
  private static func trace(_ text: String, _ ref: String, _ repository: Repository) throws -> String {
    let bucket = try Bucket.union(repository)
    if try bucket.row(text) != nil { return text }
    guard text.count >= 2 else { throw tooShort(text) }
    let prefix = text.lowercased()
    let rows = try bucket.rows().filter {
      $0.traceID.lowercased().hasPrefix(prefix) || $0.sessionID.lowercased().hasPrefix(prefix)
    }
    if rows.count > 1 { throw ambiguous(text, rows.map(\.traceID)) }
    guard let row = rows.first else { throw notFound(ref) }
    return row.traceID
  }

  static func tooShort(_ text: String) -> UserFacingError {
    .usage("'\(text)' is too short for an id", command: "trace get", hint: "give at least two characters")
  }

  static func ambiguous(_ text: String, _ traces: [String]) -> UserFacingError {
    UserFacingError(
      code: "AMBIGUOUS_ID", kind: "trace get",
      message: "\(text) fits \(traces.count) traces: \(traces.prefix(10).joined(separator: ", "))",
      hint: "use more characters of the id", exitCode: ExitStatus.usage)
  }

  static func notFound(_ ref: String) -> UserFacingError {
    UserFacingError(
      code: "NOT_FOUND", kind: "trace get", message: "there is no trace \(ref)",
      hint: "opentraces status lists the sessions that are kept", exitCode: ExitStatus.notFound)
  }
}
