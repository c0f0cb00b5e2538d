internal import Basics

/// Tokens as Codex counts them: the input includes the cached part.
struct TokenCounts: Equatable {
  var input = 0
  var cached = 0
  var output = 0

  /// No session uses more; a greater number is damage.
  private static let limit = 1 << 40

  init() {}

  init?(_ view: JSONView?) {
    guard let view, view.kind == .object else { return nil }
    func count(_ key: StaticString) -> Int { min(max(view[key]?.int ?? 0, 0), Self.limit) }
    input = count("input_tokens")
    cached = count("cached_input_tokens")
    output = count("output_tokens")
  }

  /// The growth since an earlier count; nil when one of them went down.
  func growth(since earlier: TokenCounts) -> TokenCounts? {
    var growth = TokenCounts()
    growth.input = input - earlier.input
    growth.cached = cached - earlier.cached
    growth.output = output - earlier.output
    return min(growth.input, growth.cached, growth.output) < 0 ? nil : growth
  }

  var usage: Usage {
    var usage = Usage()
    usage.input = max(0, input - cached)
    usage.cacheRead = cached
    usage.output = output
    return usage
  }
}

/// One report of the tokens used so far.
struct TokenCount {
  /// Since the session began.
  var total: TokenCounts?
  /// By the last response.
  var last: TokenCounts?
}

/// Turns reports into the tokens of each response. A report can be repeated any number of times.
struct TokenMeter {
  private var total = TokenCounts()
  private var last: TokenCounts?
  /// Whether the total holds what another session used.
  private var isContinued: Bool

  init(isContinued: Bool) { self.isContinued = isContinued }

  /// What was used since the report before, or nil when that is nothing.
  mutating func read(_ count: TokenCount) -> Usage? {
    let used: TokenCounts
    if let total = count.total {
      // A total that goes down was started anew, which hides what came just before it.
      used = (isContinued ? nil : total.growth(since: self.total)) ?? count.last ?? total
      self.total = total
      isContinued = false
    } else if let last = count.last, last != self.last {
      used = last
    } else {
      return nil
    }
    last = count.last
    return used == TokenCounts() ? nil : used.usage
  }

  /// Takes a report of tokens that another session used.
  mutating func skip(_ count: TokenCount) {
    guard let total = count.total else { return }
    self.total = total
    isContinued = false
  }
}
