internal import Dispatch
internal import Synchronization

/// Runs `body` on `count` threads at once and waits for all of them; throws what the first that failed threw.
public func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
  let failures = Mutex([any Error]())
  let group = DispatchGroup()
  for number in 0..<count {
    DispatchQueue(label: "parallel \(number)").async(group: group) {
      do {
        try body(number)
      } catch {
        failures.withLock { $0.append(error) }
      }
    }
  }
  group.wait()
  if let first = failures.withLock({ $0.first }) { throw first }
}
