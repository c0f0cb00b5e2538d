import { ACTIONS } from "./actions.js";
import { CommandError, runCommand } from "./cli.js";
import { describe } from "./process.js";
import { bound, MODEL_LIMIT, SCREEN_LIMIT } from "./text.js";

/**
 * Registers the slash commands and the model's tools.
 * @param {object} pi Pi's extension API
 * @param {(ctx: object) => string} summary one line on this session's capture
 */
export function register(pi, summary) {
  for (const action of ACTIONS) {
    pi.registerCommand(action.command, command(action, summary));
    if (action.tool) pi.registerTool(tool(action, summary));
  }
}

function command(action, summary) {
  const argument = action.parameter && ` ${placeholder(action.parameter)}`;
  return {
    description: argument ? `${action.description} Takes${argument}.` : action.description,
    handler: async (args, ctx) => {
      try {
        const { text } = await perform(action, String(args ?? "").trim(), ctx, summary);
        show(ctx, bound(text, SCREEN_LIMIT).text, "info");
      } catch (error) {
        show(ctx, describe(error), "error");
      }
    },
  };
}

// A tool signals failure by throwing; Pi hands the message to the model.
function tool(action, summary) {
  return {
    name: action.tool,
    label: action.label,
    description: `${action.description} Read-only. Output is cut at ${MODEL_LIMIT / 1024} KB.`,
    parameters: schema(action.parameter),
    // Versions of Pi differ in the order of the rest.
    execute: async (id, params, ...rest) => {
      const ctx = rest.find((part) => part?.sessionManager);
      const signal = rest.find((part) => part?.addEventListener);
      const value = params?.[action.parameter?.name];
      const { args, text } = await perform(action, String(value ?? "").trim(), ctx, summary, signal);
      const content = bound(text, MODEL_LIMIT);
      const details = { command: ["opentraces", ...args], truncated: content.truncated };
      return { content: [{ type: "text", text: content.text }], details };
    },
  };
}

async function perform(action, value, ctx, summary, signal) {
  const args = action.run(value, ctx);
  const answer = await runCommand(args, { cwd: ctx.cwd, signal });
  try {
    return { args, text: action.render(answer, { extension: summary(ctx) }) };
  } catch {
    throw new CommandError("the answer of opentraces can't be read", "its version may not fit this package");
  }
}

/** Plain JSON schema, which is what TypeBox makes too. */
function schema(parameter) {
  if (!parameter) return { type: "object", properties: {} };
  const { name, description, required } = parameter;
  const properties = { [name]: { type: "string", description } };
  return required ? { type: "object", properties, required: [name] } : { type: "object", properties };
}

function placeholder({ name, required }) {
  const word = name.replace("_", "-");
  return required ? `<${word}>` : `[${word}]`;
}

// Without a user interface standard output may carry a protocol; standard error never does.
function show(ctx, text, type) {
  if (ctx.hasUI) ctx.ui.notify(text, type);
  else process.stderr.write(`${text}\n`);
}
