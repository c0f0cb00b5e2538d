/// A repository and the home directory with the sessions that worked on it.
struct DataSet {
  let repository: String
  let home: String

  var sessions: String { home + "/.claude/projects" }

  /// A copy of a prepared directory with `repo` and `home`. The sessions of the copy name the copied repository.
  static func copy(of source: String, in sandbox: Sandbox) throws -> DataSet {
    guard let source = File.resolved(source) else { throw BenchError("no such directory: \(source)") }
    let data = DataSet(repository: sandbox.root + "/data/repo", home: sandbox.root + "/data/home")
    try sandbox.shell(
      """
      mkdir -p "$2"
      cp -R "$1/repo" "$1/home" "$2"
      find "$2/home" -name '*.jsonl' -exec sed -i "s|$1/repo|$2/repo|g" {} +
      if [ -n "$(git -C "$2/repo" for-each-ref refs/opentraces)" ]; then
        echo "$1/repo holds sessions already" >&2
        exit 1
      fi
      """, source, sandbox.root + "/data")
    return data
  }

  /// A made-up project: 200 commits, 20 sessions that wrote three quarters of them.
  static func made(in sandbox: Sandbox) throws -> DataSet {
    let data = DataSet(repository: sandbox.root + "/data/repo", home: sandbox.root + "/data/home")
    let project = data.sessions + "/made"
    try sandbox.shell("mkdir -p \"$1\" && git init -q \"$2\"", project, data.repository)
    var history = MadeHistory(directory: data.repository)
    history.play(commits: 200, sessions: 20)
    for transcript in history.transcripts {
      try File.write(transcript.text, to: "\(project)/\(transcript.sessionID).jsonl")
    }
    try File.write(history.stream, to: sandbox.root + "/history")
    try sandbox.shell(
      "cd \"$1\" && git fast-import --quiet <\"$2\" && git reset -q --hard main", data.repository,
      sandbox.root + "/history")
    return data
  }
}
