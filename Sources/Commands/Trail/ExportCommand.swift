internal import ArgumentParser
internal import Basics
internal import GitKit
internal import Trails

/// `trail export`
struct ExportCommand: ContextCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case agentTrace = "agent-trace"
    case gitAI = "git-ai"
  }

  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Say who wrote which lines in the formats of other tools.",
    discussion: """
      agent-trace: records of Agent Trace 0.1.0, one JSON object per line. git-ai: the notes of Git AI \
      (authorship/3.0.0); --write puts them into refs/notes/ai, where its readers look, and leaves notes that others \
      made. Only what is stored is exported: opentraces git-backfill comes first.
      """)

  @Option(help: "agent-trace or git-ai.")
  var format: Format

  @Argument(help: "Only this commit; default: HEAD's history.")
  var commit: String?

  @Option(help: "Leave out what this revision reaches.")
  var since: String?

  @Option(help: "Start at this revision instead of HEAD.")
  var until: String?

  @Flag(help: "All branches and tags.")
  var all = false

  @Option(name: .shortAndLong, help: "Write to this file instead of standard output.")
  var output: String?

  @Flag(help: "With git-ai: write the notes into refs/notes/ai.")
  var write = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if write && format != .gitAI { throw ValidationError("--write goes with --format git-ai") }
    if write && output != nil { throw ValidationError("--write and --output exclude each other") }
    if commit != nil && (since != nil || until != nil || all) {
      throw ValidationError("a commit excludes --since, --until and --all")
    }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.currentRepository(project)
    let reader = try AttributionReader(repository)
    let found = try attributions(reader, repository)
    switch format {
    case .agentTrace: return try agentTrace(found, AgentTraceFormat(reader), context)
    case .gitAI: return try gitAI(found, repository, context)
    }
  }

  private func attributions(_ reader: AttributionReader, _ repository: Repository) throws -> [CommitAttribution] {
    if let commit { return try reader.attribution(of: revision(commit, repository)).map { [$0] } ?? [] }
    let start = try until.map { try revision($0, repository) } ?? repository.head()
    var tips = all ? try Decorations(repository).tips : []
    if let start, !tips.contains(start) { tips.append(start) }
    return try reader.attributions(from: tips, hiding: since.map { [try revision($0, repository)] } ?? [])
  }

  private func revision(_ text: String, _ repository: Repository) throws -> ObjectID {
    let name = text.hasPrefix("c:") ? String(text.dropFirst(2)) : text
    guard let id = try repository.commit(revision: name) else {
      throw UserFacingError(
        code: "UNKNOWN_REVISION", kind: "trail export", message: "unknown revision: \(text)",
        hint: "git log --oneline lists commits", exitCode: ExitStatus.usage)
    }
    return id
  }

  private func agentTrace(
    _ found: [CommitAttribution], _ format: AgentTraceFormat, _ context: CommandContext
  ) throws -> CommandResult {
    let records = try found.flatMap { try format.records(of: $0) }
    let lines = records.map { String(decoding: CanonicalJSON.line($0), as: UTF8.self) + "\n" }.joined()
    return try result(
      ["records": .array(records)], text: lines, commits: found.count, what: "records", count: records.count, context)
  }

  private func gitAI(
    _ found: [CommitAttribution], _ repository: Repository, _ context: CommandContext
  ) throws -> CommandResult {
    let format = GitAIFormat(version: ProductVersion.text)
    let notes = found.compactMap { attribution in format.note(of: attribution).map { (attribution.commit.id, $0) } }
    guard write else {
      let text = notes.map { "commit \($0.hex)\n\n\($1)" }.joined(separator: "\n")
      let rows = notes.map { id, note -> JSONValue in ["commit_sha": .string(id.hex), "note": .string(note)] }
      return try result(
        ["ref": .string(GitAIFormat.reference), "notes": .array(rows)], text: text, commits: found.count,
        what: "notes", count: notes.count, context)
    }
    let bytes = Dictionary(notes.map { ($0, Array($1.utf8)) }) { first, _ in first }
    let report = try ForeignNotes(repository).write(
      bytes, to: GitAIFormat.reference, time: context.now(), isOurs: GitAIFormat.isOurs)
    var text = "\(report.written) \(report.written == 1 ? "note" : "notes") written to \(GitAIFormat.reference)"
    if report.unchanged > 0 { text += ", \(report.unchanged) unchanged" }
    if !report.kept.isEmpty { text += ", \(report.kept.count) left that another tool made" }
    text += "\nnext: git push origin \(GitAIFormat.reference)\n"
    return CommandResult(
      json: envelope(
        [
          "ref": .string(GitAIFormat.reference), "written": .int(report.written), "unchanged": .int(report.unchanged),
          "kept": .strings(report.kept.map(\.hex)),
        ], commits: found.count), text: text)
  }

  private func envelope(_ members: JSONObject, commits: Int) -> JSONValue {
    var object: JSONObject = [
      "status": "ok", "schema_version": "opentraces.trail.export.v1", "format": .string(format.rawValue),
      "commits": .int(commits),
    ]
    for member in members.members { object[member.key] = member.value }
    return .object(object)
  }

  private func result(
    _ members: JSONObject, text: String, commits: Int, what: String, count: Int, _ context: CommandContext
  ) throws -> CommandResult {
    let json = envelope(members, commits: commits)
    guard let output else { return CommandResult(json: json, text: text) }
    try Files.writeAtomically(Array(text.utf8), to: context.path(output))
    return CommandResult(json: json, text: "\(count) \(what) of \(commits) commits in \(output)\n")
  }
}
