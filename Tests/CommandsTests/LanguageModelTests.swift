import Basics
import TestSupport
import Testing

/// `llm_pii` and `setup llm-review`
@Suite struct LanguageModelTests {
  /// A server on loopback that knows persons named Alice, and ends by itself.
  private struct Server {
    static let isPossible: Bool = {
      let environment = SealedEnvironment(home: "/nonexistent").variables
      let curl = try? run("curl", ["--version"], environment: environment, directory: "/")
      return PythonOracle.isPresent && curl?.succeeded == true
    }()

    let place = try? TemporaryDirectory()
    let address: String

    private static let program = """
      import http.server, json, os, re, sys, threading
      place = sys.argv[1]
      class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'
        def log_message(self, *words): pass
        def reply(self, answer, code=200):
          body = json.dumps(answer).encode()
          self.send_response(code)
          self.send_header('content-length', str(len(body)))
          self.end_headers()
          self.wfile.write(body)
        def do_GET(self): self.reply({'data': []}, 200 if self.path.startswith('/v1/') else 404)
        def do_POST(self):
          asked = json.loads(self.rfile.read(int(self.headers['content-length'])))
          text = [m['content'] for m in asked['messages'] if m['role'] == 'user'][0]
          key = self.headers.get('authorization') or self.headers.get('x-api-key') or ''
          with open(place + '/log', 'a') as log: log.write(self.path + ' ' + key + '\\n')
          found = [{'type': 'PERSON', 'text': t} for t in re.findall('Alice [A-Z][a-z]+', text)]
          found += [{'type': 'person', 'text': 'Nobody Inthetext'}, {'type': 'Colour', 'text': 'mauve'}, {'type': 'PERSON', 'text': '"Carl Gustav"'}]
          answer = 'Here it is: ' + json.dumps({'entities': found})
          if 'nonsense' in text: answer = 'I would rather not.'
          if 'textless' in text: answer = json.dumps({'entities': [{'type': 'PERSON'}]})
          reason = 'length' if 'toolong' in text else 'stop'
          if self.path == '/v1/chat/completions': self.reply({'choices': [{'finish_reason': reason, 'message': {'content': answer}}]})
          elif self.path == '/api/chat': self.reply({'message': {'content': answer}})
          elif self.path == '/v1/messages': self.reply({'content': [{'type': 'text', 'text': answer}]})
          else: self.reply({}, 404)
      server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
      pid = os.fork()
      if pid:
        print(server.server_address[1])
        sys.exit(0)
      os.setsid()
      for number in range(3): os.close(number)
      def end():
        while os.path.isdir(place) and ticks[0] < 600:
          ticks[0] += 1
          threading.Event().wait(0.1)
        os._exit(0)
      ticks = [0]
      threading.Thread(target=end, daemon=True).start()
      server.serve_forever()
      """

    init() throws {
      let place = try #require(place)
      let environment = SealedEnvironment(home: "/nonexistent").variables
      let started = try run("python3", ["-c", Self.program, place.path], environment: environment, directory: "/")
      let port = try #require(started.output.split(separator: "\n").first, "\(started.errors)")
      address = "http://127.0.0.1:\(port)/v1"
    }

    var log: [String] {
      ((try? Files.readText((place?.path ?? "") + "/log")) ?? nil ?? "").split(separator: "\n").map(String.init)
    }
  }

  private func sanitized(_ work: Workspace, _ text: String) throws -> JSONValue {
    let input = String(decoding: CanonicalJSON.line(["text": .string(text)]), as: UTF8.self)
    return try JSONValue(parsing: work.run(["security", "sanitize", "--tools", "llm_pii"], input: input).output)
  }

  @Test(.enabled(if: Server.isPossible), arguments: ["openai-compat", "ollama", "anthropic"])
  func whatTheModelNamesAndTheTextHoldsGoes(_ format: String) throws {
    let server = try Server()
    let work = try Workspace()
    _ = try work.json("config", "set", "security.llm_pii.api_format", format)
    _ = try work.json("config", "set", "security.llm_pii.base_url", server.address)
    let text = "Alice Example and Bob asked Alice Example, in mauve, and Carl\n Gustav."
    let found = try sanitized(work, text)
    // What it calls by another name is private as well, and other white space is no other person.
    #expect(found["sanitized"] == "[REDACTED] and Bob asked [REDACTED], in [REDACTED], and [REDACTED].")
    #expect(
      found["findings"]?.array?.map { $0["pattern"]?.string } == ["PERSON", "PERSON", "SENSITIVE_DATA", "PERSON"])
    // It is asked about a text once.
    _ = try sanitized(work, text)
    #expect(server.log.count == 1)
    // Without an answer that can be read nothing was looked at.
    let failed = try sanitized(work, "some nonsense of Alice Example")
    #expect(failed["errors"]?.array?.count == 1 && failed["sanitized"] == "some nonsense of Alice Example")
    let kept = try Files.list(work.home + "/.opentraces/cache").map {
      try Files.readText(work.home + "/.opentraces/cache/" + $0) ?? ""
    }
    #expect(kept.count == 1 && !kept[0].contains("Alice"))
  }

  @Test(.enabled(if: Server.isPossible)) func longTextsAreAskedAboutInPartsThatOverlap() throws {
    let server = try Server()
    let work = try Workspace()
    _ = try work.json("config", "set", "security.llm_pii.base_url", server.address)
    // One line without a blank, with a name at the very place where a part could end.
    for before in [7985, 7990, 7995, 8000] {
      let text = String(repeating: "x", count: before) + "-Alice Example-" + String(repeating: "y", count: 9000)
      #expect(try sanitized(work, text)["sanitized"]?.string?.contains("Alice Example") == false, "\(before)")
    }
    let asked = server.log.count
    #expect(asked <= 12, "\(asked)")
  }

  @Test(.enabled(if: Server.isPossible)) func answerThatIsCutIsNone() throws {
    let server = try Server()
    let work = try Workspace()
    _ = try work.json("config", "set", "security.llm_pii.base_url", server.address)
    #expect(try sanitized(work, "toolong said Alice Example")["errors"]?.array?.count == 1)
    #expect(try sanitized(work, "textless said Alice Example")["errors"]?.array?.count == 1)
  }

  @Test(.enabled(if: Server.isPossible)) func keyGoesToTheAddressAndNowhereElse() throws {
    let server = try Server()
    let work = try Workspace()
    _ = try work.json("config", "set", "security.llm_pii.base_url", server.address)
    // Any variable does.
    _ = try work.json("config", "set", "security.llm_pii.api_key_env", "HOME")
    #expect(try sanitized(work, "Alice Example was here")["errors"] == nil)
    #expect(server.log == ["/v1/chat/completions Bearer \(work.home)"])
    _ = try work.json("config", "set", "security.llm_pii.api_key_env", "NO_SUCH_VARIABLE")
    let refused = try sanitized(work, "Alice Example was there")
    #expect(refused["errors"]?.array?.first?["error"]?.string?.contains("NO_SUCH_VARIABLE") == true)
  }

  @Test func nothingLeavesThatTheModelDidNotSee() throws {
    let team = try Team(1)
    let work = team.clones[0]
    let person = "FAKE-PERSON-Alice"
    _ = try team.work(in: 0, "session-1", prompt: "Tell \(person) about it")
    try team.setUp()
    _ = try work.json("config", "set", "security.llm_pii.base_url", "http://127.0.0.1:1/v1")
    _ = try work.json("config", "set", "security.llm_pii.enabled", "true")
    #expect(try work.json("security", "tools", "info", "llm_pii")["state"] == "unreachable")
    let failed = try JSONValue(parsing: work.run(["bucket", "security", "run", "--all", "--json"]).output)
    #expect(failed["security_run"]?["failed"] == 1)
    #expect(try work.failure("bucket", "remote", "push").exit == 3 && team.hub.git("for-each-ref").output.isEmpty)
    _ = try work.json("config", "set", "security.llm_pii.api_format", "fake")
    #expect(try work.json("bucket", "security", "run", "--all")["security_run"]?["filtered"] == 1)
    _ = try work.json("bucket", "remote", "push")
    let shared = try team.everything()
    #expect(shared.contains("Tell [REDACTED] about it") && !shared.contains(person))
    // Another model may find something else.
    _ = try work.json("config", "set", "security.llm_pii.model", "other")
    #expect(try work.json("bucket", "security", "status")["security"]?["stale"] == 1)
  }

  @Test func reviewingModelIsASettingOfItsOwn() throws {
    let work = try Workspace()
    #expect(try work.failure("setup", "llm-review") == ("INTERACTIVE_REQUIRED", 2))
    let on = try work.json("setup", "llm-review", "--api-format", "fake", "--model", "small", "--timeout", "30")
    #expect(on["action"] == "install" && on["reachable"] == true)
    #expect(
      on["llm_review"] == [
        "enabled": true, "api_format": "fake", "base_url": "http://localhost:11434/v1", "model": "small",
        "api_key_env": "", "timeout": .double(30), "prompt_version": "1",
      ])
    // Kept although nobody answers; with --test it is not.
    let dead = ["--api-format", "openai-compat", "--base-url", "http://127.0.0.1:1/v1"]
    let kept = try JSONValue(parsing: work.run(["setup", "llm-review", "--json"] + dead).output)
    #expect(kept["status"] == "ok" && kept["reachable"] == false)
    let tested = try work.run(["setup", "llm-review", "--json", "--test", "--model", "other"] + dead)
    #expect(tested.exitCode == 3)
    #expect(try work.json("setup", "llm-review", "--print")["llm_review"]?["model"] == "small")
    #expect(try work.json("setup", "llm-review", "--disable")["llm_review"]?["enabled"] == false)
    // It is no tool: what leaves is not its business.
    #expect(try work.json("security", "tools", "info", "llm_pii")["enabled"] == false)
  }

  @Test(arguments: [
    "--enable --disable", "--print --enable", "--api-format smoke", "--base-url nowhere", "--timeout 0",
    "--api-key-env A-B", "--project",
  ])
  func badSettingsOfTheModelAreUsageErrors(_ words: String) throws {
    let work = try Workspace()
    let result = try work.run(["setup", "llm-review", "--json"] + words.split(separator: " ").map(String.init))
    #expect(result.exitCode == 2, "\(result.output)")
    #expect(!Files.exists(work.home + "/.opentraces/config.json"))
  }
}
