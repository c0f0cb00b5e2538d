internal import Basics
internal import GitKit
internal import Integrations
internal import Sharing
internal import TraceModel

/// `--remote` of the `trace` commands: a record is read where it is shared, and nothing of it is kept.
enum RemoteRecord {
  /// - Parameters:
  ///   - ref: as for a trace that is here, but for session ids.
  ///   - body: gets a repository that holds this trace alone, and none of the code's commits.
  static func read(
    _ ref: String, at remote: String, _ project: String?, _ context: CommandContext,
    _ body: (Repository) throws -> CommandResult
  ) throws -> CommandResult {
    let wanted = TraceReference.id(in: ref)
    if wanted.utf8.count < 2 { throw TraceReference.tooShort(wanted) }
    // A URL can be read from anywhere.
    let here = project == nil ? try? context.repository() : try context.repository(project)
    let planes = try ShareContext.reporting(remote) {
      try RemotePlanes(
        of: remote, near: here, from: context.directory, environment: context.environment.variables)
    }
    return try withExtendedLifetime(planes) {
      let traces = try planes.traces(wanted)
      guard let trace = traces.first else {
        throw UserFacingError(
          code: "NOT_FOUND", kind: "trace get", message: "\(remote) shares no trace \(ref)",
          hint: "--remote takes ids of traces and how they begin, not those of sessions",
          exitCode: ExitStatus.notFound)
      }
      if traces.count > 1 { throw TraceReference.ambiguous(ref, traces) }
      let repository = try ShareContext.reporting(remote) {
        try planes.repository(with: trace, time: context.now())
      }
      return try body(repository)
    }
  }
}
