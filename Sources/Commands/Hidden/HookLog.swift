internal import Basics
internal import GitKit
internal import Integrations

/// One JSON line per hook run; when the file passes its limit, the older half goes.
struct HookLog {
  static let limit = 5 << 20
  let path: String

  init(_ repository: Repository) { path = repository.stateDirectory + "/hook.log" }

  /// The log of the machine, for what the log of a repository can't take: its disk may be full.
  init(_ environment: HostEnvironment) { path = environment.opentracesHome + "/hook.log" }

  func append(_ entry: JSONValue) throws {
    try Files.createDirectory(Paths.parent(path))
    if let size = Files.status(path)?.size, size > Self.limit { try halve() }
    try Files.append(CanonicalJSON.line(entry) + [0x0A], to: path)
  }

  private func halve() throws {
    guard let bytes = try Files.readIfPresent(path) else { return }
    let middle = bytes.count / 2
    let cut = bytes[middle...].firstIndex(of: 0x0A).map { $0 + 1 } ?? middle
    try Files.writeAtomically(Array(bytes[cut...]), to: path)
  }
}
