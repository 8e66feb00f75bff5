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
  return text.includes("\\") && nested(value).some(hasBackslash) ? parseRenamed(text) : value;
}

function hasBackslash(value: object): boolean {
  return !Array.isArray(value) && Object.keys(value).some((key) => key.includes("\\"));
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
    const key = text.slice(start, end);
    keys.push(key.includes("\\") ? JSON.parse(key) as string : key.slice(1, -1));
    copied = end;
  }
  const value: unknown = JSON.parse(renamed + text.slice(copied));
  const known = new Map<unknown, unknown>();
  // The inner ones first.
  for (const part of nested(value).reverse()) known.set(part, named(part, keys, known));
  return known.get(value);
}

/** A copy with the keys that it should have; what is in it was copied before. */
function named(part: object, keys: readonly string[], known: ReadonlyMap<unknown, unknown>): unknown {
  if (Array.isArray(part)) return part.map((inner: unknown) => known.get(inner) ?? inner);
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(part)) {
    const key = keys[Number(name.slice(1))] as string;
    const value = known.get(inner) ?? inner;
    // An assignment would set the prototype.
    if (key === "__proto__") {
      Object.defineProperty(copy, key, { value, configurable: true, enumerable: true, writable: true });
    } else copy[key] = value;
  }
  return copy;
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

/** The objects and arrays in a value, outer ones first; without recursion, because a text may nest deeper than the stack. */
function nested(value: unknown): object[] {
  const found: object[] = typeof value === "object" && value !== null ? [value] : [];
  for (const part of found) {
    for (const inner of Object.values(part)) if (typeof inner === "object" && inner !== null) found.push(inner);
  }
  return found;
}
