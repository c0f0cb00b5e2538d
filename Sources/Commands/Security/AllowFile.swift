internal import Basics
internal import GitKit
internal import SecurityTools

/// `.opentraces-allow`: what a project says is no secret, an entry a line, see ``SecurityTools/AllowList``.
///
/// It is read from the commit that the default branch of `origin` is at, else `main` or `master`, and where there is no `origin`, else
/// `HEAD`: what a branch of somebody else's says does not count before it is merged, and going from branch to branch changes
/// nothing.
struct AllowFile {
  static let name = ".opentraces-allow"
  private static let places = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/heads/master"]

  let list: AllowList

  /// Cost: some references; when the commit is another one than the last time, a tree and a blob.
  init(_ repository: Repository) throws {
    let hasOrigin = repository.configuration.fetchURL(ofRemote: "origin") != nil
    for place in Self.places + (hasOrigin ? [] : ["HEAD"]) {
      guard let tip = try repository.resolve(reference: place) else { continue }
      let text: String
      if let kept = Self.kept(repository, tip) {
        text = kept
      } else {
        guard let tree = try repository.tree(ofCommit: tip) else { continue }
        text = String(decoding: try repository.blob(at: Self.name, in: tree) ?? [], as: UTF8.self)
        Self.keep(text, repository, tip)
      }
      list = AllowList(file: text)
      return
    }
    list = AllowList()
  }

  // MARK: What the commit said

  // To open a repository of many packs takes longer than all else that a push with nothing to send does.
  private static func path(_ repository: Repository) -> String { repository.stateDirectory + "/allow.json" }

  private static func kept(_ repository: Repository, _ tip: ObjectID) -> String? {
    let text = (try? Files.readText(path(repository))) ?? nil
    let json = text.flatMap { try? JSONValue(parsing: $0) }
    return json?["commit"]?.string == tip.hex ? json?["text"]?.string : nil
  }

  /// Without it the commit is read again.
  private static func keep(_ text: String, _ repository: Repository, _ tip: ObjectID) {
    guard Files.isDirectory(repository.stateDirectory) else { return }
    let json: JSONValue = ["commit": .string(tip.hex), "text": .string(text)]
    try? Files.writeAtomically(
      CanonicalJSON.line(json), to: path(repository), mode: 0o600, isDurable: false)
  }
}
