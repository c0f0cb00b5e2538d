internal import Basics
public import SecurityTools
internal import TraceModel

/// The tools that have to have gone over a trace before it may leave, and how they were told to.
public struct ClearancePolicy: Sendable {
  public let tools: [ToolName]
  public let options: SecurityOptions

  public init(tools: [ToolName], options: SecurityOptions) {
    self.tools = tools
    self.options = options
  }

  public var isConfigured: Bool { !tools.isEmpty }

  /// To be raised with any change of what is found, or of what is made of it.
  static let rules = "1"

  /// Identifies tools, options and rules: what was cleared under another one is out of date. Says nothing about the
  /// options themselves.
  public var digest: String {
    let material: JSONValue = [
      "security_version": .string(TrailVersions.security), "rules": .string(Self.rules),
      "tools": .strings(tools.map(\.rawValue)), "names": .strings(options.names.sorted()),
      "sensitivity": .string(options.sensitivity), "excluded_paths": .strings(options.excludedPaths),
    ]
    return "sha256:" + Digest.contentID(canonicalization: "opentraces.clearance_policy.v1", material)
  }
}
