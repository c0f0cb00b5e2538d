internal import Basics
internal import GitKit
internal import Glibc

/// Looks at a worktree and tells what is not as it was at the last look.
///
/// A look costs one `stat` for each file and directory; names are read again only in directories that changed, and
/// contents only of files that did. Ignored files are never looked at.
final class WorktreeScanner {
  private let root: String
  private let rules: IgnoreRules
  private let reader: ContentReader
  private(set) var cache: WorktreeCache
  private let before: Int
  private let now: Int
  private var differences: [FileDifference] = []
  private var layout = WorktreeLayout()
  private var isTouched = false
  /// At the first look, when everything is new and nothing has changed.
  private let baseline: BaselineIndex?

  static let ownNames: Set<String> = [".git", ".opentraces.json", ".opentraces", ".agent-trace"]

  /// Bytes of changed files that one look reads; what lies beyond is known to have changed, not how.
  private static let readLimit = 128 << 20

  init?(_ repository: Repository, cache: WorktreeCache, baseline: BaselineIndex? = nil) {
    self.baseline = baseline
    guard let worktree = repository.worktree else { return nil }
    root = worktree
    rules = IgnoreRules(repository, root: worktree, baseline: baseline)
    self.cache = cache
    before = cache.seen
    now = WallClock.nanoseconds()
    reader = ContentReader(repository, root: worktree, budget: Self.readLimit)
  }

  /// Everything that changed since the last look; the cache is up to date afterwards.
  func scan() throws -> [FileDifference] {
    let rootDescriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard rootDescriptor >= 0 else { throw SystemError("open", root, code: errno) }
    defer { close(rootDescriptor) }
    var relist: [(directory: Int, info: stat)] = []
    // Before anything is read: a file may just have been hidden.
    var rulesChanged = baseline == nil && rules.stamp(cache) != cache.rules
    if rulesChanged { hideIgnored() }
    for directory in cache.directories.indices {
      // What is reached through something that is no directory any more is gone.
      if layout.goneDirectories.contains(Int(cache.directories[directory].parent)) {
        lose(directory)
        continue
      }
      let descriptor = cache.withName(cache.directories[directory].path) {
        openat(rootDescriptor, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
      }
      guard descriptor >= 0 else {
        // One that can't be read now is not gone.
        if Self.isGone(errno) { lose(directory) }
        continue
      }
      defer { close(descriptor) }
      var info = stat()
      if fstat(descriptor, &info) != 0 { continue }
      if !cache.directories[directory].isSame(info) { relist.append((directory, info)) }
      compareFiles(of: directory, descriptor, info)
    }
    if !rulesChanged {
      for (directory, info) in relist { list(directory, info, forgettingIgnored: false) }
      // A file of rules that is new hides what lies below it.
      rulesChanged = baseline == nil && differences.contains { $0.path.name == ".gitignore" }
      if rulesChanged { hideIgnored() }
    } else {
      for (directory, info) in everyDirectory() { list(directory, info, forgettingIgnored: true) }
    }
    try finish()
    cache.rules = rules.stamp(cache)
    return differences
  }

  /// As ``scan()``, for a few files only.
  func look(at paths: [BytePath]) throws -> [FileDifference] {
    for path in paths { look(at: path) }
    try finish()
    return differences
  }

  private func finish() throws {
    try reader.flush()
    if !layout.isUnchanged { cache = layout.applied(to: cache, seen: now) }
    cache.seen = now
  }

  /// Whether the cache has to be written again.
  var isChanged: Bool { isTouched || !differences.isEmpty }

  // MARK: Files that are known

  private static func isGone(_ code: Int32) -> Bool { [ENOENT, ENOTDIR, ELOOP].contains(code) }

  private func compareFiles(of directory: Int, _ descriptor: Int32, _ parent: stat) {
    for file in cache.files(of: directory) where !cache.files[file].flags.contains(.ignored) {
      var info = stat()
      let result = cache.withName(cache.files[file].name) { fstatat(descriptor, $0, &info, AT_SYMLINK_NOFOLLOW) }
      if result != 0, !Self.isGone(errno) { continue }
      if result != 0 || info.isDirectory {
        lose(file, of: directory, at: parent.st_mtim.nanoseconds)
      } else if !cache.files[file].isSame(info) {
        refresh(file, of: directory, info)
      }
    }
  }

  private func lose(_ directory: Int) {
    isTouched = true
    layout.goneDirectories.insert(directory)
    let time = nearestChange(above: directory)
    for file in cache.files(of: directory) where !cache.files[file].flags.contains(.ignored) {
      lose(file, of: directory, at: time)
    }
  }

  private func lose(_ file: Int, of directory: Int, at time: Int) {
    layout.gone.insert(file)
    let path = cache.path(of: file, in: directory)
    differences.append(
      FileDifference(path: path, before: SeenContent(cache.files[file]), after: .absent, changed: time))
  }

  /// When the nearest directory that is still there changed.
  private func nearestChange(above directory: Int) -> Int {
    var at = directory
    while at >= 0 {
      var info = stat()
      if lstat(full(Array(cache.name(cache.directories[at].path))), &info) == 0, info.isDirectory {
        return info.st_mtim.nanoseconds
      }
      at = Int(cache.directories[at].parent)
    }
    return now
  }

  private func refresh(_ file: Int, of directory: Int, _ info: stat) {
    isTouched = true
    let old = SeenContent(cache.files[file])
    let path = cache.path(of: file, in: directory)
    cache.files[file].adopt(info, seen: now)
    read(&cache.files[file], path)
    let new = SeenContent(cache.files[file])
    if old != new {
      differences.append(FileDifference(path: path, before: old, after: new, changed: cache.files[file].changed))
    }
  }

  private func read(_ record: inout FileRecord, _ path: BytePath) {
    if let known = baseline?.blob(path, record) {
      record.blob = known
    } else if let baseline, !baseline.mayRead(record.size) {
      record.flags.insert(.opaque)
    } else {
      do {
        let blob = try reader.blob(path, record)
        record.blob = blob ?? .zero
        if blob == nil { record.flags.insert(.opaque) } else { record.flags.remove(.opaque) }
      } catch {
        // Not known; looked at again the next time.
        record.flags.formUnion([.opaque, .racy])
      }
    }
  }

  private func look(at path: BytePath) {
    var info = stat()
    let exists = lstat(root + "/" + path.description, &info) == 0 && !info.isDirectory
    guard let (directory, file) = cache.find(path) else {
      // In a directory that nobody has seen yet: the next look at everything finds it there, unless this one tells.
      guard exists, reader.mayRead(path) else { return }
      arriveDeep(path, info)
      return
    }
    if let file {
      guard !cache.files[file].flags.contains(.ignored) else { return }
      if !exists {
        lose(file, of: directory, at: nearestChange(above: directory))
      } else if !cache.files[file].isSame(info) {
        refresh(file, of: directory, info)
      }
    } else if exists, reader.mayRead(path) {
      var record = FileRecord(name: 0)
      record.adopt(info, seen: now)
      read(&record, path)
      layout.arrivals[directory, default: []].append(WorktreeLayout.Arrival(name: path.name.bytes, record: record))
      differences.append(
        FileDifference(path: path, before: .absent, after: SeenContent(record), changed: record.changed))
    }
  }

  /// A file whose directory is not known yet: the directories on the way come in as well.
  private func arriveDeep(_ path: BytePath, _ info: stat) {
    var known = path.bytes[...]
    var parent: Int?
    var missing: [[UInt8]] = []
    while parent == nil, let slash = known.lastIndex(of: 0x2F) {
      known = known[..<slash]
      parent =
        cache.directories.indices.first { cache.name(cache.directories[$0].path).elementsEqual(known) }
        ?? layout.newDirectories.indices.first { layout.newDirectories[$0].path.elementsEqual(known) }
        .map { cache.directories.count + $0 }
      if parent == nil { missing.insert(Array(known), at: 0) }
    }
    var at = parent ?? 0
    for directory in missing {
      // Without time: its names are read at the next look.
      layout.newDirectories.append(WorktreeLayout.NewDirectory(path: directory, parent: at, info: stat()))
      at = cache.directories.count + layout.newDirectories.count - 1
    }
    var record = FileRecord(name: 0)
    record.adopt(info, seen: now)
    read(&record, path)
    layout.newDirectories[at - cache.directories.count].files.append(
      WorktreeLayout.Arrival(name: path.name.bytes, record: record))
    differences.append(FileDifference(path: path, before: .absent, after: SeenContent(record), changed: record.changed))
  }

  // MARK: Names

  private lazy var children: [Int32: [Int]] = Dictionary(grouping: cache.directories.indices) {
    cache.directories[$0].parent
  }

  /// Known files that are ignored by now: they are looked at no more.
  private func hideIgnored() {
    for directory in cache.directories.indices {
      for file in cache.files(of: directory) where !cache.files[file].flags.contains(.ignored) {
        let path = cache.path(of: file, in: directory)
        guard rules.hides(path) else { continue }
        cache.files[file].flags.insert(.ignored)
        isTouched = true
      }
    }
  }

  private func everyDirectory() -> [(directory: Int, info: stat)] {
    cache.directories.indices.filter { !layout.goneDirectories.contains($0) }.compactMap { directory in
      var info = stat()
      let path = root + "/" + String(decoding: cache.name(cache.directories[directory].path), as: UTF8.self)
      return lstat(path, &info) == 0 ? (directory, info) : nil
    }
  }

  /// Reads the names in a directory that changed.
  private func list(_ directory: Int, _ info: stat, forgettingIgnored: Bool) {
    isTouched = true
    cache.directories[directory].adopt(info, seen: now)
    let path = Array(cache.name(cache.directories[directory].path))
    var known: Set<[UInt8]> = []
    var present: Set<[UInt8]> = []
    // What is gone may have left its name to something else.
    for file in cache.files(of: directory)
    where !layout.gone.contains(file) && !(forgettingIgnored && cache.files[file].flags.contains(.ignored)) {
      known.insert(Array(cache.name(cache.files[file].name)))
    }
    if forgettingIgnored {
      layout.gone.formUnion(cache.files(of: directory).filter { cache.files[$0].flags.contains(.ignored) })
    }
    for child in children[Int32(directory)] ?? [] where !layout.goneDirectories.contains(child) {
      known.insert(Array(BytePath(cache.name(cache.directories[child].path)).name.bytes))
    }
    for name in Self.names(in: full(path)) {
      present.insert(name)
      guard !known.contains(name), !Self.ownNames.contains(String(decoding: name, as: UTF8.self)) else { continue }
      arrive(name, in: path, directory, isRuleChange: forgettingIgnored)
    }
    for file in cache.files(of: directory)
    where cache.files[file].flags.contains(.ignored) && !present.contains(Array(cache.name(cache.files[file].name))) {
      layout.gone.insert(file)
    }
  }

  private func full(_ path: [UInt8]) -> String {
    path == [0x2E] ? root : root + "/" + String(decoding: path, as: UTF8.self)
  }

  private static func join(_ directory: [UInt8], _ name: [UInt8]) -> [UInt8] {
    directory == [0x2E] ? name : directory + [0x2F] + name
  }

  private func arrive(_ name: [UInt8], in parent: [UInt8], _ directory: Int, isRuleChange: Bool) {
    let path = Self.join(parent, name)
    var info = stat()
    guard lstat(root + "/" + String(decoding: path, as: UTF8.self), &info) == 0 else { return }
    if info.isDirectory, !isForeign(path), !rules.isIgnored(BytePath(path), isDirectory: true) {
      enter(path, parent: directory, info, isRuleChange: isRuleChange)
    } else {
      layout.arrivals[directory, default: []].append(arrival(name, path, info, isRuleChange: isRuleChange))
    }
  }

  /// A file that was not there, or whose name the rules hid until now.
  ///
  /// - Parameter entered: when the directory that came with it did; a file that is moved along keeps its own time.
  private func arrival(
    _ name: [UInt8], _ path: [UInt8], _ info: stat, isRuleChange: Bool, entered: Int? = nil
  ) -> WorktreeLayout.Arrival {
    var record = FileRecord(name: 0)
    record.adopt(info, seen: now)
    if info.isDirectory || rules.isIgnored(BytePath(path)) {
      record.flags.insert(.ignored)
      return WorktreeLayout.Arrival(name: name, record: record)
    }
    read(&record, BytePath(path))
    // When rules change, files come into sight that were there all the time.
    let changed = record.changed > before ? record.changed : entered ?? record.changed
    if baseline == nil, !isRuleChange || record.changed > before {
      differences.append(
        FileDifference(path: BytePath(path), before: .absent, after: SeenContent(record), changed: changed))
    }
    return WorktreeLayout.Arrival(name: name, record: record)
  }

  /// A directory that was not there, with everything in it.
  private func enter(_ path: [UInt8], parent: Int, _ info: stat, isRuleChange: Bool, since: Int? = nil) {
    let since = since ?? info.st_ctim.nanoseconds
    let number = layout.newDirectories.count
    let index = cache.directories.count + number
    layout.newDirectories.append(WorktreeLayout.NewDirectory(path: path, parent: parent, info: info))
    for name in Self.names(in: full(path)) where !Self.ownNames.contains(String(decoding: name, as: UTF8.self)) {
      let inner = Self.join(path, name)
      var info = stat()
      guard lstat(root + "/" + String(decoding: inner, as: UTF8.self), &info) == 0 else { continue }
      if info.isDirectory, !isForeign(inner), !rules.isIgnored(BytePath(inner), isDirectory: true) {
        enter(inner, parent: index, info, isRuleChange: isRuleChange, since: since)
      } else {
        layout.newDirectories[number].files.append(
          arrival(name, inner, info, isRuleChange: isRuleChange, entered: since))
      }
    }
  }

  /// A repository of its own inside this one.
  private func isForeign(_ path: [UInt8]) -> Bool { Files.exists(full(path) + "/.git") }

  private static func names(in directory: String) -> [[UInt8]] { Files.list(directory).map { Array($0.utf8) } }
}

extension stat {
  var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}

extension WorktreeCache {
  /// Hands a name to the system.
  func withName(_ start: UInt32, _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
    names.withUnsafeBytes { raw in
      guard let base = raw.baseAddress else { return -1 }
      return body((base + Int(start)).assumingMemoryBound(to: CChar.self))
    }
  }
}
