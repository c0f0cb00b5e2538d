internal import Basics
internal import Integrations

/// One thing that capturing the sessions of Pi takes, and how it is brought about.
struct PiStep {
  enum State: String {
    case ok
    case missing
    /// Switched off on purpose.
    case off
    /// A person has to do it at a terminal.
    case needsTerminal = "needs_terminal"
  }

  let name: String
  let state: State
  /// Sessions are captured without it.
  var isOptional = false
  /// The command that brings it about; nil when no command does.
  var command: String?
  /// Further members of the row.
  var details: JSONObject = [:]

  static func package(_ status: PiSetupStatus) -> PiStep {
    let flag = status.package.scope == .project ? "-l " : ""
    return PiStep(
      name: "pi_package", state: status.isInstalled ? .ok : .missing,
      command: "pi install \(flag)\(status.package.source)")
  }

  /// The running program itself, which Pi's package finds on `PATH`.
  static func program(_ path: String, _ environment: HostEnvironment) -> PiStep {
    let isOnPath = environment.program("opentraces") != nil
    return PiStep(
      name: "opentraces_cli", state: .ok, details: ["path": .string(path), "not_on_path": .bool(!isOnPath)])
  }

  static func projectCapture(_ capture: PiCapture) -> PiStep {
    PiStep(
      name: "project_capture", state: capture.isEnabled ? .ok : capture == .excluded ? .off : .missing,
      command: PiBridgeStatus.initCommand)
  }

  static func gitHook(isInstalled: Bool) -> PiStep {
    PiStep(name: "git_hook", state: isInstalled ? .ok : .needsTerminal, command: "opentraces setup git")
  }

  static func hubToken(_ environment: HostEnvironment) -> PiStep {
    PiStep(
      name: "hf_auth", state: environment.hasHubToken ? .ok : .needsTerminal, isOptional: true,
      command: "opentraces auth login")
  }

  static let bucketRemote = PiStep(
    name: "bucket_remote", state: .needsTerminal, isOptional: true, command: "opentraces setup bucket")

  var json: JSONValue {
    var row: JSONObject = ["name": .string(name), "state": .string(state.rawValue)]
    if isOptional { row["optional"] = true }
    if let command { row["command"] = .string(command) } else { row["commands"] = [] }
    for member in details.members { row[member.key] = member.value }
    return .object(row)
  }

  /// The row for people: name and state in columns, then what to do about it.
  func text(_ style: Style) -> String {
    let label = state.rawValue.replacing("_", with: " ")
    let painted = state == .ok ? style.good(label) : isOptional ? style.dim(label) : style.partial(label)
    let row = "  " + TextWidth.pad(name, to: 17) + painted
    let remark =
      state != .ok
      ? (isOptional ? "optional: " : "") + (command ?? "")
      : details["not_on_path"] == true ? "\(details["path"]?.string ?? "") is not on PATH" : ""
    return remark.isEmpty ? row : row + String(repeating: " ", count: max(1, 16 - TextWidth.of(label))) + remark
  }
}
