import Basics
import TestSupport

#if canImport(Glibc)
  import Glibc
#endif

/// Right and wrong credits of one scenario.
struct Score {
  var right = 0
  var wrong = 0
  var missing = 0
  var notes = (right: 0, wrong: 0, missing: 0)
  var survival = (right: 0, all: 0)

  mutating func add(credited: String?, truth: String?) {
    if let credited, credited == truth {
      right += 1
    } else {
      if credited != nil { wrong += 1 }
      if truth != nil { missing += 1 }
    }
  }

  mutating func addNote(_ named: Set<String>, truth: Set<String>) {
    notes.right += named.intersection(truth).count
    notes.wrong += named.subtracting(truth).count
    notes.missing += truth.subtracting(named).count
  }

  mutating func addSurvival(_ isRight: Bool) {
    survival.all += 1
    if isRight { survival.right += 1 }
  }
}

/// Writes a row per scenario to the file that `OPENTRACES_SCENARIO_TABLE` names; `make scenarios` prints it.
enum ScenarioTable {
  static func add(_ number: Int, _ title: String, _ score: Score) throws {
    guard let file = getenv("OPENTRACES_SCENARIO_TABLE").map({ String(cString: $0) }) else { return }
    let fields = [
      number, score.right, score.wrong, score.missing, score.notes.right, score.notes.wrong, score.notes.missing,
      score.survival.right, score.survival.all,
    ]
    // One write of a short line: scenarios that run beside each other don't mix.
    try Files.append(Array((fields.map { "\($0)" }.joined(separator: "\t") + "\t" + title + "\n").utf8), to: file)
  }
}
