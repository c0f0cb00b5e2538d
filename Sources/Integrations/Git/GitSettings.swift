internal import GitKit

/// The settings of a repository that keep the private refs here and bring the notes of others.
struct GitSettings {
  static let hideKey = "transfer.hideRefs"
  static let hiddenRefs = "refs/opentraces/local"
  /// The first git that runs hooks named in its configuration.
  static let configHooksSince = GitVersion(2, 54)

  let repository: Repository

  /// The value of `remote.<name>.fetch`.
  ///
  /// The pattern fits the notes ref itself. Without one, git refuses to fetch from a remote that has no such notes yet.
  static func notesRefspec(_ remote: String) -> String {
    "refs/notes/opentraces*:refs/notes/remotes/\(remote)/opentraces*"
  }

  /// Whether a refspec was written by opentraces, this version or an earlier one, forced or not.
  private static func isOurs(_ refspec: String) -> Bool {
    let source = refspec.drop { $0 == "+" }.prefix { $0 != ":" }
    return source == "refs/notes/opentraces" || source == "refs/notes/opentraces*"
  }

  private func ourRefspecs(_ remote: String) throws -> [String] {
    try repository.configuration.localValues("remote.\(remote).fetch").filter(Self.isOurs)
  }

  var hidesPrivateRefs: Bool {
    get throws { try repository.configuration.localValues(Self.hideKey).contains(Self.hiddenRefs) }
  }

  /// The remotes whose notes a plain `git fetch` brings.
  func remotesWithNotes() throws -> [String] {
    try repository.configuration.remotes().filter { try ourRefspecs($0) == [Self.notesRefspec($0)] }
  }

  func planInstall(_ edits: inout ConfigEdits) throws {
    let hidden = try repository.configuration.localValues(Self.hideKey).filter { $0 == Self.hiddenRefs }
    if hidden.count > 1 { edits.remove(Self.hideKey, Self.hiddenRefs) }
    if hidden.count != 1 { edits.add(Self.hideKey, Self.hiddenRefs) }
    let remotes = try repository.configuration.remotes()
    for remote in remotes {
      let wanted = Self.notesRefspec(remote)
      let found = try ourRefspecs(remote)
      if found == [wanted] { continue }
      for value in Set(found).sorted() { edits.remove("remote.\(remote).fetch", value) }
      edits.add("remote.\(remote).fetch", wanted)
    }
    if !remotes.contains("origin") { try planRefspecRemoval("origin", &edits) }
  }

  func planRemoval(_ edits: inout ConfigEdits) throws {
    if try hidesPrivateRefs { edits.remove(Self.hideKey, Self.hiddenRefs) }
    let remotes = try repository.configuration.remotes()
    // An earlier version could leave a section for an origin that does not exist.
    for remote in Set(remotes + ["origin"]).sorted() { try planRefspecRemoval(remote, &edits) }
    for hook in GitHook.allCases { try planHookRemoval(hook, &edits) }
  }

  private func planRefspecRemoval(_ remote: String, _ edits: inout ConfigEdits) throws {
    for value in Set(try ourRefspecs(remote)).sorted() { edits.remove("remote.\(remote).fetch", value) }
  }

  // MARK: Hooks named in the configuration

  private func hookSettings(_ hook: GitHook, script: String) -> [(key: String, value: String)] {
    [("hook.\(hook.ownedName).event", hook.rawValue), ("hook.\(hook.ownedName).command", ShellText.quoted(script))]
  }

  func hasHook(_ hook: GitHook, script: String) throws -> Bool {
    try hookSettings(hook, script: script).allSatisfy { setting in
      try repository.configuration.localValues(setting.key) == [setting.value]
    }
  }

  func planHook(_ hook: GitHook, script: String, _ edits: inout ConfigEdits) throws {
    if try hasHook(hook, script: script) { return }
    try planHookRemoval(hook, &edits)
    for setting in hookSettings(hook, script: script) { edits.add(setting.key, setting.value) }
  }

  func planHookRemoval(_ hook: GitHook, _ edits: inout ConfigEdits) throws {
    for name in ["event", "command"] {
      let key = "hook.\(hook.ownedName).\(name)"
      for value in Set(try repository.configuration.localValues(key)).sorted() { edits.remove(key, value) }
    }
  }
}
