public import Basics
public import TraceModel

/// One tool call's change of one file of the repository, as the bucket keeps it for attribution.
public struct StoredEdit: Hashable, Sendable {
  /// One run of changed lines: the unit that gets a Trace Patch id.
  public struct Patch: Hashable, Sendable {
    public var id: String
    /// First added line in the file after the edit, 1-based; 0 when unknown.
    public var newStart: Int
    public var oldStart: Int
    public var added: [String]
    public var removed: [String]
    public var contextBefore: [String]
    public var contextAfter: [String]

    /// First and last added line in the file after the edit; nil when unknown or nothing was added.
    public var affectedRange: ClosedRange<Int>? {
      newStart > 0 && !added.isEmpty ? newStart...(newStart + added.count - 1) : nil
    }

    /// The added lines without those at the start and at the end that stood there before.
    var written: [String] {
      let shared = zip(added, removed).prefix { $0 == $1 }.count
      let left = min(added.count, removed.count) - shared
      let end = zip(added.reversed(), removed.reversed()).prefix { $0 == $1 }.prefix(left).count
      return Array(added[shared..<(added.count - end)])
    }
  }

  /// What the edit does to the path as a whole.
  public enum PathChange: String, Sendable {
    case none, add, delete, rename
  }

  public var traceID: String
  public var sessionID: String
  public var generation: Int
  public var step: Int
  public var toolCallID: String
  public var toolName: String
  public var agentRole: String?
  /// When the tool answered.
  public var time: Timestamp
  /// When the session started.
  public var sessionStart: Timestamp
  /// Position among the edits of its session, from 0.
  public var order: Int
  public var path: BytePath
  public var pathChange: PathChange
  /// For renames: the path before.
  public var previousPath: BytePath?
  public var source: FileEdit.Source
  /// The blob id (hex) of the file as the edit left it, when it is known.
  public var afterBlob: String?
  public var patches: [Patch]

  /// Whether it neither adds nor removes a line.
  var hasNoLines: Bool { patches.allSatisfy { $0.added.isEmpty && $0.removed.isEmpty } }

  public init(
    traceID: String, sessionID: String, generation: Int, sessionStart: Timestamp, order: Int, path: BytePath,
    edit: FileEdit
  ) {
    self.traceID = traceID
    self.sessionID = sessionID
    self.generation = generation
    self.sessionStart = sessionStart
    self.order = order
    self.path = path
    step = edit.stepIndex
    toolCallID = edit.toolCallID
    toolName = edit.toolName
    agentRole = edit.agentRole
    time = edit.time
    source = edit.source
    afterBlob = Self.blobID(edit.after)
    pathChange =
      switch edit.kind {
      case .add: .add
      case .delete: .delete
      case .rename: .rename
      case .modify, .copy, .touch: .none
      }
    patches = []
    patches = edit.hunks.map { self.patch($0, of: edit) }
    // A hook also sees changes without lines: of a binary file, of a mode.
    if patches.isEmpty, pathChange != .none || source.isObserved { patches = [patch(EditHunk.none, of: edit)] }
  }

  private func patch(_ hunk: EditHunk, of edit: FileEdit) -> Patch {
    let text = AuthoredText(lines: hunk.added)
    var patch = Patch(
      id: "", newStart: hunk.newStart, oldStart: hunk.oldStart, added: hunk.added, removed: hunk.removed,
      contextBefore: hunk.contextBefore, contextAfter: hunk.contextAfter)
    var id = PatchID(
      trace: traceID, generation: generation, step: step, filePath: path.description,
      origin: .toolCall(toolCallID), rawAuthoredHash: text.rawHash)
    id.affectedRange = patch.affectedRange
    id.beforeBlob = Self.blobID(edit.before)
    id.afterBlob = Self.blobID(edit.after)
    patch.id = id.id
    return patch
  }

  private static func blobID(_ content: FileContent) -> String? {
    switch content {
    case .identified(let identity): identity.gitBlobID
    case .text(let text): ContentIdentity(text).gitBlobID
    case .unknown, .absent: nil
    }
  }
}

extension EditHunk {
  /// The hunk of a change that touches no line.
  fileprivate static let none = EditHunk(oldStart: 0, newStart: 0, removed: [], added: [])
}

extension StoredEdit {
  /// The row in which the bucket stores the edit.
  public var json: JSONValue {
    [
      "trace": .string(traceID), "session": .string(sessionID), "generation": .int(generation), "step": .int(step),
      "call": .string(toolCallID), "tool": .string(toolName), "role": .optional(agentRole),
      "time": .int(time.microseconds), "start": .int(sessionStart.microseconds), "order": .int(order),
      "path": .string(path.description), "change": .string(pathChange.rawValue),
      "from": .optional(previousPath?.description), "source": .string(source.rawValue),
      "after": .optional(afterBlob), "patches": .array(patches.map(\.json)),
    ]
  }

  /// Reads a row; nil when it is none.
  init?(view: JSONView) {
    guard let trace = view["trace"]?.string, let session = view["session"]?.string,
      let time = view["time"]?.int, let path = view["path"]?.string, let rows = view["patches"]
    else { return nil }
    traceID = trace
    sessionID = session
    generation = view["generation"]?.int ?? 1
    step = view["step"]?.int ?? 0
    toolCallID = view["call"]?.string ?? ""
    toolName = view["tool"]?.string ?? ""
    agentRole = view["role"]?.string
    self.time = Timestamp(microseconds: time)
    sessionStart = Timestamp(microseconds: view["start"]?.int ?? time)
    order = view["order"]?.int ?? 0
    self.path = BytePath(path)
    pathChange = view["change"]?.string.flatMap { PathChange(rawValue: $0) } ?? .none
    previousPath = view["from"]?.string.map { BytePath($0) }
    source = view["source"]?.string.flatMap { FileEdit.Source(rawValue: $0) } ?? .editStrings
    afterBlob = view["after"]?.string
    patches = rows.elements.compactMap { Patch(view: $0) }
  }

  /// The stored form of the edits that one trace made on one path: a JSON row per edit.
  public static func encode(_ edits: [StoredEdit]) -> [UInt8] {
    edits.flatMap { CanonicalJSON.line($0.json) + [0x0A] }
  }

  /// Reads what ``encode(_:)`` wrote; rows that are damaged are left out.
  public static func decode(_ bytes: [UInt8], with parser: JSONParser) -> [StoredEdit] {
    decode(bytes, with: parser) { _ in true }
  }

  /// Reads those edits whose rows are wanted.
  static func decode(_ bytes: [UInt8], with parser: JSONParser, where isWanted: (JSONView) -> Bool) -> [StoredEdit] {
    var edits: [StoredEdit] = []
    PaddedBuffer(copying: bytes).forEachLine { line in
      let edit = try? parser.parse(padded: line.bytes) { isWanted($0) ? StoredEdit(view: $0) : nil }
      if let edit { edits.append(edit) }
    }
    return edits
  }
}

extension StoredEdit.Patch {
  var json: JSONValue {
    [
      "id": .string(id), "new": .int(newStart), "old": .int(oldStart), "+": .strings(added), "-": .strings(removed),
      "<": .strings(contextBefore), ">": .strings(contextAfter),
    ]
  }

  init?(view: JSONView) {
    guard let id = view["id"]?.string else { return nil }
    func lines(_ key: StaticString) -> [String] { view[key]?.elements.compactMap { $0.string } ?? [] }
    self.init(
      id: id, newStart: view["new"]?.int ?? 0, oldStart: view["old"]?.int ?? 0, added: lines("+"),
      removed: lines("-"), contextBefore: lines("<"), contextAfter: lines(">"))
  }
}
