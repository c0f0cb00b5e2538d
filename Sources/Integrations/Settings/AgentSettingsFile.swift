internal import Basics

/// The settings file of an agent, with what it takes to put entries into it and to take them out again byte for byte.
///
/// What the file was like before is remembered in `config.json`, below `integrations`.
struct AgentSettingsFile {
  let path: String
  let agent: AgentName
  let registry: ProjectRegistry
  /// The code of the error for a file that is not what the agent takes.
  let corruptCode: String
  let readErrorCode: String

  private static let empty = Array("{}\n".utf8)

  /// Lets one installation or removal run at a time; a dry run takes no lock.
  func locked<R>(_ isDryRun: Bool, _ body: () throws -> R) throws -> R {
    do {
      guard !isDryRun else { return try body() }
      let path = Paths.parent(registry.path) + "/settings.lock"
      guard let lock = try FileLock.acquire(path, timeout: 5) else { throw IntegrationError.busy(path) }
      defer { lock.release() }
      return try body()
    } catch let error as SystemError where error.isPermission {
      throw IntegrationError.unwritable("\(error)")
    }
  }

  // MARK: Reading

  /// The file as it is; nil when there is none.
  func read() throws -> [UInt8]? {
    do {
      if let bytes = try Files.readIfPresent(path) { return bytes }
    } catch let error as SystemError {
      throw IntegrationError.unreadableSettings(path, "\(error)", code: readErrorCode)
    }
    // To write would put a file in the place of the link.
    guard !Files.exists(path) else {
      throw IntegrationError.unreadableSettings(path, "it is a link to a file that is not there", code: readErrorCode)
    }
    return nil
  }

  /// What ``read()`` returned, as text that can be edited; no file and a blank one are an empty object.
  func parse(_ bytes: [UInt8]?) throws -> SettingsText {
    let bytes = bytes ?? []
    do {
      let text = try SettingsText(SettingsMemory.isBlank(bytes) ? Self.empty : bytes)
      guard text.root.members != nil else { throw corrupt("it holds no object") }
      return text
    } catch let error as SettingsTextError {
      throw corrupt("line \(error.line): \(error.message)")
    }
  }

  func corrupt(_ problem: String) -> IntegrationError { .corruptSettings(path, problem, code: corruptCode) }

  // MARK: Writing

  /// Adds the edit that gives the file this text; none when it reads so already.
  func write(_ text: SettingsText, to edits: inout FileEdits) throws { try write(text.bytes, &edits) }

  /// Adds the edit that leaves the file without our entries: as it was before, where nothing else is left in it.
  func restore(_ text: SettingsText, _ memory: SettingsMemory?, to edits: inout FileEdits) throws {
    let isBare = text.bytes == Self.empty
    switch memory?.file {
    case .absent where isBare: edits.remove(path)
    case .blank(let blank) where isBare: try write(blank, &edits)
    default: try write(text.bytes, &edits)
    }
  }

  private func write(_ bytes: [UInt8], _ edits: inout FileEdits) throws {
    let mode = Files.status(path).map { $0.mode & 0o7777 } ?? 0o644
    try edits.write(bytes, mode: mode, to: path)
  }

  /// Carries the edits out.
  ///
  /// - Parameters:
  ///   - before: what ``read()`` returned when they were made.
  ///   - memory: what is to be remembered first; nil leaves the memory as it is.
  /// - Throws: ``IntegrationError`` `BUSY` when somebody else has written the file since.
  func apply(_ edits: FileEdits, before: [UInt8]?, remembering memory: SettingsMemory? = nil) throws {
    guard try read() == before else { throw IntegrationError.busy(path) }
    if let memory { try remember(memory) }
    try edits.apply()
  }

  // MARK: Memory

  /// The agent and the file itself, whichever way leads to it and whether or not it is there.
  private var key: [String] {
    var (known, rest) = (path, "")
    while known != "/", !known.isEmpty, !Files.exists(known) {
      rest = "/" + Paths.name(known) + rest
      known = Paths.parent(known)
    }
    return ["integrations", agent.rawValue, Paths.absolute(Files.resolvingLinks(known) + rest, base: "/")]
  }

  /// - Throws: ``IntegrationError`` `CORRUPT_CONFIG`.
  func memory() throws -> SettingsMemory? { try SettingsMemory(settings: registry.settings(), key: key) }

  /// Remembers what the file was like; nil forgets it.
  func remember(_ memory: SettingsMemory?) throws {
    guard memory != nil || Files.exists(registry.path) else { return }
    let key = key
    try registry.update { settings in
      var all = settings[key[0]]?.object ?? [:]
      var files = all[key[1]]?.object ?? [:]
      files[key[2]] = memory?.json
      all[key[1]] = files.isEmpty ? nil : .object(files)
      settings[key[0]] = all.isEmpty ? nil : .object(all)
    }
  }
}
