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

  /// Cost: some references and a tree.
  init(_ repository: Repository) throws {
    let hasOrigin = repository.configuration.fetchURL(ofRemote: "origin") != nil
    for place in Self.places + (hasOrigin ? [] : ["HEAD"]) {
      guard let tip = try repository.resolve(reference: place), let tree = try repository.tree(ofCommit: tip) else {
        continue
      }
      list = AllowList(file: String(decoding: try repository.blob(at: Self.name, in: tree) ?? [], as: UTF8.self))
      return
    }
    list = AllowList()
  }
}
