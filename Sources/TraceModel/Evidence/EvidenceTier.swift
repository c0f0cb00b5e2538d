/// How a line of a commit was tied to a step, from the strongest to the weakest kind.
public enum EvidenceTier: String, Sendable, Hashable, CaseIterable, Comparable {
  case exactBlobHash = "exact_blob_hash"
  case exactRangeHash = "exact_range_hash"
  case gitCleanRangeHash = "git_clean_range_hash"
  case patchID = "patch_id"
  case structuralSymbol = "structural_symbol"
  /// Only read: other writers use it for similar text.
  case structuralMatch = "structural_match"
  case formatterDivergent = "formatter_divergent"
  case overlappingHunk = "overlapping_hunk"
  case timeFileOverlap = "time_file_overlap"
  case orphan, unknown

  /// 1 is the strongest.
  public var rank: Int {
    switch self {
    case .exactBlobHash, .exactRangeHash: 1
    case .gitCleanRangeHash, .patchID: 2
    case .structuralSymbol, .structuralMatch: 3
    case .formatterDivergent: 4
    case .overlappingHunk: 5
    case .timeFileOverlap: 6
    case .orphan: 99
    case .unknown: 100
    }
  }

  /// Stronger first; of equal rank the one that stands first above.
  public static func < (a: EvidenceTier, b: EvidenceTier) -> Bool {
    if a.rank != b.rank { return a.rank < b.rank }
    return (allCases.firstIndex(of: a) ?? 0) < (allCases.firstIndex(of: b) ?? 0)
  }

  /// The words people see.
  public var label: String {
    switch self {
    case .exactBlobHash: "exact blob match"
    case .exactRangeHash: "exact range match"
    case .gitCleanRangeHash: "normalized range match"
    case .patchID: "patch-id match"
    case .structuralSymbol, .structuralMatch: "structural symbol match"
    case .formatterDivergent: "formatter-divergent match"
    case .overlappingHunk: "overlapping hunk"
    case .timeFileOverlap: "weak time/file overlap"
    case .orphan: "no reliable landing"
    case .unknown: "unknown evidence"
    }
  }

  /// The tier of the link between session and commit.
  public var linkTier: LinkTier {
    switch self {
    case .exactBlobHash, .exactRangeHash, .patchID: .toolEmitted
    case .gitCleanRangeHash, .structuralSymbol, .structuralMatch, .formatterDivergent:
      .toolEmittedWithDivergence
    case .overlappingHunk, .timeFileOverlap: .overlapping
    case .orphan, .unknown: .orphan
    }
  }

  /// The word for what became of a patch with this evidence.
  public var landingState: String {
    switch self {
    case .exactBlobHash, .exactRangeHash, .patchID: "landed_exact"
    case .gitCleanRangeHash: "landed_normalized"
    case .orphan: "orphan"
    default: "landed_divergent"
    }
  }
}

/// How much a piece of evidence can be relied on.
public enum EvidenceFirmness: String, Sendable, Hashable, CaseIterable {
  case firmObserved = "firm_observed"
  case provisional
  case humanAsserted = "human_asserted"
  case ruleInferred = "rule_inferred"
  case modelInferred = "model_inferred"
  case statisticallyInferred = "statistically_inferred"
  case unknown

  /// Reads a stored word: `firm` is `firm_observed`, anything unheard of is `unknown`.
  public init(reading word: String) {
    self = word == "firm" ? .firmObserved : EvidenceFirmness(rawValue: word) ?? .unknown
  }
}

/// How firmly a session is tied to a commit.
public enum LinkTier: String, Sendable, Hashable, CaseIterable {
  case toolEmitted = "tool_emitted"
  case toolEmittedWithDivergence = "tool_emitted_with_divergence"
  case overlapping, orphan

  /// The evidence tier to write when only the link's tier is known.
  public var evidenceTier: EvidenceTier {
    switch self {
    case .toolEmitted: .exactRangeHash
    case .toolEmittedWithDivergence: .formatterDivergent
    case .overlapping: .overlappingHunk
    case .orphan: .orphan
    }
  }
}
