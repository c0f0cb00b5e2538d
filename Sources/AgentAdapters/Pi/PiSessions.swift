internal import Basics

/// Finds the session files of a repository that Pi wrote.
public enum PiSessions {
  /// The sessions whose working directory `isMember` accepts, in the order of their paths. A candidate's session id is
  /// the one in its header, else the file's name without extension.
  ///
  /// Only the head of each file is read, and `isMember` is asked once per directory.
  ///
  /// - Parameter directory: the directory with one directory of session files per project.
  /// - Complexity: one read for each session file of the machine.
  public static func sessions(
    under directory: String, where isMember: (String) -> Bool
  ) -> [SessionDiscovery.Candidate] {
    let all = Files.list(directory).sorted().flatMap { candidates(in: directory + "/" + $0, project: $0) }
    return SessionDiscovery.members(of: all, where: isMember)
  }

  /// The id that a session file's header names; nil when there is none, or when the file can't be read.
  static func sessionID(ofFile path: String, size: Int) -> String? { header(ofFile: path, size: size)?.id }

  private static func candidates(in directory: String, project: String) -> [SessionDiscovery.Candidate] {
    guard Files.isDirectory(directory) else { return [] }
    return Files.list(directory).sorted().compactMap { name in
      let path = directory + "/" + name
      guard name.hasSuffix(".jsonl"), let status = Files.status(path), status.isRegularFile,
        let header = header(ofFile: path, size: status.size)
      else { return nil }
      return SessionDiscovery.Candidate(
        path: path, sessionID: header.id ?? String(name.dropLast(6)), project: project, directory: header.directory,
        size: status.size)
    }
  }

  private static func header(ofFile path: String, size: Int) -> (id: String?, directory: String)? {
    FileHead.first(inFile: path, size: size) { view, _ in
      guard view["type"]?.equals("session") ?? false, let directory = view.nonEmpty("cwd") else { return nil }
      return (view.nonEmpty("id"), directory)
    }
  }
}
