internal import Glibc

/// The system's clock, as file times are taken from it.
enum WallClock {
  /// Since 1970.
  static func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time.nanoseconds
  }
}
