internal import ArgumentParser

/// Which records of a session are meant, when it has more than one.
enum Generations: String, EnumerableFlag {
  case latestGeneration, includeSuperseded
}
