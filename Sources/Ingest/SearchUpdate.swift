internal import AgentAdapters
internal import Basics
internal import GitKit
internal import SearchIndex
internal import TraceModel
internal import TraceStore

/// What can be searched of a fold, and where it goes below the trace's directory.
struct SearchUpdate: Sendable {
  let blob: ObjectID
  /// From 1.
  private let number: Int
  /// Whether the parts that are there have to go.
  let replacesParts: Bool

  /// More parts than this are joined: each is an object to read.
  private static let limit = 32

  var path: String { Bucket.searchFile(number) }

  /// Of a session that was read whole.
  init(_ parsed: ParsedSession, trace: String, _ membership: SessionMembership, _ writer: any ObjectWriter) throws {
    blob = try writer.writeBlob(Self.part(parsed, trace, membership, earlier: []).bytes)
    number = 1
    replacesParts = true
  }

  /// Of what was added to a session. Nil where nothing was kept of its begin: then the transcript is read.
  ///
  /// - Parameter earlier: calls made before that had no answer.
  init?(
    added parsed: ParsedSession, earlier: [ToolCall], trace: String, in bucket: Bucket, _ membership: SessionMembership,
    _ writer: any ObjectWriter
  ) throws {
    guard let tree = try bucket.traceTree(trace),
      let directory = try bucket.repository.entry(at: Bucket.searchName, in: tree),
      let entries = try bucket.repository.tree(directory.id), !entries.isEmpty
    else { return nil }
    let part = Self.part(parsed, trace, membership, earlier: earlier)
    guard entries.count >= Self.limit else {
      blob = try writer.writeBlob(part.bytes)
      number = entries.count + 1
      replacesParts = false
      return
    }
    let parser = JSONParser()
    var joined: SearchPart?
    for entry in entries {
      let stored = try bucket.repository.withObject(entry.id) { _, bytes in SearchPart(bytes, parser) } ?? nil
      guard let stored else { return nil }
      if joined == nil { joined = stored } else { joined?.add(stored) }
    }
    joined?.add(part)
    blob = try writer.writeBlob((joined ?? part).bytes)
    number = 1
    replacesParts = true
  }

  private static func part(
    _ parsed: ParsedSession, _ trace: String, _ membership: SessionMembership, earlier: [ToolCall]
  ) -> SearchPart {
    let directory = parsed.directories.first
    return SearchPartBuilder(
      parsed.record.steps, trace: trace, answers: parsed.lateAnswers, of: earlier
    ) { membership.repositoryPath(of: $0, directory: directory)?.description ?? $0 }
    .part(parsed.record)
  }
}
