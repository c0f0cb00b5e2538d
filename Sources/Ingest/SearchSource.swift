internal import AgentAdapters
internal import Basics
public import GitKit
public import SearchIndex
internal import TraceModel
internal import TraceStore
internal import Trails

/// What the search index holds of stored sessions. Refs read: the private plane and the event log.
public struct SearchSource {
  private let repository: Repository
  private let bucket: Bucket
  private let catalog: PatchCatalog
  private let projectSlug: String
  private let parser = JSONParser()
  private let environments = Environments()

  public init(_ repository: Repository, projectSlug: String) throws {
    self.repository = repository
    self.projectSlug = projectSlug
    bucket = try Bucket.union(repository)
    catalog = try PatchCatalog(repository)
  }

  /// The document of a trace; nil when there is no such trace. Cost: what was kept of it for searching, and its events;
  /// where nothing was kept, the transcript.
  ///
  /// - Parameters:
  ///   - tree: of the trace.
  ///   - hash: of what the document is made of.
  public func document(of trace: String, tree: ObjectID, hash: String) throws -> SearchDocument? {
    guard let row = try bucket.row(in: tree) else { return nil }
    var facts = DocumentBuilder.Facts(
      traceID: trace, sessionID: row.sessionID, projectSlug: projectSlug, agentName: row.agentName)
    facts.agentVersion = row.agentVersion
    facts.model = row.agentModel
    facts.generation = row.generationIndex
    facts.start = row.start?.iso8601
    facts.end = row.end?.iso8601
    try addLandings(of: trace, to: &facts)
    var part: SearchPart
    if let stored = try parts(in: tree) {
      part = stored
      if let environment = try environment(in: tree) {
        part.dependencies = environment.dependencies(with: part.dependencies)
      }
    } else {
      guard let record = try StoredRecord(repository).read(trace, .dependencies) else { return nil }
      part = SearchPartBuilder.part(of: record)
    }
    return DocumentBuilder(facts, part).document(hash: hash)
  }

  /// The commits, the newest first.
  private func addLandings(of trace: String, to facts: inout DocumentBuilder.Facts) throws {
    let landings = try catalog.landings(ofTrace: trace).map {
      ($0.commit, $0.anchors, try repository.commit($0.commit))
    }
    .sorted { a, b in
      (b.2?.committerTime.microseconds ?? 0, a.0.hex) < (a.2?.committerTime.microseconds ?? 0, b.0.hex)
    }
    facts.commitSHA = landings.first?.0.hex
    var seen: Set<String> = []
    for (id, anchors, commit) in landings {
      facts.links += anchors.map { GitLink(revision: id.hex, tier: $0.tier.linkTier) }
      if let subject = commit?.subject, seen.insert(subject).inserted { facts.subjects.append(subject) }
    }
  }

  /// Where a trace was captured; sessions of one clone have one blob.
  private func environment(in tree: ObjectID) throws -> CaptureEnvironment? {
    guard let entry = try repository.entry(at: Bucket.environmentName, in: tree) else { return nil }
    if let known = environments.values[entry.id] { return known }
    let environment = try bucket.environment(in: tree).map(CaptureEnvironment.init(json:))
    environments.values[entry.id] = environment
    return environment
  }

  private final class Environments { var values: [ObjectID: CaptureEnvironment] = [:] }

  /// The parts of a trace joined; nil when some can't be used.
  private func parts(in tree: ObjectID) throws -> SearchPart? {
    guard let directory = try repository.entry(at: Bucket.searchName, in: tree) else { return nil }
    var joined: SearchPart?
    for entry in try repository.tree(directory.id) ?? [] {
      let part = try repository.withObject(entry.id) { _, bytes in SearchPart(bytes, parser) } ?? nil
      guard let part else { return nil }
      if joined == nil { joined = part } else { joined?.add(part) }
    }
    return joined
  }
}
