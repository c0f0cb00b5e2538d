internal import Basics

/// A program of somebody else's that finds what is to be taken out.
///
/// It gets the texts and tells passages of them; what is taken out, and how, is decided here. One that is not there, fails,
/// takes too long or tells something that makes no sense has not run: nothing can be said to be clear of what it looks for.
public struct ExternalTool: Sendable {
  public enum Program: Sendable {
    /// `trufflehog filesystem`. With `verifies` it asks the issuers whether keys are in use, over the network.
    case trufflehog(verifies: Bool)
    /// A command of the user's own: gets `{"text": …}`, a line each, and answers each with a line `{"spans": [{"start", "end",
    /// "type", "score"}]}`, positions in Unicode scalars. What scores less than the threshold counts for nothing.
    case helper(command: String, model: String, threshold: Double)
    /// A language model at an address of the user's.
    case model(PersonalDataModel)
  }

  /// A passage to be taken out wherever it stands.
  public struct Literal: Hashable, Sendable {
    public var text: String
    public let pattern: String
    public let severity: Severity
    /// Whether it is none as a part of a longer word. Where it was told, it is none.
    public var isWholeWord = false
  }

  /// Why it did not run.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  private let program: Program
  private let environment: [String: String]

  /// Whether what it finds in a text that it has seen again, with less in it, says anything: a language model may have another
  /// opinion each time.
  public var isSteady: Bool {
    if case .model = program { return false }
    return true
  }

  /// How it was told to look, without what differs between machines.
  public var setting: String {
    switch program {
    case .trufflehog(let verifies): verifies ? "verifies" : "does not verify"
    case .helper(let command, let model, let threshold):
      // Another program may find something else. The command itself may name what is nobody's business.
      "\(Digest.sha256Hex(command).prefix(12)), \(model), threshold \(threshold)"
    case .model(let model): model.setting
    }
  }

  /// Seconds that a program may take.
  private static let patience = 120.0
  /// Bytes for which it may take a second more.
  private static let bytesPerSecond = 20_000.0

  /// - Parameter environment: the whole environment of the program.
  public init(_ program: Program, environment: [String: String]) {
    self.program = program
    self.environment = environment
  }

  /// The passages that are found in some texts, each once. Cost: starting the program, and its work.
  ///
  /// - Throws: ``Failure``.
  public func findings(in texts: [String]) throws -> [Literal] {
    if case .helper("", _, _) = program { throw Failure(description: "no program is named that runs a model") }
    var known: Set<[UInt8]> = []
    let texts = texts.filter { !$0.isEmpty && known.insert(Array($0.utf8)).inserted }
    if texts.isEmpty { return [] }
    let found =
      switch program {
      case .trufflehog(let verifies): try askTrufflehog(texts, verifies: verifies)
      case .helper(let command, _, let threshold): try askHelper(command, texts, threshold)
      case .model(let model): try model.findings(in: texts)
      }
    // By their bytes: two spellings of one character are two passages.
    var seen: Set<[UInt8]> = []
    return found.flatMap(Self.parts).filter { seen.insert(Array($0.text.utf8) + [$0.isWholeWord ? 1 : 0]).inserted }
  }

  /// The passage without white space around it, and each of its lines: an edit may have that one alone.
  private static func parts(_ literal: Literal) -> [Literal] {
    func trimmed(_ text: some StringProtocol) -> String { inner(text) { $0.isWhitespace } }
    var parts = [trimmed(literal.text)]
    if literal.text.contains(where: \.isNewline) {
      parts += literal.text.split(whereSeparator: \.isNewline).map { trimmed($0) }.filter {
        $0.utf8.count >= lineLength
      }
    }
    return parts.filter { !$0.isEmpty }.map { part in
      var literal = literal
      literal.text = part
      return literal
    }
  }

  /// Bytes of a line of a passage over several lines that tell something.
  private static let lineLength = 8

  /// What `trufflehog --version` says; nil when it is not there or says nothing.
  public static func trufflehogVersion(_ environment: [String: String]) -> String? {
    let result = try? ChildProgram.run(
      "trufflehog", ["--version"], environment: environment, directory: nil, seconds: 10)
    guard let result = result ?? nil, result.succeeded else { return nil }
    let said = String(decoding: result.output + result.errors, as: UTF8.self)
    return said.split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  private func run(
    _ name: String, _ arguments: [String], input: [UInt8] = [], bytes: Int
  ) throws -> ChildProgram {
    let seconds = Self.patience + Double(bytes) / Self.bytesPerSecond
    let result: ChildProgram?
    do {
      result = try ChildProgram.run(
        name, arguments, environment: environment, directory: environment["TMPDIR"] ?? "/tmp", input: input,
        seconds: seconds)
    } catch {
      throw Failure(description: "\(error)")
    }
    guard let result else { throw Failure(description: "there is no \(name) on PATH") }
    if result.exitCode == ChildProgram.timedOut {
      throw Failure(description: "it did not end within \(Int(seconds)) seconds")
    }
    // What it wrote may quote the texts.
    guard result.succeeded else { throw Failure(description: "it failed with exit code \(result.exitCode)") }
    return result
  }

  // MARK: trufflehog

  private func askTrufflehog(_ texts: [String], verifies: Bool) throws -> [Literal] {
    let place: PrivateDirectory
    do {
      place = try PrivateDirectory(in: environment["TMPDIR"] ?? "/tmp", prefix: "opentraces-scan-")
      // The texts themselves: in JSON a key over several lines is none.
      try Files.writeAtomically(
        Array(texts.joined(separator: "\n\n").utf8), to: place.path + "/texts", mode: 0o600, isDurable: false)
    } catch {
      throw Failure(description: "\(error)")
    }
    let size = Files.status(place.path + "/texts")?.size ?? 0
    let result = try withExtendedLifetime(place) {
      try run(
        "trufflehog",
        ["filesystem", "--json", "--no-update"] + (verifies ? [] : ["--no-verification"]) + [place.path + "/texts"],
        bytes: size)
    }
    // It succeeds as well when it could not read a thing.
    let told = result.errors.split(separator: 0x0A).last {
      String(decoding: $0, as: UTF8.self).contains("finished scanning")
    }
    guard let told else { throw Failure(description: "it does not say that it finished") }
    if let read = (try? JSONValue(parsing: Array(told)))?["bytes"]?.int, read < size {
      throw Failure(description: "it read \(read) of \(size) bytes")
    }
    let output = result.output
    return try output.split(separator: 0x0A).flatMap { line -> [Literal] in
      guard let json = try? JSONValue(parsing: Array(line)) else {
        throw Failure(description: "it answered something that is no JSON")
      }
      // What it says of its own course.
      guard let detector = json["DetectorName"]?.string else { return [] }
      guard let raw = json["Raw"]?.string, !raw.isEmpty else {
        throw Failure(description: "it found something of \(detector) and does not tell what")
      }
      func stands(_ passage: some StringProtocol) -> Bool {
        !passage.isEmpty && texts.contains { $0.utf8.firstRange(of: passage.utf8) != nil }
      }
      var parts = [raw]
      // Of a key with an id, `Raw` is one of the two and `RawV2` both.
      if let both = json["RawV2"]?.string, !both.isEmpty, both != raw {
        let rest =
          both.hasPrefix(raw) ? both.dropFirst(raw.count) : both.hasSuffix(raw) ? both.dropLast(raw.count) : both[...]
        // Without what joins the two.
        parts += [both, Self.inner(rest) { ":|;, ".contains($0) }].filter(stands)
        guard parts.count > 1 else {
          throw Failure(description: "what it found of \(detector) is in parts, and can't be taken out")
        }
      }
      guard stands(raw) else {
        throw Failure(description: "what it found of \(detector) is encoded, and can't be taken out")
      }
      return parts.map { Literal(text: $0, pattern: detector, severity: .critical) }
    }
  }

  /// A text without some characters at its ends.
  private static func inner(_ text: some StringProtocol, without isOuter: (Character) -> Bool) -> String {
    String(String(text.drop(while: isOuter).reversed()).drop(while: isOuter).reversed())
  }

  // MARK: A helper

  private func askHelper(_ command: String, _ texts: [String], _ threshold: Double) throws -> [Literal] {
    let input = texts.flatMap { CanonicalJSON.line(["text": .string($0)]) + [0x0A] }
    let lines = try run("sh", ["-c", command], input: input, bytes: input.count).output.split(separator: 0x0A)
    guard lines.count == texts.count else {
      throw Failure(description: "it answered \(lines.count) of \(texts.count) texts")
    }
    return try zip(lines, texts).flatMap { line, text in
      guard let spans = (try? JSONValue(parsing: Array(line)))?["spans"]?.array else {
        throw Failure(description: "it answered something that has no list 'spans'")
      }
      let scalars = Array(text.unicodeScalars)
      return try spans.compactMap { span -> Literal? in
        guard let start = span["start"]?.int, let end = span["end"]?.int, 0 <= start, start < end, end <= scalars.count
        else { throw Failure(description: "it answered a span that is not in its text") }
        if (span["score"]?.double ?? 1) < threshold { return nil }
        var passage = String.UnicodeScalarView()
        passage.append(contentsOf: scalars[start..<end])
        let before = String(String.UnicodeScalarView(scalars[..<start])).utf8.count
        let bytes = before..<(before + String(passage).utf8.count)
        var whole = text
        return Literal(
          text: String(passage), pattern: span["type"]?.string ?? "private", severity: .high,
          isWholeWord: whole.withUTF8 { LiteralFinder.isWholeWord(bytes, $0) })
      }
    }
  }
}
