internal import Basics

/// What an integration may know about the machine and the user. The caller reads it once; nothing here does.
public struct HostEnvironment: Sendable {
  /// The user's home directory.
  public let home: String
  /// Where machine-wide state lives.
  public let opentracesHome: String
  public let variables: [String: String]

  public init(home: String, opentracesHome: String, variables: [String: String] = [:]) {
    self.home = home
    self.opentracesHome = opentracesHome
    self.variables = variables
  }

  /// The environment that a process was started with.
  ///
  /// `OPENTRACES_HOME`, then `OT_OPENTRACES_DIR`, then `~/.opentraces` holds the machine-wide state.
  public init(variables: [String: String]) {
    let home = variables["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "/"
    let chosen = [variables["OPENTRACES_HOME"], variables["OT_OPENTRACES_DIR"]].compactMap { $0 }
      .first { !$0.isEmpty }
    self.init(
      home: home, opentracesHome: Self.expandingTilde(chosen ?? "~/.opentraces", home: home), variables: variables)
  }

  /// The path with a leading `~` replaced by the home directory.
  public func expandingTilde(_ path: String) -> String { Self.expandingTilde(path, home: home) }

  private static func expandingTilde(_ path: String, home: String) -> String {
    if path == "~" { return home }
    return path.hasPrefix("~/") ? home + path.dropFirst() : path
  }
}

extension HostEnvironment {
  /// The program that a shell would run by this name; nil when there is none on `PATH`.
  public func program(_ name: String) -> String? {
    (variables["PATH"] ?? "").split(separator: ":").map { $0 + "/" + name }
      .first { Files.status($0).map { $0.isRegularFile && $0.isExecutable } ?? false }
  }

  /// Whether there is a token of Hugging Face: in `HF_TOKEN` or `HUGGINGFACE_TOKEN`, in `credentials` beside the
  /// machine-wide settings, or where Hugging Face's own programs keep it.
  public var hasHubToken: Bool {
    if ["HF_TOKEN", "HUGGINGFACE_TOKEN"].contains(where: { !(variables[$0] ?? "").isEmpty }) { return true }
    return [opentracesHome + "/credentials", home + "/.cache/huggingface/token"].contains { path in
      // A file that can't be read holds no token for us.
      (try? Files.readText(path))??.hasPrefix("hf_") ?? false
    }
  }
}
