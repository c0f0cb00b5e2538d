import { spawn } from "node:child_process";

/** The longest reply of a bridge call that is read; a longer one is no reply. */
const REPLY_LIMIT = 64 * 1024;

/**
 * The opentraces executable: `OPENTRACES_BIN`, else `opentraces`, which the system looks up on PATH.
 * Read at each call, so that a change of the environment counts.
 */
export function executable() {
  return process.env.OPENTRACES_BIN || "opentraces";
}

/**
 * A running process and how it ends.
 * @typedef {{result: Promise<Outcome>, kill: () => void}} Running
 * @typedef {{kind: "line" | "exit" | "missing" | "killed" | "overflow", stdout: string, stderr: string,
 *   code: number | null, message: string}} Outcome
 */

/**
 * Starts a program without a shell, writes `input` to its standard input and collects its output.
 *
 * `result` never rejects. Its kind: `line` when `firstLine` is set and a whole line was printed (the process may
 * still be ending: a child of its own that keeps the pipe open delays nobody), `exit` when it ended, `missing` when
 * it could not be started, `killed` after `kill`, `overflow` when it printed more than `limit` bytes.
 * @param {string[]} args
 * @param {{input?: string, cwd?: string, firstLine?: boolean, limit?: number}} options
 * @returns {Running}
 */
export function start(args, { input = "", cwd, firstLine = false, limit = REPLY_LIMIT } = {}) {
  const output = { stdout: [], stderr: [], size: 0 };
  let child;
  let settle;
  let killed = false;
  let ended = false;
  const result = new Promise((resolve) => (settle = resolve));
  const text = (name) => Buffer.concat(output[name]).toString("utf8");
  const end = (kind, message = "", code = null) =>
    settle({ kind, stdout: text("stdout"), stderr: text("stderr"), code, message });
  const answered = () => {
    end("line");
    for (const handle of [child, child.stdout, child.stderr]) handle.unref?.();
  };
  const kill = (kind = "killed") => {
    if (killed || ended) return;
    killed = true;
    end(kind);
    child?.kill("SIGKILL");
    for (const stream of [child?.stdin, child?.stdout, child?.stderr]) stream?.destroy();
  };

  try {
    child = spawn(executable(), args, { cwd, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  } catch (error) {
    end("missing", describe(error));
    return { result, kill: () => {} };
  }
  for (const name of ["stdout", "stderr"]) {
    child[name].on("error", () => {});
    child[name].on("data", (chunk) => {
      output.size += chunk.length;
      if (output.size > limit) return kill("overflow");
      output[name].push(chunk);
      if (firstLine && name === "stdout" && chunk.includes(10)) answered();
    });
  }
  // A program that ends without reading its input breaks the pipe; what it printed says why.
  child.stdin.on("error", () => {});
  child.on("error", (error) => end("missing", describe(error)));
  child.on("exit", () => (ended = true));
  child.on("close", (code, signal) => end("exit", signal ? `ended by ${signal}` : "", code));
  child.stdin.end(input);
  return { result, kill: () => kill() };
}

/** The message of anything thrown, without its stack. */
export function describe(error) {
  return error instanceof Error ? error.message : String(error);
}
