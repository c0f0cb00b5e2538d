import Basics
import GitKit
import TestSupport
import Testing

/// The package that Pi loads, where there is a Node to run it.
@Suite(.enabled(if: NodeOracle.isPresent, "Node 20 or later runs the package"))
struct PiPackageTests {
  @Test func packagePassesItsOwnTests() throws {
    let result = try TemporaryRepository().run("node", ["--test"], at: NodeOracle.package)
    #expect(result.succeeded, "\(result.output.suffix(3000))\(result.errors)")
  }

  /// A session in Pi's own order of events, through the real package into the real program.
  @Test func sessionOfThePackageIsCaptured() throws {
    let work = try Workspace()
    work.repository.environment.now = Timestamp.now().seconds
    try work.repository.commit("start", files: ["a.txt": "one\n", "old.txt": "soon gone\n"])
    _ = try work.json("init", "--agent", "pi")
    let script = """
      import { appendFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
      import { dirname } from "node:path";
      const { FakePi } = await import("\(NodeOracle.package)/test/fake-pi.js");
      const pi = new FakePi(process.cwd());
      const file = process.env.HOME + "/.pi/agent/sessions/--p--/1_" + pi.sessionID + ".jsonl";
      mkdirSync(dirname(file), { recursive: true });
      const now = () => new Date().toISOString();
      const line = (object) => appendFileSync(file, JSON.stringify({ timestamp: now(), ...object }) + "\\n");
      let count = 0;
      const entry = (message) => {
        const id = "e" + String(++count).padStart(7, "0");
        line({ type: "message", id, parentId: pi.leaf, message });
        pi.leaf = id;
      };
      pi.file = file;
      Object.defineProperty(pi, "context", { get: () => {
        const context = Object.getOwnPropertyDescriptor(FakePi.prototype, "context").get.call(pi);
        context.sessionManager.getSessionFile = () => file;
        return context;
      } });
      line({ type: "session", version: 3, id: pi.sessionID, cwd: process.cwd() });
      await pi.emit("session_start", { reason: "startup" });
      entry({ role: "user", content: [{ type: "text", text: "Change things" }] });
      await pi.emit("agent_start");
      const call = async (toolName, input, work) => {
        const toolCallId = "call" + count;
        entry({ role: "assistant", provider: "anthropic", model: "claude-sonnet-4-5", stopReason: "toolUse",
          content: [{ type: "toolCall", id: toolCallId, name: toolName, arguments: input }],
          usage: { input: 1, output: 1, cacheRead: 0, cacheWrite: 0, cost: { total: 0.001 } } });
        await pi.emit("tool_call", { toolName, toolCallId, input });
        work();
        await pi.emit("tool_result", { toolName, toolCallId, input, content: [], isError: false });
        await pi.emit("tool_execution_end", { toolName, toolCallId, result: {}, isError: false });
        entry({ role: "toolResult", toolCallId, toolName, isError: false, content: [{ type: "text", text: "ok" }] });
      };
      await call("write", { path: "new.txt", content: "written_by_the_write_tool_of_pi\\n" }, () =>
        writeFileSync("new.txt", "written_by_the_write_tool_of_pi\\n"));
      writeFileSync("person.txt", "written_by_a_person_in_between\\n");
      await call("bash", { command: "change" }, () => {
        appendFileSync("a.txt", "appended_by_the_shell_of_pi\\n");
        rmSync("old.txt");
      });
      await pi.emit("agent_end", { messages: [] });
      await pi.emit("session_shutdown", { reason: "quit" });
      console.log(JSON.stringify(pi.notices));
      """
    let path = work.home + "/session.mjs"
    try Files.writeAtomically(Array(script.utf8), to: path)
    work.repository.environment.variables["OPENTRACES_BIN"] = BuiltBinary.path
    let played = try work.repository.run("node", [path])
    #expect(played.succeeded && played.output == "[]\n", "\(played.output)\(played.errors)")
    try work.commitNow("by pi")
    for (file, owners) in [
      ("new.txt", ["attributed"]), ("a.txt", ["pre-audit", "attributed"]), ("person.txt", ["missing_from_audit"]),
    ] {
      #expect(try work.consistency(file) == owners, "\(file)")
    }
    let evidence = try work.evidence()
    #expect(evidence.contains { $0["path"] == "old.txt" && $0["change"] == "deletedFile" })
    #expect(evidence.allSatisfy { $0["evidence_firmness"] == "firm_observed" })
  }
}

/// Node of this machine.
private enum NodeOracle {
  /// Whether there is one of version 20 or later.
  static let isPresent: Bool = {
    guard let version = try? TemporaryRepository().run("node", ["--version"]), version.succeeded else { return false }
    return Int(version.output.dropFirst().prefix { $0.isNumber }) ?? 0 >= 20
  }()

  /// The directory of the package.
  static let package = Paths.parent(Paths.parent(Paths.parent(#filePath))) + "/packages/opentraces-pi"
}
