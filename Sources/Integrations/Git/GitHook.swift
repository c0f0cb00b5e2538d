/// A git hook that opentraces takes part in.
public enum GitHook: String, CaseIterable, Sendable {
  case postCommit = "post-commit"
  case postRewrite = "post-rewrite"
  case postMerge = "post-merge"
  case postCheckout = "post-checkout"
  case prePush = "pre-push"

  /// The file name of our own script.
  public var ownedName: String { "opentraces-" + rawValue }

  /// Whether git writes something to the hook's standard input, which an existing hook must still get.
  var readsInput: Bool { self == .postRewrite || self == .prePush }

  /// Whether a failure stops what git is about to do. The others must never fail.
  var guards: Bool { self == .prePush }
}
