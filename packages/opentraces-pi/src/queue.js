import { callBridge, callBridgeNow } from "./bridge.js";

/**
 * Sends events one after the other, in the order they were pushed.
 *
 * What is sent is decided when an event's turn comes: `admit(event)` false skips it without a process. `settled` is
 * told each delivery. The queue itself has no opinion on failures and never rejects.
 */
export class EventQueue {
  #waiting = [];
  #running;
  #idle = [];
  #timeout;
  #admit;
  #settled;

  /**
   * @param {{timeout: number, admit: (name: string) => boolean,
   *   settled: (name: string, delivery: import("./bridge.js").Delivery) => void}} options
   *   `timeout` is for one event, in milliseconds, from its turn on
   */
  constructor({ timeout, admit, settled }) {
    this.#timeout = timeout;
    this.#admit = admit;
    this.#settled = settled;
  }

  /**
   * Appends an event. It is turned into text at once, so a later change of its parts has no effect.
   * @param {object} event
   * @returns {{done: Promise<void>, cancel: () => void}} `cancel` takes it back, or kills the bridge it is with
   */
  push(event) {
    const job = { name: event.event, body: JSON.stringify(event) };
    job.done = new Promise((resolve) => (job.finish = resolve));
    this.#waiting.push(job);
    this.#next();
    return { done: job.done, cancel: () => this.#cancel(job) };
  }

  /**
   * Waits until everything is sent. What is left after `limit` milliseconds is dropped and its process killed.
   * @param {number} limit
   */
  async flush(limit) {
    if (this.#isIdle) return;
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, limit)));
    await Promise.race([new Promise((resolve) => this.#idle.push(resolve)), late]);
    clearTimeout(timer);
    this.#drop();
  }

  /**
   * Sends what still waits without the event loop, for the end of the process; takes `limit` milliseconds at most.
   * @param {number} limit
   */
  flushNow(limit) {
    const deadline = Date.now() + limit;
    for (const job of this.#waiting.splice(0)) {
      const left = deadline - Date.now();
      if (left > 0 && this.#admit(job.name)) callBridgeNow(job.body, left);
    }
  }

  get #isIdle() {
    return !this.#running && this.#waiting.length === 0;
  }

  #next() {
    while (!this.#running) {
      const job = this.#waiting.shift();
      if (!job) return this.#idle.splice(0).forEach((resolve) => resolve());
      if (this.#admit(job.name)) this.#send(job);
      else job.finish();
    }
  }

  #send(job) {
    const { delivery, cancel } = callBridge(job.body, this.#timeout);
    this.#running = { job, cancel };
    delivery.then((result) => {
      this.#running = undefined;
      this.#settled(job.name, result);
      job.finish();
      this.#next();
    });
  }

  #cancel(job) {
    if (this.#running?.job === job) return this.#running.cancel();
    const index = this.#waiting.indexOf(job);
    if (index < 0) return;
    this.#waiting.splice(index, 1);
    job.finish();
  }

  #drop() {
    for (const job of this.#waiting.splice(0)) job.finish();
    this.#running?.cancel();
  }
}
