import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { fakeOpentraces, setExecutable } from "./fake-opentraces.js";
import { FakePi } from "./fake-pi.js";

const cwd = process.cwd();

const QUERY = {
  status: "ok", total: 31, freshness: { stale: true },
  candidates: [
    {
      trace_id: "aaaaaaaa-0000-4000-8000-000000000001", title: "Fix the\u001b[31m parser\ntest", committed: true,
      provenance_color: "committed", commit_sha: "4b20cafe00", files: ["src/app.py", "test/app.py"],
    },
    { trace_id: "bbbbbbbb-0000-4000-8000-000000000002", title: "Read the docs" },
  ],
};

const TRACE = {
  status: "ok", schema_version: "opentraces.trace.get.v1",
  trace: {
    trace_id: "aaaaaaaa-0000-4000-8000-000000000001", title: "Fix the parser", step_count: 12, duration_seconds: 61.4,
    agent: { name: "pi", version: null, model: "anthropic/claude" }, outcome: { success: true, signal_source: "tests" },
    commit_sha: "4b20cafe00", files_touched: ["src/app.py"], files_touched_count: 3,
  },
};

const STATUS = {
  cwd, tracking_mode: "global", cli: { path: "/usr/bin/opentraces" },
  project: { capture_enabled: true, capture_source: "global_default",
    opt_out_commands: ["opentraces config set excluded true --project"] },
  capture: { enabled: true, sidecar_event_count: 7, latest_event_at: "2026-11-25T03:00:00Z" },
  checklist: [
    { name: "opentraces_cli", state: "ok" },
    { name: "git_hook", state: "needs_terminal", command: "opentraces setup git" },
  ],
};

const NOT_IMPLEMENTED = {
  status: "error",
  error: { code: "NOT_IMPLEMENTED", kind: "dataset", message: "opentraces dataset is not implemented yet",
    hint: "opentraces --help lists what is", retryable: false },
};

test("all commands and tools are registered, with plain JSON schemas", () => {
  const pi = new FakePi(cwd);
  assert.deepEqual([...pi.commands.keys()], [
    "ot-capture-status", "ot-setup", "ot-search", "ot-trace", "ot-standup", "ot-capsule", "ot-dataset",
  ]);
  assert.deepEqual([...pi.tools.keys()], [
    "ot_capture_status", "ot_search", "ot_trace", "ot_standup", "ot_capsule", "ot_dataset",
  ]);
  for (const { parameters } of pi.tools.values()) {
    assert.equal(parameters.type, "object");
    assert.deepEqual(JSON.parse(JSON.stringify(parameters)), parameters);
  }
});

test("each command runs one command of opentraces in the project", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.command("ot-capture-status");
  await pi.command("ot-setup");
  await pi.command("ot-search", "  parser test ");
  await pi.command("ot-trace", "aaaa:3");
  await pi.command("ot-standup");
  await pi.command("ot-standup", "3d");
  await pi.command("ot-capsule");
  await pi.command("ot-capsule", "aaaa");
  await pi.command("ot-dataset");
  assert.deepEqual(fake.calls.map((call) => call.args), [
    ["_pi-bridge", "--status", "--cwd", cwd],
    ["setup", "pi", "--dry-run", "--json"],
    ["trace", "query", "--lex=parser test", "--cwd", "--limit=20", "--json"],
    ["trace", "get", "aaaa:3", "--json"],
    ["trace", "query", "--cwd", "--since=1d", "--sort=recency", "--limit=20", "--json"],
    ["trace", "query", "--cwd", "--since=3d", "--sort=recency", "--limit=20", "--json"],
    ["trace", "get", pi.sessionID, "--card", "--json"],
    ["trace", "get", "aaaa", "--card", "--json"],
    ["dataset", "list", "--json"],
  ]);
  assert.ok(fake.calls.every((call) => call.cwd === cwd));
});

test("/ot-search shows aligned lines without control characters", async (t) => {
  fakeOpentraces(t, { commands: { "trace query": QUERY } });
  const { text, type } = await new FakePi(cwd).command("ot-search", "parser");
  assert.equal(type, "info");
  assert.equal(text, [
    "2 of 31 traces",
    "",
    "aaaaaaaa-0000-4000-8000-000000000001  Fix the [31m parser test",
    "    committed  c:4b20cafe  src/app.py, test/app.py",
    "bbbbbbbb-0000-4000-8000-000000000002  Read the docs",
    "",
    "the search index is behind; opentraces trace index brings it up to date",
  ].join("\n"));
});

test("/ot-trace shows a trace as aligned rows", async (t) => {
  fakeOpentraces(t, { commands: { "trace get": TRACE } });
  const { text } = await new FakePi(cwd).command("ot-trace", "aaaa");
  assert.equal(text, [
    "trace     aaaaaaaa-0000-4000-8000-000000000001",
    "title     Fix the parser",
    "agent     pi anthropic/claude",
    "steps     12",
    "duration  61 s",
    "outcome   success, by tests",
    "commit    4b20cafe00",
    "files     src/app.py",
    "          … 2 more",
    "",
    "a step: aaaaaaaa-0000-4000-8000-000000000001:<number> or aaaaaaaa-0000-4000-8000-000000000001:last",
  ].join("\n"));
});

test("/ot-capture-status shows the bridge's answer and the state of the extension", async (t) => {
  fakeOpentraces(t, { commands: { "_pi-bridge --status": STATUS } });
  const { text } = await new FakePi(cwd).command("ot-capture-status");
  assert.equal(text, [
    `project     ${cwd}`,
    "recorded    yes (global_default)",
    "tracking    global",
    "events      7, the latest at 2026-11-25T03:00:00Z",
    "raw bodies  not kept",
    "extension   on",
    "program     /usr/bin/opentraces",
    "",
    "ok              opentraces_cli",
    "needs_terminal  git_hook  opentraces setup git",
    "",
    "to stop: opentraces config set excluded true --project",
  ].join("\n"));
});

test("/ot-capture-status says why nothing is sent", async (t) => {
  const fake = fakeOpentraces(t, { commands: { "_pi-bridge --status": STATUS }, status: "capture_disabled" });
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.tool("bash", { command: "ls" });
  assert.match((await pi.command("ot-capture-status")).text, /extension   off: capture is disabled for this project/);
  await pi.shutDown();
  pi.persisted = false;
  assert.match((await pi.command("ot-capture-status")).text, /extension   off: this session is kept in memory only/);
  assert.equal(fake.names.length, 1);
});

test("/ot-setup lists the steps that are left", async (t) => {
  const plan = { status: "ok", steps: [
    { name: "pi_package", state: "missing", command: "pi install npm:opentraces-pi" },
    { name: "hf_auth", state: "needs_terminal", optional: true, command: "opentraces auth login" },
  ] };
  fakeOpentraces(t, { commands: { "setup pi": plan } });
  const { text } = await new FakePi(cwd).command("ot-setup");
  assert.equal(text, [
    "1 step left",
    "",
    "missing         pi_package  pi install npm:opentraces-pi",
    "needs_terminal  hf_auth  (optional)  opentraces auth login",
  ].join("\n"));
});

test("/ot-dataset lists names and rows", async (t) => {
  const list = { status: "ok", datasets: [
    { name: "ep", path: "/d/ep", row_quality: { total_rows: 3 } }, { name: "import", row_count: 1 },
  ] };
  fakeOpentraces(t, { commands: { "dataset list": list } });
  assert.equal((await new FakePi(cwd).command("ot-dataset")).text, "ep      3 rows  /d/ep\nimport  1 row");
});

test("nothing found reads as a sentence", async (t) => {
  const none = { status: "ok", total: 0, candidates: [] };
  fakeOpentraces(t, { commands: { "trace query": none, "dataset list": { status: "ok", datasets: [] } } });
  const pi = new FakePi(cwd);
  assert.equal((await pi.command("ot-search", "x")).text, "no trace has all of these words");
  assert.equal((await pi.command("ot-standup")).text, "no session was recorded in that time");
  assert.match((await pi.command("ot-dataset")).text, /^no datasets yet/);
});

test("an error shows its message and hint", async (t) => {
  fakeOpentraces(t, { commands: { "dataset list": NOT_IMPLEMENTED } });
  const pi = new FakePi(cwd);
  const shown = "opentraces dataset is not implemented yet\nhint: opentraces --help lists what is";
  assert.deepEqual(await pi.command("ot-dataset"), { text: shown, type: "error" });
  await assert.rejects(pi.callTool("ot_dataset"), { message: shown });
});

test("an error of the bridge is shown without the name of its type", async (t) => {
  const answer = { ok: false, status: "error", errors: ["PiBridgeError: not a directory"] };
  fakeOpentraces(t, { commands: { "_pi-bridge --status": answer }, code: 0 });
  assert.deepEqual(await new FakePi(cwd).command("ot-capture-status"), { text: "not a directory", type: "error" });
});

test("an index that must be rebuilt says how", async (t) => {
  const answer = { status: "maintenance_needed", reason: "missing", advice: "opentraces trace index" };
  fakeOpentraces(t, { commands: { "trace query": answer }, code: 3 });
  const { text } = await new FakePi(cwd).command("ot-search", "x");
  assert.equal(text, "the search index is missing\nhint: run opentraces trace index");
});

for (const [what, behaviour, message] of [
  ["text on standard error", { stdout: "", stderr: "error: no such trace\nat frame 1\n", code: 6 }, /^no such trace$/],
  ["a crash without a word", { stdout: "", code: 139 }, /^opentraces trace get aaaa failed \(exit 139\)$/],
  ["garbage", { stdout: "<html>", code: 0 }, /^opentraces trace get aaaa printed something that is no JSON$/],
]) {
  test(`${what} reads well too`, async (t) => {
    fakeOpentraces(t, behaviour);
    const shown = await new FakePi(cwd).command("ot-trace", "aaaa");
    assert.equal(shown.type, "error");
    assert.match(shown.text, message);
  });
}

test("a missing program says what to do", async (t) => {
  setExecutable(t, join(cwd, "no-such-program"));
  const { text, type } = await new FakePi(cwd).command("ot-dataset");
  assert.equal(type, "error");
  assert.match(text, /can't be started.*\nhint: install opentraces/);
});

test("search words are handed over as one value, whatever they look like", async (t) => {
  const fake = fakeOpentraces(t, { commands: { "trace query": QUERY } });
  const pi = new FakePi(cwd);
  const words = ["--remove", "; rm -rf ~", "$(touch x) `id` | cat", "-- --json", "a\nb"];
  for (const query of words) await pi.callTool("ot_search", { query });
  assert.deepEqual(fake.calls.map((call) => call.args[2]), words.map((query) => `--lex=${query}`));
  assert.ok(fake.calls.every((call) => call.args.length === 6));
});

test("what is no id or no span of time is refused before a process starts", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  for (const id of ["--remove", "-x", "a b", "a;b", "$(id)", "../x", "x".repeat(300), "a\nb"]) {
    assert.match((await pi.command("ot-trace", id)).text, /is no trace id/, id);
    await assert.rejects(pi.callTool("ot_capsule", { trace_id: id }), /is no trace id/);
  }
  for (const span of ["--remove", "1", "0d", "1d;x", "d"]) {
    assert.match((await pi.command("ot-standup", span)).text, /is no span of time/, span);
  }
  assert.match((await pi.command("ot-search", " ")).text, /search words missing/);
  assert.match((await pi.command("ot-trace")).text, /a trace id missing/);
  for (const query of ["x".repeat(200_000), "a\0b"]) {
    await assert.rejects(pi.callTool("ot_search", { query }), /can't be searched for/);
  }
  assert.deepEqual(fake.calls, []);
});

test("a tool answers the model with bounded text and details", async (t) => {
  const steps = { status: "ok", steps: Array.from({ length: 5000 }, (_, index) => `step ${index} with ünïcödé`) };
  fakeOpentraces(t, { commands: { "trace get": steps } });
  const { content, details } = await new FakePi(cwd).callTool("ot_trace", { trace_id: "aaaa:1-9" });
  const [{ type, text }] = content;
  assert.equal(type, "text");
  assert.ok(Buffer.byteLength(text) < 31 * 1024);
  assert.match(text, /\n\[truncated: the first 30\.0 KB of \d+\.\d KB are shown\]$/);
  assert.deepEqual(details, { command: ["opentraces", "trace", "get", "aaaa:1-9", "--json"], truncated: true });
});

test("a tool that is cancelled ends its process at once", async (t) => {
  fakeOpentraces(t, { slow: { "*": 10_000 } });
  const controller = new AbortController();
  const since = Date.now();
  setTimeout(() => controller.abort(), 150);
  await assert.rejects(new FakePi(cwd).callTool("ot_dataset", {}, controller.signal), { message: "cancelled" });
  assert.ok(Date.now() - since < 1000);
  await assert.rejects(new FakePi(cwd).callTool("ot_dataset", {}, controller.signal), { message: "cancelled" });
});

test("an answer of another shape is no crash", async (t) => {
  fakeOpentraces(t, { commands: { "trace query": { status: "ok", candidates: [null] } } });
  const { text, type } = await new FakePi(cwd).command("ot-search", "x");
  assert.equal(type, "error");
  assert.match(text, /can't be read/);
});
