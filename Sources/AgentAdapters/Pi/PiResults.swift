internal import TraceModel

/// The answers of tools by the calls they belong to.
///
/// Not every provider makes ids that are used only once, so an answer belongs to the last call of its id before it.
struct PiResults {
  private struct Key: Hashable {
    var entry: Int
    var callID: String
  }

  private var results: [Key: PiResult] = [:]

  init(_ entries: [PiEntry]) {
    var lastCall: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      switch entry.kind {
      case .assistant(let answer):
        for call in answer.calls { lastCall[call.toolCallID] = position }
      case .result(let result):
        guard let call = lastCall[result.callID] else { continue }
        let key = Key(entry: call, callID: result.callID)
        if results[key] == nil { results[key] = result }
      default: break
      }
    }
  }

  /// - Parameter entry: the place of the entry with the call.
  subscript(entry: Int, callID: String) -> PiResult? { results[Key(entry: entry, callID: callID)] }
}
