internal import Basics

/// The tool `entropy`: runs of characters that look drawn by lot, whatever their name.
///
/// A run of base64 is held against what a random one of its length would have: at least six sevenths of the bits that as many
/// different characters can have, letters of both cases and digits, and few readable words. Runs below 32 characters need
/// a quote, an assignment or a header in front. Digests, ids and public keys go by what stands around them.
enum EntropyDetector {
  private static let least = 20
  /// The same in what people and agents write: of outputs and thoughts so short a run says too little.
  private static let leastWritten = 16
  /// A longer run is content, not a key.
  private static let most = 180
  /// From this length on a run needs nothing in front.
  private static let freeLength = 32

  /// Cost: linear in the text.
  static func spans(_ text: Bytes, _ field: FieldType) -> [TextSpan] {
    let least = field == .general || field == .toolInput ? leastWritten : least
    var found: [TextSpan] = []
    var at = 0
    while at < text.count {
      guard ByteSet.words.contains(text[at]) || isInner(text[at]) else {
        at += 1
        continue
      }
      let start = at
      var hasDigit = false
      while at < text.count, ByteSet.words.contains(text[at]) || isInner(text[at]) {
        if text[at] <= 0x39, text[at] >= 0x30 { hasDigit = true }
        at += 1
      }
      if at - start >= 5, text[start] == UInt8(ascii: "-"), let end = publicBlock(text, start..<at) {
        at = end
        continue
      }
      guard at - start >= least, at - start <= most, hasDigit else { continue }
      for run in pieces(text, start..<at, least) where isSecret(text, run) {
        found.append(TextSpan(run, "high_entropy_string", .medium))
      }
    }
    return found
  }

  private static func isInner(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
  }

  /// A run as a whole, or, of a path, its components; what stands before `=` is a name.
  private static func pieces(_ text: Bytes, _ run: Range<Int>, _ least: Int) -> [Range<Int>] {
    var run = run
    while run.count > 0, text[run.upperBound - 1] == UInt8(ascii: "=") { run = run.lowerBound..<(run.upperBound - 1) }
    if let equals = text[run].lastIndex(of: UInt8(ascii: "=")) { run = (equals + 1)..<run.upperBound }
    // An escaped line feed in front belongs to nobody.
    if run.lowerBound > 0, text[run.lowerBound - 1] == UInt8(ascii: "\\"), run.count > 0,
      "nrt".utf8.contains(text[run.lowerBound])
    {
      run = (run.lowerBound + 1)..<run.upperBound
    }
    guard run.count >= least else { return [] }
    guard text[run].contains(UInt8(ascii: "/")) else { return [run] }
    var parts: [Range<Int>] = []
    var start = run.lowerBound
    for at in run where text[at] == UInt8(ascii: "/") {
      if at > start { parts.append(start..<at) }
      start = at + 1
    }
    if run.upperBound > start { parts.append(start..<run.upperBound) }
    // Random base64 has a slash in 64 characters; a path has words between them.
    let isPath =
      parts.contains { (2...24).contains($0.count) && WordShape.isReadable(Bytes(rebasing: text[$0])) }
      || text[run.lowerBound] == UInt8(ascii: "/")
    return isPath ? parts.filter { $0.count >= least } : [run]
  }

  private static let idPrefixes = [
    "toolu_", "msg_", "agent_msg_", "call_", "chatcmpl-", "resp_", "req_", "thread_", "run_", "pk_live_", "pk_test_",
    "AAAA", "sha1-",
    "sha256-",
    "sha384-", "sha512-", "srvtoolu_", "fc_", "rs_", "ws_", "file-", "asst_", "step_", "batch_", "org-", "proj_",
  ].map { Array($0.utf8) }

  private static func isSecret(_ text: Bytes, _ run: Range<Int>) -> Bool {
    let bytes = Bytes(rebasing: text[run])
    let kinds = ByteKinds(bytes)
    guard kinds.digits >= 2, kinds.upper >= 2, kinds.lower >= 2, kinds.digits < bytes.count * 3 / 5 else {
      return false
    }
    if idPrefixes.contains(where: { bytes.count >= $0.count && bytes.prefix($0.count).elementsEqual($0) }) {
      return false
    }
    if Placeholder.isOne(bytes) || isDigest(text, run) || isIdentifier(text, run.lowerBound) { return false }
    let needed = run.count >= freeLength ? 0.86 : 0.9
    let possible = Double(min(bytes.count, 64)).logarithm
    guard Entropy.bits(bytes) >= needed * possible, WordShape.readableShare(bytes) < 0.35 else { return false }
    return run.count >= freeLength || isAnnounced(text, run.lowerBound)
  }

  /// Digests say what they are: `sha512-…`, `sha256:…`, `h1:…`, `integrity="…"`, and data of media.
  private static func isDigest(_ text: Bytes, _ run: Range<Int>) -> Bool {
    let before = Bytes(rebasing: text[max(0, run.lowerBound - 24)..<run.lowerBound])
    return digestWords.contains { Placeholder.contains(before, lowered: $0) }
  }

  private static let digestWords = [
    "sha1", "sha256", "sha384", "sha512", "h1:", "integrity", "checksum", "digest", "etag", "base64,", "signature",
    "ssh-rsa",
    "ssh-ed25519", "fingerprint", "uuid", "commit", "cursor", "requestid", "request_id", "request-id",
  ].map { Array($0.utf8) }

  private static let publicNames = ["id", "ids", "sha", "oid", "key_id", "keyid", "nonce", "thumbprint"]
    .map { Array($0.utf8) }

  /// Whether the name of an identifier stands in front: `"node_id": "…"`, also in JSON inside of JSON.
  private static func isIdentifier(_ text: Bytes, _ start: Int) -> Bool {
    var at = start
    while at > 0, start - at < 12, "\"'`\\ :=".utf8.contains(text[at - 1]) { at -= 1 }
    guard at < start else { return false }
    return publicNames.contains { name in
      let first = at - name.count
      guard first >= 0 else { return false }
      for index in name.indices where Placeholder.lowered(text[first + index]) != name[index] { return false }
      // A word of its own, or the end of one in camel case.
      return first == 0 || !ByteSet.alphanumerics.contains(text[first - 1])
        || (0x41...0x5A).contains(text[first]) && (0x61...0x7A).contains(text[first - 1])
    }
  }

  /// Whether a quote, an assignment or a header stands in front.
  private static func isAnnounced(_ text: Bytes, _ start: Int) -> Bool {
    guard start > 0 else { return false }
    var at = start - 1
    if text[at] == 0x20, at > 0 { at -= 1 }
    return "\"'`=:".utf8.contains(text[at])
  }

  /// The end of a block in PEM form: keys in it are for everybody, or the tool `regex` has taken them out.
  private static func publicBlock(_ text: Bytes, _ run: Range<Int>) -> Int? {
    var ignored = SpanCollector()
    return PrivateKeyBlock.look(text, run.lowerBound, &ignored)
  }
}
