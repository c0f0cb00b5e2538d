internal import AgentAdapters
internal import Basics
internal import Capture
internal import GitKit
internal import Ingest
internal import Integrations

/// `_pi-bridge`: takes one event of Pi's extension and answers with one line. Fails open.
struct PiBridge {
  let environment: HostEnvironment
  let executable: String

  struct Answer {
    var json: JSONValue
    var exitCode: Int32 = ExitStatus.ok
    var remaining: HookJob?
  }

  private struct Options {
    var status = false
    var strict = false
    var directory: String?
    var payload: String?
    var payloadFile: String?

    /// Reads the words after the command; `problem` says which one is wrong.
    init(_ words: [String], problem: inout String?) {
      var rest = words[...]
      func value(_ name: String) -> String? {
        guard let value = rest.popFirst() else {
          problem = "\(name) needs a value"
          return nil
        }
        return value
      }
      while let word = rest.popFirst() {
        switch word {
        case "--status": status = true
        case "--strict": strict = true
        case "--json": break
        case "--cwd": directory = value(word)
        case "--payload": payload = value(word)
        case "--payload-file": payloadFile = value(word)
        default: problem = "unknown option '\(word)'"
        }
      }
    }
  }

  /// The answer of a bridge that ends itself.
  static var outOfTime: String {
    var reply = Reply()
    reply.fail("PiBridgeError: out of time")
    return String(decoding: CanonicalJSON.encode(reply.json), as: UTF8.self) + "\n"
  }

  func run(_ words: [String]) -> Answer {
    var problem: String?
    let options = Options(words, problem: &problem)
    var reply = Reply()
    var remaining: HookJob?
    do {
      if let problem { throw PiEvent.Problem(problem) }
      if options.status {
        let directory = Paths.absolute(options.directory ?? ".", base: Files.currentDirectory)
        return Answer(json: PiBridgeStatus(environment, executable: executable, directory: directory).json)
      }
      let event = try PiEvent(input(options))
      (reply, remaining) = take(event)
    } catch {
      reply.fail("PiBridgeError: \((error as? PiEvent.Problem)?.message ?? "\(error)")")
    }
    return Answer(
      json: reply.json, exitCode: options.strict && reply.status == "error" ? ExitStatus.failure : ExitStatus.ok,
      remaining: remaining)
  }

  private func input(_ options: Options) throws -> [UInt8] {
    if let payload = options.payload { return Array(payload.utf8) }
    guard let path = options.payloadFile else { return ProcessEnvironment.standardInput() }
    guard let bytes = try Files.readIfPresent(path) else { throw PiEvent.Problem("there is no file \(path)") }
    return bytes
  }

  // MARK: Events

  struct Reply {
    var status = "ok"
    var sidecarPath: String?
    var eventID: String?
    var errors: [String] = []
    var spawnsIngest = false
    var retainsRawBody = false
    var recovered: [String] = []

    mutating func fail(_ message: String) {
      status = "error"
      errors.append(message)
    }

    var json: JSONValue {
      [
        "ok": .bool(status != "error"), "status": .string(status), "sidecar_path": .optional(sidecarPath),
        "event_id": .optional(eventID), "errors": .strings(errors), "ingest_spawned": .bool(spawnsIngest),
        "raw_provider_body_retained": .bool(retainsRawBody), "recovered_sessions": .strings(recovered),
      ]
    }
  }

  private func take(_ event: PiEvent) -> (Reply, HookJob?) {
    var reply = Reply()
    reply.eventID = event.id
    let gate = HookGate(agent: .pi, environment: environment)
    guard let repository = gate.repository(of: event.directory) else {
      reply.status = "capture_disabled"
      return (reply, nil)
    }
    let work = HookWork(agent: .pi, event: event.name, repository: repository, environment: environment)
    do {
      guard try gate.admits(repository) else {
        reply.status = "capture_disabled"
        return (reply, nil)
      }
      HookDeadline.report("pi \(event.name)", session: event.sessionID, in: repository)
      let journal = Journal(directory: repository.stateDirectory, agent: "pi", session: event.sessionID)
      reply.sidecarPath = journal.path
      let id = String(decoding: CanonicalJSON.line(.string(event.id)), as: UTF8.self)
      if try journal.ends(with: "\"event_id\":\(id)") {
        reply.status = "duplicate"
        return (reply, nil)
      }
      let bodies = try keep(event, in: repository)
      reply.retainsRawBody = bodies.members.contains { $0.value["retained"] == true }
      try journal.append(event.line(time: .now(), bodies: bodies))
      var rest = try work.observe(moment(event.name), event.payload)
      if event.name == "session_start" {
        reply.recovered = LiveSessions.unfinishedPiSessions(in: repository).filter { $0 != event.sessionID }
        rest.folds = !reply.recovered.isEmpty
      }
      reply.spawnsIngest = rest.folds
      var job = HookJob(work, rest)
      SubmoduleHooks(gate: gate, outer: repository, moment: moment(event.name), payload: event.payload)
        .add(to: &job, work) { inner in
          try Journal(directory: inner.stateDirectory, agent: "pi", session: event.sessionID)
            .append(event.line(time: .now(), bodies: bodies))
        }
      return (reply, job)
    } catch {
      work.log("\(error)", session: event.sessionID)
      reply.fail("PiBridgeError: \(error)")
      return (reply, nil)
    }
  }

  private func moment(_ event: String) -> HookMoment {
    switch event {
    case "session_start": .sessionStart
    case "agent_start": .turnStart
    case "tool_pre": .callBegin
    case "tool_post": .callEnd
    case "agent_end", "session_shutdown": .turnEnd
    default: .other
    }
  }

  // MARK: Raw bodies

  private static let retainVariable = "OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES"

  /// Raw bodies stay out of the journal: only their hash is noted, and the body itself is kept on this machine when the
  /// user asked for it. Returns what became of each.
  private func keep(_ event: PiEvent, in repository: Repository) throws -> JSONObject {
    let asked = ["1", "true", "yes"].contains(environment.variables[Self.retainVariable]?.lowercased() ?? "")
    let isRetained = asked || event.keepsRawBodies
    var references: JSONObject = [:]
    for body in event.rawBodies {
      let digest = Digest.sha256Hex(body.bytes)
      var reference: JSONObject = [
        "sha256": .string(digest), "bytes": .int(body.bytes.count), "retained": .bool(isRetained),
      ]
      if isRetained {
        let path = repository.stateDirectory + "/raw-bodies/" + digest
        try Files.createDirectory(Paths.parent(path))
        if !Files.exists(path) { try Files.writeAtomically(body.bytes, to: path, mode: 0o600) }
      } else {
        reference["reason"] = "raw_provider_bodies_default_off"
      }
      references[body.key] = .object(reference)
    }
    return references
  }
}
