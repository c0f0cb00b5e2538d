internal import Basics
internal import TraceStore

/// The files of a trace that travels by itself.
///
///     manifest.json         what is in it, with digests of the other files
///     git.bundle            one commit with all that is kept of the trace, see ``TracePackage/Layout``
///     commits.bundle        the commits that its patches landed in, where the reader may not have them
///     traces/<id>.jsonl     its record, one line
public enum TracePackage {
  public static let schema = "opentraces.trace_workspace.v1"
  public static let manifestName = "manifest.json"
  static let bundleName = "git.bundle"
  static let commitsName = "commits.bundle"

  /// The tree of the commit in the bundle.
  enum Layout {
    /// The trace's directory of the private plane.
    static let trace = "trace"
    /// `<key>/<name>`: entries of the by-path index.
    static let paths = "by-path"
    /// `<key>`: rows of the landing ledgers.
    static let landed = "landed"
    /// `<commit>`: lines of notes.
    static let notes = "notes"
    static let events = "events.jsonl"
    /// Commits whose search was complete, one id per line, see ``SettledSearches``.
    static let searched = "searched"
    /// Blobs and trees that events name.
    static let blobs = "objects/blobs"
    static let trees = "objects/trees"
  }

  static func reference(_ trace: String) -> String { StoreRefs.prefix + "teleport/" + StoreRefs.fileName(trace) }

  static func recordName(_ trace: String) -> String { "traces/" + StoreRefs.fileName(trace) + ".jsonl" }

  private static let manifestDigest = "manifest_sha256"

  /// The file of a manifest; its last member is the digest of the file without this member.
  static func manifestBytes(_ manifest: JSONValue) -> [UInt8] {
    var object = manifest.object ?? JSONObject([])
    object[manifestDigest] = nil
    object[manifestDigest] = .string(Digest.sha256Hex(CanonicalJSON.pretty(.object(object))))
    return CanonicalJSON.pretty(.object(object))
  }

  /// Whether a manifest is as it was made.
  static func isWhole(_ manifest: JSONValue, _ bytes: [UInt8]) -> Bool { manifestBytes(manifest) == bytes }

  /// Why a package can't be made or read.
  public struct Problem: Error, Hashable, Sendable {
    public enum Kind: String, Sendable {
      /// There is no such trace, or nothing is known of it.
      case unknownTrace = "TRACE_NOT_FOUND"
      /// A file or directory is missing, or where none may be.
      case place = "PACKAGE_PLACE"
      /// It is not what it was when it was made.
      case damaged = "PACKAGE_DAMAGED"
      /// Another version of the trace is here.
      case differs = "TRACE_DIFFERS"
    }

    public let kind: Kind
    public let message: String

    init(_ kind: Kind, _ message: String) {
      self.kind = kind
      self.message = message
    }
  }
}
