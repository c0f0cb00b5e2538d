import { spawnSync } from "node:child_process";
import { executable, start } from "./process.js";

/**
 * How one event fared.
 * @typedef {{kind: "reply", reply: object} | {kind: "timeout" | "cancelled" | "skipped"}
 *   | {kind: "missing" | "broken", message: string}} Delivery
 */

/**
 * Hands one event to `opentraces _pi-bridge`, which reads it from standard input and prints one line of JSON.
 *
 * `delivery` never rejects. `missing`: the program could not be started. `broken`: it ended without a reply or
 * printed something else. `timeout`: no reply within `timeout` milliseconds, the process is killed. `cancelled`:
 * killed by `cancel`.
 * @param {string} body the event as JSON text
 * @param {number} timeout
 * @returns {{delivery: Promise<Delivery>, cancel: () => void}}
 */
export function callBridge(body, timeout) {
  const running = start(["_pi-bridge"], { input: body, firstLine: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    running.kill();
  }, timeout);
  const delivery = running.result.then((outcome) => {
    // After a reply the timer stays, for a bridge that answers and then hangs; it holds up nobody's exit.
    if (outcome.kind === "line") timer.unref();
    else clearTimeout(timer);
    return late ? { kind: "timeout" } : read(outcome);
  });
  return { delivery, cancel: running.kill };
}

/**
 * Hands over one event and waits for it without the event loop, for a process that is about to end.
 * @param {string} body
 * @param {number} timeout milliseconds until the bridge is killed
 */
export function callBridgeNow(body, timeout) {
  spawnSync(executable(), ["_pi-bridge"], {
    input: body, timeout, killSignal: "SIGKILL", stdio: ["pipe", "ignore", "ignore"], windowsHide: true,
  });
}

function read(outcome) {
  switch (outcome.kind) {
    case "missing":
      return { kind: "missing", message: `${executable()} can't be started (${outcome.message})` };
    case "killed":
      return { kind: "cancelled" };
    default:
      return parse(outcome);
  }
}

function parse({ stdout, stderr, code, message }) {
  const line = stdout.split("\n", 1)[0].trim();
  const reply = object(line);
  if (typeof reply?.status === "string") return { kind: "reply", reply };
  const end = [message || `exit ${code ?? "unknown"}`, stderr.trim().split("\n", 1)[0].slice(0, 200)];
  const what = line ? "printed something that is no reply" : `gave no reply (${end.filter(Boolean).join(": ")})`;
  return { kind: "broken", message: `opentraces _pi-bridge ${what}` };
}

function object(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller says so.
  }
}
