import { existsSync } from "node:fs";
import { executable, start } from "./process.js";

/** Longest time a command may take, in milliseconds. */
const TIMEOUT = 30_000;

/** The most a command may print, in bytes. */
const OUTPUT_LIMIT = 32 * 1024 * 1024;

/** A failure that reads well as it is: what went wrong and, if known, what to do. */
export class CommandError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint) {
    super(hint ? `${message}\nhint: ${hint}` : message);
    this.name = "CommandError";
  }
}

/**
 * Runs one opentraces command in `cwd` and returns the JSON it prints.
 * @param {string[]} args handed over as they are, without a shell
 * @param {{cwd: string, signal?: AbortSignal, timeout?: number}} options
 * @returns {Promise<object>}
 * @throws {CommandError} for a missing program, a failed command, a timeout, a cancellation
 */
export async function runCommand(args, { cwd, signal, timeout = TIMEOUT }) {
  if (signal?.aborted) throw new CommandError("cancelled");
  if (!existsSync(cwd)) throw new CommandError(`the directory ${cwd} is gone`);
  const running = start(args, { cwd, limit: OUTPUT_LIMIT });
  const timer = setTimeout(running.kill, timeout);
  signal?.addEventListener("abort", running.kill, { once: true });
  const outcome = await running.result;
  clearTimeout(timer);
  signal?.removeEventListener("abort", running.kill);
  if (signal?.aborted) throw new CommandError("cancelled");
  return read(outcome, `opentraces ${commandName(args)}`, timeout);
}

function read(outcome, command, timeout) {
  switch (outcome.kind) {
    case "missing":
      throw new CommandError(
        `${executable()} can't be started (${outcome.message})`,
        "install opentraces and put it on PATH, or name it in OPENTRACES_BIN");
    case "killed":
      throw new CommandError(`${command} gave no answer in ${timeout / 1000} s`);
    case "overflow":
      throw new CommandError(`${command} printed more than ${OUTPUT_LIMIT / 1024 / 1024} MB`);
    default:
      return answer(outcome, command);
  }
}

function answer({ stdout, stderr, code, message }, command) {
  const value = parse(stdout);
  if (value?.status === "error") {
    const { message: text = `${command} failed`, hint } = value.error ?? { message: value.errors?.[0] };
    throw new CommandError(String(text).replace(/^\w+Error: /, ""), hint ?? undefined);
  }
  if (value?.status === "maintenance_needed") {
    const hint = value.advice && `run ${value.advice}`;
    throw new CommandError(`the search index is ${value.reason ?? "not usable"}`, hint);
  }
  if (value && typeof value === "object" && code === 0) return value;
  const [line] = stderr.trim().split("\n", 1);
  if (code === 0) throw new CommandError(`${command} printed something that is no JSON`);
  throw new CommandError(line.replace(/^error: /, "") || `${command} failed (${message || `exit ${code}`})`);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the exit status and standard error say more.
  }
}

function commandName(args) {
  const words = args.findIndex((word) => word.startsWith("-"));
  return args.slice(0, words < 0 ? args.length : words).join(" ");
}
