internal import Basics

/// How definitions look in a language, as far as one line tells. After git's own patterns for `diff=<language>`
/// (gitattributes(5), "Defining a custom hunk-header"), which know only where one starts.
enum SourceLanguage {
  case python, ruby, script, go, rust, swift, java, cLike, php, shell, markdown

  init?(path: BytePath) {
    let name = path.name.description.lowercased()
    guard let dot = name.lastIndex(of: "."), let language = Self.byExtension[String(name[name.index(after: dot)...])]
    else { return nil }
    self = language
  }

  private static let byExtension: [String: SourceLanguage] = [
    "py": .python, "pyi": .python, "rb": .ruby, "rake": .ruby, "js": .script, "jsx": .script, "mjs": .script,
    "cjs": .script, "ts": .script, "tsx": .script, "mts": .script, "cts": .script, "vue": .script, "svelte": .script,
    "go": .go, "rs": .rust, "swift": .swift, "java": .java, "kt": .java, "kts": .java, "cs": .java, "scala": .java,
    "dart": .java, "c": .cLike, "h": .cLike, "cc": .cLike, "cpp": .cLike, "cxx": .cLike, "hpp": .cLike, "m": .cLike,
    "mm": .cLike, "php": .php, "sh": .shell, "bash": .shell, "zsh": .shell, "md": .markdown, "markdown": .markdown,
  ]

  /// Words that announce a name, and what it is.
  var keywords: [String: Definition.Kind] {
    switch self {
    case .python: ["def": .function, "class": .type]
    case .ruby: ["def": .function, "class": .type, "module": .module]
    case .script:
      [
        "function": .function, "class": .type, "interface": .type, "enum": .type, "namespace": .module, "type": .type,
      ]
    case .go: ["func": .function, "type": .type]
    case .rust:
      [
        "fn": .function, "struct": .type, "enum": .type, "trait": .type, "union": .type, "impl": .type, "mod": .module,
        "type": .type, "macro_rules!": .function,
      ]
    case .swift:
      [
        "func": .function, "class": .type, "struct": .type, "enum": .type, "protocol": .type, "actor": .type,
        "extension": .type, "typealias": .type,
      ]
    case .java:
      [
        "class": .type, "interface": .type, "enum": .type, "record": .type, "object": .type, "trait": .type,
        "struct": .type, "fun": .function, "def": .function, "namespace": .module, "mixin": .type,
      ]
    case .cLike: ["struct": .type, "class": .type, "enum": .type, "union": .type, "namespace": .module]
    case .php: ["function": .function, "class": .type, "interface": .type, "trait": .type, "enum": .type]
    case .shell: ["function": .function]
    case .markdown: [:]
    }
  }

  /// Words that may stand before those.
  var modifiers: Set<String> {
    switch self {
    case .python: ["async"]
    case .ruby, .go, .markdown, .shell: []
    case .script:
      [
        "export", "default", "async", "declare", "abstract", "const", "public", "private", "protected", "static",
        "readonly", "override", "get", "set",
      ]
    case .rust: ["pub", "async", "unsafe", "const", "extern", "default"]
    case .swift:
      [
        "public", "private", "internal", "fileprivate", "open", "package", "static", "class", "final", "mutating",
        "nonmutating", "override", "convenience", "required", "indirect", "nonisolated", "async", "prefix", "postfix",
        "infix", "distributed", "isolated",
      ]
    case .java:
      [
        "public", "private", "protected", "internal", "static", "final", "abstract", "sealed", "open", "override",
        "data", "suspend", "inline", "companion", "partial", "async", "virtual", "readonly", "synchronized", "native",
        "default", "implicit", "case", "lazy", "const", "external", "unsafe", "extern", "new", "tailrec", "operator",
        "infix", "annotation", "inner", "value",
      ]
    case .cLike: ["typedef", "static", "inline", "extern", "constexpr", "virtual", "explicit"]
    case .php: ["public", "private", "protected", "static", "final", "abstract", "readonly"]
    }
  }

  /// Whether a name before a parenthesis on a line that opens a block names a function.
  var hasBareFunctions: Bool {
    switch self {
    case .script, .java, .cLike, .shell: true
    default: false
    }
  }

  /// What stands before a parenthesis and is no function.
  static let statements: Set<String> = [
    "if", "for", "while", "switch", "catch", "return", "else", "do", "try", "throw", "new", "function", "foreach",
    "using", "lock", "synchronized", "when", "sizeof", "typeof", "await", "yield", "assert", "elif", "until", "case",
    "super", "with", "fixed", "guard", "delete", "in", "not", "and", "or", "describe", "it", "test",
  ]
}
