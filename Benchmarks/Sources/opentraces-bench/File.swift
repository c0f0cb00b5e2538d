import Glibc

/// The few things that a benchmark does with files.
enum File {
  /// Writes to the standard output or error at once.
  static func put(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(descriptor, bytes, bytes.count)
  }

  /// The absolute path without symbolic links; nil when there is no such file.
  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw BenchError("write \(path)", errno) }
    defer { fclose(file) }
    guard fputs(text, file) >= 0 else { throw BenchError("write \(path)", errno) }
  }

  /// The text of a small file; empty when there is none.
  static func read(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Bytes of all files below a directory.
  static func size(below path: String) -> Int {
    guard let directory = opendir(path) else { return 0 }
    defer { closedir(directory) }
    var total = 0
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      var status = stat()
      guard lstat("\(path)/\(name)", &status) == 0 else { continue }
      total += status.st_mode & S_IFMT == S_IFDIR ? size(below: "\(path)/\(name)") : Int(status.st_size)
    }
    return total
  }
}
