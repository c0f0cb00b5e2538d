internal import Basics

/// Finds the session files of a repository.
public enum SessionDiscovery {
  /// A session file.
  public struct Candidate: Sendable, Hashable {
    public var path: String
    /// The file's name without extension.
    public var sessionID: String
    /// The name of the directory it lies in.
    public var project: String
    /// The working directory its first lines name.
    public var directory: String
    public var size: Int
  }

  /// Bytes of a file that are read to learn its working directory; more while none is found, up to the limit, and
  /// beyond it to the end of the line that stands there: a prompt can hold images of many megabytes.
  private static let headSize = 16 * 1024
  private static let headLimit = 4 * 1024 * 1024

  /// The sessions whose working directory `isMember` accepts, in the order of their paths.
  ///
  /// Files of sub-agents (`agent-*`) are no sessions. Only the head of each file is read, and
  /// `isMember` is asked once per directory.
  ///
  /// - Parameter projects: the directory with one directory of session files per project.
  /// - Complexity: one read for each session file of the machine.
  public static func sessions(
    under projects: String, where isMember: (String) -> Bool
  ) -> [Candidate] {
    var answers: [String: Bool] = [:]
    return Files.list(projects).sorted().flatMap { project in
      candidates(in: projects + "/" + project, project: project).filter { candidate in
        if let answer = answers[candidate.directory] { return answer }
        let answer = isMember(candidate.directory)
        answers[candidate.directory] = answer
        return answer
      }
    }
  }

  private static func candidates(in directory: String, project: String) -> [Candidate] {
    guard Files.isDirectory(directory) else { return [] }
    return Files.list(directory).sorted().compactMap { name in
      guard name.hasSuffix(".jsonl"), !name.hasPrefix("agent-") else { return nil }
      let path = directory + "/" + name
      guard let status = Files.status(path), status.isRegularFile,
        let cwd = workingDirectory(ofFile: path, size: status.size)
      else { return nil }
      return Candidate(
        path: path, sessionID: String(name.dropLast(6)), project: project, directory: cwd,
        size: status.size)
    }
  }

  /// The working directory of the first line that names one and belongs to no sub-agent; nil also
  /// when the file can't be read.
  public static func workingDirectory(ofFile path: String, size: Int) -> String? {
    var length = headSize
    while true {
      // A file that vanished or may not be read is no session of ours.
      guard let head = try? head(ofFile: path, length) else { return nil }
      if let directory = workingDirectory(in: head) { return directory }
      let isInsideALongLine = (head.bytes.lastIndex(of: 0x0A) ?? 0) < head.count / 2
      guard length < size, length < headLimit || isInsideALongLine else { return nil }
      length *= 4
    }
  }

  private static func head(ofFile path: String, _ length: Int) throws -> PaddedBuffer {
    let file = try FileHandle.open(path, .read)
    defer { file.close() }
    var bytes = [UInt8](repeating: 0, count: length)
    let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
    return PaddedBuffer(copying: bytes[..<count])
  }

  private static func workingDirectory(in head: PaddedBuffer) -> String? {
    let parser = JSONParser()
    var found: String?
    head.forEachLine { line in
      guard found == nil, line.isTerminated, line.bytes.count > 2 else { return }
      // A damaged line says nothing; the next one may.
      found = try? parser.parse(padded: line.bytes) { view in
        view.flag("isSidechain") ? nil : view.nonEmpty("cwd")
      }
    }
    return found
  }
}
