internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceAnalysis
internal import TraceModel

/// `trace map`
struct TraceMapCommand: ContextCommand {
  enum Walk: String, ExpressibleByArgument, CaseIterable {
    case back, forward
  }

  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show what happened in a session, and where.")

  @Argument(help: "A trace.")
  var ref: String

  @Option(help: ArgumentHelp("The nodes that tell what was wanted and done, this one among them.", valueName: "node"))
  var candidate: String?

  @Option(help: ArgumentHelp("The nodes around this one.", valueName: "node"))
  var around: String?

  @Option(help: "With --around: nodes on either side (2).")
  var depth: Int?

  @Option(help: ArgumentHelp("With --walk: where to begin.", valueName: "node"))
  var fromNode: String?

  @Option(help: "From --from-node on: back or forward.")
  var walk: Walk?

  @Option(help: ArgumentHelp("With --walk: stop at the first node of this type; repeatable.", valueName: "type"))
  var until: [String] = []

  @Option(help: "Nodes at most with --candidate and --walk (40).")
  var maxSteps: Int?

  @Option(help: ArgumentHelp("Only nodes of these types.", valueName: "a,b"))
  var actions: String?

  @Flag(help: "Changes that belong together.")
  var bursts = false

  @OptionGroup var burstOptions: BurstOptions
  @OptionGroup var findings: FindingOptions

  @Flag(help: "Every node as well.")
  var full = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    let selectors = [candidate != nil, around != nil, fromNode != nil].count { $0 }
    if selectors > 1 { throw ValidationError("give one of --candidate, --around and --from-node") }
    if bursts && !findings.isEmpty { throw ValidationError("--bursts, --waste and --run-intel exclude each other") }
    if (bursts || !findings.isEmpty) && selectors + (actions == nil ? 0 : 1) > 0 {
      throw ValidationError("--bursts, --waste and --run-intel are about a whole trace")
    }
    if (fromNode == nil) != (walk == nil) { throw ValidationError("--from-node and --walk go together") }
    if depth != nil && around == nil { throw ValidationError("--depth goes with --around") }
    if !until.isEmpty && walk == nil { throw ValidationError("--until goes with --walk") }
    if maxSteps != nil && candidate == nil && walk == nil {
      throw ValidationError("--max-steps goes with --candidate and --walk")
    }
    if let maxSteps, maxSteps < 1 { throw ValidationError("--max-steps must be at least 1") }
    try burstOptions.check(isAsked: bursts)
    for name in until + actionNames where ActionType(rawValue: name) == nil {
      throw ValidationError("there is no type of node '\(name)'")
    }
  }

  private var actionNames: [String] { (actions ?? "").split(separator: ",").map(String.init) }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reader = TraceReader(repository, command: "trace map")
    let trace = try reader.resolve(ref)
    let survival = bursts ? burstOptions.survival(trace, repository) : nil
    let record = try reader.read(trace)
    if !findings.isEmpty { return findings.result(record, context) }
    if let survival {
      let found = burstOptions.bursts(record, repository, context)
      let fates = try survival.value()
      let nodes = found.enumerated().map { BurstView.node($1, $0 + 1, traceID: record.traceID, fates) }
      let view = MapView(map: TraceMap(traceID: record.traceID, nodes: nodes))
      return CommandResult(json: view.selected(candidate: nil), text: BurstView.text(found, fates, context))
    }
    let map = TraceMap(record, rules: context.analysisRules)
    guard candidate != nil || around != nil || fromNode != nil || actions != nil else {
      let view = MapView(map: map)
      return CommandResult(json: view.bounded(full: full), text: view.boundedText(context))
    }
    var (part, node) = try select(map)
    if actions != nil { part = part.only(Set(actionNames.compactMap { ActionType(rawValue: $0) })) }
    let view = MapView(map: part)
    return CommandResult(json: view.selected(candidate: node), text: view.selectedText(context))
  }

  private func select(_ map: TraceMap) throws -> (TraceMap, String?) {
    guard let ref = candidate ?? around ?? fromNode else { return (map, nil) }
    guard let at = map.node(ref) else {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "trace map", message: "the trace has no node \(ref)",
        hint: "opentraces trace map \(map.traceID) --full --json lists them", exitCode: ExitStatus.notFound)
    }
    let limit = maxSteps ?? 40
    if candidate != nil { return (map.candidate(at, limit: limit), map.nodes[at].id) }
    if around != nil { return (map.around(at, depth: depth ?? 2), map.nodes[at].id) }
    let types = Set(until.compactMap { ActionType(rawValue: $0) })
    return (map.walk(from: at, back: walk == .back, until: types, limit: limit), map.nodes[at].id)
  }
}

/// How bursts are found, wherever they are shown.
struct BurstOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Steps between two edits that still belong together (35).", valueName: "n"))
  var burstGap: Int?

  @Flag(help: "Do not look at the commits that bursts ended in, nor at what became of the lines.")
  var noCommitLookup = false

  /// - Parameter isAsked: whether bursts are shown at all.
  func check(isAsked: Bool) throws {
    if !isAsked && (burstGap != nil || noCommitLookup) {
      throw ValidationError("--burst-gap and --no-commit-lookup go with bursts")
    }
  }

  var gap: Int { max(1, burstGap ?? BurstFinder.defaultGap) }

  /// What became of a trace's patches: following them takes as long as reading the record, so another thread does it.
  func survival(_ trace: String, _ repository: Repository) -> Background<BurstFates> {
    let directory = repository.gitDirectory
    let isLeftOut = noCommitLookup
    return Background {
      guard !isLeftOut, let repository = try Repository.open(containing: directory) else { return .unknown }
      return try BurstFates(repository, trace: trace)
    }
  }

  func bursts(_ record: TraceRecord, _ repository: Repository, _ context: CommandContext) -> [ChangeBurst] {
    let commits = BurstCommits(repository: repository)
    return BurstFinder(
      record, gap: gap, rules: context.analysisRules, lookUp: noCommitLookup ? nil : { try commits.lookUp($0) }
    ).bursts()
  }
}
