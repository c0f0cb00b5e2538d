import { randomUUID } from "node:crypto";
import opentraces from "../src/index.js";

/**
 * A Pi that plays sessions through the extension: registers what the extension asks for, emits events in Pi's order
 * and with Pi's members, and awaits handlers as Pi does.
 */
export class FakePi {
  handlers = new Map();
  commands = new Map();
  tools = new Map();
  notices = [];
  hasUI = true;
  persisted = true;
  leaf = null;
  model = { provider: "anthropic", id: "claude-sonnet-4-5" };
  thinking = "medium";
  sessionID = randomUUID();
  refused = new Set();

  /** @param {string} cwd */
  constructor(cwd, options = {}) {
    this.cwd = cwd;
    Object.assign(this, options);
    this.load();
  }

  /** Loads the extension afresh, as a start or a reload of Pi does. */
  load() {
    this.handlers.clear();
    opentraces({
      on: (name, handler) => {
        if (this.refused.has(name)) throw new Error(`unknown event ${name}`);
        this.handlers.set(name, [...(this.handlers.get(name) ?? []), handler]);
      },
      registerCommand: (name, options) => this.commands.set(name, options),
      registerTool: (tool) => this.tools.set(tool.name, tool),
      getActiveTools: () => ["read", "bash", "edit", "write"],
      getThinkingLevel: () => this.thinking,
    });
  }

  get context() {
    return {
      cwd: this.cwd,
      hasUI: this.hasUI,
      model: this.model,
      ui: { notify: (text, type) => this.notices.push({ text, type }) },
      sessionManager: {
        getSessionId: () => this.sessionID,
        getSessionFile: () => (this.persisted ? `/sessions/${this.sessionID}.jsonl` : undefined),
        getLeafId: () => this.leaf,
        getCwd: () => this.cwd,
      },
    };
  }

  /** Emits one event and returns what the handlers answered. */
  async emit(type, members = {}) {
    const answers = [];
    for (const handler of this.handlers.get(type) ?? []) {
      answers.push(await handler({ type, ...members }, this.context));
    }
    return answers;
  }

  /** A tool call with its boundaries; returns how long Pi waited for each, in milliseconds. */
  async tool(toolName, input, { id = randomUUID(), isError = false } = {}) {
    const before = await timed(() => this.emit("tool_call", { toolName, toolCallId: id, input }));
    const content = [{ type: "text", text: "the output" }];
    const after = await timed(() => this.emit("tool_result", { toolName, toolCallId: id, input, content, isError }));
    await this.emit("tool_execution_end", { toolName, toolCallId: id, result: {}, isError });
    return { before, after, id };
  }

  /** One prompt: a model call, the given tool calls, the end of the run with a leaf of its own. */
  async run(calls = []) {
    await this.emit("agent_start");
    await this.emit("turn_start", { turnIndex: 0, timestamp: Date.now() });
    await this.emit("context", { messages: [{ role: "user", content: "secret words" }] });
    await this.emit("before_provider_request", { payload: { system: "secret words" } });
    for (const [name, input] of calls) await this.tool(name, input);
    this.leaf = randomUUID().slice(0, 8);
    await this.emit("agent_end", { messages: [] });
  }

  async shutDown(reason) {
    return timed(() => this.emit("session_shutdown", reason ? { reason } : {}));
  }

  /** Runs a slash command and returns its last notice. */
  async command(name, args = "") {
    await this.commands.get(name).handler(args, this.context);
    return this.notices.at(-1);
  }

  /** Runs a model tool with Pi's order of arguments. */
  async callTool(name, params = {}, signal) {
    return this.tools.get(name).execute(randomUUID(), params, signal, undefined, this.context);
  }
}

async function timed(work) {
  const since = Date.now();
  await work();
  return Date.now() - since;
}
