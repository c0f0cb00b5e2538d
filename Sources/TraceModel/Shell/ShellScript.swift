/// A simple command with its redirections.
struct ShellCommand: Equatable {
  var words: [ShellWord] = []
  var redirects: [(operator: String, descriptor: Int?, target: ShellWord)] = []
  var hereDocument: ShellWord?

  static func == (a: ShellCommand, b: ShellCommand) -> Bool {
    a.words == b.words && a.hereDocument == b.hereDocument && a.redirects.count == b.redirects.count
  }

  /// The words as text, or nil when the shell would expand one of them.
  var arguments: [String]? {
    words.allSatisfy(\.isCertain) ? words.map(\.text) : nil
  }
}

/// Commands of a pipeline, joined with `|`.
typealias ShellPipeline = [ShellCommand]

/// A list of chains that run one after the other whatever their result; the pipelines of a chain
/// are joined with `&&`.
struct ShellScript {
  private(set) var chains: [[ShellPipeline]] = []

  /// Parses plain lists of commands. Nil for anything with control flow, groups, sub-shells,
  /// background jobs, `||`, or a syntax error.
  init?(_ command: String) {
    guard let tokens = ShellLexer.tokens(of: command) else { return nil }
    var chain: [ShellPipeline] = []
    var pipeline: ShellPipeline = []
    var current = ShellCommand()
    var rest = tokens[...]
    while let token = rest.popFirst() {
      switch token {
      case .word(let word):
        if current.words.isEmpty, Self.isKeyword(word) { return nil }
        current.words.append(word)
      case .hereDocument(let body): current.hereDocument = body
      case .redirect(let op, let descriptor):
        guard case .word(let target)? = rest.popFirst() else { return nil }
        current.redirects.append((op, descriptor, target))
      case .control(let op):
        guard ["|", "&&", ";", "\n"].contains(op) else { return nil }
        let isEmpty = current.words.isEmpty && current.redirects.isEmpty
        if isEmpty, op == "\n" { continue }
        if !isEmpty { pipeline.append(current) }
        current = ShellCommand()
        if op != "|", !pipeline.isEmpty {
          chain.append(pipeline)
          pipeline = []
        }
        if op == ";" || op == "\n", !chain.isEmpty {
          chains.append(chain)
          chain = []
        }
      }
    }
    if !current.words.isEmpty || !current.redirects.isEmpty { pipeline.append(current) }
    if !pipeline.isEmpty { chain.append(pipeline) }
    if !chain.isEmpty { chains.append(chain) }
  }

  private static let keywords: Set<String> = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac",
    "select", "function", "{", "}", "!", "[[", "coproc", "time", "exit", "return", "trap", "eval",
    "exec", "source", ".", "alias",
  ]

  private static func isKeyword(_ word: ShellWord) -> Bool {
    !word.isQuoted && keywords.contains(word.text)
  }
}
