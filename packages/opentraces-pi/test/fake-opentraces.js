import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An executable that stands in for opentraces: logs each call and answers as `behaviour` says.
 *
 * `slow` names events, or commands, to answer after so many milliseconds (`*` for all); `stdout`, `stderr` and `code`
 * replace the answer; `status` is that of the bridge's replies; `commands` maps the first words of a command to its
 * JSON; `sessions` maps session ids to such members of their own. A bridge that just replies is answered by the
 * shell, since starting Node takes ten times as long.
 */
const LAUNCHER = `#!/bin/sh
home=\${0%/*}
if [ "$#" = 1 ] && [ "$1" = _pi-bridge ] && [ -f "$home/reply" ]; then
  printf '{"args":["_pi-bridge"],"event":%s}\\n' "$(cat)" >> "$home/log.jsonl"
  exec cat "$home/reply"
fi
exec ${JSON.stringify(process.execPath)} "$home/answer.cjs" "$@"
`;

const ANSWER = `
const fs = require("node:fs");
const path = require("node:path");
const args = process.argv.slice(2);
const bridge = args[0] === "_pi-bridge" && args.length === 1;
const event = bridge ? JSON.parse(fs.readFileSync(0, "utf8")) : undefined;
const all = JSON.parse(fs.readFileSync(path.join(__dirname, "behaviour.json"), "utf8"));
const behaviour = { ...all, ...all.sessions?.[event?.session_id] };
const entry = { args, cwd: process.cwd(), event };
fs.appendFileSync(path.join(__dirname, "log.jsonl"), JSON.stringify(entry) + "\\n");
const command = Object.keys(behaviour.commands ?? {}).find((name) => args.join(" ").startsWith(name));
const answer = bridge ? behaviour.reply : (behaviour.commands ?? {})[command];
const slow = behaviour.slow ?? {};
setTimeout(() => {
  process.stderr.write(behaviour.stderr ?? "");
  process.stdout.write(behaviour.stdout ?? JSON.stringify(answer ?? {}) + "\\n");
  process.exitCode = behaviour.code ?? (answer?.status === "error" ? 1 : 0);
}, slow[event ? event.event : command] ?? slow["*"] ?? 0);
`;

/** Makes the executable in a directory of its own, gone after the test, and names it in OPENTRACES_BIN. */
export function fakeOpentraces(t, behaviour = {}) {
  const home = mkdtempSync(join(tmpdir(), "opentraces-pi-"));
  const path = join(home, "opentraces");
  writeFileSync(path, LAUNCHER, { mode: 0o755 });
  writeFileSync(join(home, "answer.cjs"), ANSWER);
  const fake = {
    home,
    path,
    behave: (next) => behave(home, next),
    /** All calls so far, oldest first. */
    get calls() {
      return lines(join(home, "log.jsonl"));
    },
    /** The events the bridge was given, oldest first. */
    get events() {
      return this.calls.map((call) => call.event).filter(Boolean);
    },
    get names() {
      return this.events.map((event) => event.event);
    },
    /** The events of one session. */
    of: (id) => fake.events.filter((event) => event.session_id === id),
  };
  fake.behave(behaviour);
  setExecutable(t, path);
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return fake;
}

/** Sets OPENTRACES_BIN for one test; tests of one file run one after the other. */
export function setExecutable(t, path) {
  setEnvironment(t, "OPENTRACES_BIN", path);
}

/** Sets an environment variable, or removes it, for one test. */
export function setEnvironment(t, name, value) {
  const before = process.env[name];
  const set = (text) => (text === undefined ? delete process.env[name] : (process.env[name] = text));
  set(value);
  t.after(() => set(before));
}

function behave(home, { status = "ok", ...behaviour }) {
  const reply = { errors: [], event_id: "pi-1", ingest_spawned: false, ok: true, raw_provider_body_retained: false,
    recovered_sessions: [], sidecar_path: null, status };
  writeFileSync(join(home, "behaviour.json"), JSON.stringify({ reply, ...behaviour }));
  const plain = Object.keys(behaviour).every((member) => member === "commands");
  if (plain) writeFileSync(join(home, "reply"), `${JSON.stringify(reply)}\n`);
  else rmSync(join(home, "reply"), { force: true });
}

function lines(path) {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean).map((text) => JSON.parse(text));
  } catch {
    return []; // Not called yet.
  }
}
