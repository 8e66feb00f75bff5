/**
 * Which keys of the context may cross the border of the process. What comes in is untrusted: a caller must not be able to say who we are.
 *
 * @module
 */

/** The key that crosses without being asked for. */
export const CORRELATION_ID = "correlation_id";
/** How many keys may be allowed. */
export const MAX_ALLOWED = 64;
/** Longest key that may be allowed, in characters. */
const MAX_KEY = 128;

/** Keys that say what the record is and who wrote it, and those of the carriers themselves. */
const RESERVED: ReadonlySet<string> = new Set([
  "attributes",
  "baggage",
  "body",
  "prototype",
  "resource",
  "severityNumber",
  "severityText",
  "spanId",
  "timestamp",
  "traceFlags",
  "traceId",
  "traceparent",
  "tracestate",
]);
/** Groups of such keys. */
const RESERVED_GROUPS = ["device.", "exception.", "logger.", "otel.", "pontem.", "service.", "telemetry."];

/**
 * Finds the rule by which a key may never come from outside.
 *
 * @param key A key.
 * @returns The key or its group, for what the SDK and the agent set themselves and for names that objects have by nature, such as `__proto__`;
 * `undefined` for a key that is free.
 */
function reservedAs(key: string): string | undefined {
  if (RESERVED.has(key) || Object.hasOwn(Object.prototype, key)) return key;
  const group = RESERVED_GROUPS.find((group) => key.startsWith(group));
  return group === undefined ? undefined : `${group}*`;
}

/** The keys that cross. */
export class AllowList {
  readonly #keys: Set<string> = new Set([CORRELATION_ID]);

  /**
   * Lets one more key cross.
   *
   * @param key A key.
   * @returns Why not, as the end of a sentence; `undefined` when it may.
   */
  add(key: unknown): string | undefined {
    if (typeof key !== "string" || key === "" || key.length > MAX_KEY) {
      return `use a text of 1 to ${MAX_KEY} characters`;
    }
    const reserved = reservedAs(key);
    if (reserved !== undefined) return `"${reserved}" is reserved, use a name of your own`;
    if (!this.#keys.has(key) && this.#keys.size >= MAX_ALLOWED) return `${MAX_ALLOWED} keys are the most`;
    this.#keys.add(key);
    return undefined;
  }

  /** Does a key cross? */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** The keys, in the order in which they were allowed. */
  keys(): Iterable<string> {
    return this.#keys;
  }
}
