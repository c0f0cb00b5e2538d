internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore
internal import Trails

/// `trail track`
struct TrackCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "track", abstract: "Show what became of the lines a session wrote.",
    discussion: """
      One scope: a trace (its timeline), --patch, --anchor, or several patches at once with --since, --all or \
      --patches-from. Several patches are printed as one JSON object per line under --json.
      """)

  @Argument(help: "A trace id or a prefix of it.")
  var trace: String?

  @Option(help: "Only the patches of this step of the trace.")
  var step: Int?

  @Option(help: "A trace patch id.")
  var patch: String?

  @Option(help: "A git anchor id.")
  var anchor: String?

  @Option(help: "Patches made since: 12h, 30m, 2d, 60s, or an ISO 8601 time.")
  var since: String?

  @Flag(help: "The newest patches of all traces.")
  var all = false

  @Option(help: "A file with one patch id per line or JSON; # starts a comment.")
  var patchesFrom: String?

  @Option(help: "Patches to show at most; default 50 with --all.")
  var limit: Int?

  @Option(help: "Commits to walk at most for a line that is gone.")
  var historyLimit = 500

  @Flag(help: "The timeline as a table.")
  var table = false

  @Flag(help: "Print nothing; the exit code tells.")
  var silent = false

  @Flag(help: "Warn about ids in --patches-from that are not known.")
  var warnMissingPatches = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    let scopes = [trace != nil, patch != nil, anchor != nil, since != nil, all, patchesFrom != nil]
    let chosen = scopes.filter { $0 }.count
    if chosen == 0 {
      throw ValidationError("name a trace, or give --patch, --anchor, --since, --all or --patches-from")
    }
    if chosen > 1 {
      throw ValidationError("give one scope only: a trace, --patch, --anchor, --since, --all or --patches-from")
    }
    let isBatch = since != nil || all || patchesFrom != nil
    if limit != nil && !isBatch { throw ValidationError("--limit goes with --since, --all or --patches-from") }
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    if historyLimit < 2 { throw ValidationError("--history-limit must be at least 2") }
    if table && (trace == nil || step != nil) { throw ValidationError("--table goes with a trace") }
    if step != nil && trace == nil { throw ValidationError("--step goes with a trace") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if table && context.isJSON {
      throw UserFacingError.usage("--table excludes --json", command: "trail track")
    }
    let repository = try context.currentRepository(project)
    if let trace, step == nil { return try timeline(trace, repository, context) }
    let result = try batch(repository, context)
    return silent ? CommandResult(json: .null, text: "", lines: []) : result
  }

  private func timeline(_ trace: String, _ repository: Repository, _ context: CommandContext) throws -> CommandResult {
    let name = trace.hasPrefix("t:") ? String(trace.dropFirst(2)) : trace
    // A trace that nobody knows has an empty timeline.
    let id = try BlameTarget.knownTrace(name, repository) ?? name
    let view = TimelineView(traceID: id, events: try EventLog.union(repository).events(ofTrace: id))
    return silent
      ? CommandResult(json: .null, text: "", lines: [])
      : CommandResult(json: view.json, text: view.text(context, table: table))
  }

  private func batch(_ repository: Repository, _ context: CommandContext) throws -> CommandResult {
    let catalog = try PatchCatalog(repository)
    let reader = try SurvivalReader(repository)
    reader.historyLimit = historyLimit
    let entries = try entries(catalog, repository, context)
    let survivals = try reader.survival(
      of: entries.map { entry in
        let anchors = try catalog.anchors(of: entry)
        return SurvivalReader.Question(
          entry, anchors: anchor.map { id in anchors.filter { $0.id.hasPrefix(bare(id)) } } ?? anchors)
      })
    let view = SurvivalView(survivals: survivals, head: reader.head, historyLimit: historyLimit)
    if patch != nil || anchor != nil {
      let only = survivals.first
      let json = only.map { view.json($0) } ?? view.unknown(bare(patch ?? anchor ?? ""))
      return CommandResult(json: json, text: view.text(context))
    }
    return CommandResult(json: .null, text: view.text(context), lines: survivals.map { view.json($0) })
  }

  private func entries(
    _ catalog: PatchCatalog, _ repository: Repository, _ context: CommandContext
  ) throws -> [PatchCatalog.Entry] {
    if let patch { return try catalog.find(patch: bare(patch)).map { [$0] } ?? [] }
    if let anchor { return try catalog.find(anchor: bare(anchor)).map { [$0.entry] } ?? [] }
    if let trace, let step {
      let id = try BlameTarget.trace(trace.hasPrefix("t:") ? String(trace.dropFirst(2)) : trace, repository)
      return try catalog.patches(ofTrace: id).filter { $0.step == step }
    }
    if let patchesFrom { return try listed(patchesFrom, catalog, context) }
    let start = try since.map { try DurationText.start($0, now: context.now()) }
    return try catalog.newest(limit: limit ?? (all ? 50 : nil), since: start)
  }

  private func listed(
    _ file: String, _ catalog: PatchCatalog, _ context: CommandContext
  ) throws -> [PatchCatalog.Entry] {
    guard let text = try Files.readText(context.path(file)) else {
      throw UserFacingError(
        code: "NOT_FOUND", kind: "trail track", message: "there is no file \(file)",
        hint: "--patches-from takes a file with one patch id per line", exitCode: ExitStatus.usage)
    }
    let ids = PatchList.parse(text)
    let entries = try ids.prefix(limit ?? ids.count).compactMap { id -> PatchCatalog.Entry? in
      let found = try catalog.find(patch: bare(id))
      if found == nil, warnMissingPatches { context.warn("warning: no patch \(id)") }
      return found
    }
    return entries
  }

  /// The digest in `tp:<id>`, `ga:<id>` or an `ot://` address.
  private func bare(_ id: String) -> String {
    let last = id.split(separator: "/").last { $0 != "trail" }.map(String.init) ?? id
    return last.split(separator: ":").last.map { $0.lowercased() } ?? last
  }
}

/// The ids in a file for `--patches-from`.
enum PatchList {
  static func parse(_ text: String) -> [String] {
    if let json = try? JSONValue(parsing: text), let elements = json.array { return elements.compactMap(id) }
    return text.split(separator: "\n").compactMap { line in
      let trimmed = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if trimmed.isEmpty { return nil }
      return (try? JSONValue(parsing: trimmed)).flatMap(id) ?? trimmed
    }
  }

  private static func id(_ value: JSONValue) -> String? {
    value.string ?? value["patch_id"]?.string ?? value["trace_patch_id"]?.string ?? value["id"]?.string
  }
}

/// `12h`, `30m`, `2d`, `60s`, or a time.
enum DurationText {
  static func start(_ text: String, now: Timestamp) throws -> Timestamp {
    if let time = Timestamp(text) { return time }
    let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86400]
    guard let unit = text.last.flatMap({ units[$0] }), let count = Int(text.dropLast()), count >= 0,
      count < 1_000_000
    else {
      throw UserFacingError.usage(
        "'\(text)' is no duration", command: "trail track", hint: "--since takes 12h, 30m, 2d, 60s or an ISO 8601 time")
    }
    return Timestamp(microseconds: now.microseconds - count * unit * 1_000_000)
  }
}
