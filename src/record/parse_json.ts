/**
 * `JSON.parse` with every key as it stands. That of V8 13.6 and 14 (in Deno, Node 24 and 26) takes a key with an escape for one it has seen that
 * has a backslash where the escape begins: after `JSON.parse('{"k\\\\":1}')` it reads `{"k\\n":1}` as `{"k\\":1}`.
 *
 * @module
 */

/** A quote, or something escaped, which may be one. */
const QUOTE = /\\.|"/g;
const COLON = /\s*:/y;

/**
 * Parses JSON.
 *
 * @param text The text.
 * @returns Its value.
 * @throws {SyntaxError} When it is no JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // A key that was taken for another one is now one with a backslash, and hardly any key has one.
  return text.includes("\\") && maps(value).some(hasBackslash) ? parseRenamed(text) : value;
}

function hasBackslash(map: object): boolean {
  return Object.keys(map).some((key) => key.includes("\\"));
}

/** Parses it with keys that have no escapes, and gives each its own one back. */
function parseRenamed(text: string): unknown {
  const keys: string[] = [];
  let renamed = "";
  let copied = 0;
  for (const [start, end] of texts(text)) {
    COLON.lastIndex = end;
    if (!COLON.test(text)) continue;
    renamed += `${text.slice(copied, start)}"k${keys.length}"`;
    keys.push(JSON.parse(text.slice(start, end)) as string);
    copied = end;
  }
  const value: unknown = JSON.parse(renamed + text.slice(copied));
  for (const map of maps(value)) {
    const entries = Object.entries(map);
    for (const [name] of entries) delete map[name];
    for (const [name, inner] of entries) {
      const key = keys[Number(name.slice(1))] as string;
      // Not by assignment: the key may be "__proto__".
      Object.defineProperty(map, key, { value: inner, configurable: true, enumerable: true, writable: true });
    }
  }
  return value;
}

/** Where each text of a JSON text begins and ends, with its quotes. */
function* texts(json: string): Generator<readonly [start: number, end: number]> {
  let start = -1;
  for (const { 0: found, index } of json.matchAll(QUOTE)) {
    if (found !== '"') continue;
    if (start >= 0) yield [start, index + 1];
    start = start < 0 ? index : -1;
  }
}

/** The objects in a value, outer ones first; without recursion, because a text may nest deeper than the stack. */
function maps(value: unknown): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  const waiting = [value];
  for (const part of waiting) {
    if (typeof part !== "object" || part === null) continue;
    if (!Array.isArray(part)) found.push(part as Record<string, unknown>);
    for (const inner of Object.values(part)) if (typeof inner === "object") waiting.push(inner);
  }
  return found;
}
