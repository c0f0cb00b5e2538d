internal import Basics

#if canImport(Glibc)
  internal import Glibc
#endif

/// The environment of programs under test: a home of its own, no settings of the machine, fixed identities and clock.
public struct SealedEnvironment: Sendable {
  public let home: String
  /// What programs see; may be added to.
  public var variables: [String: String]
  /// Seconds since 1970 that git takes for the present when it commits.
  public var now: Int {
    didSet { setClock() }
  }

  public var opentracesHome: String { home + "/.opentraces" }

  public init(home: String, now: Int = 1_750_000_000) {
    self.home = home
    self.now = now
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    variables = [
      "HOME": home, "PATH": path, "LC_ALL": "C", "TZ": "UTC", "OPENTRACES_HOME": home + "/.opentraces",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
      "GIT_AUTHOR_NAME": "Ada Author", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Cy Committer",
      "GIT_COMMITTER_EMAIL": "cy@example.com", "GIT_EDITOR": "true", "GIT_SEQUENCE_EDITOR": "true",
      "GIT_ALLOW_PROTOCOL": "file", "OT_LLM_PROVIDER": "none",
      // A test looks at once at what a hook has done, however busy the machine is.
      "OPENTRACES_HOOK_WAIT_MS": "120000",
    ]
    setClock()
  }

  private mutating func setClock() {
    variables["GIT_AUTHOR_DATE"] = "@\(now) +0000"
    variables["GIT_COMMITTER_DATE"] = "@\(now) +0000"
  }
}
