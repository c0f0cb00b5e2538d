internal import Glibc

/// Files and directories that came and went between two looks, and the cache laid out anew with them.
struct WorktreeLayout {
  /// A file that was not there.
  struct Arrival {
    var name: [UInt8]
    var record: FileRecord
  }

  /// A directory that was not there. Its number is that of the known directories and the new ones before it.
  struct NewDirectory {
    var path: [UInt8]
    var parent: Int
    /// Zero when its names are still to be read.
    var info: stat
    var files: [Arrival] = []
  }

  /// Files, by their place in the cache.
  var gone: Set<Int> = []
  var goneDirectories: Set<Int> = []
  /// By the known directory that they came into.
  var arrivals: [Int: [Arrival]] = [:]
  var newDirectories: [NewDirectory] = []

  var isUnchanged: Bool { gone.isEmpty && goneDirectories.isEmpty && arrivals.isEmpty && newDirectories.isEmpty }

  /// The cache as it is with these changes, parents before their children.
  ///
  /// - Parameter seen: when the look began, in nanoseconds since 1970.
  func applied(to cache: WorktreeCache, seen: Int) -> WorktreeCache {
    var fresh = WorktreeCache()
    fresh.rules = cache.rules
    var position: [Int: Int32] = [:]
    let total = cache.directories.count + newDirectories.count
    for old in 0..<total where !goneDirectories.contains(old) {
      let parent =
        old < cache.directories.count
        ? Int(cache.directories[old].parent) : newDirectories[old - cache.directories.count].parent
      // What lies in a directory that went is gone as well.
      guard old == 0 || position[parent] != nil else { continue }
      position[old] = Int32(fresh.directories.count)
      let record = directory(old, of: cache, parent: old == 0 ? -1 : position[parent] ?? -1, seen: seen, &fresh)
      fresh.directories.append(record)
    }
    return fresh
  }

  private func directory(
    _ old: Int, of cache: WorktreeCache, parent: Int32, seen: Int, _ fresh: inout WorktreeCache
  ) -> DirectoryRecord {
    let isNew = old >= cache.directories.count
    let path =
      isNew ? newDirectories[old - cache.directories.count].path : Array(cache.name(cache.directories[old].path))
    var record = DirectoryRecord(path: fresh.addName(path), parent: parent)
    record.firstFile = UInt32(fresh.files.count)
    var arrived = arrivals[old] ?? []
    if isNew {
      let directory = newDirectories[old - cache.directories.count]
      record.adopt(directory.info, seen: seen)
      arrived += directory.files
    } else {
      record.modified = cache.directories[old].modified
      record.inode = cache.directories[old].inode
      for file in cache.files(of: old) where !gone.contains(file) {
        var kept = cache.files[file]
        kept.name = fresh.addName(cache.name(kept.name))
        fresh.files.append(kept)
      }
    }
    for arrival in arrived {
      var record = arrival.record
      record.name = fresh.addName(arrival.name)
      fresh.files.append(record)
    }
    record.fileCount = UInt32(fresh.files.count) - record.firstFile
    return record
  }
}
