internal import ArgumentParser
internal import GitKit
internal import Ingest
internal import TraceAnalysis
internal import TraceModel

/// `trace compare`
struct TraceCompareCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Hold one session against another.")

  @Argument(help: "A trace.")
  var a: String

  @Argument(help: "The trace that it is held against.")
  var b: String

  @Flag(help: "Leave out how useful the records are.")
  var noQuality = false

  @Option(help: ArgumentHelp("Steps between two edits that still belong together (35).", valueName: "n"))
  var burstGap: Int?

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let gap = max(1, burstGap ?? BurstFinder.defaultGap)
    func side(_ ref: String) throws -> CompareView.Side {
      let trace = try TraceReference.resolve(ref, in: repository).traceID
      guard let record = try StoredRecord(repository).read(trace, .all) else { throw TraceReference.notFound(ref) }
      return CompareView.Side(
        summary: RunSummary(record, gap: gap, rules: context.analysisRules, includesQuality: !noQuality),
        fidelity: TraceReader.fidelity(record), title: record.task.description ?? "", agent: record.agent.name)
    }
    let view = CompareView(a: try side(a), b: try side(b), gap: gap, includesQuality: !noQuality)
    return CommandResult(json: view.json, text: view.text(context))
  }
}
