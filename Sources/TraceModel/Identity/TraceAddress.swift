/// The kinds of objects that are named by a digest of their content.
public enum DigestKind: String, Sendable, Hashable, CaseIterable {
  case tracePatch = "trace_patch"
  case gitAnchor = "git_anchor"
  case traceSlice = "trace_slice"
  case traceSnapshot = "trace_snapshot"

  /// The name that goes into the digest.
  public var canonicalization: String { "opentraces.\(rawValue).v1" }

  /// The word in an address.
  public var segment: String {
    switch self {
    case .tracePatch: "trace-patch"
    case .gitAnchor: "git-anchor"
    case .traceSlice: "trace-slice"
    case .traceSnapshot: "trace-snapshot"
    }
  }

  /// The prefix of a display id.
  public var displayPrefix: String {
    switch self {
    case .tracePatch: "tp"
    case .gitAnchor: "ga"
    case .traceSlice: "ts"
    case .traceSnapshot: "snap"
    }
  }
}

/// Short ids for people: a prefix, `:` and the first 8 characters.
public enum DisplayID {
  public static func make(_ prefix: String, _ id: String) -> String { "\(prefix):\(id.prefix(8))" }
  public static func trace(_ id: String) -> String { make("t", id) }
}

/// An `ot://` address.
public enum TraceAddress: Sendable, Hashable {
  case trace(String)
  /// `step` is the step's id, such as `step_3`.
  case step(trace: String, step: String)
  /// The files as a step left them.
  case stepWorld(trace: String, step: String)
  case sourceSession(String)
  /// A content-addressed object.
  case digest(DigestKind, String)
  /// What became of a patch.
  case patchTrail(String)
  /// What last wrote a line (1-based) of a file.
  case lineOrigin(path: String, line: Int)
  /// A commit of the repository at hand.
  case commit(String)

  public var text: String {
    switch self {
    case .trace(let id): "ot://trace/\(encode(id))"
    case .step(let trace, let step): "ot://trace/\(encode(trace))/steps/\(encode(step))"
    case .stepWorld(let trace, let step): "ot://trace/\(encode(trace))/steps/\(encode(step))/world"
    case .sourceSession(let id): "ot://source-session/\(encode(id))"
    case .digest(let kind, let id): "ot://\(kind.segment)/sha256/\(encode(id))"
    case .patchTrail(let id): "ot://trace-patch/sha256/\(encode(id))/trail"
    case .lineOrigin(let path, let line):
      "ot://file/\(encode(path, keepingSlash: true))/line/\(line)/origin"
    case .commit(let id): "ot://repo/local/git/commit/\(GitObjectID.algorithm(of: id))/\(id)"
    }
  }

  private func encode(_ text: String, keepingSlash: Bool = false) -> String {
    PercentEncoding.encode(text, keepingSlash: keepingSlash)
  }

  /// Reads an address. Digests are lower-cased. Nil for another scheme or an unknown shape.
  public init?(_ text: String) {
    guard text.hasPrefix("ot://") else { return nil }
    let raw = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false)
    guard let address = Self.read(raw.map { PercentEncoding.decode($0) }) else { return nil }
    self = address
  }

  private static func read(_ parts: [String]) -> TraceAddress? {
    guard let first = parts.first, parts.count > 1, !parts[1].isEmpty else { return nil }
    switch (first, parts.count) {
    case ("trace", _): return readTrace(parts)
    case ("source-session", 2): return .sourceSession(parts[1])
    case ("file", 5...): return readLine(parts)
    case ("repo", 6) where parts[1...3] == ["local", "git", "commit"]: return .commit(parts[5])
    default: return readDigest(parts)
    }
  }

  private static func readTrace(_ parts: [String]) -> TraceAddress? {
    switch parts.count {
    case 2: .trace(parts[1])
    case 4 where parts[2] == "steps": .step(trace: parts[1], step: parts[3])
    case 5 where parts[2] == "steps" && parts[4] == "world":
      .stepWorld(trace: parts[1], step: parts[3])
    case 5 where parts[2] == "patches" && parts[4] == "trail": .patchTrail(parts[3].lowercased())
    default: nil
    }
  }

  private static func readLine(_ parts: [String]) -> TraceAddress? {
    let tail = parts.suffix(3)
    guard tail.first == "line", tail.last == "origin", let line = Int(parts[parts.count - 2]),
      line > 0
    else { return nil }
    return .lineOrigin(path: parts[1..<(parts.count - 3)].joined(separator: "/"), line: line)
  }

  private static func readDigest(_ parts: [String]) -> TraceAddress? {
    guard let kind = DigestKind.allCases.first(where: { $0.segment == parts[0] }) else {
      return nil
    }
    let rest = parts[1] == "sha256" ? Array(parts.dropFirst(2)) : Array(parts.dropFirst())
    guard let id = rest.first?.lowercased(), !id.isEmpty else { return nil }
    if rest.count == 1 { return .digest(kind, id) }
    return kind == .tracePatch && rest.dropFirst() == ["trail"] ? .patchTrail(id) : nil
  }
}

/// Percent-encoding in which only letters, digits and `-._~` stay as they are.
public enum PercentEncoding {
  public static func encode(_ text: String, keepingSlash: Bool = false) -> String {
    var out = ""
    for byte in text.utf8 {
      let isSafe =
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: keepingSlash && byte == 0x2F
        }
      if isSafe {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let hex = String(byte, radix: 16, uppercase: true)
        out += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return out
  }

  /// Leaves a `%` that starts no escape as it is.
  public static func decode(_ text: some StringProtocol) -> String {
    let bytes = Array(text.utf8)
    var out: [UInt8] = []
    var at = 0
    while at < bytes.count {
      if bytes[at] == 0x25, at + 2 < bytes.count,
        let value = UInt8(String(decoding: bytes[(at + 1)...(at + 2)], as: UTF8.self), radix: 16)
      {
        out.append(value)
        at += 3
      } else {
        out.append(bytes[at])
        at += 1
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
