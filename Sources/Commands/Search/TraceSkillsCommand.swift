internal import ArgumentParser
internal import Basics
internal import SearchIndex

/// `trace skills`
struct TraceSkillsCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "skills", abstract: "List the skills that sessions used.")

  @Option(help: "Only this skill.")
  var skill: String?
  @Option(help: "7d, 12h, 30m, a date or a time.")
  var since: String?
  @Flag(help: "Without, or with, records that a later one of the same session replaces.")
  var generations = Generations.latestGeneration
  @Option(help: "Skills per page (50).")
  var limit = 50
  @Option(help: ArgumentHelp("Where the page begins.", valueName: "offset:<n>"))
  var pageToken: String?
  @Flag(help: "Only the repository of the working directory.")
  var cwd = false
  @Option(help: "Only this repository: its directory or its slug. Default: all enrolled ones.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    try ResultPage.check(limit: limit)
    _ = try ResultPage.offset(pageToken)
    if cwd && project != nil { throw ValidationError("--cwd and --project exclude each other") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let began = MonotonicClock.seconds()
    let bound = try since.map { try SinceText.bound($0, now: context.now(), command: "trace skills") }
    let scope = try SearchScope(context, project: project, isCurrentOnly: cwd)
    return try SearchAnswer(scope: scope, context: context, isStrict: false).answer { parts, freshness in
      let all = SearchDatabase.SkillCount.joined(
        try parts.map {
          try $0.database.skills(skill, since: bound, includesSuperseded: generations == .includeSuperseded)
        })
      let start = try ResultPage.offset(pageToken)
      let shown = all.dropFirst(start).prefix(limit)
      let hasMore = all.count > start + shown.count && !shown.isEmpty
      func counts(_ counts: [String: Int]) -> JSONValue {
        .object(JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) }))
      }
      let uses = all.reduce(0) { $0 + $1.uses }
      let json: JSONValue = [
        "status": "ok", "schema_version": "opentraces.trace.skills.v1", "source": "snapshot",
        "total_skills": .int(all.count), "total_invocations": .int(uses), "limit": .int(limit),
        "next_page_token": .optional(hasMore ? ResultPage.token(start + limit) : nil), "has_more": .bool(hasMore),
        "skills": .array(
          shown.map {
            [
              "skill_name": .string($0.name), "invocation_count": .int($0.uses), "trace_count": .int($0.traces),
              "agents": counts($0.agents), "sources": counts($0.sources), "projects": counts($0.projects),
              "latest_invocation_at": .optional($0.latest),
            ]
          }),
        "freshness": freshness,
        "search_diagnostics": SearchAnswer.diagnostics(examined: uses, returned: shown.count, usedText: false),
        "telemetry": ["duration_ms": .double((MonotonicClock.seconds() - began) * 1000)],
      ]
      var text =
        shown.isEmpty
        ? "No skill invocations found.\n"
        : shown.map { "\(PrintableText.make($0.name))\t\($0.uses)\t\($0.traces)\n" }.joined()
      if hasMore { text += context.style.dim("more: --page-token \(ResultPage.token(start + limit))\n") }
      return CommandResult(json: json, text: text)
    }
  }
}
