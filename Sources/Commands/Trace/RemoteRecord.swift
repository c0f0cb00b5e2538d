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
    // A URL can be read from anywhere.
    let here = project == nil ? try? context.repository() : try context.repository(project)
    let planes = try ShareContext.reporting(remote) {
      try RemotePlanes(
        of: remote, near: here, from: context.directory, environment: context.environment.variables)
    }
    return try withExtendedLifetime(planes) {
      let traces = try planes.traces(TraceReference.id(in: ref))
      guard let trace = traces.first else {
        throw UserFacingError(
          code: "NOT_FOUND", kind: "trace get", message: "\(remote) shares no trace \(ref)",
          hint: "opentraces bucket remote status tells of the remote that was chosen", exitCode: ExitStatus.notFound)
      }
      if traces.count > 1 { throw TraceReference.ambiguous(ref, traces) }
      let repository = try ShareContext.reporting(remote) {
        try planes.repository(with: trace, time: context.now())
      }
      return try body(repository)
    }
  }
}
