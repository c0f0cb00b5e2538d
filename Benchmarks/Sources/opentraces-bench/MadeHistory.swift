/// A made-up history as a stream for `git fast-import`, and the transcripts of the sessions in it.
struct MadeHistory {
  private(set) var stream = ""
  private(set) var transcripts: [Transcript] = []
  private let directory: String
  private var files: [String: [String]] = [:]
  private var state: UInt64 = 42
  private static let start = 1_767_225_600

  init(directory: String) { self.directory = directory }

  /// Each session makes the edits of a run of commits; every fourth commit is a person's.
  mutating func play(commits: Int, sessions: Int) {
    let share = commits / sessions
    for number in 0..<commits {
      let time = Self.start + number * 3600
      if number % share == 0 {
        transcripts.append(
          Transcript(sessionID: Transcript.id(number / share), directory: directory, time: time))
        transcripts[transcripts.count - 1].prompt("Extend part \(number) of the program.")
      }
      transcripts[transcripts.count - 1].wait(until: time)
      let paths = (0..<3).map { _ in "source/part-\(random(30)).txt" }
      for path in Set(paths).sorted() { change(path, commit: number, isAgent: number % 4 != 3) }
      commit(number, time: time + 1800, paths: Set(paths).sorted())
    }
  }

  private mutating func change(_ path: String, commit: Int, isAgent: Bool) {
    let before = files[path] ?? []
    let lines = (0..<(6 + random(20))).map {
      "  let value_\(commit)_\(random(1_000_000)) = combine(\($0), \(random(900)))"
    }
    let position = random(before.count + 1)
    if isAgent {
      if before.isEmpty {
        transcripts[transcripts.count - 1].create(path, Transcript.joined(lines))
      } else {
        transcripts[transcripts.count - 1].insert(lines, at: position, in: path, before)
      }
    }
    files[path] = before[..<position] + lines + before[position...]
  }

  private mutating func commit(_ number: Int, time: Int, paths: [String]) {
    let message = "part: Make change \(number)\n"
    stream += "commit refs/heads/main\nmark :\(number + 1)\ncommitter Ada Author <ada@example.com> \(time) +0000\n"
    stream += "data \(message.utf8.count)\n\(message)"
    if number > 0 { stream += "from :\(number)\n" }
    for path in paths {
      let text = Transcript.joined(files[path] ?? [])
      stream += "M 100644 inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
    }
    stream += "\n"
  }

  /// The same numbers in every run.
  private mutating func random(_ limit: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(state >> 33) % limit
  }
}
