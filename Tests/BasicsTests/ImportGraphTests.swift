import Basics
import Testing

/// The rules of the house, read from the sources themselves.
@Suite struct ImportGraphTests {
  private struct SourceFile {
    let target: String
    let path: String
    let lines: [Substring]
  }

  private static let root = Paths.absolute("../../..", base: #filePath)

  private static func swiftFiles(below directory: String) throws -> [String] {
    Files.list(directory).flatMap { name -> [String] in
      let path = directory + "/" + name
      if Files.isDirectory(path) { return (try? swiftFiles(below: path)) ?? [] }
      return name.hasSuffix(".swift") ? [path] : []
    }
  }

  private static func sources() throws -> [SourceFile] {
    try Files.list(root + "/Sources").flatMap { target in
      try swiftFiles(below: root + "/Sources/" + target).map { path in
        let text = try #require(try Files.readText(path))
        return SourceFile(target: target, path: path, lines: code(text))
      }
    }
  }

  /// The lines that lie in no multi-line string.
  private static func code(_ text: String) -> [Substring] {
    var isText = false
    return text.split(separator: "\n").filter { line in
      let marks = line.ranges(of: "\"\"\"").count
      defer { if marks % 2 == 1 { isText.toggle() } }
      return !isText && marks == 0
    }
  }

  /// What `Package.swift` lets each target of the package use.
  private static func dependencies() throws -> [String: Set<String>] {
    let manifest = try #require(try Files.readText(root + "/Package.swift"))
    let declaration = #/(?:library|tests|\.target|\.executableTarget)\(\s*(?:name: )?"(\w+)"/#
    var found: [String: Set<String>] = [:]
    for match in manifest.matches(of: declaration) {
      let rest = manifest[match.range.upperBound...]
      let end = try #require(Self.closingParenthesis(in: rest))
      found[String(match.1)] = Set(rest[..<end].matches(of: #/"([\w-]+)"/#).map { String($0.1) })
    }
    return found
  }

  /// The end of an argument list that has been opened.
  private static func closingParenthesis(in text: Substring) -> Substring.Index? {
    var depth = 1
    return text.indices.first { at in
      if text[at] == "(" { depth += 1 }
      if text[at] == ")" { depth -= 1 }
      return depth == 0
    }
  }

  private static func imports(_ lines: [Substring]) -> [String] {
    lines.compactMap { line in
      line.firstMatch(of: #/^\s*(?:@\w+\s+)*(?:\w+ )?import (?:struct |class |enum |func )?(\w+)/#).map { String($0.1) }
    }
  }

  @Test func everyTargetIsDeclared() throws {
    let declared = try Set(Self.dependencies().keys)
    let present = Set(Files.list(Self.root + "/Sources") + Files.list(Self.root + "/Tests"))
    #expect(declared == present)
  }

  @Test func targetsImportOnlyWhatTheyDeclare() throws {
    let dependencies = try Self.dependencies()
    let system: Set = ["Glibc", "Darwin", "Dispatch", "Synchronization", "Foundation"]
    var seen = 0
    for file in try Self.sources() {
      let allowed = try #require(dependencies[file.target], "\(file.target)").union(system)
      for name in Self.imports(file.lines) {
        seen += 1
        #expect(allowed.contains(name), "\(file.path) imports \(name)")
      }
    }
    #expect(seen > 100)
  }

  @Test func targetsStandInLayers() throws {
    let layers = [
      ["CGit2", "CSimdJSON", "CProcess"], ["Basics"], ["GitKit", "TraceModel"],
      ["TraceStore", "AgentAdapters", "SecurityTools", "TraceAnalysis"],
      ["Trails", "Capture", "SearchIndex"], ["Ingest", "Integrations"], ["Sharing"], ["Commands"], ["opentraces"],
    ]
    let dependencies = try Self.dependencies()
    for (height, layer) in layers.enumerated() {
      let below = Set(layers[..<height].joined())
      let all = Set(layers.joined())
      for target in layer {
        let upwards = try #require(dependencies[target], "\(target)").intersection(all).subtracting(below)
        #expect(upwards.isEmpty, "\(target) uses \(upwards)")
      }
    }
    let unplaced = Set(dependencies.keys.filter { !$0.hasSuffix("Tests") }).subtracting(layers.joined())
    #expect(unplaced == ["TestSupport"])
    let users = dependencies.filter { $0.value.contains("TestSupport") }.keys
    #expect(users.isEmpty)
  }

  @Test func nothingCrashesOnPurpose() throws {
    let forbidden: [(name: String, pattern: Regex<Substring>)] = [
      ("try!", #/\btry!/#), ("as!", #/\bas!/#), ("fatalError", #/\bfatalError\(/#),
      ("preconditionFailure", #/\bpreconditionFailure\(/#),
      ("force unwrap", #/[\w\)\]\?]!(?=[\s\.\)\],:;\[\(]|$)(?!\s*=)/#),
    ]
    for file in try Self.sources() {
      for line in file.lines {
        let code = Self.withoutTextAndComments(line)
        for rule in forbidden where code.firstMatch(of: rule.pattern) != nil {
          Issue.record("\(file.path): \(rule.name) in \(line)")
        }
      }
    }
  }

  @Test func forceUnwrapIsFoundWhereThereIsOne() {
    let pattern = #/[\w\)\]\?]!(?=[\s\.\)\],:;\[\(]|$)(?!\s*=)/#
    for code in ["let a = b!", "f(a!)", "a!.b", "a()!.b", "a[0]!", "x! + 1"] {
      #expect(Self.withoutTextAndComments(code[...]).firstMatch(of: pattern) != nil, "\(code)")
    }
    for code in ["a != b", "!a", "if !a.b", #"print("no!")"#, "// wow! no", "a! = 1"] {
      #expect(Self.withoutTextAndComments(code[...]).firstMatch(of: pattern) == nil, "\(code)")
    }
  }

  @Test func foundationIsLeftToTheCommands() throws {
    for file in try Self.sources() where file.target != "Commands" {
      let names = Self.imports(file.lines).filter { $0.hasPrefix("Foundation") }
      #expect(names.isEmpty, "\(file.path)")
    }
  }

  private static func withoutTextAndComments(_ line: Substring) -> String {
    let code = String(line).replacing(#/#*"(?:\\.|[^"\\])*"#*/#, with: "\"\"")
    return code.firstRange(of: "//").map { String(code[..<$0.lowerBound]) } ?? code
  }
}
