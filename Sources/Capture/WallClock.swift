internal import Glibc

/// The system's clock.
enum WallClock {
  /// Nanoseconds since 1970: never behind the stamp of a file that has changed already.
  static func nanoseconds() -> Int { read(CLOCK_REALTIME) }

  /// Nanoseconds since 1970: never ahead of the stamp of a file that changes from now on. Systems stamp files by this
  /// clock, which ticks every few milliseconds, and newer ones by the finer one where somebody is looking.
  static func tick() -> Int { read(CLOCK_REALTIME_COARSE) }

  private static func read(_ clock: clockid_t) -> Int {
    var time = timespec()
    clock_gettime(clock, &time)
    return time.nanoseconds
  }
}
