internal import ArgumentParser
internal import Basics
internal import GitKit
internal import TraceStore

/// `bucket verify`
struct BucketVerifyCommand: ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check that everything kept is whole. Changes nothing.")

  @Option(help: "Traces to check; 0 for all.")
  var sample = 100

  @Flag(help: "Check every trace, the whole event log and what is shared.")
  var full = false

  @Option(help: "The repository; default: the working directory.")
  var project: String?

  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if sample < 0 { throw ValidationError("--sample must not be negative") }
  }

  func run(_ context: CommandContext) throws -> CommandResult {
    let repository = try context.repository(project)
    let exhaustive = full || sample == 0
    let result = try BucketVerifier(try Bucket(repository)).faults(sample: exhaustive ? nil : sample)
    var faults = result.faults
    if exhaustive {
      faults += try EventLogVerifier(try EventLog(repository)).faults() + PlaneVerifier(repository).faults()
    }
    let errors = JSONValue.array(faults.map(\.json))
    let isOK = faults.isEmpty
    let json: JSONValue = [
      "status": isOK ? "ok" : "error", "schema_version": "opentraces.bucket.verify.v1", "ok": .bool(isOK),
      "sampled": .int(result.checked), "errors": errors,
      "verify": [
        "ok": .bool(isOK), "sampled": .int(result.checked), "blobs_checked": .int(result.checked),
        "dangling_count": .int(faults.filter { $0.kind == "dangling_blob" }.count), "full": .bool(exhaustive),
        "schema_version": "opentraces.bucket.manifest.v2", "errors": errors,
      ],
    ]
    return CommandResult(
      json: json, text: text(faults, checked: result.checked, exhaustive, context.style),
      exitCode: isOK ? ExitStatus.ok : ExitStatus.configuration)
  }

  private func text(_ faults: [StoreFault], checked: Int, _ exhaustive: Bool, _ style: Style) -> String {
    if faults.isEmpty {
      let sessions = Counted.text(checked, "session")
      let scope = exhaustive ? "\(sessions) of this clone, the event log and all that is shared" : sessions
      return "\(style.good("✓")) \(scope) checked, nothing is damaged\n"
    }
    let lines = faults.map { "\(style.bad("×")) \($0.kind)  \($0.path): \($0.detail)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
