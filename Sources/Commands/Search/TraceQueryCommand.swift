internal import ArgumentParser
internal import Basics
internal import GitKit
internal import SearchIndex
internal import Trails

/// `trace query`
struct TraceQueryCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Find sessions by words and by what they did.",
    discussion: """
      Every word has to be found; word* finds longer words as well. --semantic takes a question in other words. The index is only read: opentraces trace index makes \
      it. Without --fresh an index that is behind still answers, and says so.
      """)

  @Argument(help: "Words, as with --lex.")
  var words: [String] = []

  @Option(help: "Words that all have to be found.")
  var lex: String?

  @Flag(help: "Look for the likest word in the place of one that no session has.")
  var fuzzy = false

  @Option(help: "Only sessions that used this skill.")
  var skill: String?
  @Option(help: "Only sessions that called this tool.")
  var tool: String?
  @Option(help: ArgumentHelp("Only sessions with a file like this; * crosses /.", valueName: "glob"))
  var files: String?
  @Option(help: ArgumentHelp("Only sessions with files of this extension.", valueName: "ext"))
  var fileKind: String?
  @Option(help: ArgumentHelp("Only sessions that did this to files: edit or read.", valueName: "op"))
  var fileOp: String?
  @Option(help: "Only sessions with this signal, such as test_failed_then_passed_seen.")
  var signal: String?
  @Option(help: "7d, 12h, 30m, a date or a time.")
  var since: String?
  @Option(help: "trace or bug_fix.")
  var candidateKind: String?
  @Option(help: ArgumentHelp("Only sessions with this fact; repeatable.", valueName: "name=value"))
  var facet: [String] = []
  @Option(help: "Only sessions with a model of this provider.")
  var provider: String?
  @Option(help: "Only sessions that ran this command.")
  var cmdFamily: String?
  @Option(help: "test or service_probe.")
  var bashAction: String?
  @Option(help: "Only sessions that ran this test framework.")
  var test: String?
  @Option(help: "Only sessions that called this host.")
  var service: String?
  @Option(help: "http or https.")
  var serviceChannel: String?
  @Option(help: "Only sessions that depend on this package.")
  var dependency: String?
  @Option(help: "Only sessions with a tie of this kind to a commit.")
  var gitTier: String?

  @Flag(inversion: .prefixedNo, help: "Only sessions that succeeded, or did not.")
  var success: Bool?
  @Flag(help: "Only sessions of which nobody knows.")
  var unknownSuccess = false
  @Flag(inversion: .prefixedNo, help: "Only sessions that were committed, or were not.")
  var committed: Bool?
  @Flag(help: "Only sessions of which nobody knows.")
  var unknownCommitted = false

  @Flag(help: "Without, or with, records that a later one of the same session replaces.")
  var generations = Generations.latestGeneration

  @Option(help: "Sessions per page (20).")
  var limit: Int?
  @Option(help: ArgumentHelp("Where the page begins.", valueName: "offset:<n>"))
  var pageToken: String?
  @Option(help: "relevance, time or recency.")
  var sort = "relevance"
  @Flag(help: "Refuse to answer from an index that is behind.")
  var fresh = false
  @Flag(help: "Only the repository of the working directory.")
  var cwd = false
  @Option(help: "Only this repository: its directory or its slug. Default: all enrolled ones.")
  var project: String?

  @Option(help: ArgumentHelp("A question in your own words; any of them may be found, in any form.", valueName: "text"))
  var semantic: String?
  @Option(help: ArgumentHelp("Only sessions with lines of this fate at HEAD, such as lost.", valueName: "state"))
  var survival: String?
  @Option(help: ArgumentHelp("Add a part of the map to each session: intent or evidence.", valueName: "kind"))
  var includeSlice: String?
  @Option(help: ArgumentHelp("Nodes of that part (40).", valueName: "n"))
  var maxSliceNodes: Int?
  @Flag(help: .hidden)
  var vec = false
  @Flag(help: .hidden)
  var hyde = false
  @Option(help: .hidden)
  var remote: String?
  @Flag(help: .hidden)
  var remoteBucket = false

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if lex != nil && !words.isEmpty { throw ValidationError("give words or --lex, not both") }
    if semantic != nil && !words.isEmpty { throw ValidationError("give words or --semantic, not both") }
    if fuzzy && lex == nil && words.isEmpty { throw ValidationError("--fuzzy goes with words") }
    if lex != nil && semantic != nil { throw ValidationError("give --lex or --semantic, not both") }
    if success != nil && unknownSuccess { throw ValidationError("--success and --unknown-success exclude each other") }
    if committed != nil && unknownCommitted {
      throw ValidationError("--committed and --unknown-committed exclude each other")
    }
    if SearchQuery.Sort(rawValue: sort) == nil {
      throw ValidationError("--sort takes relevance, time or recency, not '\(sort)'")
    }
    if cwd && project != nil { throw ValidationError("--cwd and --project exclude each other") }
    if let limit { try ResultPage.check(limit: limit) }
    if let survival, !SurvivalFilter.states.contains(where: { $0.rawValue == survival }) {
      let names = SurvivalFilter.states.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--survival takes one of \(names), not '\(survival)'")
    }
    if let includeSlice, SlicePreview.Kind(rawValue: includeSlice) == nil {
      throw ValidationError("--include-slice takes intent or evidence, not '\(includeSlice)'")
    }
    if let maxSliceNodes, maxSliceNodes < 1 { throw ValidationError("--max-slice-nodes must be at least 1") }
    if let candidateKind, !["trace", "bug_fix"].contains(candidateKind) {
      throw ValidationError("--candidate-kind takes trace or bug_fix, not '\(candidateKind)'")
    }
    if let fileOp, !["edit", "read"].contains(fileOp) {
      throw ValidationError("--file-op takes edit or read, not '\(fileOp)'")
    }
    if remote != nil || remoteBucket {
      throw ValidationError("a query does not fetch: opentraces bucket remote pull, then opentraces trace index")
    }
    _ = try ResultPage.offset(pageToken)
    for pair in facet where Self.split(pair) == nil {
      throw ValidationError("--facet takes name=value, not '\(pair)'")
    }
  }

  private static func split(_ pair: String) -> (name: String, value: String)? {
    guard let equals = pair.firstIndex(of: "="), equals > pair.startIndex else { return nil }
    let value = pair[pair.index(after: equals)...]
    return value.isEmpty ? nil : (String(pair[..<equals]), String(value))
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    if vec || hyde {
      throw UserFacingError(
        code: "NEEDS_JUDGMENT", kind: "trace query", message: "--vec and --hyde are reserved",
        hint: "use words, or --semantic", exitCode: ExitStatus.needsJudgment)
    }
    let query = try query(context)
    let scope = try SearchScope(context, project: project, isCurrentOnly: cwd)
    return try SearchAnswer(scope: scope, context: context, isStrict: fresh).answer { parts, freshness in
      var query = query
      var corrections: [Correction] = []
      if fuzzy { (query.tokens, corrections) = try Correction.correct(query.tokens, among: parts.map(\.database)) }
      let found = try MergedSearch(parts: parts, survival: survival.flatMap { SurvivalState(rawValue: $0) }).run(query)
      var view = QueryView(query: query, found: found, freshness: freshness, semantic: semantic)
      view.corrections = corrections
      if let kind = includeSlice.flatMap({ SlicePreview.Kind(rawValue: $0) }) {
        let preview = SlicePreview(kind: kind, limit: maxSliceNodes ?? 40)
        view.slices = try found.hits.map {
          try preview.json($0.hit.traceID, $0.place.repository, context.analysisRules)
        }
        view.slice = kind
      }
      return context.isJSON
        ? CommandResult(json: view.json, text: "") : CommandResult(json: .null, text: view.text(context))
    }
  }

  private func query(_ context: CommandContext) throws -> SearchQuery {
    var query = SearchQuery()
    let text = lex ?? words.joined(separator: " ")
    query.tokens = SearchText.tokens(text)
    if let semantic {
      query.question = Question(semantic)
      query.concepts = SemanticConcept.named(in: semantic).map(\.concept.id)
      if query.question == nil {
        throw UserFacingError.usage(
          "'\(semantic)' has no word to search for", command: "trace query", hint: "use letters or digits")
      }
    }
    query.sort = SearchQuery.Sort(rawValue: sort) ?? .relevance
    query.limit = limit ?? 20
    query.offset = try ResultPage.offset(pageToken)
    query.skill = skill
    query.tool = tool
    query.files = files
    query.signal = signal
    query.candidateKind = candidateKind
    query.since = try since.map { try SinceText.bound($0, now: context.now(), command: "trace query") }
    let kind = fileKind.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 }
    let shorthands: [(String, String?)] = [
      ("file.kind", kind), ("file.operation", fileOp), ("provider.kind", provider), ("bash.command_family", cmdFamily),
      ("bash.action", bashAction), ("test.framework", test), ("service.name", service),
      ("service.channel", serviceChannel), ("dependency.name", dependency), ("git_link_tier", gitTier),
      ("outcome.success", success.map { "\($0)" }), ("outcome.committed", committed.map { "\($0)" }),
    ]
    query.facets = shorthands.compactMap { name, value in value.map { (name, $0) } } + facet.compactMap(Self.split)
    query.includesSuperseded = generations == .includeSuperseded
    if unknownSuccess { query.absentFacets.append("outcome.success") }
    if unknownCommitted { query.absentFacets.append("outcome.committed") }
    let hasFilter =
      semantic != nil || survival != nil || !query.facets.isEmpty || !query.absentFacets.isEmpty
      || [skill, tool, files, signal, candidateKind, since].contains { $0 != nil }
    if text.isEmpty && !hasFilter {
      throw UserFacingError(
        code: "NOTHING_ASKED", kind: "trace query", message: "there is nothing to search for",
        hint: "opentraces trace query failing test", exitCode: ExitStatus.configuration)
    }
    if !text.isEmpty && query.tokens.isEmpty {
      throw UserFacingError.usage(
        "'\(text)' has no word to search for", command: "trace query", hint: "use letters or digits")
    }
    return query
  }
}
