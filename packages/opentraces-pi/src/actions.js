import { CommandError } from "./cli.js";
import { renderDatasets, renderSetup, renderStatus, renderTrace, renderTraces } from "./render.js";
import { readSession } from "./session.js";

/** A trace, a step of it or another address opentraces knows. Begins with a letter or digit: it can be no option. */
const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,199}$/;

/** A span of time back from now. */
const SPAN = /^[1-9][0-9]{0,4}[mhd]$/;

/**
 * What both a person and the model can ask for.
 *
 * `command` is the name behind the slash, `tool` the one of the model's tool, if it has one; `parameter` is the one
 * argument either takes. `run` says which opentraces command is run and `render` puts its answer into words.
 * @typedef {{command: string, tool?: string, label: string, description: string,
 *   parameter?: {name: string, description: string, required: boolean},
 *   run: (value: string, ctx: object) => string[], render: (answer: object, about: object) => string}} Action
 */

/** @type {Action[]} */
export const ACTIONS = [
  {
    command: "ot-capture-status",
    tool: "ot_capture_status",
    label: "Capture status",
    description: "Show whether opentraces records this project and this session.",
    run: (_, ctx) => ["_pi-bridge", "--status", "--cwd", ctx.cwd],
    render: (answer, { extension }) => renderStatus(answer, extension),
  },
  {
    command: "ot-setup",
    label: "Setup",
    description: "Show what is set up for recording Pi sessions and what is left to do; changes nothing.",
    run: () => ["setup", "pi", "--dry-run", "--json"],
    render: renderSetup,
  },
  {
    command: "ot-search",
    tool: "ot_search",
    label: "Search traces",
    description: "Search the recorded coding sessions of this repository. Every word must occur; use concrete words.",
    parameter: { name: "query", description: "Words to look for", required: true },
    run: (query) => ["trace", "query", `--lex=${words(query)}`, "--cwd", "--limit=20", "--json"],
    render: (answer) => renderTraces(answer, { empty: "no trace has all of these words" }),
  },
  {
    command: "ot-trace",
    tool: "ot_trace",
    label: "Show trace",
    description: "Show one recorded session, or a step of it as <trace-id>:<number>.",
    parameter: { name: "trace_id", description: "Trace id or the start of one, or <trace-id>:<step>", required: true },
    run: (id) => ["trace", "get", reference(required(id, "a trace id")), "--json"],
    render: renderTrace,
  },
  {
    command: "ot-standup",
    tool: "ot_standup",
    label: "Standup",
    description: "List the sessions recorded lately in this repository, newest first.",
    parameter: { name: "since", description: "How far back: a number and m, h or d; 1d if left out", required: false },
    run: (since) => {
      const span = since || "1d";
      if (!SPAN.test(span)) throw new CommandError(`'${span}' is no span of time`, "write 12h or 3d");
      return ["trace", "query", "--cwd", `--since=${span}`, "--sort=recency", "--limit=20", "--json"];
    },
    render: (answer) => renderTraces(answer, { empty: "no session was recorded in that time" }),
  },
  {
    command: "ot-capsule",
    tool: "ot_capsule",
    label: "Trace capsule",
    description: "Show a short card of a recorded session: outcome, files and key steps. Without an id: this session.",
    parameter: { name: "trace_id", description: "Trace id or the start of one; this session if left out",
      required: false },
    run: (id, ctx) => ["trace", "get", reference(id || sessionID(ctx)), "--card", "--json"],
    render: renderTrace,
  },
  {
    command: "ot-dataset",
    tool: "ot_dataset",
    label: "Datasets",
    description: "List the local datasets built from recorded sessions.",
    run: () => ["dataset", "list", "--json"],
    render: renderDatasets,
  },
];

/** Longest text to search for; far below what a system takes as one argument. */
const QUERY_LIMIT = 2000;

function words(text) {
  required(text, "search words");
  if (text.length > QUERY_LIMIT || text.includes("\0")) throw new CommandError("this text can't be searched for");
  return text;
}

function required(text, what) {
  if (!text) throw new CommandError(`${what} missing`);
  return text;
}

function reference(text) {
  if (!REFERENCE.test(text)) throw new CommandError(`'${text.slice(0, 80)}' is no trace id`, "/ot-search finds traces");
  return text;
}

function sessionID(ctx) {
  const session = readSession(ctx);
  if (!session) throw new CommandError("this session is kept in memory only", "name a trace id");
  return session.id;
}
