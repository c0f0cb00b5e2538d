public import Basics

/// One change of one file by one tool call.
public struct FileEdit: Sendable, Hashable {
  /// What happened to the file.
  public enum Kind: Sendable, Hashable {
    case add, modify
    /// The file, or the directory with everything in it, is gone.
    case delete
    case rename(from: String)
    case copy(from: String)
    /// Created empty when it did not exist, else unchanged.
    case touch
  }

  /// Where the knowledge about the change comes from, best first.
  public enum Source: String, Sendable, Hashable {
    /// The file before and after the call, as a hook saw it.
    case snapshot
    /// The same, while another call of the session was under way that may have done it.
    case sharedSnapshot
    /// Hunks with line numbers, recorded with the tool's result.
    case structuredPatch
    /// Hunks without line numbers, in the grammar of `apply_patch`.
    case applyPatch
    /// The content a tool wrote.
    case write
    /// The strings of the call: where they stood in the file is not known.
    case editStrings
    case notebook
    /// Derived from a shell command whose effect is certain.
    case shell
  }

  /// How the change is applied to the file as it was.
  public enum Application: Sendable, Hashable {
    /// Each hunk at its line.
    case hunks
    /// Each pair in turn, anywhere in the text.
    case replacements([Replacement])
    /// ``FileEdit/hunks`` has one hunk with all lines of the new file.
    case wholeFile
    /// ``FileEdit/hunks`` has one hunk with the lines that follow the old end.
    case append
    /// A regular expression is replaced in each line.
    case substitution(Substitution)
    /// No text is changed: delete, rename, copy, touch.
    case pathOnly
  }

  /// 1-based step of the record. For a change on an abandoned branch, the last step before it.
  public var stepIndex: Int
  public var toolCallID: String
  public var toolName: String
  /// As the tool named it, usually absolute.
  public var path: String
  /// When the tool answered, else when it was called.
  public var time: Timestamp
  public var kind: Kind
  public var before = FileContent.unknown
  public var after = FileContent.unknown
  /// In file order. Line numbers are those before and after the whole edit.
  public var hunks: [EditHunk] = []
  public var application: Application
  /// Whether the user changed the proposal before it was applied.
  public var userModified = false
  public var source: Source
  /// The sub-agent that made the change: its role and id; nil for the main agent.
  public var agentRole: String?
  public var agentID: String?
  /// Whether the conversation later went back to a point before this call. The file was changed.
  public var isAbandoned = false
  /// 1-based line of the transcript that holds the result, or the call when there is none.
  public var line: Int

  public init(
    call: ToolCall, path: String, time: Timestamp, kind: Kind, source: Source,
    application: Application
  ) {
    stepIndex = 0
    toolCallID = call.toolCallID
    toolName = call.toolName
    self.path = path
    self.time = time
    self.kind = kind
    self.source = source
    self.application = application
    line = 0
  }
}

/// What is known about a whole file.
public enum FileContent: Sendable, Hashable {
  case unknown
  /// There was no file.
  case absent
  case identified(ContentIdentity)
  case text(String)
}

/// The identity of a content that is not kept.
public struct ContentIdentity: Sendable, Hashable {
  /// The id git gives to a blob with this content: 40 hex digits.
  public var gitBlobID: String
  public var byteCount: Int
  /// Lines, the last one counted even without line feed.
  public var lineCount: Int
  public var endsWithNewline: Bool

  /// Cost: linear in the bytes.
  public init(_ bytes: UnsafeRawBufferPointer) {
    gitBlobID = Hex.encode(Digest.gitBlobID(bytes))
    byteCount = bytes.count
    endsWithNewline = bytes.last == 0x0A
    let feeds = bytes.reduce(0) { $0 &+ ($1 == 0x0A ? 1 : 0) }
    lineCount = feeds + (bytes.isEmpty || endsWithNewline ? 0 : 1)
  }

  public init(_ text: String) {
    var text = text
    self = text.withUTF8 { ContentIdentity(UnsafeRawBufferPointer($0)) }
  }
}

/// One run of changed lines. Lines carry no line feed; a carriage return is part of its line.
public struct EditHunk: Sendable, Hashable {
  /// 1-based line of the first removed line before the edit (when nothing was removed, of the line
  /// that the added ones stand before), or 0 when unknown.
  public var oldStart: Int
  /// 1-based line of the first added line after the edit, or 0 when unknown.
  public var newStart: Int
  public var removed: [String]
  public var added: [String]
  /// Up to three unchanged lines on either side.
  public var contextBefore: [String] = []
  public var contextAfter: [String] = []
  /// False when the first and last lines may be parts of the file's lines.
  public var isLineAligned = true
  /// False when the lines are those that were shown: each leading tab may stand as two spaces.
  public var isExactText = true

  public init(oldStart: Int, newStart: Int, removed: [String], added: [String]) {
    self.oldStart = oldStart
    self.newStart = newStart
    self.removed = removed
    self.added = added
  }
}

/// A literal text that replaces another.
public struct Replacement: Sendable, Hashable {
  public var old: String
  public var new: String
  /// Every occurrence, not only the first.
  public var replacesAll: Bool

  public init(old: String, new: String, replacesAll: Bool = false) {
    self.old = old
    self.new = new
    self.replacesAll = replacesAll
  }
}

/// The `s` command of sed.
public struct Substitution: Sendable, Hashable {
  public var pattern: String
  public var replacement: String
  /// Extended instead of basic regular expressions.
  public var isExtended: Bool
  /// Every match of a line, not only the first.
  public var isGlobal: Bool
  public var ignoresCase: Bool

  public init(
    pattern: String, replacement: String, isExtended: Bool = false, isGlobal: Bool = false,
    ignoresCase: Bool = false
  ) {
    self.pattern = pattern
    self.replacement = replacement
    self.isExtended = isExtended
    self.isGlobal = isGlobal
    self.ignoresCase = ignoresCase
  }
}

extension FileEdit.Source {
  /// Whether a hook saw the file before and after the call.
  public var isObserved: Bool { self == .snapshot || self == .sharedSnapshot }

  /// As patches and their events name it.
  public var captureMethod: [String] { isObserved ? ["hook_posttooluse", "hook_pretooluse"] : ["transcript"] }

  /// What a patch from this source can't tell.
  public var limitations: [String] {
    switch self {
    case .snapshot: []
    case .sharedSnapshot: ["concurrent_writer_overlap"]
    default: ["transcript_derived"]
    }
  }
}
