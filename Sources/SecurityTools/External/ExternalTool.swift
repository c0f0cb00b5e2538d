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
    case helper(command: String, threshold: Double)
  }

  /// A passage to be taken out wherever it stands.
  public struct Literal: Hashable, Sendable {
    public let text: String
    public let pattern: String
    public let severity: Severity
  }

  /// Why it did not run.
  public struct Failure: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  private let program: Program
  private let environment: [String: String]

  /// How it was told to look, without what differs between machines.
  public var setting: String {
    switch program {
    case .trufflehog(let verifies): verifies ? "verifies" : "does not verify"
    case .helper(_, let threshold): "threshold \(threshold)"
    }
  }

  /// Seconds that a program may take.
  private static let patience = 120.0

  /// - Parameter environment: the whole environment of the program.
  public init(_ program: Program, environment: [String: String]) {
    self.program = program
    self.environment = environment
  }

  /// The passages that are found in some texts, each once. Cost: starting the program, and its work.
  ///
  /// - Throws: ``Failure``.
  public func findings(in texts: [String]) throws -> [Literal] {
    let texts = texts.filter { !$0.isEmpty }
    if texts.isEmpty { return [] }
    let found =
      switch program {
      case .trufflehog(let verifies): try askTrufflehog(texts, verifies: verifies)
      case .helper(let command, let threshold): try askHelper(command, texts, threshold)
      }
    var seen: Set<String> = []
    return found.filter { seen.insert($0.text).inserted }
  }

  /// What `trufflehog --version` says; nil when it is not there or says nothing.
  public static func trufflehogVersion(_ environment: [String: String]) -> String? {
    let result = try? ChildProgram.run(
      "trufflehog", ["--version"], environment: environment, directory: nil, seconds: 10)
    guard let result = result ?? nil, result.succeeded else { return nil }
    let said = String(decoding: result.output + result.errors, as: UTF8.self)
    return said.split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  private func run(_ name: String, _ arguments: [String], input: [UInt8] = []) throws -> [UInt8] {
    let result: ChildProgram?
    do {
      result = try ChildProgram.run(
        name, arguments, environment: environment, directory: environment["TMPDIR"] ?? "/tmp", input: input,
        seconds: Self.patience)
    } catch {
      throw Failure(description: "\(error)")
    }
    guard let result else { throw Failure(description: "there is no \(name) on PATH") }
    if result.exitCode == ChildProgram.timedOut {
      throw Failure(description: "it did not end within \(Int(Self.patience)) seconds")
    }
    guard result.succeeded else {
      let said = String(decoding: result.errors, as: UTF8.self).split(whereSeparator: \.isNewline).last
      throw Failure(
        description: "it failed with exit code \(result.exitCode)" + (said.map { ": " + $0.prefix(200) } ?? ""))
    }
    return result.output
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
    let output = try withExtendedLifetime(place) {
      try run(
        "trufflehog",
        ["filesystem", "--json", "--no-update"] + (verifies ? [] : ["--no-verification"]) + [place.path + "/texts"])
    }
    return try output.split(separator: 0x0A).compactMap { line in
      guard let json = try? JSONValue(parsing: Array(line)) else {
        throw Failure(description: "it answered something that is no JSON")
      }
      // What it says of its own course.
      guard let detector = json["DetectorName"]?.string else { return nil }
      guard let raw = json["Raw"]?.string, !raw.isEmpty else {
        throw Failure(description: "it found something of \(detector) and does not tell what")
      }
      guard texts.contains(where: { $0.utf8.firstRange(of: raw.utf8) != nil }) else {
        throw Failure(description: "what it found of \(detector) is encoded, and can't be taken out")
      }
      return Literal(text: raw, pattern: detector, severity: .critical)
    }
  }

  // MARK: A helper

  private func askHelper(_ command: String, _ texts: [String], _ threshold: Double) throws -> [Literal] {
    let input = texts.flatMap { CanonicalJSON.line(["text": .string($0)]) + [0x0A] }
    let lines = try run("sh", ["-c", command], input: input).split(separator: 0x0A)
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
        let words = String(passage).trimmingPrefix { $0.isWhitespace }
        if words.isEmpty { return nil }
        return Literal(text: String(passage), pattern: span["type"]?.string ?? "private", severity: .high)
      }
    }
  }
}
