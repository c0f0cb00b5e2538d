import { Capture } from "./capture.js";
import { register } from "./commands.js";

/**
 * The extension: sends what happens in Pi's sessions to opentraces, and lets people and the model look up what it
 * recorded.
 * @param {object} pi Pi's extension API
 */
export default function opentraces(pi) {
  const capture = new Capture(pi);
  capture.subscribe();
  register(pi, (ctx) => capture.summary(ctx));
}
