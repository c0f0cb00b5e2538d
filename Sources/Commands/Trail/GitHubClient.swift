internal import Basics

/// Pull requests of GitHub, through its own program `gh`.
struct GitHubClient {
  struct PullRequestState {
    let number: Int
    let url: String
    let isOpen: Bool
  }

  let environment: [String: String]
  let directory: String
  /// The command on whose behalf, for messages.
  let kind: String

  /// The pull request of a branch; nil when it has none.
  func view(_ head: String?) throws -> PullRequestState? {
    let result = try gh(["pr", "view"] + [head].compactMap { $0 } + ["--json", "number,url,headRefName,state"])
    if !result.succeeded {
      // That there is none is no failure.
      let said = String(decoding: result.errors, as: UTF8.self)
      if said.contains("no pull requests found") || said.contains("no open pull requests") { return nil }
      throw failure(result)
    }
    guard let json = try? JSONValue(parsing: String(decoding: result.output, as: UTF8.self)),
      let number = json["number"]?.int
    else { throw failure(result) }
    return PullRequestState(number: number, url: json["url"]?.string ?? "", isOpen: json["state"]?.string == "OPEN")
  }

  func body(of number: Int) throws -> (body: String, url: String) {
    let result = try checked(["pr", "view", "\(number)", "--json", "body,url"])
    guard let json = try? JSONValue(parsing: String(decoding: result.output, as: UTF8.self)),
      let body = json["body"]?.string
    else { throw failure(result) }
    return (body, json["url"]?.string ?? "")
  }

  func create(base: String, head: String?, title: String, body: String, isDraft: Bool) throws -> String {
    var arguments = ["pr", "create", "--base", base, "--title", title, "--body-file", "-"]
    if isDraft { arguments.append("--draft") }
    if let head { arguments += ["--head", head] }
    let result = try checked(arguments, input: body)
    return String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
  }

  func edit(_ number: Int, body: String) throws {
    _ = try checked(["pr", "edit", "\(number)", "--body-file", "-"], input: body)
  }

  private func checked(_ arguments: [String], input: String = "") throws -> ChildProgram {
    let result = try gh(arguments, input: input)
    guard result.succeeded else { throw failure(result) }
    return result
  }

  private func gh(_ arguments: [String], input: String = "") throws -> ChildProgram {
    let result = try ChildProgram.run(
      "gh", arguments, environment: environment, directory: directory, input: Array(input.utf8))
    guard let result else {
      throw UserFacingError(
        code: "GH_NOT_FOUND", kind: kind, message: "gh is not installed",
        hint: "install GitHub's gh, or post what opentraces trail blame pr render prints", exitCode: ExitStatus.usage)
    }
    return result
  }

  private func failure(_ result: ChildProgram) -> UserFacingError {
    let said = String(decoding: result.errors, as: UTF8.self).split(whereSeparator: \.isNewline).last.map(String.init)
    return UserFacingError(
      code: "GH_FAILED", kind: kind, message: "gh failed: \(said ?? "exit code \(result.exitCode)")",
      hint: "gh auth status tells whether gh is logged in", exitCode: 3)
  }
}
