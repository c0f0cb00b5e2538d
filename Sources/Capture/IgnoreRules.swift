internal import Basics
internal import GitKit

/// Which files of a worktree are ignored, and whether that may have changed since the last look.
struct IgnoreRules {
  private let repository: Repository
  private let root: String
  /// At the first look: what the index has is tracked and never ignored.
  private let baseline: BaselineIndex?

  init(_ repository: Repository, root: String, baseline: BaselineIndex?) {
    self.repository = repository
    self.root = root
    self.baseline = baseline
  }

  func isIgnored(_ path: BytePath, isDirectory: Bool = false) -> Bool {
    if let baseline, baseline.isTracked(path) { return false }
    // A rule that can't be read hides nothing.
    return (try? repository.isIgnored(path.description + (isDirectory ? "/" : ""))) ?? false
  }

  /// Whether a file that was looked at until now is ignored by now; what git tracks is not.
  func hides(_ path: BytePath) -> Bool {
    isIgnored(path) && ((try? repository.isTracked(path.description)) ?? false) == false
  }

  /// What decides: the files of rules that the cache knows, and those outside the worktree, by what `stat` says of them.
  func stamp(_ cache: WorktreeCache) -> UInt64 {
    var stamp: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ value: Int) { stamp = (stamp ^ UInt64(bitPattern: Int64(value))) &* 0x100_0000_01B3 }
    // A setting that can't be read names no file.
    let configured = (try? repository.configuration.path("core.excludesfile")) ?? nil
    for path in [repository.commonDirectory + "/info/exclude", configured].compactMap({ $0 }) + files(cache) {
      guard let status = Files.status(path) else { continue }
      for byte in path.utf8 { add(Int(byte)) }
      add(status.size)
      add(status.modified)
      add(Int(truncatingIfNeeded: status.inode))
    }
    return stamp
  }

  private func files(_ cache: WorktreeCache) -> [String] {
    cache.directories.indices.flatMap { directory in
      cache.files(of: directory).filter { cache.isRulesFile(cache.files[$0].name) }
        .map { root + "/" + cache.path(of: $0, in: directory).description }
    }
  }
}
