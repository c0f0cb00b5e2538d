/** The most text a tool hands to the model, in bytes of UTF-8. */
export const MODEL_LIMIT = 30 * 1024;

/** The most text a command shows, in bytes of UTF-8. */
export const SCREEN_LIMIT = 8 * 1024;

/**
 * Cuts a text to `limit` bytes at the end of a line, if there is one, and says so in a last line.
 * @returns {{text: string, truncated: boolean}}
 */
export function bound(text, limit) {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length <= limit) return { text, truncated: false };
  const head = new TextDecoder().decode(bytes.subarray(0, limit)).replace(/\uFFFD+$/, "");
  const end = head.lastIndexOf("\n");
  const kept = end > limit / 2 ? head.slice(0, end) : head;
  const note = `[truncated: the first ${size(Buffer.byteLength(kept))} of ${size(bytes.length)} are shown]`;
  return { text: `${kept}\n${note}`, truncated: true };
}

/** Lines of a label and a value, the values aligned; rows without a value are left out. */
export function table(rows) {
  const kept = rows.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const width = Math.max(0, ...kept.map(([label]) => label.length));
  return kept.map(([label, value]) => `${label.padEnd(width)}  ${line(value)}`).join("\n");
}

/** A value as one line of at most `width` characters, without control characters. */
export function line(value, width = 160) {
  const text = String(value).replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
  const characters = [...text];
  return characters.length > width ? `${characters.slice(0, width - 1).join("")}…` : text;
}

/** A count with its noun: `1 trace`, `2 traces`. */
export function count(number, noun) {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function size(bytes) {
  return bytes < 1024 ? `${bytes} bytes` : `${(bytes / 1024).toFixed(1)} KB`;
}
