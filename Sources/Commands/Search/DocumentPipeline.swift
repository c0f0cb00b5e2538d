internal import Basics
internal import Dispatch
internal import GitKit
internal import Ingest
internal import SearchIndex
internal import Synchronization
internal import TraceStore

/// Makes documents on one thread while another one takes them in.
final class DocumentPipeline: Sendable {
  private struct State {
    var ready: [SearchEntry] = []
    var done = 0
    var failure: (any Error)?
    var isStopped = false
    var unreadable: [String] = []
  }

  /// A trace whose document is wanted.
  struct Wanted: Sendable {
    let trace: String
    let tree: ObjectID
    let hash: String
  }

  private let traces: [Wanted]
  private let state = Mutex(State())
  private let space = DispatchSemaphore(value: 0)
  private let change = DispatchSemaphore(value: 0)

  /// Documents that may wait.
  private static let capacity = 64

  init(_ traces: [Wanted]) { self.traces = traces }

  /// - Parameters:
  ///   - source: used by the other thread alone.
  ///   - take: gets some documents, and how many traces were looked at.
  func run(_ source: SearchSource, _ take: ([SearchEntry], Int) throws -> Void) throws {
    guard traces.count > 1 else {
      return try take(
        try traces.compactMap { try entry($0, source) }, traces.count)
    }
    let unshared = Unshared(source)
    for _ in 0..<Self.capacity { space.signal() }
    DispatchQueue.global().async { self.fill(unshared.value) }
    var done = 0
    while done < traces.count {
      change.wait()
      let (documents, count, failure) = state.withLock { state in
        defer { state.ready = [] }
        return (state.ready, state.done, state.failure)
      }
      if let failure { throw failure }
      if count == done { continue }
      for _ in done..<count { space.signal() }
      done = count
      do {
        try take(documents, done)
      } catch {
        state.withLock { $0.isStopped = true }
        space.signal()
        throw error
      }
    }
  }

  private func fill(_ source: SearchSource) {
    for wanted in traces {
      space.wait()
      if state.withLock({ $0.isStopped }) { return }
      do {
        let entry = try entry(wanted, source)
        state.withLock { state in
          if let entry { state.ready.append(entry) }
          state.done += 1
        }
      } catch {
        state.withLock { $0.failure = error }
        change.signal()
        return
      }
      change.signal()
    }
  }

  /// Nil for a trace that can't be read: it is not in the way of the others.
  private func entry(_ wanted: Wanted, _ source: SearchSource) throws -> SearchEntry? {
    do {
      return try source.document(of: wanted.trace, tree: wanted.tree, hash: wanted.hash).map(SearchEntry.init)
    } catch is StoreError {
      state.withLock { $0.unreadable.append(wanted.trace) }
      return nil
    }
  }

  /// Traces that could not be read, after ``run(_:_:)``.
  var unreadable: [String] { state.withLock { $0.unreadable } }
}
