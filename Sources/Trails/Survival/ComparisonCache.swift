internal import Basics
internal import GitKit
internal import Synchronization

/// What comparisons of versions of files found, kept beside the refs: the same pairs of blobs are asked for whenever the
/// patches of a trace are followed, wherever HEAD is.
///
/// Machine-local and disposable: what is missing, or in a file that is damaged, is compared again. It holds what the
/// last look used and nothing else, so it grows with a trace's patches only.
public final class ComparisonCache: Sendable {
  struct Pair: Hashable {
    let old: ObjectID
    let new: ObjectID
  }

  /// A file before a commit, and the commit.
  struct Departure: Hashable {
    let commit: ObjectID
    let path: BytePath
    let blob: ObjectID
  }

  fileprivate struct State {
    var targets: [Pair: LineTargets] = [:]
    var moves: [Departure: [Int: TrailReader.Destination]] = [:]
    var usedTargets: Set<Pair> = []
    var usedMoves: Set<Departure> = []
    var isChanged = false
  }

  private let state: Mutex<State>
  private let file: String

  /// - Parameter file: need not exist.
  public init(_ file: String) {
    self.file = file
    // What can't be read is compared again.
    let bytes = (try? Files.readIfPresent(file)) ?? nil
    state = Mutex(bytes.map { State(reading: $0) } ?? State())
  }

  func targets(_ old: ObjectID, _ new: ObjectID) -> LineTargets? {
    let pair = Pair(old: old, new: new)
    return state.withLock { state in
      guard let known = state.targets[pair] else { return nil }
      state.usedTargets.insert(pair)
      return known
    }
  }

  func keep(_ found: LineTargets, _ old: ObjectID, _ new: ObjectID) {
    let pair = Pair(old: old, new: new)
    state.withLock { state in
      state.targets[pair] = found
      state.usedTargets.insert(pair)
      state.isChanged = true
    }
  }

  func moves(_ departure: Departure) -> [Int: TrailReader.Destination]? {
    state.withLock { state in
      guard let known = state.moves[departure] else { return nil }
      state.usedMoves.insert(departure)
      return known
    }
  }

  func keep(_ found: [Int: TrailReader.Destination], _ departure: Departure) {
    state.withLock { state in
      state.moves[departure] = found
      state.usedMoves.insert(departure)
      state.isChanged = true
    }
  }

  /// Writes what was used, when there is something new.
  public func save() throws {
    try state.withLock { state in
      guard state.isChanged else { return }
      try Files.createDirectory(Paths.parent(file))
      try Files.writeAtomically(state.encoded(), to: file, mode: 0o600, isDurable: false)
      state.isChanged = false
    }
  }
}

extension ComparisonCache.State {
  // MARK: The file: a mark, targets, moves, and the checksum of all before it; numbers of four bytes.

  /// To be changed with the rules of comparison.
  private static let mark = Array("opentraces comparisons 1\n".utf8)

  fileprivate func encoded() -> [UInt8] {
    var out = Output(bytes: Self.mark)
    out.append(usedTargets.count)
    for pair in usedTargets {
      guard let known = targets[pair] else { continue }
      out.bytes += pair.old.bytes + pair.new.bytes
      out.append(known.isComplete ? 1 : 0)
      out.append(known.runs.count)
      for run in known.runs {
        out.append(run.old)
        out.append(run.new)
        out.append(run.count)
        out.append((run.isTransformed ? 1 : 0) | (run.isMoved ? 2 : 0))
      }
    }
    out.append(usedMoves.count)
    for departure in usedMoves {
      let known = moves[departure] ?? [:]
      out.bytes += departure.commit.bytes + departure.blob.bytes
      out.append(departure.path)
      out.append(known.count)
      for (line, destination) in known {
        out.append(line)
        out.append(destination.line)
        out.bytes += destination.blob.bytes
        out.append(destination.path)
      }
    }
    out.bytes += Digest.sha256(out.bytes)
    return out.bytes
  }

  fileprivate init(reading bytes: [UInt8]) {
    guard bytes.starts(with: Self.mark), bytes.count > Self.mark.count + 32,
      Digest.sha256(bytes.dropLast(32)) == Array(bytes.suffix(32))
    else { return }
    // The checksum vouches for the form.
    var input = Input(bytes: bytes, at: Self.mark.count)
    for _ in 0..<input.number() {
      let pair = ComparisonCache.Pair(old: input.id(), new: input.id())
      let isComplete = input.number() == 1
      let runs = (0..<input.number()).map { _ in
        let (old, new, count, flags) = (input.number(), input.number(), input.number(), input.number())
        return LineTargets.Run(
          old: old, new: new, count: count, isTransformed: flags & 1 != 0, isMoved: flags & 2 != 0)
      }
      targets[pair] = LineTargets(runs: runs, isComplete: isComplete)
    }
    for _ in 0..<input.number() {
      let (commit, blob, path) = (input.id(), input.id(), input.path())
      var found: [Int: TrailReader.Destination] = [:]
      for _ in 0..<input.number() {
        let (from, line, target) = (input.number(), input.number(), input.id())
        found[from] = TrailReader.Destination(path: input.path(), blob: target, line: line)
      }
      moves[ComparisonCache.Departure(commit: commit, path: path, blob: blob)] = found
    }
  }

  private struct Output {
    var bytes: [UInt8]

    mutating func append(_ number: Int) {
      withUnsafeBytes(of: UInt32(clamping: number).littleEndian) { bytes += $0 }
    }

    mutating func append(_ path: BytePath) {
      append(path.bytes.count)
      bytes += path.bytes
    }
  }

  private struct Input {
    let bytes: [UInt8]
    var at: Int

    mutating func number() -> Int {
      defer { at += 4 }
      guard at + 4 <= bytes.count else { return 0 }
      return bytes.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: UInt32.self))) }
    }

    mutating func id() -> ObjectID { ObjectID(bytes: take(20)) ?? .zero }

    mutating func path() -> BytePath { BytePath(take(number())) }

    private mutating func take(_ count: Int) -> [UInt8] {
      defer { at += count }
      guard count >= 0, at + count <= bytes.count else { return [] }
      return Array(bytes[at..<(at + count)])
    }
  }
}
