import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { fakeOpentraces } from "./fake-opentraces.js";
import { FakePi } from "./fake-pi.js";

const cwd = process.cwd();
const HANG = 10_000;

// The tests of this file run side by side, each with a session of its own.
const fake = fakeOpentraces({ after }, {
  sessions: {
    "tool hangs": { slow: { tool_pre: HANG } },
    "start hangs": { slow: { session_start: 2600 } },
    "tools hang": { slow: { tool_pre: HANG, tool_post: HANG } },
    "all slow": { slow: { "*": 200 } },
    "all hang": { slow: { "*": HANG } },
  },
});

function play(sessionID) {
  return new FakePi(cwd, { sessionID });
}

function names(sessionID) {
  return fake.of(sessionID).map((event) => event.event);
}

describe("a slow bridge", { concurrency: true }, () => {
  test("delays a tool call by two seconds at most, and the miss is recorded", async () => {
    const pi = play("tool hangs");
    await pi.emit("session_start");
    const { before, after, id } = await pi.tool("bash", { command: "make" });
    await pi.shutDown();
    assert.ok(before >= 1900 && before < 2700, `${before} ms`);
    assert.ok(after < 1000, `${after} ms`);
    const miss = fake.of("tool hangs").find((event) => event.event === "pi_capture_boundary_timeout");
    assert.equal(miss.tool_call_id, id);
    assert.equal(miss.data.event, "tool_pre");
    assert.ok(miss.data.waited_ms >= 1900, String(miss.data.waited_ms));
    assert.deepEqual(pi.notices, []);
  });

  test("never sees a boundary late that waited behind another event", async () => {
    const pi = play("start hangs");
    await pi.emit("session_start");
    const { before } = await pi.tool("bash", { command: "make" });
    await pi.shutDown();
    assert.ok(before < 2700, `${before} ms`);
    assert.ok(!names("start hangs").includes("tool_pre"));
    assert.ok(names("start hangs").includes("pi_capture_boundary_timeout"));
  });

  test("is not waited for after three misses in a row; the session goes on, with one notice", async () => {
    const pi = play("tools hang");
    await pi.emit("session_start");
    const call = (toolCallId) => pi.emit("tool_call", { toolName: "bash", toolCallId, input: {} });
    await Promise.all(["a", "b", "c"].map(call));
    const { before, after } = await pi.tool("bash", { command: "make" });
    await pi.emit("agent_end", { messages: [] });
    await pi.shutDown();
    assert.ok(before + after < 200, `${before} + ${after} ms`);
    assert.equal(pi.notices.length, 1);
    assert.match(pi.notices[0].text, /too slow/);
    assert.deepEqual(names("tools hang").slice(-2), ["agent_end", "session_shutdown"]);
  });

  test("delays no other event, and the end of a session waits for what is queued", async () => {
    const pi = play("all slow");
    const since = Date.now();
    await pi.emit("session_start");
    await pi.emit("agent_start");
    await pi.emit("agent_end", { messages: [] });
    assert.ok(Date.now() - since < 200);
    await pi.shutDown();
    assert.equal(names("all slow").at(-1), "session_shutdown");
  });

  test("delays the end of a session by two seconds at most", async () => {
    const pi = play("all hang");
    await pi.emit("session_start");
    const took = await pi.shutDown();
    assert.ok(took >= 1900 && took < 2700, `${took} ms`);
  });
});
