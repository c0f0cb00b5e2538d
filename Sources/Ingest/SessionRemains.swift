internal import Basics
internal import Capture
public import GitKit
internal import TraceStore

/// What is kept of a session beside the refs: what hooks reported, and where its reading stopped.
public enum SessionRemains {
  /// Deletes it. A session that goes on begins anew.
  ///
  /// - Parameter agent: the agent's name in rows.
  public static func remove(of session: String, agent: String, in repository: Repository) throws {
    let journal = Journal(directory: repository.stateDirectory, agent: agent, session: session)
    try Files.remove(journal.path)
    try Files.remove("\(repository.stateDirectory)/points/\(agent)/" + Paths.name(journal.path))
  }
}
