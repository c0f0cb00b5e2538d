internal import ArgumentParser
internal import Basics
internal import SearchIndex

/// `trace index`
struct TraceIndexCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Make and look after the search index.",
    subcommands: [TraceIndexRebuildCommand.self, TraceIndexRefreshCommand.self, TraceIndexStatusCommand.self],
    defaultSubcommand: TraceIndexRebuildCommand.self)
}

/// `trace index rebuild`
struct TraceIndexRebuildCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "rebuild", abstract: "Make the index anew.")

  @Option(help: "Progress on standard error: auto, plain, json or never.")
  var progress = "auto"

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws { _ = try ProgressOption.parse(progress) }

  func run(_ context: CommandContext) throws -> CommandResult {
    let start = MonotonicClock.seconds()
    let repository = try context.currentRepository(project)
    let indexer = try context.indexer(repository)
    let reporter = context.progress(try ProgressOption.parse(progress), command: "trace index rebuild")
    guard let report = try indexer.rebuild(reporter) else { throw TraceIndexRebuildCommand.busy }
    TraceIndexRebuildCommand.warn(of: report.unreadable, context)
    let milliseconds = Int((MonotonicClock.seconds() - start) * 1000)
    let json: JSONValue = [
      "status": "ok",
      "search_snapshot": [
        "path": .string(indexer.path), "schema_version": .string(SearchDatabase.schema),
        "source_hash": .string(report.sourceHash), "trace_count": .int(report.total),
      ],
      "telemetry": [
        "duration_ms": .int(milliseconds),
        "stages": [
          [
            "stage": "building_snapshot", "duration_ms": .int(milliseconds),
            "counters": ["traces_total": .int(report.total), "traces_seen": .int(report.changed.count)],
          ]
        ],
      ],
    ]
    return CommandResult(
      json: json, text: "Search index rebuilt: \(indexer.path)\n  traces:    \(report.total)\n")
  }

  /// Names sessions that are damaged.
  static func warn(of unreadable: [String], _ context: CommandContext) {
    guard let first = unreadable.first else { return }
    let count = unreadable.count == 1 ? "1 session" : "\(unreadable.count) sessions"
    context.warn("\(count) can't be read (\(first)); opentraces bucket verify --full names what is damaged")
  }

  static let busy = UserFacingError(
    code: "INDEX_BUSY", kind: "trace index", message: "another process is writing the search index",
    hint: "try again in a moment", exitCode: ExitStatus.busy)
}

/// `trace index refresh`
struct TraceIndexRefreshCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "refresh", abstract: "Bring the index up to date.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    guard let report = try context.indexer(repository).refresh(SilentProgress()) else {
      throw TraceIndexRebuildCommand.busy
    }
    TraceIndexRebuildCommand.warn(of: report.unreadable, context)
    let json: JSONValue = [
      "status": "ok", "synced": .bool(!report.changed.isEmpty || !report.deleted.isEmpty),
      "changed_trace_ids": .strings(report.changed), "deleted_trace_ids": .strings(report.deleted),
      "unreadable_trace_ids": .strings(report.unreadable), "sources": ["index"], "rebuilt": .bool(report.wasRebuilt),
    ]
    return CommandResult(
      json: json,
      text: "\(report.changed.count) traces read, \(report.deleted.count) taken out, \(report.total) in all\n")
  }
}

/// `trace index status`
struct TraceIndexStatusCommand: ContextCommand {
  static let configuration = CommandConfiguration(commandName: "status", abstract: "Tell how the index stands.")

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func run(_ context: CommandContext) throws -> CommandResult {
    let indexer = try context.indexer(try context.repository(project))
    let snapshot = try Self.snapshot(indexer)
    let state = snapshot["state"]?.string ?? "unknown"
    let count = snapshot["trace_count"]?.int.map { "  \($0) traces" } ?? ""
    return CommandResult(
      json: ["status": "ok", "search_snapshot": .object(snapshot)],
      text: "\(state)\(count)  \(indexer.path)\n" + (state == "ok" ? "" : "next: opentraces trace index\n"))
  }

  /// How an index stands: `state` is ok, stale, missing, wrong_schema or unreadable.
  static func snapshot(_ indexer: SearchIndexer) throws -> JSONObject {
    var snapshot: JSONObject = ["path": .string(indexer.path)]
    let size = Files.status(indexer.path)?.size ?? 0
    let state: String
    switch try indexer.state() {
    case .empty: state = "missing"
    case .unusable(.missing): state = "missing"
    case .unusable(let problem): state = problem == .unreadable ? "unreadable" : "wrong_schema"
    case .usable(_, let meta, let isStale):
      state = isStale ? "stale" : "ok"
      snapshot["schema_version"] = .string(SearchDatabase.schema)
      snapshot["trace_count"] = .int(meta.traceCount)
      snapshot["source_hash"] = .string(meta.sourceHash)
      snapshot["built_at"] = .string(meta.builtAt)
    }
    snapshot["state"] = .string(state)
    snapshot["dirty"] = .bool(state == "stale")
    if size > 0 { snapshot["size_bytes"] = .int(size) }
    return snapshot
  }
}
