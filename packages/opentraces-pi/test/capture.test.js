import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import test from "node:test";
import { fakeOpentraces, setEnvironment } from "./fake-opentraces.js";
import { FakePi } from "./fake-pi.js";

const cwd = process.cwd();

test("a session reaches the bridge in order, one process for each event", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start", { reason: "startup" });
  await pi.run([["bash", { command: "ls" }], ["edit", { path: "a.txt", oldText: "a", newText: "b" }]]);
  await pi.shutDown("quit");
  assert.deepEqual(fake.names, [
    "session_start", "agent_start", "context", "provider_request",
    "tool_pre", "tool_post", "tool_pre", "tool_post", "active_leaf", "agent_end", "session_shutdown",
  ]);
  assert.ok(fake.calls.every((call) => call.args.length === 1));
});

test("an event names its session, its file, its directory and its time", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start", { reason: "resume" });
  await pi.shutDown("quit");
  const [start, end] = fake.events;
  assert.equal(start.session_id, pi.sessionID);
  assert.equal(start.session_file, `/sessions/${pi.sessionID}.jsonl`);
  assert.equal(start.cwd, cwd);
  assert.match(start.timestamp, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(start.data, { reason: "resume", tools: ["read", "bash", "edit", "write"] });
  assert.equal(end.final, true);
  assert.deepEqual(end.data, { reason: "quit" });
});

test("the end of a reload is not final", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.shutDown("reload");
  assert.equal(fake.events.at(-1).final, false);
});

test("sequence grows by one and over a restart of the same session", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  for (let start = 0; start < 2; start += 1) {
    pi.load();
    await pi.emit("session_start");
    await pi.run();
    await pi.shutDown();
  }
  const numbers = fake.events.map((event) => event.sequence);
  assert.ok(numbers.every((number, index) => index === 0 || number > numbers[index - 1]), String(numbers));
  assert.ok(numbers.every(Number.isSafeInteger));
  assert.equal(numbers[1], numbers[0] + 1);
});

test("a tool boundary carries the path or command of its call and nothing else of the input", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.emit("turn_start", { turnIndex: 3 });
  const { id } = await pi.tool("write", { path: "a.txt", content: "x".repeat(5_000_000) }, { isError: true });
  await pi.tool("ask", { question: "why?" });
  await pi.shutDown();
  const [pre, post, other] = fake.events.slice(1);
  assert.deepEqual(pre.data, { tool_name: "write", input: { path: "a.txt" } });
  assert.deepEqual(post.data, { tool_name: "write", input: { path: "a.txt" }, is_error: true });
  assert.equal(pre.tool_call_id, id);
  assert.equal(post.tool_call_id, id);
  assert.equal(pre.turn_index, 3);
  assert.deepEqual(other.data.input, {});
});

test("a very long command is cut and says so", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.tool("bash", { command: "y".repeat(1_000_000) });
  await pi.shutDown();
  const { data } = fake.events[1];
  assert.equal(data.input.command.length, 64 * 1024);
  assert.equal(data.input_truncated, true);
});

test("a call that was blocked is closed by its end", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.emit("tool_call", { toolName: "bash", toolCallId: "c1", input: { command: "ls" } });
  await pi.emit("tool_execution_end", { toolName: "bash", toolCallId: "c1", result: {}, isError: true });
  await pi.shutDown();
  const post = fake.events[2];
  assert.equal(post.event, "tool_post");
  assert.equal(post.tool_call_id, "c1");
  assert.equal(post.data.is_error, true);
});

test("handlers answer nothing, so that Pi changes nothing", async (t) => {
  fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  for (const name of pi.handlers.keys()) {
    if (name === "session_shutdown") continue;
    assert.deepEqual(await pi.emit(name, { toolCallId: "c", toolName: "read", input: {}, messages: [] }), [undefined]);
  }
  await pi.shutDown();
});

test("messages and request bodies travel as hashes and sizes", async (t) => {
  const fake = fakeOpentraces(t);
  setEnvironment(t, "OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES", undefined);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.run();
  await pi.shutDown();
  const data = Object.fromEntries(fake.events.map((event) => [event.event, event.data]));
  assert.equal(data.context.message_count, 1);
  assert.match(data.context.messages_sha256, /^[0-9a-f]{64}$/);
  assert.equal(data.provider_request.provider, "anthropic");
  assert.equal(data.provider_request.model_id, "claude-sonnet-4-5");
  assert.equal(data.provider_request.payload_bytes, '{"system":"secret words"}'.length);
  assert.match(data.provider_request.payload_sha256, /^[0-9a-f]{64}$/);
  assert.ok(!JSON.stringify(fake.calls).includes("secret words"));
});

for (const [value, kept] of [["1", true], ["yes", true], ["0", false], ["", false]]) {
  test(`a raw request body is ${kept ? "sent" : "not sent"} with the variable set to '${value}'`, async (t) => {
    const fake = fakeOpentraces(t);
    setEnvironment(t, "OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES", value);
    const pi = new FakePi(cwd);
    await pi.emit("session_start");
    await pi.emit("before_provider_request", { payload: { system: "secret words" } });
    await pi.shutDown();
    const { data } = fake.events[1];
    assert.deepEqual(data.raw_provider_payload, kept ? { system: "secret words" } : undefined);
    assert.equal(data.raw_provider_bodies_opt_in, kept ? true : undefined);
  });
}

test("the active leaf is sent when it changed only, and before the end of the run", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.run();
  await pi.emit("agent_start");
  await pi.emit("agent_end", { messages: [] });
  await pi.shutDown();
  const leaves = fake.events.filter((event) => event.event === "active_leaf");
  assert.deepEqual(leaves.map((event) => event.leaf_id), [pi.leaf]);
  assert.ok(fake.names.indexOf("active_leaf") < fake.names.indexOf("agent_end"));
});

test("navigation sends both leaves, then the active one", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  pi.leaf = "bbbbbbbb";
  await pi.emit("session_tree", { oldLeafId: "aaaaaaaa", newLeafId: "bbbbbbbb", summaryEntry: { id: "cccccccc" } });
  await pi.shutDown();
  const [, tree, leaf] = fake.events;
  assert.equal(tree.event, "tree");
  assert.equal(tree.entry_id, "cccccccc");
  assert.deepEqual(tree.data, { reason: "navigation", old_leaf_id: "aaaaaaaa", new_leaf_id: "bbbbbbbb" });
  assert.equal(leaf.event, "active_leaf");
  assert.equal(leaf.leaf_id, "bbbbbbbb");
});

test("compaction, model, thinking level and shell commands of the user are sent without their texts", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.emit("session_compact", {
    compactionEntry: { id: "e1", tokensBefore: 900, firstKeptEntryId: "e0", summary: "secret words" },
    fromExtension: false,
  });
  await pi.emit("model_select", { model: { provider: "openai", id: "gpt-5" }, source: "set" });
  await pi.emit("thinking_level_select", { level: "high", previousLevel: "medium" });
  await pi.emit("user_bash", { command: "git status", excludeFromContext: true, cwd });
  await pi.shutDown();
  const [, compaction, model, thinking, bash] = fake.events;
  assert.equal(compaction.entry_id, "e1");
  assert.deepEqual(compaction.data, { tokens_before: 900, first_kept_entry_id: "e0", from_extension: false });
  assert.deepEqual(model.data, { provider: "openai", model_id: "gpt-5", source: "set" });
  assert.deepEqual(thinking.data, { level: "high", previous_level: "medium" });
  assert.deepEqual(bash.data, { command: "git status", exclude_from_context: true });
  assert.ok(!JSON.stringify(fake.calls).includes("secret words"));
});

test("a thinking level that changed without an event is sent at the next run", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  pi.thinking = "low";
  await pi.run();
  await pi.run();
  await pi.shutDown();
  const changes = fake.events.filter((event) => event.event === "thinking_change");
  assert.deepEqual(changes.map((event) => event.data), [{ level: "low", previous_level: "medium" }]);
});

test("a switch ends the old session with its leaf and starts the new one", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  const old = pi.sessionID;
  pi.leaf = "aaaaaaaa";
  await pi.emit("session_before_switch", { reason: "new" });
  Object.assign(pi, { sessionID: randomUUID(), leaf: null });
  await pi.emit("session_switch", { reason: "new", previousSessionFile: "x" });
  await pi.shutDown();
  const seen = fake.events.map((event) => [event.event, event.session_id === old ? "old" : "new"]);
  assert.deepEqual(seen, [
    ["session_start", "old"], ["active_leaf", "old"], ["session_shutdown", "old"],
    ["session_start", "new"], ["session_shutdown", "new"],
  ]);
  assert.equal(fake.events[2].data.reason, "new");
});

test("a fork sends the leaves of both sessions", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  pi.leaf = "aaaaaaaa";
  await pi.emit("session_before_fork", { entryId: "aaaaaaaa" });
  Object.assign(pi, { sessionID: randomUUID(), leaf: "bbbbbbbb" });
  await pi.emit("session_fork", { previousSessionFile: "x" });
  await pi.shutDown();
  const tree = fake.events.find((event) => event.event === "tree");
  assert.equal(tree.session_id, pi.sessionID);
  assert.deepEqual(tree.data, { reason: "fork", old_leaf_id: "aaaaaaaa", new_leaf_id: "bbbbbbbb" });
});

test("a session that changed without a known event is followed", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  pi.sessionID = randomUUID();
  await pi.emit("agent_start");
  await pi.shutDown();
  assert.deepEqual(fake.names, [
    "session_start", "session_shutdown", "session_start", "agent_start", "session_shutdown",
  ]);
  assert.equal(fake.events.at(-1).session_id, pi.sessionID);
});

test("what happens after the end of a session does not start it again", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await Promise.all([pi.shutDown(), pi.emit("agent_end", { messages: [] })]);
  assert.deepEqual(fake.names, ["session_start", "session_shutdown"]);
});

test("a session in memory starts no process", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd, { persisted: false });
  await pi.emit("session_start");
  await pi.run([["bash", { command: "ls" }]]);
  await pi.shutDown();
  assert.deepEqual(fake.calls, []);
});

test("a Pi that refuses names of events still records the others", async (t) => {
  const fake = fakeOpentraces(t);
  const refused = new Set(["before_provider_request", "thinking_level_select", "user_bash", "session_tree"]);
  const pi = new FakePi(cwd, { refused });
  pi.load();
  await pi.emit("session_start");
  await pi.run();
  await pi.shutDown();
  assert.deepEqual(fake.names, [
    "session_start", "agent_start", "context", "active_leaf", "agent_end", "session_shutdown",
  ]);
});
