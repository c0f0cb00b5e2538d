/// How progress of long work is shown.
public enum ProgressMode: String, CaseIterable, Sendable {
  case auto, plain, json, never
}

/// Receives the progress of long work. Implementations decide what becomes of it; library code only reports.
public protocol ProgressReporter: Sendable {
  /// - Parameters:
  ///   - stage: a short noun such as `import`.
  ///   - done: units done so far.
  ///   - total: units in all, when known.
  func report(stage: String, done: Int, total: Int?)
}

/// Drops every report.
public struct SilentProgress: ProgressReporter {
  public init() {}
  public func report(stage: String, done: Int, total: Int?) {}
}
