/// Which rules the detectors follow.
public enum AnalysisRules: Sendable {
  /// Ours, which leave out what the older tool reports wrongly.
  case corrected
  /// Those of the older tool, to compare with it (`OPENTRACES_COMPAT=peer`).
  case peer
}
