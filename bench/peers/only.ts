/**
 * `--only NAME,...` of the benches beside the peers.
 *
 * @module
 */

/**
 * Picks candidates.
 *
 * @param names All of them.
 * @param args The command line.
 * @param always Those that the others are compared with.
 * @returns All without `--only`; else those that were named, where they belong to this bench.
 */
export function chosen(names: readonly string[], args: readonly string[], always: readonly string[]): string[] {
  const at = args.indexOf("--only");
  const wanted = at === -1 ? names : (args[at + 1] ?? "").split(",");
  const found = names.filter((name) => wanted.includes(name));
  return found.length === 0 ? [] : names.filter((name) => found.includes(name) || always.includes(name));
}
