internal import ArgumentParser
internal import Basics
internal import TraceAnalysis
internal import TraceModel

/// The options of `trace get` and `trace map` that ask how a run went.
struct FindingOptions: ParsableArguments {
  @Flag(help: "What filled the agent's context for nothing: large outputs, repeated reads and searches.")
  var waste = false

  @Flag(help: "Where the run failed, recovered, went in circles or was steered anew.")
  var runIntel = false

  @Option(help: ArgumentHelp("With --waste: characters from which an output is large (12000).", valueName: "n"))
  var largeOutputChars: Int?

  @Option(help: ArgumentHelp("With --waste: minutes within which reads of a file count (20).", valueName: "n"))
  var fileReadWindowMin: Int?

  @Option(help: ArgumentHelp("With --waste: minutes within which searches count (10).", valueName: "n"))
  var searchWindowMin: Int?

  var isEmpty: Bool { !waste && !runIntel }

  func validate() throws {
    if waste && runIntel { throw ValidationError("--waste and --run-intel exclude each other") }
    let limits = [
      ("--large-output-chars", largeOutputChars), ("--file-read-window-min", fileReadWindowMin),
      ("--search-window-min", searchWindowMin),
    ]
    for case (let name, let value?) in limits {
      if !waste { throw ValidationError("\(name) goes with --waste") }
      if value < 1 { throw ValidationError("\(name) must be at least 1") }
    }
  }

  /// What they ask for; the same whichever command asks.
  func result(_ record: TraceRecord, _ context: CommandContext) -> CommandResult {
    let fidelity = TraceReader.fidelity(record)
    if runIntel {
      let view = RunSignalsView(signals: RunSignals(record, rules: context.analysisRules), fidelity: fidelity)
      return CommandResult(json: view.json, text: view.text(context))
    }
    var thresholds = ContextWaste.Thresholds()
    if let largeOutputChars { thresholds.largeOutput = largeOutputChars }
    if let fileReadWindowMin { thresholds.fileReadWindow = fileReadWindowMin }
    if let searchWindowMin { thresholds.searchWindow = searchWindowMin }
    let waste = ContextWaste(record, thresholds: thresholds, rules: context.analysisRules)
    let view = WasteView(waste: waste, fidelity: fidelity)
    return CommandResult(json: view.json, text: view.text(context))
  }
}
