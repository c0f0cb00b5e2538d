public import Basics

/// Takes what tools find out of JSON: every text and every key, without changing the shape.
///
/// Numbers, truth values and null stay; so do texts that are what their place says, such as ids and times (see
/// ``Structure``). A pure function of document, tools and options. Cost: linear in the document for each tool.
public struct DocumentSanitizer: Sendable {
  public enum Shape: Sendable {
    /// Any object.
    case row(FieldType)
    /// A trace record.
    case record
  }

  /// What was done.
  public struct Outcome: Sendable {
    public var document: JSONValue
    public var findings: [Finding] = []
    /// Tools that ran.
    public var applied: [ToolName] = []
    /// Tools that were asked for and did not run: nothing can be said to be clear of what they look for.
    public var failed: [(tool: ToolName, error: String)] = []
    public var verdicts: [Verdict] = []
    /// What the classifier has seen, when it ran.
    public var tally: ClassifierTally?
    /// Values that `capsule_scope` left out.
    public var excluded = 0
    /// What programs of others found, see ``SecurityOptions/literals``.
    public var literals: [ToolName: [ExternalTool.Literal]] = [:]

    public var redactions: Int { findings.count { $0.tool.kind == .detector } }
  }

  private let tools: [ToolName]
  private let options: SecurityOptions

  public init(_ tools: some Sequence<ToolName>, options: SecurityOptions = SecurityOptions()) {
    self.tools = Set(tools).sorted()
    self.options = options
  }

  /// - Parameters:
  ///   - others: texts that belong to the document; ``ExternalTool``s look at them as well.
  ///   - tally: what the classifier saw of the record before, of which the document is what was added.
  public func sanitize(
    _ document: JSONValue, _ shape: Shape, with others: [String] = [], after tally: ClassifierTally? = nil
  ) -> Outcome {
    var outcome = Outcome(document: document)
    var options = options
    for tool in tools {
      switch tool {
      case .regex, .entropy, .businessLogic, .pathAnonymizer:
        outcome.applied.append(tool)
      case .capsuleScope:
        outcome.applied.append(tool)
      case .classifier:
        if case .record = shape {
          outcome.applied.append(tool)
        } else {
          outcome.failed.append((tool, "it looks at records only"))
        }
      case .trufflehog, .privacyFilter, .llmPII:
        do {
          // Of what belongs to something that was looked at already, it is known what is to go.
          if options.literals[tool] == nil {
            options.literals[tool] = try ask(tool, shape, &outcome, others, options)
          }
          outcome.applied.append(tool)
        } catch {
          outcome.failed.append((tool, "\(error)"))
        }
      }
    }
    outcome.literals = options.literals
    let applied = outcome.applied
    let text = TextSanitizer(applied, options: options)
    var walk = Walk(text: text, shape: shape)
    walk.findings = outcome.findings
    outcome.document = walk.value(outcome.document, path: "", key: nil, field: walk.root, isFree: false)
    // Rules of the user's own go by `regex`, also where that is off.
    let order = Set(applied + [.regex]).sorted()
    outcome.findings = order.flatMap { tool in walk.findings.filter { $0.tool == tool } }
    if outcome.applied.contains(.capsuleScope) {
      var scope = CapsuleScope(options.excludedPaths)
      outcome.document = scope.applied(to: outcome.document)
      outcome.excluded = scope.count
    }
    if outcome.applied.contains(.classifier) {
      var classifier = ContentClassifier(
        ContentClassifier.Sensitivity(rawValue: options.sensitivity) ?? .medium, after: tally ?? ClassifierTally())
      // What stands at the head of a record was seen before.
      let parts =
        tally == nil
        ? [outcome.document] : ["steps", "amendments", "metadata"].compactMap { outcome.document[$0] }
      for part in parts { Self.forEachText(part) { $0.withUTF8 { classifier.look($0) } } }
      outcome.verdicts = [classifier.verdict()]
      outcome.tally = classifier.tally
    }
    return outcome
  }

  /// What a program finds in what the tools before it left: they are run first, so that it gets nothing that they know.
  private func ask(
    _ tool: ToolName, _ shape: Shape, _ outcome: inout Outcome, _ others: [String], _ options: SecurityOptions
  ) throws -> [ExternalTool.Literal] {
    guard let program = options.external[tool] else {
      throw ExternalTool.Failure(description: "it is not set up")
    }
    if tool == .trufflehog, case .row = shape {
      throw ExternalTool.Failure(description: "it looks at records only")
    }
    let before = TextSanitizer(outcome.applied, options: options)
    var walk = Walk(text: before, shape: shape)
    walk.findings = outcome.findings
    outcome.document = walk.value(outcome.document, path: "", key: nil, field: walk.root, isFree: false)
    outcome.findings = walk.findings
    return try program.findings(in: Self.strings(of: outcome.document, shape) + others.map { before.sanitize($0).text })
  }

  /// All texts of a document that tools look at.
  public static func strings(of document: JSONValue, _ shape: Shape) -> [String] {
    var walk = Walk(text: TextSanitizer([ToolName]()), shape: shape, collected: [])
    _ = walk.value(document, path: "", key: nil, field: walk.root, isFree: false)
    return walk.collected ?? []
  }

  private static func forEachText(_ value: JSONValue, _ body: (inout String) -> Void) {
    switch value {
    case .string(var text): body(&text)
    case .array(let list): for item in list { forEachText(item, body) }
    case .object(let object): for member in object.members { forEachText(member.value, body) }
    default: break
    }
  }

  /// One pass over a document.
  private struct Walk {
    let text: TextSanitizer
    let shape: Shape
    var findings: [Finding] = []
    /// When texts are collected and nothing is looked for.
    var collected: [String]?

    var root: FieldType {
      if case .row(let field) = shape { return field }
      return .general
    }

    /// What a tool was given, or somebody noted: there a key says nothing about what its value is.
    private static let freeParts: Set<String> = ["input", "metadata", "tool_definitions", "system_prompts"]

    /// - Parameter isFree: below one of the parts of a record whose shape is not known.
    mutating func value(
      _ value: JSONValue, path: String, key: String?, field: FieldType, isFree: Bool
    ) -> JSONValue {
      switch value {
      case .string(let string):
        if case .record = shape, !isFree, let key, Structure.holds(string, key: key) { return value }
        return .string(sanitized(string, path, field, name: key))
      case .array(let list):
        return .array(
          list.enumerated().map { number, item in
            self.value(item, path: "\(path)[\(number)]", key: key, field: field, isFree: isFree)
          })
      case .object(let object):
        var members: [(String, JSONValue)] = []
        var taken = Set(object.keys)
        for member in object.members {
          var name = member.key
          if isFree || !Structure.isPlainKey(name) {
            name = sanitized(name, path, field)
            // Two keys that were told apart stay two.
            var number = 1
            while name != member.key, !taken.insert(number == 1 ? name : "\(name)-\(number)").inserted { number += 1 }
            if number > 1 { name += "-\(number)" }
          }
          let inner = path.isEmpty ? name : "\(path).\(name)"
          members.append(
            (
              name,
              self.value(
                member.value, path: inner, key: Self.name(of: member.key, in: object),
                field: self.field(of: member.key, in: object, field),
                isFree: isFree || Self.freeParts.contains(member.key))
            ))
        }
        return .object(JSONObject(members))
      default: return value
      }
    }

    private mutating func sanitized(
      _ string: String, _ path: String, _ field: FieldType, name: String? = nil
    ) -> String {
      if collected != nil {
        collected?.append(string)
        return string
      }
      let outcome = text.sanitize(string, field, path: path, name: name)
      findings += outcome.findings
      return outcome.text
    }

    /// What a member is called: of `{"name": "DB_PASSWORD", "value": …}` the value goes by the name.
    private static func name(of key: String, in object: JSONObject) -> String {
      key == "value" ? object["name"]?.string ?? object["key"]?.string ?? key : key
    }

    /// How the texts of a record are to be looked at, by the key that holds them.
    private func field(of key: String, in object: JSONObject, _ field: FieldType) -> FieldType {
      guard case .record = shape else { return field }
      switch key {
      case "reasoning_content": return .reasoning
      case "observations": return .toolResult
      case "input":
        let tool = (object["tool_name"]?.string ?? "").split(separator: "__").last.map { $0.lowercased() } ?? ""
        return ["read", "grep", "glob"].contains(tool) ? .toolResult : .toolInput
      default: return field
      }
    }
  }
}

/// Texts of a record that are what their key says: nothing is looked for in them, so that they stay whole.
enum Structure {
  private static let ids: Set<String> = [
    "trace_id", "session_id", "tool_call_id", "source_call_id", "patch_id", "trace_patch_id", "snapshot_before_id",
    "snapshot_after_id", "event_id", "commit_sha", "blob_sha", "tree_sha", "content_hash", "base_commit", "parent_id",
    "superseded_by", "context_node_id", "git_anchor_id", "record_hash", "digest", "superseded_trace_ids",
  ]
  private static let times: Set<String> = [
    "timestamp", "timestamp_start", "timestamp_end", "last_searched_at", "created_at", "updated_at",
  ]
  private static let idBytes = ByteSet(
    Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:".utf8))

  /// Whether a text has the shape of what its key names. One that has not is looked at like any other.
  static func holds(_ text: String, key: String) -> Bool {
    if times.contains(key) { return Timestamp(text) != nil }
    guard ids.contains(key), (1...80).contains(text.utf8.count) else { return false }
    return text.utf8.allSatisfy { idBytes.contains($0) } && isIdentifier(text)
  }

  /// Not what a key of some service looks like.
  private static func isIdentifier(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { PatternDetector.spans($0).isEmpty }
  }

  /// Names in code are no content: letters, digits and underscores, not too many of them.
  static func isPlainKey(_ key: String) -> Bool {
    key.utf8.count <= 40
      && key.utf8.allSatisfy { byte in
        byte == UInt8(ascii: "_") || (0x61...0x7A).contains(byte)
      }
  }
}

/// The tool `capsule_scope`: leaves out what stands at some places.
struct CapsuleScope {
  private let patterns: [[Substring]]
  private(set) var count = 0

  init(_ paths: [String]) { patterns = paths.map { $0.split(separator: ".") } }

  mutating func applied(to value: JSONValue, _ path: [String] = []) -> JSONValue {
    let isExcluded =
      !path.isEmpty
      && patterns.contains { pattern in
        pattern.count == path.count && zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
      }
    if isExcluded {
      count += 1
      return .string("[EXCLUDED:\(path.joined(separator: "."))]")
    }
    switch value {
    case .array(let list):
      var items: [JSONValue] = []
      for (number, item) in list.enumerated() { items.append(applied(to: item, path + [String(number)])) }
      return .array(items)
    case .object(let object):
      var members: [(String, JSONValue)] = []
      for member in object.members { members.append((member.key, applied(to: member.value, path + [member.key]))) }
      return .object(JSONObject(members))
    default: return value
    }
  }
}
