public import Basics

/// Which security tools go over the rows of one dataset: seeded from a workflow's ``SecurityContract``, then the user's.
public struct DatasetSecurity: Sendable, Hashable {
  /// Where the settings come from.
  public enum Source: String, Sendable {
    /// There is no contract.
    case none = "default"
    case workflow, manual
  }

  /// A required tool that was turned off, and why.
  public struct Override: Sendable, Hashable {
    public let tool: ToolName
    public let reason: String
  }

  /// What was asked for and can't be.
  public struct Refusal: Error, Hashable, CustomStringConvertible {
    public let description: String
  }

  public private(set) var source: Source
  /// Identifies the workflow that the contract is of.
  public let workflowDigest: String?
  public let contract: SecurityContract?
  /// In the order in which they run.
  public private(set) var enabled: [ToolName]
  public private(set) var overrides: [Override] = []

  /// - Parameter contract: nil for a dataset without one.
  public init(_ contract: SecurityContract?, workflowDigest: String?) {
    self.contract = contract
    self.workflowDigest = workflowDigest
    source = contract == nil ? .none : .workflow
    enabled = Set((contract?.required ?? []) + (contract?.defaults ?? [])).sorted()
  }

  /// Turns a tool on.
  ///
  /// - Returns: whether it was off.
  /// - Throws: ``Refusal``.
  @discardableResult
  public mutating func enable(_ tool: ToolName) throws -> Bool {
    try checkIsNamed(tool)
    source = .manual
    overrides.removeAll { $0.tool == tool }
    if enabled.contains(tool) { return false }
    enabled = (enabled + [tool]).sorted()
    return true
  }

  /// Turns a tool off.
  ///
  /// - Parameters:
  ///   - isOverride: whether the user knows that it may be required.
  ///   - reason: to be kept with it.
  /// - Returns: whether it was on.
  /// - Throws: ``Refusal``.
  @discardableResult
  public mutating func disable(_ tool: ToolName, isOverride: Bool, reason: String) throws -> Bool {
    let contract = try checkIsNamed(tool)
    if contract.required.contains(tool) {
      guard contract.allowsDisablingRequired else {
        throw Refusal(description: "the workflow requires \(tool.rawValue) and does not allow to turn it off")
      }
      guard isOverride else {
        throw Refusal(
          description: "the workflow requires \(tool.rawValue): --unsafe-override turns it off all the same")
      }
      overrides.removeAll { $0.tool == tool }
      overrides = (overrides + [Override(tool: tool, reason: reason)]).sorted { $0.tool < $1.tool }
    }
    source = .manual
    let wasOn = enabled.contains(tool)
    enabled.removeAll { $0 == tool }
    return wasOn
  }

  @discardableResult
  private func checkIsNamed(_ tool: ToolName) throws -> SecurityContract {
    guard let contract else { throw Refusal(description: "the dataset has no contract that names \(tool.rawValue)") }
    if contract.disallowed.contains(tool) {
      throw Refusal(description: "the workflow does not allow \(tool.rawValue)")
    }
    guard contract.required.contains(tool) || contract.optional.contains(tool) else {
      throw Refusal(description: "the workflow does not name \(tool.rawValue)")
    }
    return contract
  }

  /// Required tools that are off.
  public var missing: [ToolName] { (contract?.required ?? []).filter { !enabled.contains($0) } }

  /// Required tools that did not run on a row, whatever was turned off: what a row is not published for.
  ///
  /// - Parameter ran: tools that ran on it.
  public func missing(among ran: some Sequence<ToolName>) -> [ToolName] {
    let ran = Set(ran)
    let waived = Set(overrides.map(\.tool))
    return (contract?.required ?? []).filter { !ran.contains($0) && !waived.contains($0) }
  }

  /// The block `security` of `dataset security`.
  public var json: JSONValue {
    func names(_ tools: [ToolName]?) -> JSONValue { .strings((tools ?? []).map(\.rawValue)) }
    return [
      "scope": "dataset", "source": .string(source.rawValue), "source_workflow_digest": .optional(workflowDigest),
      "required_tools": names(contract?.required), "optional_tools": names(contract?.optional),
      "enabled_tools": names(enabled), "disallowed_tools": names(contract?.disallowed),
      "allow_disable_required": .bool(contract?.allowsDisablingRequired ?? false),
      "overrides": .array(overrides.map { ["tool": .string($0.tool.rawValue), "reason": .string($0.reason)] }),
      "required_satisfied": .bool(missing.isEmpty), "missing_required_tools": names(missing),
    ]
  }
}
