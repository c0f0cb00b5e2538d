internal import Basics

/// What a worktree looked like when it was seen last: every file that git would see, with what `stat` said and the blob
/// of its content. Machine-local; without it the next look begins anew.
struct WorktreeCache {
  var directories: [DirectoryRecord] = []
  /// Those of a directory stand together, in the order of the directories.
  var files: [FileRecord] = []
  /// Names and paths, each ended by a NUL.
  private(set) var names: [UInt8] = []
  /// When it was made, in nanoseconds since 1970.
  var seen = 0
  /// What decided which files are ignored.
  var rules: UInt64 = 0

  private static let magic: UInt64 = 0x6F74_7774_0000_0002 ^ UInt64(MemoryLayout<FileRecord>.stride) << 8

  mutating func addName(_ name: some Sequence<UInt8>) -> UInt32 {
    let start = UInt32(names.count)
    names.append(contentsOf: name)
    names.append(0)
    return start
  }

  func name(_ start: UInt32) -> ArraySlice<UInt8> {
    let rest = names[Int(start)...]
    return rest.prefix { $0 != 0 }
  }

  private static let rulesName: [UInt8] = Array(".gitignore".utf8) + [0]

  /// Whether a name is that of a file with ignore rules.
  func isRulesFile(_ start: UInt32) -> Bool { names[Int(start)...].starts(with: Self.rulesName) }

  func files(of directory: Int) -> Range<Int> {
    let record = directories[directory]
    return Int(record.firstFile)..<Int(record.firstFile + record.fileCount)
  }

  /// The path of a file relative to the worktree.
  func path(of file: Int, in directory: Int) -> BytePath {
    let directory = name(directories[directory].path)
    let name = name(files[file].name)
    return BytePath(directory.elementsEqual([0x2E]) ? Array(name) : Array(directory) + [0x2F] + name)
  }

  /// Where a file stands; nil when it is not known. Cost: linear in the directories.
  func find(_ path: BytePath) -> (directory: Int, file: Int?)? {
    let slash = path.bytes.lastIndex(of: 0x2F)
    let parent = slash.map { path.bytes[..<$0] } ?? [0x2E]
    let wanted = slash.map { path.bytes[($0 + 1)...] } ?? path.bytes[...]
    guard let directory = directories.indices.first(where: { name(directories[$0].path).elementsEqual(parent) }) else {
      return nil
    }
    return (directory, files(of: directory).first { name(files[$0].name).elementsEqual(wanted) })
  }

  // MARK: File

  /// Reads the cache; nil when there is none, or one of another layout.
  static func load(_ path: String) -> WorktreeCache? {
    guard let map = MappedFile(path), map.bytes.count >= 48 else { return nil }
    let header = (0..<6).map { map.bytes.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) }
    guard header[0] == magic, header[1...3].allSatisfy({ $0 <= UInt64(map.bytes.count) }), header[4] < 1 << 62 else {
      return nil
    }
    var cache = WorktreeCache()
    cache.seen = Int(header[4])
    cache.rules = header[5]
    var at = 48
    let sizes = [
      Int(header[1]) * MemoryLayout<DirectoryRecord>.stride, Int(header[2]) * MemoryLayout<FileRecord>.stride,
      Int(header[3]),
    ]
    guard sizes.allSatisfy({ $0 >= 0 && $0 < 1 << 40 }), at + sizes.reduce(0, +) == map.bytes.count else { return nil }
    func take<T>(_ size: Int) -> [T] {
      defer { at += size }
      let count = size / MemoryLayout<T>.stride
      return [T](unsafeUninitializedCapacity: count) { out, made in
        UnsafeMutableRawBufferPointer(out).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: map.bytes[at..<(at + size)]))
        made = count
      }
    }
    cache.directories = take(sizes[0])
    cache.files = take(sizes[1])
    cache.names = take(sizes[2])
    let isSound =
      cache.names.last == 0
      && cache.directories.allSatisfy {
        Int($0.path) < cache.names.count && Int($0.firstFile) + Int($0.fileCount) <= cache.files.count
          && $0.parent >= -1 && Int($0.parent) < cache.directories.count
      } && cache.files.allSatisfy { Int($0.name) < cache.names.count }
    return isSound ? cache : nil
  }

  /// Replaces the file in one step. It need not survive a power failure.
  func save(_ path: String) throws {
    let header = [
      Self.magic, UInt64(directories.count), UInt64(files.count), UInt64(names.count), UInt64(seen), rules,
    ]
    var bytes: [UInt8] = []
    header.withUnsafeBytes { bytes += $0 }
    directories.withUnsafeBytes { bytes += $0 }
    files.withUnsafeBytes { bytes += $0 }
    bytes += names
    try Files.writeAtomically(bytes, to: path, mode: 0o600, isDurable: false)
  }
}
