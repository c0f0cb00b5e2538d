/** Events that ask again whether a project is recorded; they are sent even after the answer `capture_disabled`. */
const PROBES = new Set(["session_start", "agent_start"]);

const BOUNDARIES = new Set(["tool_pre", "tool_post"]);

/** So many events in a row without an answer in time, and no more are sent; so many tool calls, and none waits. */
const PATIENCE = 3;

/**
 * Decides which events are sent, from how the earlier ones fared.
 *
 * - No program, a crash or a reply that can't be read: nothing is sent until the next session starts.
 * - `capture_disabled`: only session and agent starts are sent, until one is answered otherwise.
 * - Three events in a row not answered in time: nothing is sent until the next session starts. Tool boundaries,
 *   which the agent waits for, are counted by themselves and only boundaries stop.
 */
export class Gate {
  #off;
  #disabled = false;
  #late = 0;
  #lateBoundaries = 0;
  #told = new Set();

  /** Starts over for a new session. What was told once is not told again. */
  reset() {
    this.#off = undefined;
    this.#disabled = false;
    this.#late = 0;
    this.#lateBoundaries = 0;
  }

  /** Takes the project for a recorded one until the probe that is sent next is answered. */
  ask() {
    this.#disabled = false;
  }

  /** Whether an event of this name is sent now. */
  admits(name) {
    if (this.#off) return false;
    if (this.#disabled && !PROBES.has(name)) return false;
    return !(BOUNDARIES.has(name) && this.#lateBoundaries >= PATIENCE);
  }

  /**
   * Learns from one delivery.
   * @param {string} name
   * @param {import("./bridge.js").Delivery} delivery
   * @returns {string | undefined} what the user should hear, once for each cause
   */
  learn(name, delivery) {
    switch (delivery.kind) {
      case "reply":
        return this.#answered(name, delivery.reply);
      case "missing":
      case "broken":
        return this.#turnOff(delivery.message);
      case "timeout":
        this.#late += 1;
        return this.#late >= PATIENCE ? this.#turnOff("opentraces _pi-bridge does not answer") : undefined;
      default:
        return undefined;
    }
  }

  /**
   * Learns that a tool call went on without its boundary.
   * @returns {string | undefined} as `learn`
   */
  boundaryMissed() {
    this.#lateBoundaries += 1;
    if (this.#lateBoundaries < PATIENCE) return undefined;
    return this.#once("opentraces is too slow to watch each tool call here; the session itself is still recorded");
  }

  /** One line on whether events are sent. */
  get summary() {
    if (this.#off) return `off until the next session: ${this.#off}`;
    if (this.#disabled) return "off: capture is disabled for this project";
    return this.#lateBoundaries >= PATIENCE ? "on, but for tool calls: opentraces is too slow here" : "on";
  }

  #answered(name, reply) {
    this.#late = 0;
    if (BOUNDARIES.has(name)) this.#lateBoundaries = 0;
    this.#disabled = reply.status === "capture_disabled";
    return undefined;
  }

  #turnOff(reason) {
    this.#off = reason;
    return this.#once(`opentraces does not record this session: ${reason}`);
  }

  #once(text) {
    if (this.#told.has(text)) return undefined;
    this.#told.add(text);
    return text;
  }
}
