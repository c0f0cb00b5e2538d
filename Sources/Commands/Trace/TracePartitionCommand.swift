internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Ingest
internal import SecurityTools
internal import TraceAnalysis
internal import TraceModel

/// `trace partition`
struct TracePartitionCommand: ContextCommand {
  enum Judge: String, ExpressibleByArgument, CaseIterable {
    case deterministic, agent, provider, human
  }

  static let configuration = CommandConfiguration(
    commandName: "partition", abstract: "Cut a session into trajectories that tile it.",
    discussion: """
      s1: one ask and its work; s2: one burst of changes; s3: up to a verified outcome; s4: one sub-goal. s3 and s4 can \
      ask for judgments: the command then prints them and exits 10; answer them in a file \
      {"answers": [{"id": …, "decision": …}]} and run it again with --answers.
      """)

  @Argument(help: "A trace.")
  var ref: String

  @Option(help: "s1, s2, s3 or s4.")
  var by: String

  @Option(help: "Who decides what the text does not tell: deterministic, agent, provider (a model) or human.")
  var judge = Judge.agent

  @Option(help: ArgumentHelp("Decisions, as JSON.", valueName: "file"))
  var answers: String?

  @Option(
    help: ArgumentHelp("Read the record at a remote: its name, URL or path; nothing is kept.", valueName: "remote"))
  var remote: String?

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if Slicer(rawValue: by) == nil { throw ValidationError("--by takes s1, s2, s3 or s4, not '\(by)'") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if let remote {
      return try RemoteRecord.read(ref, at: remote, project, context) { try result($0, context) }
    }
    return try result(context.currentRepository(project), context)
  }

  private func result(_ repository: Repository, _ context: CommandContext) throws -> CommandResult {
    guard let slicer = Slicer(rawValue: by) else { throw ValidationError("--by takes s1, s2, s3 or s4") }
    let record = try TraceReader(repository, command: "trace partition").record(ref)
    let partitioner = Partitioner(
      record.steps, slicer: slicer, rules: context.analysisRules, redact: { SecretRedactor.redact($0) })
    var decisions = try answers.map { try JudgmentAnswers.read($0, partitioner.requests(), context) } ?? [:]
    let model = judge == .deterministic || slicer.tier == "deterministic" ? nil : PartitionModel(repository, context)
    if judge == .provider {
      if model == nil, slicer.tier != "deterministic" {
        context.warn(
          "no model can be asked: see OT_LLM_PROVIDER in docs/trace-analysis.md; the session's own words decide")
      }
      let open = partitioner.requests().filter { decisions[$0.id] == nil }
      decisions.merge(model?.decisions(open) ?? [:]) { answer, _ in answer }
    }
    var partition = partitioner.partition(decisions)
    let isAsking = (judge == .agent || judge == .human) && !partition.open.isEmpty
    if !isAsking, let model { partition = model.labelled(partition, partitioner) }
    let view = PartitionView(
      traceID: record.traceID, slicer: slicer, judge: judge.rawValue, partition: partition)
    if isAsking { return view.request(context) }
    return CommandResult(json: view.json, text: view.text(context))
  }
}

/// The file of `--answers`.
enum JudgmentAnswers {
  /// Decisions by the id of their request.
  static func read(
    _ file: String, _ requests: [JudgmentRequest], _ context: CommandContext
  ) throws -> [String: String] {
    guard let bytes = try Files.readIfPresent(context.path(file)) else {
      throw problem("there is no file \(file)")
    }
    guard let json = try? JSONValue(parsing: bytes), let items = json["answers"]?.array ?? json.array else {
      throw problem("\(file) is neither a list of answers nor an object with one")
    }
    let kinds = Dictionary(requests.map { ($0.id, $0.kind) }) { first, _ in first }
    var decisions: [String: String] = [:]
    for (number, item) in items.enumerated() {
      guard let id = item["id"]?.string, let decision = item["decision"]?.string else {
        throw problem("answer \(number + 1) of \(file) has no id or no decision")
      }
      if let allowed = kinds[id]?.decisions, !allowed.contains(decision) {
        throw problem("'\(decision)' does not answer \(id)", hint: "it is one of: \(allowed.joined(separator: ", "))")
      }
      decisions[id] = decision
    }
    return decisions
  }

  private static func problem(_ message: String, hint: String? = nil) -> UserFacingError {
    .usage(
      message, command: "trace partition",
      hint: hint ?? "{\"answers\": [{\"id\": \"…\", \"decision\": \"…\", \"confidence\": 0.9}]}")
  }
}
