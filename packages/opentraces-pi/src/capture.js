import { Gate } from "./gate.js";
import { compactionData, contextData, modelData, providerData, toolData, userBashData } from "./payload.js";
import { EventQueue } from "./queue.js";
import { readSession } from "./session.js";

/** Longest wait of a tool call for its boundary, and of the end of a session for what is still to be sent. */
const WAIT = 2000;

/** Longest time one bridge process may take. */
const BRIDGE_TIMEOUT = 10_000;

/**
 * Sends what happens in Pi's sessions to the bridge.
 *
 * The agent waits for tool boundaries alone, since the state of the files before and after a call is gone later; all
 * other events are queued. No method throws or rejects towards Pi: `subscribe` sees to it.
 */
export class Capture {
  #pi;
  #gate = new Gate();
  #queue;
  #session;
  #over;
  #notify = () => {};
  // Grows over restarts too, as long as the clock does: no session has a thousand events in a millisecond.
  #sequence = Date.now() * 1000;
  #atExit = () => this.#leave();

  /** @param {object} pi Pi's extension API */
  constructor(pi) {
    this.#pi = pi;
    this.#queue = new EventQueue({
      timeout: BRIDGE_TIMEOUT,
      admit: (name) => this.#gate.admits(name),
      settled: (name, delivery) => this.#tell(this.#gate.learn(name, delivery)),
    });
  }

  /** Registers a handler for each of Pi's events; a version of Pi without some of them never calls those. */
  subscribe() {
    const handlers = {
      session_start: (event, ctx) => this.#begin(ctx, event.reason ?? "startup"),
      session_before_switch: (event, ctx) => this.#current(ctx),
      session_switch: (event, ctx) => this.#current(ctx, event.reason ?? "resume"),
      session_before_fork: (event, ctx) => this.#current(ctx),
      session_fork: (event, ctx) => this.#current(ctx, "fork"),
      session_shutdown: (event, ctx) => this.#shutDown(ctx, event.reason ?? "quit"),
      agent_start: (event, ctx) => this.#agentStart(ctx),
      agent_end: (event, ctx) => this.#agentEnd(event, ctx),
      turn_start: (event, ctx) => this.#turnStart(event, ctx),
      tool_call: (event, ctx) => this.#toolPre(event, ctx),
      tool_result: (event, ctx) => this.#toolPost(event, ctx),
      tool_execution_end: (event, ctx) => this.#toolDone(event, ctx),
      context: (event, ctx) => this.#send(ctx, "context", () => ({ data: contextData(event.messages) })),
      before_provider_request: (event, ctx) =>
        this.#send(ctx, "provider_request", () => ({ data: providerData(event.payload, ctx.model) })),
      model_select: (event, ctx) =>
        this.#send(ctx, "model_change", () => ({ data: { ...modelData(event.model), source: event.source } })),
      thinking_level_select: (event, ctx) => this.#thinking(ctx, event.level),
      session_tree: (event, ctx) => this.#tree(event, ctx),
      session_compact: (event, ctx) =>
        this.#send(ctx, "compaction", () => ({ entry_id: event.compactionEntry?.id, data: compactionData(event) })),
      user_bash: (event, ctx) => this.#send(ctx, "user_bash", () => ({ data: userBashData(event) })),
    };
    for (const [name, handler] of Object.entries(handlers)) this.#on(name, handler);
  }

  /** One line on whether this session is sent. */
  summary(ctx) {
    return readSession(ctx) ? this.#gate.summary : "off: this session is kept in memory only";
  }

  // Handlers answer undefined: anything else would change Pi's request, result or decision.
  #on(name, handler) {
    const guarded = async (event, ctx) => {
      try {
        await handler(event ?? {}, ctx);
      } catch {
        // An event that can't be read is not recorded; the agent goes on.
      }
    };
    try {
      this.#pi.on(name, guarded);
    } catch {
      // A version of Pi that refuses names it does not know.
    }
  }

  // Sessions

  #begin(ctx, reason) {
    const next = readSession(ctx);
    const previous = this.#session;
    if (previous && previous.id !== next?.id) this.#end(reason);
    this.#gate.reset();
    this.#over = undefined;
    this.#session = next;
    if (!next) return;
    this.#remember(ctx);
    next.thinking = this.#thinkingLevel();
    process.removeListener("exit", this.#atExit);
    process.once("exit", this.#atExit);
    this.#push("session_start", { data: { reason, tools: this.#tools() } });
    if (reason === "fork") this.#pushTree({ oldLeafId: previous?.leaf, newLeafId: next.leaf }, reason);
  }

  /** Follows the session: one that changed starts here, even if Pi's version names that event otherwise. */
  #current(ctx, reason = "switch") {
    const seen = readSession(ctx);
    if (seen && seen.id === this.#over) return undefined; // What the agent still does while Pi ends.
    if (seen?.id !== this.#session?.id) this.#begin(ctx, reason);
    else if (seen) this.#session.leaf = seen.leaf;
    this.#remember(ctx);
    return this.#session;
  }

  #end(reason) {
    this.#pushLeaf();
    this.#push("session_shutdown", { final: reason !== "reload", data: { reason } });
    this.#session = undefined;
  }

  async #shutDown(ctx, reason) {
    if (!this.#session) return;
    this.#over = this.#current(ctx)?.id;
    if (!this.#over) return;
    this.#end(reason);
    await this.#queue.flush(WAIT);
    if (!this.#session) process.removeListener("exit", this.#atExit);
  }

  /** For a Pi that ends without an event, as it does after a single prompt: what waits is sent before it is gone. */
  #leave() {
    if (this.#session) this.#end("exit");
    this.#queue.flushNow(WAIT);
  }

  #remember(ctx) {
    if (ctx?.hasUI) this.#notify = (text) => ctx.ui.notify(text, "warning");
  }

  #tell(text) {
    if (!text) return;
    try {
      this.#notify(text);
    } catch {
      // The user interface of a session that is gone.
    }
  }

  // Agent

  #agentStart(ctx) {
    if (!this.#current(ctx)) return;
    this.#gate.ask();
    this.#push("agent_start");
    this.#thinking(ctx, this.#thinkingLevel());
  }

  // The leaf goes first: the end of a run makes the bridge read the session.
  #agentEnd(event, ctx) {
    if (!this.#current(ctx)) return;
    this.#pushLeaf();
    this.#push("agent_end", { data: { message_count: event.messages?.length } });
    this.#session.turn = undefined;
  }

  #turnStart(event, ctx) {
    const session = this.#current(ctx);
    if (session) session.turn = event.turnIndex;
  }

  #thinking(ctx, level) {
    const session = this.#current(ctx);
    if (!session || !level || level === session.thinking) return;
    this.#push("thinking_change", { data: { level, previous_level: session.thinking } });
    session.thinking = level;
  }

  #tree(event, ctx) {
    if (!this.#current(ctx)) return;
    this.#pushTree(event, "navigation");
    this.#pushLeaf();
  }

  // Tools

  #toolPre(event, ctx) {
    const session = this.#current(ctx);
    if (!session) return undefined;
    session.calls.add(event.toolCallId);
    return this.#boundary("tool_pre", event, toolData(event));
  }

  #toolPost(event, ctx) {
    const session = this.#current(ctx);
    if (!session) return undefined;
    session.calls.delete(event.toolCallId);
    return this.#boundary("tool_post", event, toolData(event, { post: true }));
  }

  /** A call that another extension blocked has no result: its end closes what `tool_pre` opened. */
  #toolDone(event, ctx) {
    if (!this.#current(ctx)?.calls.delete(event.toolCallId)) return;
    this.#push("tool_post", { tool_call_id: event.toolCallId, data: toolData(event, { post: true }) });
  }

  async #boundary(name, { toolCallId }, data) {
    if (!this.#gate.admits(name)) return;
    const session = this.#session;
    const since = Date.now();
    const job = this.#push(name, { tool_call_id: toolCallId, data });
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, WAIT, true)));
    const missed = await Promise.race([job.done, late]);
    clearTimeout(timer);
    if (!missed) return;
    job.cancel();
    this.#tell(this.#gate.boundaryMissed());
    const timeout = { tool_call_id: toolCallId, data: { event: name, waited_ms: Date.now() - since } };
    this.#push("pi_capture_boundary_timeout", timeout, session);
  }

  // Events

  /** Queues an event; `parts` is only called, and hashes only taken, if the event would be sent now. */
  #send(ctx, name, parts = () => ({})) {
    if (this.#current(ctx) && this.#gate.admits(name)) this.#push(name, parts());
  }

  #pushLeaf() {
    const { leaf, leafSent } = this.#session;
    if (!leaf || leaf === leafSent) return;
    this.#session.leafSent = leaf;
    this.#push("active_leaf", { leaf_id: leaf });
  }

  #pushTree({ oldLeafId, newLeafId, summaryEntry }, reason) {
    this.#push("tree", {
      leaf_id: newLeafId ?? undefined,
      entry_id: summaryEntry?.id,
      data: { reason, old_leaf_id: oldLeafId ?? null, new_leaf_id: newLeafId ?? null },
    });
  }

  #push(event, parts, { id, file, cwd, turn } = this.#session) {
    return this.#queue.push({
      event,
      session_id: id,
      cwd,
      sequence: this.#sequence++,
      session_file: file,
      turn_index: turn,
      timestamp: new Date().toISOString(),
      data: {},
      ...parts,
    });
  }

  /** Read at each run, for versions of Pi without an event for it. */
  #thinkingLevel() {
    try {
      return this.#pi.getThinkingLevel();
    } catch {
      return undefined; // A version of Pi that does not tell.
    }
  }

  #tools() {
    try {
      return this.#pi.getActiveTools().map((tool) => (typeof tool === "string" ? tool : tool.name));
    } catch {
      return undefined; // A version of Pi that does not tell.
    }
  }
}
