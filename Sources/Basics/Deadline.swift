/// A time by which work has to be done that nobody waits for.
public struct Deadline: Sendable {
  /// It was not done.
  public struct Passed: Error {}

  private let end: Double

  public init(seconds: Double) { end = MonotonicClock.seconds() + seconds }

  /// Throws ``Passed`` when it is later than that. Cost: a look at the clock.
  public func check() throws {
    if MonotonicClock.seconds() > end { throw Passed() }
  }
}
