internal import SearchIndex
internal import Trails

/// One search over several indexes.
struct MergedSearch {
  struct Found {
    let hits: [(hit: SearchHit, place: SearchScope.Place)]
    let total: Int
  }

  let parts: [SearchAnswer.Part]
  /// The fate of lines that sessions have to have.
  let survival: SurvivalState?

  /// A page of the hits of all. Of one index it asks for the page, of several for all up to its end.
  func run(_ query: SearchQuery) throws -> Found {
    if parts.count == 1 {
      let (hits, total) = try search(query, parts[0])
      return Found(hits: hits.map { ($0, parts[0].place) }, total: total)
    }
    var begin = query
    begin.offset = 0
    begin.limit = query.offset + query.limit
    var lists: [ArraySlice<(hit: SearchHit, place: SearchScope.Place)>] = []
    var total = 0
    for part in parts {
      let (hits, count) = try search(begin, part)
      lists.append(hits.map { ($0, part.place) }[...])
      total += count
    }
    let isRanked = query.sort == .relevance && (!query.tokens.isEmpty || query.question != nil)
    // Each index's own order stays, so that pages neither repeat nor leave out anything.
    var merged: [(hit: SearchHit, place: SearchScope.Place)] = []
    while merged.count < begin.limit {
      let heads = lists.indices.filter { !lists[$0].isEmpty }
      let next = heads.min { a, b in
        guard let one = lists[a].first?.hit, let other = lists[b].first?.hit else { return false }
        return precedes(one, other, query.sort, isRanked)
      }
      guard let next, let first = lists[next].popFirst() else { break }
      merged.append(first)
    }
    return Found(hits: Array(merged.dropFirst(query.offset)), total: total)
  }

  private func precedes(_ a: SearchHit, _ b: SearchHit, _ sort: SearchQuery.Sort, _ isRanked: Bool) -> Bool {
    if isRanked, a.tier != b.tier { return a.tier < b.tier }
    if isRanked, a.score != b.score { return a.score > b.score }
    let (one, other) = (a.end ?? a.start ?? "", b.end ?? b.start ?? "")
    if one != other { return sort == .time ? one < other : one > other }
    return a.traceID < b.traceID
  }

  private func search(_ query: SearchQuery, _ part: SearchAnswer.Part) throws -> (hits: [SearchHit], total: Int) {
    guard let survival else { return try part.database.search(query) }
    let all = try SurvivalFilter(part.place.repository, survival).filter(part.database.traces(query))
    var page = query
    page.only = Array(all.dropFirst(query.offset).prefix(query.limit))
    page.offset = 0
    return (try part.database.search(page).hits, all.count)
  }
}
