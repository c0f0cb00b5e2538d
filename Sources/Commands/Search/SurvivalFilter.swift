internal import GitKit
internal import SearchIndex
internal import Trails

/// Keeps those traces of which some lines had a fate, as it is at HEAD now. The index can't know: it changes with HEAD.
struct SurvivalFilter {
  /// The states that a question may name.
  static let states: [SurvivalState] = [
    .aliveOnPath, .aliveTransformed, .aliveMoved, .partiallyPreserved, .repaired, .reverted, .lost, .unknown,
  ]

  private let catalog: PatchCatalog
  private let reader: SurvivalReader
  private let state: SurvivalState

  init(_ repository: Repository, _ state: SurvivalState) throws {
    catalog = try PatchCatalog(repository)
    reader = try SurvivalReader(repository)
    self.state = state
  }

  /// The traces that fit, in their order. Cost: one walk over the commits since the oldest anchor, and the files that
  /// the patches changed.
  func filter(_ traces: [String]) throws -> [String] {
    var questions: [SurvivalReader.Question] = []
    for trace in traces {
      let anchors = Dictionary(grouping: try catalog.anchors(ofTrace: trace), by: \.patchID)
      if anchors.isEmpty { continue }
      for entry in try catalog.patches(ofTrace: trace) {
        guard let own = anchors[entry.patchID] else { continue }
        questions.append(SurvivalReader.Question(entry, anchors: own))
      }
    }
    let fitting = Set(try reader.survival(of: questions).filter { $0.state == state }.map(\.traceID))
    return traces.filter(fitting.contains)
  }
}
