extension TraceRecord {
  /// Derives `outcome.committed`, `outcome.commit_sha` and `git_links` from the anchored patches.
  ///
  /// Does nothing while no patch was found in a commit. The commit of the outcome is that of the
  /// patch searched last; links hold each patch's commit, then the commits it replaced, once per
  /// (revision, tier).
  public mutating func deriveLandings() {
    let landed = patches.filter { $0.anchor?.found == true }
    guard !landed.isEmpty else { return }
    let searched = landed.compactMap(\.anchor)
    let latest = searched.reduce(searched[0]) { $1.lastSearchedAt > $0.lastSearchedAt ? $1 : $0 }
    outcome.committed = true
    outcome.commitSHA = latest.commitSHA
    gitLinks = Self.links(of: landed)
  }

  private static func links(of patches: [Patch]) -> [GitLink] {
    var seen: Set<GitLink> = []
    return patches.flatMap { patch in
      let tier = (patch.anchor?.evidenceTier ?? .unknown).linkTier
      let revisions = [patch.anchor?.commitSHA].compactMap { $0 } + patch.supersededBy
      return revisions.map { GitLink(revision: $0, tier: tier) }
    }
    .filter { seen.insert($0).inserted }
  }
}
