public import Basics

/// Finds the definitions of a source file without parsing it: a line names one, its indentation tells how far it goes.
///
/// Right for files that are indented as their language is commonly written; elsewhere definitions end early. Good
/// enough to say which functions a change is about, which is all it is used for.
public enum DefinitionFinder {
  /// A file longer than this (bytes) is generated, or data.
  static let sizeLimit = 2_000_000

  /// The definitions in the order of their lines, outer ones first. Cost: one pass over the text.
  public static func definitions(of path: BytePath, in text: [UInt8]) -> [Definition] {
    guard text.count <= sizeLimit, let language = SourceLanguage(path: path) else { return [] }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map { SourceLine($0) }
    return language == .markdown ? headings(lines) : definitions(lines, language)
  }

  private static func definitions(_ lines: [SourceLine], _ language: SourceLanguage) -> [Definition] {
    let syntax = DefinitionSyntax(language)
    var found: [Definition] = []
    var open: [(definition: Definition, indentation: Int)] = []
    for (at, line) in lines.enumerated() {
      guard !line.isBlank, let (name, kind) = syntax.definition(in: line, next: next(after: at, lines)) else {
        continue
      }
      while let last = open.last, last.definition.lines.upperBound <= at { open.removeLast() }
      let outer = open.last?.definition
      let isMethod = kind == .function && outer?.kind == .type
      let definition = Definition(
        kind: isMethod ? .method : kind, name: name,
        qualifiedName: outer.map { "\($0.qualifiedName).\(name)" } ?? name, line: at + 1,
        lines: (start(at, lines) + 1)...(end(at, lines) + 1))
      found.append(definition)
      open.append((definition, line.indentation))
    }
    return found
  }

  private static func next(after at: Int, _ lines: [SourceLine]) -> SourceLine? {
    lines[(at + 1)...].prefix(3).first { !$0.isBlank }
  }

  /// The first of the comments and attributes directly above a line.
  private static func start(_ at: Int, _ lines: [SourceLine]) -> Int {
    var start = at
    while start > 0, lines[start - 1].isPreamble, lines[start - 1].indentation >= lines[at].indentation,
      lines[start - 1].indentation <= lines[at].indentation + 1
    {
      start -= 1
    }
    return start
  }

  /// The last line of what a line begins.
  private static func end(_ at: Int, _ lines: [SourceLine]) -> Int {
    let indentation = lines[at].indentation
    var last = at
    for number in (at + 1)..<max(at + 1, lines.count) {
      let line = lines[number]
      if line.isBlank { continue }
      if line.indentation > indentation {
        last = number
      } else if line.indentation < indentation {
        break
      } else if line.isCloser {
        last = number
        if !line.opensBlock { break }
      } else if line.isOpener {
        last = number
      } else {
        break
      }
    }
    return last
  }

  /// Each heading of a text up to the next one of its level.
  private static func headings(_ lines: [SourceLine]) -> [Definition] {
    var marks: [(at: Int, level: Int, name: String)] = []
    var isCode = false
    for (at, line) in lines.enumerated() {
      if line.text.hasPrefix("```") || line.text.hasPrefix("~~~") { isCode.toggle() }
      let level = line.text.prefix { $0 == "#" }.count
      guard !isCode, (1...6).contains(level), line.indentation == 0, line.text.dropFirst(level).first == " " else {
        continue
      }
      marks.append((at, level, String(line.text.dropFirst(level + 1))))
    }
    var outer: [(level: Int, name: String)] = []
    return marks.enumerated().map { number, mark in
      let next = marks[(number + 1)...].first { $0.level <= mark.level }
      outer.removeAll { $0.level >= mark.level }
      let name = (outer.map(\.name) + [mark.name]).joined(separator: " › ")
      outer.append((mark.level, mark.name))
      return Definition(
        kind: .heading, name: mark.name, qualifiedName: name, line: mark.at + 1,
        lines: (mark.at + 1)...(next?.at ?? lines.count))
    }
  }
}

/// A line of source text.
struct SourceLine {
  /// Without the blanks around it.
  let text: Substring
  /// Columns before the text; a tab counts as four.
  let indentation: Int

  init(_ line: Substring) {
    var indentation = 0
    var bytes = line.utf8[...]
    while let byte = bytes.first, byte == 0x20 || byte == 0x09 {
      indentation += byte == 0x09 ? 4 : 1
      bytes = bytes.dropFirst()
    }
    while let byte = bytes.last, byte == 0x20 || byte == 0x09 || byte == 0x0D { bytes = bytes.dropLast() }
    text = Substring(bytes)
    self.indentation = indentation
  }

  var isBlank: Bool { text.utf8.isEmpty }

  /// A comment, an attribute or a decorator.
  var isPreamble: Bool {
    switch text.utf8.first {
    case 0x40 /* @ */: true
    case 0x2F /* / */: text.hasPrefix("//") || text.hasPrefix("/*")
    case 0x2A /* * */: text.hasPrefix("* ") || text.hasPrefix("*/") || text == "*"
    case 0x23 /* # */: text.hasPrefix("#[") || text.hasPrefix("# ")
    default: false
    }
  }

  /// Whether it ends what an earlier line of its indentation began, or goes on with it.
  var isCloser: Bool {
    switch text.utf8.first {
    case 0x7D, 0x29, 0x5D /* } ) ] */: true
    case 0x65 /* e */: text == "end" || text.hasPrefix("end ") || text.hasPrefix("end.")
    default: false
    }
  }

  /// A brace on a line of its own, or a condition between a signature and its block.
  var isOpener: Bool { text.utf8.first == 0x7B || text.hasPrefix("where ") || text.hasPrefix("throws ") }

  var opensBlock: Bool { text.utf8.last == 0x7B || text.utf8.last == 0x3A || text.utf8.last == 0x28 }
}
