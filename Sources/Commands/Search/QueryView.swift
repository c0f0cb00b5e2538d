internal import Basics
internal import SearchIndex

/// What `trace query` says.
struct QueryView {
  let query: SearchQuery
  let found: MergedSearch.Found
  let freshness: JSONValue
  /// The question of `--semantic`.
  let semantic: String?
  var corrections: [Correction] = []
  /// Of each hit, where they were asked for.
  var slices: [JSONValue] = []
  var slice: SlicePreview.Kind?

  private static let signalLimit = 12

  private var hits: [SearchHit] { found.hits.map(\.hit) }
  private var total: Int { found.total }
  private var hasMore: Bool { query.offset + hits.count < total }

  var json: JSONValue {
    var object = document
    if !corrections.isEmpty {
      object["corrections"] = .array(
        corrections.map { ["word": .string($0.word), "replacement": .string($0.replacement)] })
    }
    return .object(object)
  }

  private var document: JSONObject {
    [
      "status": "ok", "schema_version": "opentraces.trace.query.v1", "source": "snapshot",
      "sort": .string(query.sort.rawValue), "semantic_query": semanticQuery, "total": .int(total),
      "total_returned": .int(hits.count), "limit": .int(query.limit),
      "next_page_token": hasMore ? .string("offset:\(query.offset + query.limit)") : .null, "has_more": .bool(hasMore),
      "freshness": freshness,
      "search_diagnostics": SearchAnswer.diagnostics(
        examined: total, returned: hits.count, usedText: !query.tokens.isEmpty || query.question != nil,
        hydrated: slices.count),
      "candidates": .array(hits.indices.map(candidate)),
    ]
  }

  private func candidate(_ at: Int) -> JSONValue {
    let hit = hits[at]
    let unit = "tu:\(hit.traceID):trace"
    let map = "ot://trace/\(hit.traceID)/map"
    let color =
      hit.isCommitted == true || hit.commitSHA != nil
      ? "committed" : hit.isCommitted == false ? "uncommitted" : "unknown"
    func preview(_ text: String) -> JSONValue { .string(PreviewText.make(text, limit: 240)) }
    let title = preview(hit.title)
    let summary = hit.summary == hit.title ? title : preview(hit.summary)
    return [
      "unit_id": .string(unit), "unit_type": "trace", "trace_id": .string(hit.traceID),
      "session_id": .string(hit.sessionID), "project_slug": .string(hit.projectSlug), "title": title,
      "headline": title, "summary": summary,
      "intent_preview": hit.intent == hit.summary ? summary : preview(hit.intent),
      "candidate_kind": .string(hit.candidateKind), "provenance_color": .string(color),
      "committed": .optional(hit.isCommitted), "commit_sha": .optional(hit.commitSHA),
      "commit_subject": .optional(hit.commitSubject.map { PreviewText.make($0, limit: 240) }),
      "match_explanation": .string(explanation(hit)), "score": .double(hit.score),
      "score_parts": hit.score == 0 ? [:] : ["snapshot_fts": .double(hit.score)],
      "matched_fields": .object(JSONObject(hit.matches.map { ($0.column, .strings($0.words)) })),
      "snippet": .optional(hit.snippet.map { PreviewText.make(plain($0), limit: 240) }),
      "facets": .array(
        hit.facets.map {
          [
            "name": .string($0.name), "value": .string($0.value), "source": .string($0.source),
            "confidence": .string($0.confidence), "evidence_ref": evidence($0),
          ]
        }),
      "signals": .array(
        hit.signals.prefix(Self.signalLimit).map {
          [
            "name": .string($0.name), "value": $0.name == "skill_invoked" ? .strings(hit.skills) : true,
            "confidence": "high", "evidence_refs": .strings($0.evidence), "metadata": [:],
          ]
        }),
      "skills": .strings(hit.skills), "files": .strings(hit.files),
      "test_commands": .strings(hit.testCommands.map { PreviewText.make($0, limit: 240) }), "map_ref": .string(map),
      "refs": ["trace": .string(hit.traceID), "unit": .string(unit), "map": .string(map)],
      "slice_preview": slices.isEmpty ? .null : slices[at],
      "limitations": ["candidate_packet_trace_snapshot"],
      "metadata": [
        "snapshot_source_hash": .string(hit.hash), "include_slice": .optional(slice?.rawValue),
        "file_count": .int(hit.fileCount),
        "files_truncated": .bool(hit.fileCount > hit.files.count), "facet_count": .int(hit.facetCount),
        "facets_truncated": .bool(hit.facetCount > hit.facets.count), "signal_count": .int(hit.signals.count),
        "signals_truncated": .bool(hit.signals.count > Self.signalLimit),
      ],
    ]
  }

  private func evidence(_ facet: SearchDocument.Facet) -> JSONValue {
    guard facet.name.hasPrefix("semantic.") else { return .null }
    let concept = SemanticConcept.all.first { concept in
      [concept.id, concept.name].contains(facet.value) || concept.aliases.contains(facet.value)
    }
    return .optional(concept.map { "semantic:" + $0.id })
  }

  /// Null without `--semantic`.
  private var semanticQuery: JSONValue {
    guard let semantic else { return .null }
    let concepts = SemanticConcept.named(in: semantic)
    return [
      "schema_version": .string(SemanticConcept.schema), "query": .string(PreviewText.redact(semantic)),
      "concept_ids": .strings(concepts.map(\.concept.id)),
      "terms": .strings(Set(concepts.flatMap(\.concept.aliases)).sorted()),
      "concepts": .array(
        concepts.map { concept, aliases in
          [
            "concept_id": .string(concept.id), "name": .string(concept.name), "kind": .string(concept.kind),
            "matched_aliases": .strings(aliases), "expanded_aliases": .strings(concept.aliases),
            "categories": .strings(concept.categories),
          ]
        }),
    ]
  }

  private func explanation(_ hit: SearchHit) -> String {
    var parts = hit.matches.map { "\($0.column) matched \($0.words.joined(separator: ", "))" }
    if !hit.skills.isEmpty { parts.append("skill.name matched \(hit.skills.joined(separator: ", "))") }
    return parts.isEmpty ? "metadata filter matched" : parts.joined(separator: "; ")
  }

  private func plain(_ text: String) -> String { text.filter { $0 != SearchHit.open && $0 != SearchHit.close } }

  // MARK: Text

  func text(_ context: CommandContext) -> String {
    let style = context.style
    guard !hits.isEmpty else { return style.dim("nothing found") + "\n" }
    var out = corrections.map {
      style.dim("no session has \($0.word); looked for ") + style.bold($0.replacement) + "\n"
    }.joined()
    for (at, hit) in hits.enumerated() {
      let title = TextWidth.cut(
        PrintableText.make(PreviewText.make(hit.title, limit: 240)), to: max(20, context.width - 14))
      out += "\(style.trace("◆ t:" + hit.traceID.prefix(8)))  \(style.bold(title))\n"
      let day = (hit.end ?? hit.start).map { String($0.prefix(10)) } ?? "?"
      var facts = [day, hit.agentName]
      if !found.hits[at].place.isCurrent { facts.append(found.hits[at].place.slug) }
      if let commit = hit.commitSHA { facts.append("c:" + commit.prefix(8)) }
      facts += hit.signals.map(\.name).filter { $0.contains("then_passed") || $0.contains("fix_candidate") }
      out += "  \(style.dim(facts.joined(separator: "  ")))\n"
      if let snippet = hit.snippet { out += "  " + highlighted(snippet, context) + "\n" }
      if !slices.isEmpty { out += slice(slices[at], context) }
    }
    out += "\n" + style.dim("\(query.offset + 1)–\(query.offset + hits.count) of \(total)")
    if hasMore { out += style.dim(" · --page-token offset:\(query.offset + query.limit)") }
    let first = found.hits[0]
    let place = first.place.isCurrent ? "" : " --project \(first.place.path)"
    return out + "\nnext: opentraces trace map \(first.hit.traceID)\(place)\n"
  }

  /// A line for each node.
  private func slice(_ slice: JSONValue, _ context: CommandContext) -> String {
    (slice["nodes"]?.array ?? []).map { node in
      let step = TextWidth.padLeft("\(node["step_index"]?.int ?? 0)", to: 6)
      let type = TextWidth.pad(node["action_type"]?.string ?? "", to: 17)
      let text = TextWidth.cut(PrintableText.make(node["text_preview"]?.string ?? ""), to: max(16, context.width - 28))
      return "  \(context.style.dim(step))  \(context.style.path(type)) \(text)\n"
    }.joined()
  }

  /// The text around the matches on one line, the matches bright.
  private func highlighted(_ snippet: String, _ context: CommandContext) -> String {
    let line = snippet.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    var out = ""
    var used = 0
    let room = max(20, context.width - 4)
    for (number, part) in line.split(separator: SearchHit.open, omittingEmptySubsequences: false).enumerated() {
      let pieces = part.split(separator: SearchHit.close, maxSplits: 1, omittingEmptySubsequences: false).map(
        String.init)
      let texts = number == 0 ? ["", part.description] : [pieces[0], pieces.count > 1 ? pieces[1] : ""]
      for (isMatch, text) in zip([true, false], texts) where !text.isEmpty && used < room {
        let safe = TextWidth.cut(PrintableText.make(PreviewText.redact(text)), to: room - used)
        used += TextWidth.of(safe)
        out += isMatch ? context.style.bold(context.style.partial(safe)) : context.style.dim(safe)
      }
    }
    return out
  }
}
