/// The texts of the scripts in the top-level `hooks` directory, so that a single copied executable can install them.
///
/// A test compares them with those files. `@VERSION@` and `@BINARY@` are filled in by ``render(_:version:binary:)``.
public enum HookScripts {
  /// The text of a script as it lies in `hooks`.
  public static func template(_ hook: GitHook) -> String {
    switch hook {
    case .postCommit: postCommit
    case .postRewrite: postRewrite
    case .postMerge: postMerge
    case .postCheckout: postCheckout
    case .prePush: prePush
    }
  }

  /// The script that goes into a repository.
  ///
  /// - Parameter binary: absolute path of the installed executable.
  public static func render(_ hook: GitHook, version: String, binary: String) -> String {
    template(hook)
      .replacing("'@BINARY@'", with: ShellText.quoted(binary))
      .replacing("@VERSION@", with: version)
  }

  /// The version that a script was rendered for; nil when it carries none.
  public static func version(of script: [UInt8]) -> String? {
    let stamp = "opentraces-version:"
    for line in script.split(separator: 0x0A) {
      let words = String(decoding: line, as: UTF8.self).split(whereSeparator: \.isWhitespace)
      if words.count == 3, words[0] == "#", words[1] == stamp { return String(words[2]) }
      if words.count == 2, words[0] == "#" + stamp { return String(words[1]) }
    }
    return nil
  }

  /// The text of the script that all hooks of agents are made from, as it lies in `hooks`.
  public static let agentTemplate = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Tells opentraces of an agent's event; the agent writes it to the standard input.
    # It never fails the agent and prints nothing; without the executable it does nothing.
    binary='@BINARY@'
    [ -x "$binary" ] || binary=$(command -v opentraces) || exit 0
    unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
    # The executable returns within two seconds, whatever it is doing; mostly within a few milliseconds.
    "$binary" _hook @AGENT@ @EVENT@ >/dev/null 2>&1
    exit 0

    """#

  /// The script that an agent runs at an event.
  static func render(_ event: String, of agent: AgentName, version: String, binary: String) -> String {
    agentTemplate
      .replacing("'@BINARY@'", with: ShellText.quoted(binary))
      .replacing("@VERSION@", with: version)
      .replacing("@AGENT@", with: agent.rawValue)
      .replacing("@EVENT@", with: event)
  }

  private static let postCommit = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Ties the new commit to the agent sessions that wrote it.
    # It never fails git and prints nothing; without the executable it does nothing.
    binary='@BINARY@'
    [ -x "$binary" ] || binary=$(command -v opentraces) || exit 0
    unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
    # The executable returns within two seconds, whatever it is doing; mostly within a few milliseconds.
    exec "$binary" _hook git post-commit "$PWD" </dev/null >/dev/null 2>&1

    """#

  private static let postRewrite = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Carries the ties of rewritten commits over to the new ones; git lists them on the standard input.
    # It never fails git and prints nothing; without the executable it does nothing.
    binary='@BINARY@'
    [ -x "$binary" ] || binary=$(command -v opentraces) || exit 0
    unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
    # The executable returns within two seconds, whatever it is doing; mostly within a few milliseconds.
    exec "$binary" _hook git post-rewrite "$1" "$PWD" >/dev/null 2>&1

    """#

  private static let postCheckout = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Ties commits that a fetch brought, and that are checked out now, to the agent sessions that wrote them.
    # It never fails git and prints nothing; without the executable it does nothing.
    # Only a checkout of a branch or commit brings commits.
    [ "$3" = 1 ] || exit 0
    binary='@BINARY@'
    [ -x "$binary" ] || binary=$(command -v opentraces) || exit 0
    unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
    # The executable returns within two seconds, whatever it is doing; mostly within a few milliseconds.
    exec "$binary" _hook git post-checkout "$1" "$PWD" </dev/null >/dev/null 2>&1

    """#

  private static let postMerge = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Ties what a merge or a pull brought to the agent sessions that wrote it.
    # It never fails git and prints nothing; without the executable it does nothing.
    binary='@BINARY@'
    [ -x "$binary" ] || binary=$(command -v opentraces) || exit 0
    unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
    # The executable returns within two seconds, whatever it is doing; mostly within a few milliseconds.
    exec "$binary" _hook git post-merge "$PWD" </dev/null >/dev/null 2>&1

    """#

  private static let prePush = #"""
    #!/bin/sh
    # opentraces-version: @VERSION@
    # Refuses to push what must stay on this machine: the captured sessions as they were, and the refs of a worktree.
    # What is shared is pushed when it is cleared by the present rules.
    # Git lists what is pushed on the standard input: local ref, local id, remote ref, remote id. Works without opentraces.
    private=$(git for-each-ref --format='%(objectname)' refs/opentraces/local/ 2>/dev/null)
    refused=
    planes=
    while read -r local_ref local_id remote_ref remote_id || [ -n "$local_ref" ]; do
      # Deleting such a ref over there gives nothing away.
      case $local_id in *[!0]*) ;; *) continue ;; esac
      case $local_ref:$remote_ref in
        refs/opentraces/local/* | refs/worktree/*) refused=$local_ref ;;
        *:refs/opentraces/local/* | *:refs/worktree/*) refused=$remote_ref ;;
        *)
          case "
    $private
    " in *"
    $local_id
    "*) refused=$local_ref ;; esac
          ;;
      esac
      case $local_ref:$remote_ref in
        refs/opentraces/remotes/*) ;;
        refs/opentraces/bucket/v1/* | *:refs/opentraces/bucket/v1/*) planes="$planes $local_id" ;;
      esac
    done
    if [ -z "$refused" ]; then
      [ -n "$planes" ] || exit 0
      binary='@BINARY@'
      [ -x "$binary" ] || binary=$(command -v opentraces) || {
        echo "opentraces: not pushed: without its executable nobody can tell whether what is shared is cleared." >&2
        exit 1
      }
      unset GIT_DIR GIT_INDEX_FILE GIT_WORK_TREE GIT_PREFIX
      exec "$binary" _guard $planes </dev/null
    fi
    echo "opentraces: not pushed: $refused holds captured sessions as they were and stays on this machine;" \
      "push code with 'git push ${1:-<remote>} <branch>' or 'git push ${1:-<remote>} --all'." >&2
    exit 1

    """#
}
