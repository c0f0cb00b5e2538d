public import Basics

/// The references this package reads and writes, and the layout of the trees behind them.
public enum StoreRefs {
  /// What was captured, as captured. Commits without parent. Never leaves the machine.
  public static let bucket = "refs/opentraces/local/bucket/v1"
  /// The append-only Trail event log: a linear chain of commits, one per batch.
  public static let events = "refs/opentraces/local/events/v1"
  /// One short note per commit.
  public static let notes = "refs/notes/opentraces"
  /// What others shared, as one tree: the union of the planes that a fetch brought. Made anew from them at any time.
  public static let team = "refs/opentraces/local/team/v1"
  /// The shareable planes of this clone, by writer; see ``shareable(_:)``.
  public static let shareablePrefix = "refs/opentraces/bucket/v1/"
  /// What fetches brought, by remote.
  public static let trackingPrefix = "refs/opentraces/remotes/"

  /// What one writer shares: traces that passed the security tools, what is known of them, tombstones.
  public static func shareable(_ writer: String) -> String { shareablePrefix + writer }

  /// Where the shareable planes of a remote are kept.
  public static func tracking(_ remote: String) -> String { trackingPrefix + remote + "/bucket/v1/" }

  /// Where the notes of a remote are kept.
  public static func trackedNotes(_ remote: String) -> String { "refs/notes/remotes/\(remote)/opentraces" }

  /// Where the configuration of a repository names the remote that traces are shared over, and when they are.
  public static let remoteKey = "opentraces.bucketremote"
  public static let syncKey = "opentraces.bucketsync"

  /// The value of `remote.<name>.fetch` that lets a plain `git fetch` bring what others share.
  public static func fetchRefspec(_ remote: String) -> String { "+\(shareablePrefix)*:\(tracking(remote))*" }

  /// Everything that is ours.
  public static let prefix = "refs/opentraces/"

  /// The shard of a trace: the first two hex digits of the SHA-256 of its id.
  public static func shard(_ id: String) -> String { String(Digest.sha256Hex(id).prefix(2)) }

  /// The directory of a trace in the bucket.
  public static func traceDirectory(_ id: String) -> String { "traces/\(shard(id))/\(fileName(id))" }

  /// The key of a path in the by-path index: SHA-256 of its bytes, shortened to 32 hex digits.
  public static func pathKey(_ path: BytePath) -> String { String(Digest.sha256Hex(path.bytes).prefix(32)) }

  /// The directory that lists, by trace, the edits of one path.
  public static func pathDirectory(_ path: BytePath) -> String {
    let key = pathKey(path)
    return "by-path/\(key.prefix(2))/\(key)"
  }

  /// The id that ``fileName(_:)`` made a file name of.
  public static func traceID(ofFile name: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(name.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest.removeFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A number in a file name: four digits at least, so that files sort by it.
  public static func numbered(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// An id as a file name: percent-encoded but for letters, digits and `-._~`.
  public static func fileName(_ id: String) -> String {
    var out = ""
    for byte in id.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(Character(Unicode.Scalar(byte)))
      default: out += "%" + Hex.encode([byte]).uppercased()
      }
    }
    return out
  }
}
