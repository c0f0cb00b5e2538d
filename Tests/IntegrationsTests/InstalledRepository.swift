import Basics
import GitKit
import Integrations
import TestSupport

/// A repository with a stand-in for the executable that writes down how it was called.
final class InstalledRepository {
  let repository: TemporaryRepository
  private let machine: TemporaryDirectory
  let binary: String

  init(_ repository: TemporaryRepository? = nil, binary script: String? = nil) throws {
    machine = try TemporaryDirectory()
    self.repository = try repository ?? TemporaryRepository()
    let log = machine.path + "/calls"
    binary = try machine.write(
      "bin of it/opentraces", script ?? "#!/bin/sh\necho \"$*\" >>'\(log)'\ncat >>'\(log).in'\necho noise\nexit 7\n",
      mode: 0o755)
  }

  func options(
    _ version: String = "1.2.3", strategy: GitHookInstaller.Strategy = .auto, git: GitVersion? = GitVersion(2, 39)
  ) -> GitHookInstaller.Options {
    GitHookInstaller.Options(binary: binary, version: version, strategy: strategy, gitVersion: git)
  }

  func installer(at subdirectory: String = "", _ options: GitHookInstaller.Options? = nil) throws -> GitHookInstaller {
    try GitHookInstaller(repository.open(at: subdirectory), options: options ?? self.options())
  }

  /// How the executable was called, one line per call.
  var calls: [String] {
    get throws { try Files.readText(machine.path + "/calls").map { $0.split(separator: "\n").map(String.init) } ?? [] }
  }

  /// What the executable got on its standard input, all calls together.
  var input: String {
    get throws { try Files.readText(machine.path + "/calls.in") ?? "" }
  }

  /// Name, permissions, link target and content of everything in the hooks directory, and the configuration.
  func snapshot(hooks: String? = nil) throws -> [String: String] {
    let common = try repository.commonDirectory
    var result = ["config": try Files.readText(common + "/config") ?? ""]
    let directory = hooks ?? common + "/hooks"
    for name in Files.list(directory) {
      let path = directory + "/" + name
      let mode = String(Files.status(path)?.mode ?? 0, radix: 8)
      let bytes = try Files.readIfPresent(path) ?? []
      result[name] = "\(mode) \(Files.status(path, followLinks: false)?.isSymbolicLink ?? false) \(Hex.encode(bytes))"
    }
    return result
  }
}
