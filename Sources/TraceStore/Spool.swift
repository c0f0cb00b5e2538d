internal import Basics
internal import TraceModel

/// Events that could not be appended because the log was locked for too long. The next writer takes them along, and
/// its batch names the lots that it took, so that a crash before they are removed repeats none.
struct Spool {
  let directory: String

  /// Keeps drafts for later. Durable when it returns.
  func keep(_ drafts: [TrailEventDraft], at time: Timestamp) throws {
    guard !drafts.isEmpty else { return }
    try Files.createDirectory(directory)
    let stamp = String(time.microseconds)
    let padded = String(repeating: "0", count: max(0, 20 - stamp.count)) + stamp
    let name = "\(padded)-\(Hex.encode(RandomBytes.make(8))).json"
    try Files.writeAtomically(CanonicalJSON.line(.array(drafts.map(\.json))), to: directory + "/" + name)
  }

  /// What waits, oldest first, with the file each lot came from. Files that can't be read stay where they are.
  func waiting() -> [(file: String, drafts: [TrailEventDraft])] {
    Files.list(directory).filter { $0.hasSuffix(".json") }.compactMap { name in
      let path = directory + "/" + name
      guard let bytes = (try? Files.readIfPresent(path)) ?? nil, let json = try? JSONValue(parsing: bytes) else {
        return nil
      }
      let drafts = json.array?.compactMap { TrailEventDraft(json: $0) } ?? []
      return drafts.count == json.array?.count ? (path, drafts) : nil
    }
  }
}
