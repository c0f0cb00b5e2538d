internal import Basics

/// Finds the rollout files of a repository.
public enum CodexSessions {
  /// How many lines of a file are looked at for its working directory.
  private static let headLines = 64
  private static let archive = "archived_sessions"
  /// `YYYY/MM/DD` and the file.
  private static let depth = 4

  /// The sessions whose working directory `isMember` accepts, in the order of their paths for each root.
  ///
  /// Looked at are `sessions/YYYY/MM/DD/rollout-*.jsonl` and `archived_sessions/rollout-*.jsonl`. A candidate's
  /// `project` is its path below the directory of sessions. Only the head of each file is read, and `isMember` is asked
  /// once per directory.
  ///
  /// - Parameter roots: home directories of Codex.
  /// - Complexity: one read for each rollout file of the machine.
  public static func sessions(
    under roots: [String], where isMember: (String) -> Bool
  ) -> [SessionDiscovery.Candidate] {
    var seen: Set<String> = []
    let files = roots.flatMap { root in
      rollouts(in: root + "/sessions", prefix: "", depth: depth)
        + rollouts(in: root + "/" + archive, prefix: archive + "/", depth: 1)
    }
    let unique = files.filter { seen.insert($0.path).inserted }
    return SessionDiscovery.members(
      of: unique.compactMap { candidate($0.path, project: $0.project) }, where: isMember)
  }

  /// The rollout file of a session, by its name, which ends with the session's id; the newest of several.
  ///
  /// - Parameter root: a home directory of Codex.
  /// - Complexity: a listing of each day's directory.
  public static func file(of session: String, under root: String) -> String? {
    let files = rollouts(in: root + "/sessions", prefix: "", depth: depth)
    return files.last { $0.path.hasSuffix("-" + session + ".jsonl") }?.path
  }

  private static func rollouts(
    in directory: String, prefix: String, depth: Int
  ) -> [(path: String, project: String)] {
    guard depth > 0 else { return [] }
    return Files.list(directory).flatMap { name -> [(path: String, project: String)] in
      let path = directory + "/" + name
      if name.hasPrefix("rollout-"), name.hasSuffix(".jsonl") { return [(path, prefix + name)] }
      return Files.isDirectory(path) ? rollouts(in: path, prefix: prefix + name + "/", depth: depth - 1) : []
    }
  }

  private static func candidate(_ path: String, project: String) -> SessionDiscovery.Candidate? {
    guard let status = Files.status(path), status.isRegularFile,
      let head = head(ofFile: path, size: status.size)
    else { return nil }
    return SessionDiscovery.Candidate(
      path: path, sessionID: head.sessionID, project: project, directory: head.directory, size: status.size)
  }

  /// The id and the working directory of a session: those of its first head; without one the file's name and the
  /// directory of its first turn. Nil when the first lines name no directory.
  public static func head(ofFile path: String, size: Int) -> (sessionID: String, directory: String)? {
    var id: String?
    let directory = FileHead.first(inFile: path, size: size, lines: headLines) { view, _ -> String? in
      guard let (type, payload) = RolloutScanner.unwrap(view) else { return nil }
      if type == "session_meta", id == nil { id = payload.nonEmpty("id") }
      return type == "session_meta" || type == "turn_context" ? payload.nonEmpty("cwd") : nil
    }
    return directory.map { (id ?? fileStem(path), $0) }
  }

  /// A file's name without `rollout-` and extension.
  private static func fileStem(_ path: String) -> String {
    let name = Paths.name(path)
    let stem = name.hasSuffix(".jsonl") ? String(name.dropLast(6)) : name
    return stem.hasPrefix("rollout-") ? String(stem.dropFirst(8)) : stem
  }
}
