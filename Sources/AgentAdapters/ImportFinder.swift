internal import Basics

/// Packages that source texts import, without the standard library and without the project's own modules.
struct ImportFinder {
  /// Names of the project's files and directories: a module of that name is its own.
  private let local: Set<String>
  private(set) var found: Set<String> = []

  /// - Parameter paths: files that the session touched.
  init(paths: some Sequence<String>) {
    var local: Set<String> = []
    for path in paths {
      for part in path.split(separator: "/") { local.insert(String(part.prefix { $0 != "." })) }
    }
    self.local = local
  }

  /// Takes the imports of one text. Cost: its lines.
  mutating func read(_ text: String, of path: String) {
    guard let language = Languages.name(forPath: path), let reader = Self.readers[language] else { return }
    var text = text
    let lines = text.withUTF8 { bytes in
      bytes.split(separator: 0x0A).compactMap { line -> String? in
        // Line numbers, as readers of files show them, and what stands between them and the text.
        let start = line.firstIndex {
          !($0 == 0x20 || $0 == 0x09 || (0x30...0x39).contains($0) || Self.arrow.contains($0))
        }
        guard let start, Self.mayImport(line[start...], language) else { return nil }
        return String(decoding: line[start...], as: UTF8.self)
      }
    }
    for line in lines {
      for name in reader(Substring(line)) where isPackage(name, language) { found.insert(name) }
    }
  }

  private static let arrow = Array("→".utf8)

  /// Whether a look at the line is worth while: told by its first bytes.
  private static func mayImport(_ line: Slice<UnsafeBufferPointer<UInt8>>, _ language: String) -> Bool {
    guard let first = line.first else { return false }
    switch language {
    case "python": return first == UInt8(ascii: "i") || first == UInt8(ascii: "f")
    case "ruby": return first == UInt8(ascii: "r")
    case "rust": return first == UInt8(ascii: "u") || first == UInt8(ascii: "p")
    case "go":
      // Names, spaces and dots up to a quote.
      let other = line.first { byte in
        let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
        return !(isLetter || (0x30...0x39).contains(byte) || [0x20, 0x2E, 0x5F].contains(byte))
      }
      return other == UInt8(ascii: "\"")
    default: return "ie}".utf8.contains(first) || line.contains(UInt8(ascii: "("))
    }
  }

  private static let readers: [String: @Sendable (Substring) -> [String]] = [
    "python": python, "javascript": javascript, "typescript": javascript, "ruby": ruby, "go": go, "rust": rust,
  ]

  private func isPackage(_ name: String, _ language: String) -> Bool {
    guard name.count > 1, let first = name.first, first == "@" || (first.isLetter && first.isLowercase) else {
      return false
    }
    let own = name.split(separator: "/").first.map(String.init) ?? name
    return !(Self.standard[language]?.contains(name) ?? false) && !local.contains(own) && !Self.generic.contains(own)
  }

  // MARK: One line

  /// `import a.b as c, d` and `from a.b import c`.
  @Sendable private static func python(_ line: Substring) -> [String] {
    let words = line.split { " \t,\r".contains($0) }
    guard words.count > 1, words[0] == "import" || (words[0] == "from" && words.contains("import")) else { return [] }
    if words[0] == "from" { return words[1].hasPrefix(".") ? [] : [top(words[1])] }
    return line.dropFirst(6).split(separator: ",").compactMap { part in
      part.split { " \t\r".contains($0) }.first.map { top($0) }
    }
  }

  private static func top(_ module: Substring) -> String { String(module.prefix { $0 != "." }) }

  /// `import … from 'x'`, `import 'x'`, `export … from 'x'`, `require('x')`.
  @Sendable private static func javascript(_ line: Substring) -> [String] {
    let isImport = line.hasPrefix("import ") || line.hasPrefix("export ") || line.hasPrefix("} from ")
    guard isImport || line.contains("require(") else { return [] }
    let pieces = line.split(omittingEmptySubsequences: false) { "'\"`".contains($0) }
    guard pieces.count >= 3 else { return [] }
    let before = pieces[0].reversed().drop { $0 == " " }
    guard before.starts(with: "morf") || before.starts(with: "(eriuqer") || pieces[0] == "import " else { return [] }
    let name = pieces[1]
    if name.hasPrefix(".") || name.hasPrefix("/") || name.hasPrefix("@/") || name.hasPrefix("node:") { return [] }
    let parts = name.split(separator: "/")
    return [parts.prefix(name.hasPrefix("@") ? 2 : 1).joined(separator: "/")]
  }

  @Sendable private static func ruby(_ line: Substring) -> [String] {
    guard line.hasPrefix("require ") else { return [] }
    let pieces = line.split { "'\"".contains($0) }
    return pieces.count > 1 ? [String(pieces[1].prefix { $0 != "/" })] : []
  }

  /// `import "x"`, and the lines of an import block. What has a dot in its first part is no standard package.
  @Sendable private static func go(_ line: Substring) -> [String] {
    let pieces = line.split(omittingEmptySubsequences: false) { $0 == "\"" }
    guard pieces.count == 3, pieces[0].allSatisfy({ $0.isLetter || $0.isNumber || " _.".contains($0) }) else {
      return []
    }
    let parts = pieces[1].split(separator: "/")
    guard let host = parts.first, host.contains("."), !pieces[1].contains(" ") else { return [] }
    return [parts.prefix(host == "github.com" || host == "gitlab.com" ? 3 : 2).joined(separator: "/")]
  }

  @Sendable private static func rust(_ line: Substring) -> [String] {
    let line = line.hasPrefix("pub use ") ? line.dropFirst(4) : line
    guard line.hasPrefix("use ") else { return [] }
    let name = line.dropFirst(4).prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return ["crate", "self", "super", "std", "core", "alloc"].contains(name) ? [] : [String(name)]
  }

  // MARK: Names that are no packages

  /// Names that projects give to modules of their own.
  private static let generic: Set<String> = [
    "utils", "util", "core", "api", "app", "apps", "src", "lib", "libs", "test", "tests", "config", "common", "models",
    "model", "helpers", "main", "types", "server", "client", "services", "components", "settings", "scripts", "tools",
  ]

  /// https://docs.python.org/3/library and https://nodejs.org/api, the modules that code imports most.
  private static let standard: [String: Set<String>] = [
    "python": [
      "abc", "argparse", "array", "ast", "asyncio", "base64", "bisect", "builtins", "calendar", "cmath", "codecs",
      "collections", "concurrent", "configparser", "contextlib", "copy", "csv", "ctypes", "dataclasses", "datetime",
      "decimal", "difflib", "email", "enum", "errno", "fcntl", "filecmp", "fnmatch", "fractions", "functools", "gc",
      "getpass", "glob", "gzip", "hashlib", "heapq", "hmac", "html", "http", "importlib", "inspect", "io", "ipaddress",
      "itertools", "json", "keyword", "locale", "logging", "lzma", "math", "mimetypes", "mmap", "multiprocessing",
      "numbers", "operator", "os", "pathlib", "pickle", "pkgutil", "platform", "pprint", "queue", "random", "re",
      "readline", "resource", "sched", "secrets", "select", "selectors", "shelve", "shlex", "shutil", "signal", "site",
      "smtplib", "socket", "socketserver", "sqlite3", "ssl", "stat", "statistics", "string", "struct", "subprocess",
      "symtable", "sys", "sysconfig", "tarfile", "tempfile", "textwrap", "threading", "time", "timeit", "tkinter",
      "token", "tokenize", "tomllib", "traceback", "types", "typing", "unicodedata", "unittest", "urllib", "uuid",
      "venv", "warnings", "weakref", "webbrowser", "xml", "zipfile", "zlib", "zoneinfo", "__future__",
    ],
    "javascript": node, "typescript": node,
    "ruby": [
      "json", "set", "time", "date", "uri", "net", "fileutils", "tempfile", "open3", "optparse", "yaml", "csv", "erb",
      "securerandom", "digest", "logger", "ostruct", "socket", "stringio", "pathname", "shellwords", "benchmark",
    ],
  ]

  private static let node: Set<String> = [
    "assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram", "dns",
    "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path", "perf_hooks", "process",
    "punycode", "querystring", "readline", "stream", "string_decoder", "timers", "tls", "tty", "url", "util", "v8",
    "vm", "worker_threads", "zlib",
  ]
}
