internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// The executable of the product, as built together with the tests.
public enum BuiltBinary {
  /// The path of `opentraces` in the build directory that the running tests lie in; nil when it was not built.
  ///
  /// `OPENTRACES_TEST_BINARY` names another one.
  public static var path: String? {
    if let named = getenv("OPENTRACES_TEST_BINARY") { return String(cString: named) }
    let running = [Files.resolvingLinks("/proc/self/exe")] + CommandLine.arguments.filter { $0.contains(".xctest") }
    return running.lazy.compactMap(find).first
  }

  private static func find(from start: String) -> String? {
    var directory = Paths.parent(start)
    while directory.count > 1 {
      let candidate = directory + "/opentraces"
      if let status = Files.status(candidate), status.isRegularFile, status.isExecutable { return candidate }
      directory = Paths.parent(directory)
    }
    return nil
  }
}
