internal import GitKit
internal import TraceStore
internal import Trails

/// What `trail graph` shows, in whatever form.
struct GraphFacts {
  let page: CommitGraphReader.Page
  /// The trace that the graph is about; nil for a window of history.
  let pivot: String?
  let decorations: Decorations
  var pageNumber = 1
  var rows: [String: TraceRow] = [:]
  var coverage: [ObjectID: GraphCommit.Coverage] = [:]
  /// By commit and trace; empty when nobody asked.
  var entities: [ObjectID: [String: EntityContribution]] = [:]
  /// By patch id; empty when nobody asked.
  var survivals: [String: PatchSurvival] = [:]
  /// The commit that survival was looked at from.
  var head: ObjectID?

  init(page: CommitGraphReader.Page, pivot: String?, decorations: Decorations) {
    self.page = page
    self.pivot = pivot
    self.decorations = decorations
  }

  var commits: [GraphCommit] { page.commits }

  func coverage(of commit: GraphCommit) -> GraphCommit.Coverage? { coverage[commit.commit.id] }

  /// How whole a trace's record is.
  func lifecycle(of trace: String) -> String? { rows[trace]?.lifecycle }
}
