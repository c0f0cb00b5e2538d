public import AgentAdapters
public import Basics
internal import Capture
internal import Dispatch
public import GitKit
internal import Synchronization
internal import TraceModel
internal import TraceStore
internal import Trails

/// What an import did.
public struct ImportReport: Sendable {
  /// Session files of the repository that were found.
  public var found = 0
  public var imported = 0
  public var refreshed = 0
  public var unchanged = 0
  /// Sessions too small or too damaged to keep.
  public var skipped = 0
  public var failed = 0
  public var patches = 0
  /// Damaged lines, skipped and failed files.
  public var diagnostics: [Diagnostic] = []
}

/// Where agents keep their sessions.
public struct SessionHomes: Sendable {
  /// The directory with one directory of session files per project.
  public var claudeProjects: String
  /// The directory that holds `sessions` and `archived_sessions`.
  public var codex: String
  /// The directory with one directory of session files per project.
  public var piSessions: String

  public init(claudeProjects: String, codex: String, piSessions: String) {
    self.claudeProjects = claudeProjects
    self.codex = codex
    self.piSessions = piSessions
  }
}

/// Imports agent sessions into the store.
public struct SessionImporter {
  private let repository: Repository
  private let time: Timestamp
  private let machine: MachineFacts
  private let progress: any ProgressReporter
  private let workers: Int

  public init(
    _ repository: Repository, time: Timestamp, machine: MachineFacts = MachineFacts(),
    progress: any ProgressReporter = SilentProgress(), workers: Int = 2
  ) {
    self.repository = repository
    self.time = time
    self.machine = machine
    self.progress = progress
    self.workers = workers
  }

  /// The sessions of the repository that some agents keep on this machine.
  public func discover(_ homes: SessionHomes, agents: some Sequence<SessionAgent>) -> [SessionFile] {
    let membership = SessionMembership(repository)
    func isMember(_ directory: String) -> Bool { membership.root(of: directory) != nil }
    return agents.flatMap { agent in
      let candidates =
        switch agent {
        case .claudeCode: SessionDiscovery.sessions(under: homes.claudeProjects, where: isMember)
        case .codexCLI: CodexSessions.sessions(under: [homes.codex], where: isMember)
        case .pi: PiSessions.sessions(under: homes.piSessions, where: isMember)
        }
      return candidates.map { SessionFile($0, of: agent) }
    }
  }

  /// Files in the directory of this very checkout that are no readable session.
  public func unreadable(projects: String, found: [SessionFile]) -> [Diagnostic] {
    guard let worktree = repository.worktree else { return [] }
    let directory = projects + "/" + SessionDirectory.encode(worktree)
    let known = Set(found.map(\.path))
    return Files.list(directory).filter { $0.hasSuffix(".jsonl") && !$0.hasPrefix("agent-") }
      .map { directory + "/" + $0 }.filter { !known.contains($0) }
      .map { path in
        let isEmpty = Files.status(path)?.size == 0
        return Diagnostic(
          code: isEmpty ? "empty_transcript" : "unreadable_transcript", subject: path,
          message: isEmpty ? "the file is empty" : "no line of it names a working directory in this repository")
      }
  }

  /// Stores the sessions. Refs written: the private plane and the event log. Cost: the bytes of the files that changed
  /// since the last import; a `stat` for the others.
  ///
  /// - Parameter isWhole: these are all sessions of the repository, not some. Only then is each file compared with all
  ///   that is stored of it; else it is taken to have grown where its end before looks the same.
  /// - Returns: nil when another process held the store's lock for half a minute.
  public func run(_ sessions: [SessionFile], isWhole: Bool = true) throws -> ImportReport? {
    for _ in 0..<3 {
      var fingerprints = SessionFingerprints(directory: repository.stateDirectory)
      let marks = sessions.map { SessionFingerprints.make($0.files + [journal(of: $0).path]) }
      let isStored = try Bucket(repository).tip != nil
      let changed = sessions.indices.filter {
        !isStored || !fingerprints.isUnchanged(sessions[$0].path, marks[$0])
      }
      var report = ImportReport()
      report.found = sessions.count
      report.unchanged = sessions.count - changed.count
      guard !changed.isEmpty else { return report }
      let tip = try Bucket(repository).tip
      // A turn of a running session is a few objects: a pack for each would pile up.
      let writer: any ObjectWriter = isWhole ? PackWriter(repository) : AdaptiveWriter(repository)
      let outcomes = try prepare(
        changed.map { sessions[$0] }, known: known(sessions, isWhole: isWhole), writer: writer, continues: !isWhole)
      guard let transaction = try StoreTransaction.begin(repository, writer: writer, time: time) else { return nil }
      guard transaction.bucket.tip == tip else {
        transaction.abandon()
        continue
      }
      for (number, outcome) in zip(changed, outcomes) {
        try place(outcome, sessions[number], in: transaction, report: &report)
        if case .failed = outcome { continue }
        fingerprints.set(sessions[number].path, marks[number])
      }
      try transaction.commit()
      try fingerprints.save()
      for (number, outcome) in zip(changed, outcomes) {
        if case .prepared(let prepared, _) = outcome { try save(prepared.point, of: sessions[number]) }
      }
      return report
    }
    return nil
  }

  private func save(_ point: FoldPoint?, of session: SessionFile) throws {
    if let point {
      try point.save(session, state: repository.stateDirectory)
    } else {
      try Files.remove(FoldPoint.path(session, state: repository.stateDirectory))
    }
  }

  private func journal(of session: SessionFile) -> Journal {
    Journal(
      directory: repository.stateDirectory, agent: session.agent.rawValue, session: session.sessionID)
  }

  private func known(_ sessions: [SessionFile], isWhole: Bool) -> Set<String> {
    Set(sessions.map(\.sessionID)).union(isWhole ? [] : sessions.flatMap(\.neighbours))
  }

  private func prepare(
    _ sessions: [SessionFile], known: Set<String>, writer: any ObjectWriter, continues: Bool
  ) throws -> [SessionOutcome] {
    let environment = CaptureEnvironment(repository, machine: machine)
    let preparers = Unshared(
      try (0..<workers).map { _ in
        try SessionPreparer(
          try repository.reopened(), writer: writer, time: time, knownSessions: known, environment: environment,
          continues: continues)
      })
    let queue = Mutex((next: 0, done: 0, outcomes: [SessionOutcome?](repeating: nil, count: sessions.count)))
    // Large files first, so that no thread is left alone with one at the end.
    let order = sessions.indices.sorted { size(sessions[$0]) > size(sessions[$1]) }
    let progress = progress
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let number = queue.withLock { state -> Int? in
          guard state.next < order.count else { return nil }
          state.next += 1
          return order[state.next - 1]
        }
        guard let number else { return }
        let outcome = preparers.value[worker].prepare(sessions[number])
        let done = queue.withLock { state -> Int in
          state.outcomes[number] = outcome
          state.done += 1
          return state.done
        }
        progress.report(stage: "import", done: done, total: sessions.count)
      }
    }
    return queue.withLock { $0.outcomes.compactMap { $0 } }
  }

  private func size(_ session: SessionFile) -> Int { Files.status(session.path)?.size ?? 0 }

  private func place(
    _ outcome: SessionOutcome, _ session: SessionFile, in transaction: StoreTransaction, report: inout ImportReport
  ) throws {
    switch outcome {
    case .unchanged: report.unchanged += 1
    case .rejected(let reason):
      report.skipped += 1
      report.diagnostics.append(Diagnostic(code: "session_skipped", subject: session.path, message: reason))
    case .failed(let reason):
      report.failed += 1
      report.diagnostics.append(Diagnostic(code: "session_failed", subject: session.path, message: reason))
    case .prepared(let prepared, let problems):
      if prepared.replacesSource {
        report.diagnostics.append(
          Diagnostic(
            code: "transcript_modified", subject: session.path,
            message: "the file was changed, not only appended to; what was kept before stays as well"))
      }
      if prepared.isNew { report.imported += 1 } else { report.refreshed += 1 }
      report.patches += prepared.events.count
      report.diagnostics += problems.map {
        let file = $0.file.map { Paths.parent(session.path) + "/" + session.sessionID + "/subagents/" + $0 + ".jsonl" }
        return Diagnostic(
          code: "damaged_line", subject: file ?? session.path, line: $0.line, message: $0.message)
      }
      try place(prepared, in: transaction)
    }
  }

  private func place(_ prepared: PreparedSession, in transaction: StoreTransaction) throws {
    let trace = prepared.row.traceID
    let directory = StoreRefs.traceDirectory(trace)
    if prepared.replacesSource { try keepSuperseded(trace, in: transaction) }
    if let search = prepared.search {
      if search.replacesParts { transaction.remove(directory + "/" + Bucket.searchName) }
      transaction.set(directory + "/" + search.path, search.blob)
    }
    for blob in prepared.blobs { transaction.set(directory + "/" + blob.path, blob.blob) }
    let row = try transaction.writer.writeBlob(
      CanonicalJSON.line(prepared.row.json) + [0x0A], family: "row")
    transaction.set(directory + "/row.json", row)
    if !prepared.isNew, !prepared.isContinued { try forgetEdits(of: trace, in: transaction) }
    for edit in prepared.edits {
      transaction.set(directory + "/edits/" + StoreRefs.pathKey(edit.path), edit.blob)
      let name = EditIndexEntry.name(firstEdit: edit.firstEdit, traceID: trace)
      transaction.set(StoreRefs.pathDirectory(edit.path) + "/" + name, edit.blob)
    }
    try transaction.append(prepared.events)
  }

  /// A transcript that did not just grow: what was kept of it before stays, beside the new one.
  private func keepSuperseded(_ trace: String, in transaction: StoreTransaction) throws {
    guard let row = try transaction.bucket.row(trace), let tree = try transaction.bucket.traceTree(trace),
      let source = try repository.entry(at: "source", in: tree)
    else { return }
    let directory = StoreRefs.traceDirectory(trace)
    let old = directory + "/superseded/" + (row.source.digest ?? "unnamed").prefix(12)
    for piece in try repository.tree(source.id) ?? [] { transaction.set("\(old)/\(piece.name)", piece.id) }
    transaction.remove(directory + "/source")
  }

  /// Takes a trace's entries out of the by-path index; those that are still right are set again.
  private func forgetEdits(of trace: String, in transaction: StoreTransaction) throws {
    guard let tree = try transaction.bucket.traceTree(trace), let root = transaction.bucket.root,
      let edits = try repository.entry(at: "edits", in: tree)
    else { return }
    for entry in try repository.tree(edits.id) ?? [] {
      let key = entry.name.description
      let directory = "by-path/\(key.prefix(2))/\(key)"
      guard let index = try repository.entry(at: directory, in: root) else { continue }
      for name in try repository.tree(index.id) ?? []
      where name.name.description.hasSuffix("-" + StoreRefs.fileName(trace)) {
        transaction.remove(directory + "/" + name.name.description)
      }
    }
    transaction.remove(StoreRefs.traceDirectory(trace) + "/edits")
  }
}
