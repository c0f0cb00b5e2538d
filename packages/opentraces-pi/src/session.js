/**
 * What is known of the Pi session at hand.
 * @typedef {{id: string, file: string, cwd: string, leaf: string | null, leafSent?: string, turn?: number,
 *   thinking?: string, calls: Set<string>}} Session
 */

/**
 * Reads the session from Pi's context.
 * @returns {Session | undefined} undefined for one that Pi keeps in memory only: it has no file to make a trace of
 */
export function readSession(ctx) {
  const manager = ctx?.sessionManager;
  const file = manager?.getSessionFile?.();
  const id = manager?.getSessionId?.();
  if (!file || !id) return undefined;
  return {
    id,
    file,
    cwd: ctx.cwd ?? manager.getCwd?.() ?? process.cwd(),
    leaf: manager.getLeafId?.() ?? null,
    calls: new Set(),
  };
}
