internal import TraceModel

/// The changes that a patch in the grammar of `apply_patch` makes.
///
/// A patch is a list of sections between `*** Begin Patch` and `*** End Patch`, one for each file:
///
///     *** Add File: path       lines with `+`
///     *** Delete File: path
///     *** Update File: path    [*** Move to: path] chunks
///
/// A chunk is opened by `@@` with or without a line that stands above it (several of them narrow the
/// place down); its lines start with a space, `+` or `-`. `*** End of File` ties it to the end.
/// Line numbers are not part of the grammar.
struct ApplyPatchParser {
  /// The change of one file.
  struct Section: Equatable {
    enum Change: Equatable {
      case add(String)
      case delete
      case update(movedTo: String?, chunks: [Chunk])
    }

    var path: String
    var change: Change
  }

  struct Chunk: Equatable {
    /// The lines behind `@@`, from the outside to the inside.
    var anchors: [String] = []
    /// Lines with their sign in front.
    var lines: [String] = []
    /// Whether the chunk ends where the file does.
    var isAtEnd = false

    /// Whether the lines follow the end of the file.
    var isAppend: Bool { anchors.isEmpty && !lines.isEmpty && lines.allSatisfy { $0.utf8.first == 0x2B } }
  }

  private var sections: [Section] = []
  private var open: Section?
  private var addedLines: [String] = []
  private var chunks: [Chunk] = []
  private var movedTo: String?
  private var isOutside = true
  /// Whether the end of the patch may be indented.
  private var isEndIndented = false

  /// The sections of the first patch in a text; empty when there is none. Text before and behind the
  /// patch is ignored, and a missing end is the end of the text.
  ///
  /// - Complexity: linear in the bytes.
  static func sections(of text: String) -> [Section] {
    let lines = TextLines.split(text).map(\.withoutCarriageReturn)
    var parser = ApplyPatchParser()
    parser.isEndIndented = !lines.contains(end)
    for line in lines where !parser.read(line) { break }
    parser.endSection()
    return parser.sections
  }

  private static let end = "*** End Patch"

  /// Returns whether the patch goes on.
  private mutating func read(_ line: String) -> Bool {
    let marker = line.trimmed
    if isOutside {
      // A here-document can start on the line of its command.
      isOutside = !marker.hasSuffix("*** Begin Patch")
      return true
    }
    // In a quoted argument the quote follows.
    if line.utf8.starts(with: Self.end.utf8) || isEndIndented && marker == Self.end { return false }
    if line.utf8.first == UInt8(ascii: "*") || !isInChunks, readMarker(marker) { return true }
    readLine(line)
    return true
  }

  /// Whether lines with a space in front are lines of the file.
  private var isInChunks: Bool { if case .update = open?.change { true } else { false } }

  /// Returns whether the line is a marker.
  private mutating func readMarker(_ line: String) -> Bool {
    if let path = line.after("*** Add File: ") {
      start(Section(path: path, change: .add("")))
    } else if let path = line.after("*** Delete File: ") {
      start(Section(path: path, change: .delete))
    } else if let path = line.after("*** Update File: ") {
      start(Section(path: path, change: .update(movedTo: nil, chunks: [])))
    } else if let path = line.after("*** Move to: ") {
      movedTo = path
    } else if line == "*** End of File" {
      if !chunks.isEmpty { chunks[chunks.count - 1].isAtEnd = true }
    } else {
      return false
    }
    return true
  }

  private mutating func start(_ section: Section) {
    endSection()
    open = section
  }

  private mutating func endSection() {
    guard var section = open else { return }
    switch section.change {
    case .add: section.change = .add(addedLines.map { $0 + "\n" }.joined())
    case .delete: break
    case .update: section.change = .update(movedTo: movedTo, chunks: chunks.filter { !$0.lines.isEmpty })
    }
    sections.append(section)
    open = nil
    addedLines = []
    chunks = []
    movedTo = nil
  }

  private mutating func readLine(_ line: String) {
    switch open?.change {
    case .add: if line.utf8.first == UInt8(ascii: "+") { addedLines.append(line.withoutFirstByte) }
    case .update: readChunkLine(line)
    case .delete, nil: break
    }
  }

  private mutating func readChunkLine(_ line: String) {
    if line == "@@" || line.hasPrefix("@@ ") { return openChunk(line.after("@@ ")?.trimmed) }
    let isSigned = line.utf8.first.map { $0 == 0x20 || $0 == 0x2B || $0 == 0x2D } ?? false
    if chunks.isEmpty || chunks[chunks.count - 1].isAtEnd {
      // Only the first chunk can do without `@@`, and blank lines stand between chunks.
      guard isSigned else { return }
      chunks.append(Chunk())
    }
    // An empty line is one whose space was lost.
    chunks[chunks.count - 1].lines.append(isSigned ? line : " " + line)
  }

  /// Opens a chunk. Lines behind `@@` that follow each other narrow one place down.
  private mutating func openChunk(_ anchor: String?) {
    if chunks.last.map({ !$0.lines.isEmpty || $0.anchors.isEmpty }) ?? true { chunks.append(Chunk()) }
    if let anchor, !anchor.isEmpty { chunks[chunks.count - 1].anchors.append(anchor) }
  }
}

extension String {
  /// The text behind an opening, or nil when it does not start with it.
  fileprivate func after(_ opening: String) -> String? {
    utf8.starts(with: opening.utf8) ? String(Substring(utf8.dropFirst(opening.utf8.count))) : nil
  }

  fileprivate var withoutFirstByte: String { String(Substring(utf8.dropFirst())) }

  fileprivate var withoutCarriageReturn: String {
    utf8.last == 0x0D ? String(Substring(utf8.dropLast())) : self
  }

  /// Without spaces and tabs at both ends.
  fileprivate var trimmed: String {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    guard let first = utf8.firstIndex(where: { !isBlank($0) }),
      let last = utf8.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(self[first...last])
  }
}
