import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * An executable that stands in for opentraces: logs each call and answers as `behaviour` says.
 *
 * `behaviour` is a JSON file read at each call: `slow` names events, or commands, to answer after so many
 * milliseconds; `stdout`, `stderr` and `code` replace the answer; `status` is that of the bridge's replies;
 * `commands` maps the first words of a command to its JSON.
 */
const SCRIPT = `#!${process.execPath}
const fs = require("node:fs");
const path = require("node:path");
const home = path.dirname(__filename);
const args = process.argv.slice(2);
const behaviour = JSON.parse(fs.readFileSync(path.join(home, "behaviour.json"), "utf8"));
const bridge = args[0] === "_pi-bridge" && args.length === 1;
const input = bridge ? fs.readFileSync(0, "utf8") : "";
const event = bridge ? JSON.parse(input) : undefined;
const log = (entry) => fs.appendFileSync(path.join(home, "log.jsonl"), JSON.stringify(entry) + "\\n");
log({ args, cwd: process.cwd(), event });
const words = args.filter((word) => !word.startsWith("-")).join(" ");
const key = event ? event.event : Object.keys(behaviour.commands ?? {}).find((name) => args.join(" ").startsWith(name));
const wait = (behaviour.slow ?? {})[key] ?? (behaviour.slow ?? {})["*"] ?? 0;
const reply = { errors: [], event_id: "pi-1", ingest_spawned: false, ok: true, raw_provider_body_retained: false,
  recovered_sessions: [], sidecar_path: null, status: behaviour.status ?? "ok" };
setTimeout(() => {
  if (behaviour.stderr) process.stderr.write(behaviour.stderr);
  const answer = event ? reply : (behaviour.commands ?? {})[key];
  process.stdout.write(behaviour.stdout ?? JSON.stringify(answer) + "\\n");
  process.exitCode = behaviour.code ?? (answer && answer.status === "error" ? 1 : 0);
}, wait);
`;

/** Makes the executable in a directory of its own, gone after the test, and names it in OPENTRACES_BIN. */
export function fakeOpentraces(t, behaviour = {}) {
  const home = mkdtempSync(join(tmpdir(), "opentraces-pi-"));
  const path = join(home, "opentraces");
  writeFileSync(path, SCRIPT, { mode: 0o755 });
  const fake = {
    home,
    path,
    behave: (next) => writeFileSync(join(home, "behaviour.json"), JSON.stringify(next)),
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

function lines(path) {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean).map((text) => JSON.parse(text));
  } catch {
    return []; // Not called yet.
  }
}
