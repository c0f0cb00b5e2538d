internal import Basics
internal import Dispatch
internal import Synchronization
public import TraceModel

/// The text in which events are stored: two spaces of indentation, keys sorted, everything outside ASCII escaped.
public enum EventText {
  /// Events that one thread takes at a time.
  private static let chunk = 128

  /// Encodes many events on all processors; the results are in the order of the events.
  public static func encode(_ events: [TrailEvent]) -> [[UInt8]] {
    let chunks = (events.count + chunk - 1) / chunk
    let results = Mutex([[[UInt8]]](repeating: [], count: chunks))
    DispatchQueue.concurrentPerform(iterations: chunks) { number in
      let part = events[(number * chunk)..<min((number + 1) * chunk, events.count)]
      let texts = part.map { CanonicalJSON.pretty($0.json, sorted: true, asciiOnly: true) }
      results.withLock { $0[number] = texts }
    }
    return results.withLock { $0.flatMap { $0 } }
  }
}
