import { createHash } from "node:crypto";

/** The members of a tool's input that travel; the rest, such as the text of a file, stays in Pi's session file. */
const INPUT_MEMBERS = ["path", "file_path", "command"];

/** Longest text of one member, in UTF-16 units. A longer one is cut and `input_truncated` says so. */
const TEXT_LIMIT = 64 * 1024;

/**
 * The data of `tool_pre` and `tool_post`: the tool's name and which file or command it is about.
 * `tool_post` adds `is_error`.
 */
export function toolData(event, { post = false } = {}) {
  const input = {};
  const data = { tool_name: String(event.toolName ?? ""), input };
  for (const member of INPUT_MEMBERS) {
    const value = (event.input ?? event.args)?.[member];
    if (typeof value !== "string") continue;
    input[member] = cut(value);
    if (value.length > TEXT_LIMIT) data.input_truncated = true;
  }
  if (post) data.is_error = event.isError === true;
  return data;
}

/** The data of `context`: how many messages a model call sees and the SHA-256 of their JSON, no text. */
export function contextData(messages) {
  const list = Array.isArray(messages) ? messages : [];
  return { message_count: list.length, messages_sha256: fingerprint(list).sha256 };
}

/**
 * The data of `provider_request`: model, size and SHA-256 of the request body as JSON.
 * The body itself goes along only if `OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES` is 1, true or yes.
 */
export function providerData(payload, model) {
  const { sha256, bytes } = fingerprint(payload);
  const data = { ...modelData(model), payload_sha256: sha256, payload_bytes: bytes };
  if (sha256 && retainsRawBodies()) {
    data.raw_provider_payload = payload;
    data.raw_provider_bodies_opt_in = true;
  }
  return data;
}

/** The data of `user_bash`: the command and whether the model is kept from seeing it; not what it printed. */
export function userBashData(event) {
  return { command: cut(String(event.command ?? "")), exclude_from_context: event.excludeFromContext === true };
}

/** The data of `compaction`; its entry's id is the event's `entry_id`. */
export function compactionData(event) {
  const entry = event.compactionEntry ?? {};
  return {
    tokens_before: entry.tokensBefore,
    first_kept_entry_id: entry.firstKeptEntryId,
    from_extension: event.fromExtension === true,
  };
}

/** Provider and id of a model; empty for none. */
export function modelData(model) {
  return model ? { provider: model.provider, model_id: model.id } : {};
}

function retainsRawBodies() {
  return ["1", "true", "yes"].includes((process.env.OPENTRACES_PI_RETAIN_RAW_PROVIDER_BODIES ?? "").toLowerCase());
}

function fingerprint(value) {
  try {
    const json = JSON.stringify(value) ?? "";
    return { sha256: createHash("sha256").update(json).digest("hex"), bytes: Buffer.byteLength(json) };
  } catch {
    return {}; // Circular, or a BigInt: nothing that was sent as JSON.
  }
}

function cut(text) {
  return text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text;
}
