/// A question in somebody's own words: any of its words may be found, in any form, or words that programmers use for the
/// same thing.
public struct Question: Sendable {
  /// A word and what is looked for in its place.
  struct Term: Sendable {
    let word: String
    let related: [String]

    /// An FTS5 query; the word and its relatives are phrases.
    var match: String {
      ([word] + related).map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: " OR ")
    }
  }

  let terms: [Term]

  /// Nil when there is no word.
  public init?(_ text: String) {
    let words = SearchText.tokens(text).map(\.text)
    guard !words.isEmpty else { return nil }
    let telling = words.filter { !Self.fillers.contains($0) }
    terms = (telling.isEmpty ? words : telling).prefix(Self.termLimit).map {
      Term(word: $0, related: Self.related[$0] ?? Self.related[SearchText.stem($0)] ?? [])
    }
  }

  /// What is marked in texts that were found.
  public var tokens: [SearchText.Token] {
    terms.flatMap { term in
      [SearchText.Token(text: SearchText.stem(term.word), isPrefix: true)]
        + term.related.map { SearchText.Token(text: SearchText.stem($0), isPrefix: true) }
    }
  }

  private static let termLimit = 24

  /// Words that tell nothing of what is asked for.
  private static let fillers = Set(
    """
    a about after again all also an and another any anybody are as at be been before being but by can could did do does \
    done down each every for from get gets got had has have having he her his how i if in instead into is it its just \
    let lets made make makes may me might must my need needs no not of off on one or other our out over please rather \
    shall she should so some somebody than that the their them then there these they this those to too two under up us \
    use used uses using want wants was we were what when where which who why will with without work works would yes \
    you your
    """.split(separator: " ").map(String.init))

  /// Words that stand for one thing in talk about programs.
  private static let groups = """
    documentation docs doc readme guide manual
    configuration config settings preferences options
    error failure exception crash bug defect problem broken
    delete remove drop clean purge
    add create introduce
    fix repair resolve correct
    slow latency delay performance
    fast speed quick
    credential secret token password
    auth login authentication
    ci pipeline workflow actions
    update upgrade bump
    release publish version changelog
    telemetry analytics metrics statistics tracking
    rename move
    merge unify combine consolidate
    duplicate duplication redundant copy
    folder directory
    show list display print
    start launch begin
    stop end finish
    network internet offline connection http
    review reviewer approve
    log logging trace
    hide redact mask filter sanitize
    warning notice message wording
    save store persist record remember
    choose select pick
    concurrent parallel simultaneous
    api endpoint
    database db sqlite sql
    dependency package library module
    install setup enable
    test tests spec e2e
    shell terminal bash console
    linter lint format
    """

  private static let related: [String: [String]] = {
    var related: [String: [String]] = [:]
    for group in groups.split(separator: "\n") {
      let words = group.split(separator: " ").map(String.init)
      for word in words { related[word, default: []] += words.filter { $0 != word } }
    }
    for (word, others) in related where related[SearchText.stem(word)] == nil {
      related[SearchText.stem(word)] = others
    }
    return related
  }()
}
