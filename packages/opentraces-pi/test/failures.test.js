import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import test from "node:test";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { fakeOpentraces, setExecutable } from "./fake-opentraces.js";
import { FakePi } from "./fake-pi.js";

const cwd = process.cwd();

test("a missing program turns capture off with one notice", async (t) => {
  setExecutable(t, join(cwd, "no-such-program"));
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  const { before } = await pi.tool("bash", { command: "ls" });
  await pi.run([["bash", { command: "ls" }]]);
  pi.sessionID = randomUUID();
  await pi.emit("session_start", { reason: "new" });
  await pi.run();
  await pi.shutDown();
  assert.ok(before < 500, `${before} ms`);
  assert.equal(pi.notices.length, 1);
  assert.equal(pi.notices[0].type, "warning");
  assert.match(pi.notices[0].text, /can't be started/);
});

test("without a user interface a failure is silent", async (t) => {
  setExecutable(t, join(cwd, "no-such-program"));
  const pi = new FakePi(cwd, { hasUI: false });
  await pi.emit("session_start");
  await pi.run();
  await pi.shutDown();
  assert.deepEqual(pi.notices, []);
});

for (const [what, behaviour, message] of [
  ["a crash", { stdout: "", stderr: "Out of memory\nat frame 1", code: 139 }, /no reply \(exit 139: Out of memory\)$/],
  ["garbage", { stdout: "<html>not found</html>\n" }, /no reply/],
  ["other JSON", { stdout: "[1,2]\n" }, /no reply/],
  ["endless output", { stdout: "z".repeat(200_000) }, /no reply/],
]) {
  test(`${what} turns capture off, and the next session tries again`, async (t) => {
    const fake = fakeOpentraces(t, behaviour);
    const pi = new FakePi(cwd);
    await pi.emit("session_start");
    await pi.tool("bash", { command: "ls" });
    await pi.run();
    assert.equal(fake.calls.length, 1);
    assert.equal(pi.notices.length, 1);
    assert.match(pi.notices[0].text, message);
    fake.behave({});
    Object.assign(pi, { sessionID: randomUUID(), leaf: null });
    await pi.emit("session_start", { reason: "new" });
    await pi.shutDown();
    assert.deepEqual(fake.names.slice(1), ["session_start", "session_shutdown"]);
    assert.equal(pi.notices.length, 1);
  });
}

test("a disabled project costs one process a run and none a tool call", async (t) => {
  const fake = fakeOpentraces(t, { status: "capture_disabled" });
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.run([["bash", { command: "ls" }], ["read", { path: "a" }]]);
  await pi.run([["bash", { command: "ls" }]]);
  await pi.shutDown();
  assert.deepEqual(fake.names, ["session_start", "agent_start", "agent_start"]);
  assert.deepEqual(pi.notices, []);
});

test("a project enabled in between is recorded from the next run on", async (t) => {
  const fake = fakeOpentraces(t, { status: "capture_disabled" });
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  await pi.tool("bash", { command: "ls" });
  fake.behave({});
  await pi.run([["bash", { command: "ls" }]]);
  await pi.shutDown();
  assert.deepEqual(fake.names, [
    "session_start", "agent_start", "context", "provider_request", "tool_pre", "tool_post", "active_leaf", "agent_end",
    "session_shutdown",
  ]);
});

test("a Pi that exits without an event still hands over what is queued", async (t) => {
  const fake = fakeOpentraces(t);
  const script = `
    const { FakePi } = await import(${JSON.stringify(new URL("./fake-pi.js", import.meta.url).href)});
    const pi = new FakePi(process.cwd(), { hasUI: false });
    await pi.emit("session_start");
    await pi.run();
    process.exit(0);`;
  await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script]);
  // The process that was running at the exit ends by itself.
  for (let round = 0; round < 50 && fake.names.length < 7; round += 1) await setTimeout(20);
  assert.deepEqual([...fake.names].sort(), [
    "active_leaf", "agent_end", "agent_start", "context", "provider_request", "session_shutdown", "session_start",
  ]);
  const end = fake.events.find((event) => event.event === "session_shutdown");
  assert.deepEqual([end.final, end.data.reason], [true, "exit"]);
});

test("an event that can't be read is left out and the agent goes on", async (t) => {
  const fake = fakeOpentraces(t);
  const pi = new FakePi(cwd);
  await pi.emit("session_start");
  const loop = {};
  loop.self = loop;
  await pi.emit("before_provider_request", { payload: loop });
  await pi.emit("context", { messages: null });
  await pi.emit("tool_call", {});
  await pi.emit("model_select", {});
  await pi.shutDown();
  assert.equal(fake.names.at(-1), "session_shutdown");
});
