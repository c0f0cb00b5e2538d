internal import GRDB

extension SearchDatabase {
  /// A skill and how often it was used.
  public struct SkillCount: Sendable {
    public let name: String
    public let uses: Int
    public let traces: Int
    public let agents: [String: Int]
    public let sources: [String: Int]
    public let projects: [String: Int]
    public let latest: String?

    /// The counts of several indexes as one.
    public static func joined(_ all: [[SkillCount]]) -> [SkillCount] {
      guard all.count > 1 else { return all.first ?? [] }
      func sum(_ counts: [SkillCount], _ key: (SkillCount) -> [String: Int]) -> [String: Int] {
        counts.reduce(into: [:]) { $0.merge(key($1), uniquingKeysWith: +) }
      }
      return Dictionary(grouping: all.joined(), by: \.name).map { name, counts in
        SkillCount(
          name: name, uses: counts.reduce(0) { $0 + $1.uses }, traces: counts.reduce(0) { $0 + $1.traces },
          agents: sum(counts, \.agents), sources: sum(counts, \.sources), projects: sum(counts, \.projects),
          latest: counts.compactMap(\.latest).max())
      }.sorted(by: precedes)
    }

    /// The most used first.
    static func precedes(_ a: SkillCount, _ b: SkillCount) -> Bool {
      (b.uses, b.traces, a.name) < (a.uses, a.traces, b.name)
    }
  }

  /// Skills, the most used first.
  ///
  /// - Parameters:
  ///   - skill: this one only.
  ///   - since: of traces that ended at or after this time.
  ///   - includesSuperseded: of records that a later one of the same session replaces as well.
  public func skills(
    _ skill: String?, since: String?, includesSuperseded: Bool = false
  ) throws -> [SkillCount] {
    try queue.read { database in
      let isFiltered = try !includesSuperseded && Self.hasLaterGenerations(database)
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT s.name, s.source, t.trace_id, t.agent_name, t.project_slug, nullif(t.time, '') AS time
          FROM skills s JOIN traces t ON t.id = s.trace
          WHERE (? IS NULL OR s.name = ?) AND (? IS NULL OR t.time >= ?)\(isFiltered ? " AND " + Self.isLatest : "")
          """, arguments: [skill, skill, since, since])
      func counts(_ rows: [Row], _ key: String) -> [String: Int] {
        Dictionary(rows.map { ($0[key] as String, 1) }, uniquingKeysWith: +)
      }
      return Dictionary(grouping: rows) { $0["name"] as String }.map { name, rows in
        SkillCount(
          name: name, uses: rows.count, traces: counts(rows, "trace_id").count, agents: counts(rows, "agent_name"),
          sources: counts(rows, "source"), projects: counts(rows, "project_slug"),
          latest: rows.compactMap { $0["time"] as String? }.max())
      }.sorted(by: SkillCount.precedes)
    }
  }
}
