public import Basics

/// What is installed in a repository.
public struct GitHookState: Sendable {
  /// One hook.
  public struct Hook: Sendable {
    public let hook: GitHook
    /// Our script is there and can be run.
    public let ownedPresent: Bool
    /// git runs our script.
    public let chainPresent: Bool
    /// The version our script was written by; nil when it carries none.
    public let deployedVersion: String?
    /// How git comes to run it: `file`, `config` or `manual`; nil when it does not.
    public let strategy: String?
    /// The tool that generates the hook file.
    public let managedBy: String?
    /// Why the hook can't be edited.
    public let reason: String?

    /// The lines that somebody has to add by hand; nil when there are none to add.
    public var snippet: String? { reason != nil && !chainPresent ? HooksDirectory.snippet(hook) : nil }

    var json: JSONValue {
      [
        "name": .string(hook.rawValue), "owned_present": .bool(ownedPresent), "chain_present": .bool(chainPresent),
        "deployed_version": .optional(deployedVersion), "strategy": .optional(strategy),
        "managed_by": .optional(managedBy), "reason": .optional(reason), "snippet": .optional(snippet),
      ]
    }
  }

  public let hooks: [Hook]
  /// The directory that git takes its hooks from.
  public let hookDirectory: String
  /// `default` or `core.hooksPath`.
  public let hooksPathSource: String
  public let version: String
  /// Private refs are hidden from those who fetch from here.
  public let hidesPrivateRefs: Bool
  /// The remotes whose notes a plain `git fetch` brings.
  public let remotesWithNotes: [String]

  public var ownedPresent: Bool { hooks.allSatisfy(\.ownedPresent) }
  public var chainPresent: Bool { hooks.allSatisfy(\.chainPresent) }
  public var isInstalled: Bool { ownedPresent && chainPresent }
  /// Something is there, but not all of it.
  public var isPartial: Bool { !isInstalled && hooks.contains { $0.ownedPresent || $0.chainPresent } }

  /// The version of all scripts; nil when they differ or carry none.
  public var deployedVersion: String? {
    let versions = Set(hooks.map(\.deployedVersion))
    return versions.count == 1 ? versions.first ?? nil : nil
  }

  /// Scripts that another version wrote: `version-missing` or `version-drift`.
  public var drift: [(hook: GitHook, reason: String)] {
    hooks.filter { $0.ownedPresent && $0.deployedVersion != version }.map {
      ($0.hook, $0.deployedVersion == nil ? "version-missing" : "version-drift")
    }
  }

  public var json: JSONValue {
    [
      "installer": "git", "installed": .bool(isInstalled), "owned_hook_present": .bool(ownedPresent),
      "chain_present": .bool(chainPresent), "hook_dir": .string(hookDirectory),
      "deployed_version": .optional(deployedVersion), "cli_version": .string(version),
      "drift": .array(drift.map { ["artifact": .string($0.hook.ownedName), "reason": .string($0.reason)] }),
      "partial": .bool(isPartial), "hooks_path_source": .string(hooksPathSource),
      "strategy": .optional(hooks.compactMap(\.strategy).first),
      "managed_by": .optional(hooks.compactMap(\.managedBy).first), "hooks": .array(hooks.map(\.json)),
      "hides_private_refs": .bool(hidesPrivateRefs), "notes_fetched_from": .strings(remotesWithNotes),
    ]
  }

  /// The state where there is no repository.
  public static let outsideRepository: JSONValue = [
    "installer": "git", "installed": false, "reason": "not a git repo",
  ]
}

/// What an installation or a removal did, or would do.
public struct GitSetupReport: Sendable {
  public enum Action: String, Sendable {
    case install
    case remove
  }

  /// One file or setting that is written or removed.
  public struct Change: Hashable, Sendable {
    /// `write`, `remove`, `add` or `unset`.
    public let action: String
    public let subject: String
  }

  public let action: Action
  public let isDryRun: Bool
  public let changes: [Change]
  /// The state afterwards; the present one for a dry run.
  public let state: GitHookState
  /// Why not everything was done; what could be done was.
  public let error: IntegrationError?

  public var changed: Bool { !changes.isEmpty }

  public var json: JSONValue {
    var object: JSONObject = [
      "status": error == nil ? "ok" : "error", "action": .string(action.rawValue), "state": state.json,
      "changed": .bool(changed), "dry_run": .bool(isDryRun),
      "changes": .array(changes.map { ["action": .string($0.action), "subject": .string($0.subject)] }),
    ]
    if let error { object["error"] = error.json }
    return .object(object)
  }
}

extension IntegrationError {
  /// The five keys of the error envelope.
  public var json: JSONValue {
    [
      "code": .string(code), "kind": .string(kind), "message": .string(message), "hint": .optional(hint),
      "retryable": .bool(exitCode == 7),
    ]
  }
}
