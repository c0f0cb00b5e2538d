internal import Basics
internal import Capture
internal import GitKit
internal import Integrations

/// What the bridge between Pi and opentraces tells of itself: `opentraces.pi.bridge_status.v1`.
///
/// Never fails: what can't be read is told under `errors`, and nothing is captured then. Cost: the journals of Pi's
/// running sessions are read.
struct PiBridgeStatus {
  static let initCommand = "opentraces init --agent pi"
  private static let optOutCommands = [
    "opentraces config set excluded true --project", "opentraces config tracking-mode manual",
  ]

  let capture: PiCapture
  /// What has to be in place, but the package: whoever asks is in it.
  let checklist: [PiStep]
  private let environment: HostEnvironment
  private let executable: String
  private let directory: String
  private let trackingMode: String?
  private let consent: String?
  private let isEnrolled: Bool
  private let markerPath: String?
  private let journalDirectory: String?
  private let events: Events
  private let errors: [UserFacingError]

  /// What Pi's running sessions reported.
  private struct Events {
    var count = 0
    var latest: Timestamp?

    /// Adds the lines of a journal that stand for an event; others tell what a tool changed.
    mutating func add(_ lines: [JSONValue]) {
      let lines = lines.filter { $0["event"]?.string != nil }
      count += lines.count
      latest = (lines.compactMap { $0["timestamp"]?.string.flatMap { Timestamp($0) } } + [latest].compactMap { $0 })
        .max()
    }
  }

  /// - Parameters:
  ///   - executable: the path of the running program.
  ///   - directory: the absolute path of the directory that Pi works in.
  init(_ environment: HostEnvironment, executable: String, directory: String) {
    var errors: [UserFacingError] = []
    func attempt<T>(_ body: () throws -> T?) -> T? {
      do { return try body() } catch {
        let error = UserFacingError.mapping(error, command: "_pi-bridge")
        if !errors.contains(where: { $0.message == error.message }) { errors.append(error) }
        return nil
      }
    }
    self.environment = environment
    self.executable = executable
    self.directory = directory
    let registry = ProjectRegistry(environment)
    trackingMode = attempt { try registry.trackingMode() }
    consent = attempt { try registry.piConsent() }
    let repository = attempt {
      try Files.isDirectory(directory) ? Repository.open(containing: directory) : nil
    }.flatMap { $0.worktree == nil ? nil : $0 }
    // What can't be read captures nothing, as if nobody had asked for it.
    let capture = attempt { try PiCapture(repository, environment: environment, registry: registry) } ?? .manual
    let enrolment = attempt { try repository.map { try Enrolment($0) } }
    let hooks = attempt {
      try repository.map {
        let options = GitHookInstaller.Options(binary: executable, version: ProductVersion.text)
        return try GitHookInstaller($0, options: options).status().isInstalled
      }
    }
    self.capture = capture
    isEnrolled = enrolment?.isEnrolled ?? false
    markerPath = repository.flatMap { Enrolment.markerPath(in: $0) }
    journalDirectory = repository.map { $0.stateDirectory + "/journal/" + AgentName.pi.rawValue }
    checklist = [
      .program(executable, environment), .projectCapture(capture), .gitHook(isInstalled: hooks ?? false),
      .hubToken(environment), .bucketRemote,
    ]
    var events = Events()
    for journal in repository.map(Self.journals) ?? [] { events.add(attempt { try journal.lines() } ?? []) }
    self.events = events
    self.errors = errors
  }

  private static func journals(_ repository: Repository) -> [Journal] {
    Journal.all(in: repository.stateDirectory).filter { $0.agent == AgentName.pi.rawValue }.map(\.journal)
  }

  /// Whether raw bodies of requests to the models are kept, as the environment says; without it they are not.
  private var keepsRawBodies: Bool {
    let value = environment.variables["OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES"] ?? ""
    return ["1", "true", "yes"].contains(value.lowercased())
  }

  var json: JSONValue {
    [
      "schema_version": "opentraces.pi.bridge_status.v1", "cwd": .string(directory),
      "tracking_mode": .optional(trackingMode), "cli": cli,
      "project": [
        "initialized": .bool(isEnrolled), "capture_enabled": .bool(capture.isEnabled),
        "marker_capture_enabled": .bool(capture == .marker), "capture_source": .string(capture.rawValue),
        "marker_path": .optional(markerPath), "init_command": .string(Self.initCommand),
        "opt_out_commands": .strings(Self.optOutCommands),
      ],
      "capture": [
        "sidecar_dir": .optional(journalDirectory), "enabled": .bool(capture.isEnabled),
        "source": .string(capture.rawValue),
        "tracking_mode": .optional(trackingMode), "pi_consent": .optional(consent),
        "sidecar_event_count": .int(events.count), "latest_event_at": .optional(events.latest?.iso8601),
        "raw_provider_bodies_default": "off", "raw_provider_bodies_opt_in": .bool(keepsRawBodies), "fail_open": true,
      ],
      "checklist": .array(checklist.map(\.json)),
      "errors": .array(errors.map { ["code": .string($0.code), "message": .string($0.message)] }),
    ]
  }

  /// `module_importable` asks for a module of Python that could be run instead of a program; there is none.
  private var cli: JSONValue {
    let isOnPath = environment.program("opentraces") != nil
    return [
      "found": true, "path": .string(executable), "module_importable": false,
      "bridge_command": .string(ShellText.word(executable) + " _pi-bridge"),
      "install_hints": .strings(isOnPath ? [] : ["Link \(executable) from a directory that is on PATH"]),
    ]
  }
}
