/**
 * Takes values out of plain data, by path.
 *
 * @module
 */
import { checkObject, show } from "../../option/check.ts";
import type { LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { type MatchState, PathMatcher } from "./path_matcher.ts";
import { MAX_PATH_CHARS, MAX_PATH_STEPS, parsePath, type PathStep } from "./redact_path.ts";

/** Paths that one redaction may have. */
export const MAX_PATHS = 256;
/** Longest text that stands in for a value. */
export const MAX_CENSOR = 128;
/** Longest key of the hash. */
const MAX_HASH_KEY = 4_096;
/** Deeper data is no plain data: records nest 16 deep at most. */
const MAX_WALK_DEPTH = 64;
/** Digits of a hash that are kept: 64 bits, enough to tell the values of a fleet apart. */
const HASH_DIGITS = 16;
const HASHED = /^hmac:[0-9a-f]{16}$/;

/** What becomes of a value that is found. At most one of the three. */
export interface RedactOptions {
  /** Text that stands in for it, up to 128 characters. @default {"[Redacted]"} */
  readonly censor?: string | undefined;
  /** Take the key away too? An item of an array becomes `null`, so that the others keep their places. @default {false} */
  readonly remove?: boolean | undefined;
  /**
   * Put `hmac:` and the first 16 hexadecimal digits of its HMAC-SHA-256 there: the same value gives the same text, so records can still be
   * found and joined, and without the key nobody can try values out. Numbers, arrays and objects are signed as JSON text, `null` stays.
   */
  readonly hash?: { readonly key: string } | undefined;
}

/** The option `redact` of `init`. */
export interface RedactSettings extends RedactOptions {
  /** Where the values are, see `redact`. */
  readonly paths: readonly string[];
}

/** Signs a text. */
export type Signer = Pick<ProcessorTools, "hmac">;

/** The processors that redact, of every redaction. */
const redacting: WeakSet<Processor> = new WeakSet();

/** Does it redact? Should it fail, nothing but the body of its record may be written. */
export function redacts(processor: Processor): boolean {
  return redacting.has(processor);
}

/** Stands for a value that is to be left out. */
const REMOVED = Symbol("removed");

/** Paths and what becomes of the values there. */
export class Redactor {
  readonly #matcher: PathMatcher;
  readonly #replace: (value: unknown, signer: Signer) => unknown;
  /** The same as a processor. */
  readonly processor: Processor;

  /**
   * @param paths Where the values are.
   * @param options What becomes of them.
   * @param where What messages call it.
   * @throws {TypeError | RangeError} What is no path, too many of them, an option that cannot be used.
   */
  constructor(paths: unknown, options: unknown, where: string) {
    this.#matcher = new PathMatcher(checkPaths(paths, where));
    this.#replace = replacement(options, where);
    const processor = (event: LogEvent, tools: ProcessorTools): LogEvent => {
      event.attributes = this.redacted(event.attributes, tools);
      return event;
    };
    this.processor = Object.assign(processor, { reason: "redact" });
    redacting.add(this.processor);
  }

  /**
   * Redacts.
   *
   * @param attributes Plain data; nothing of it is changed.
   * @param signer Signs texts.
   * @returns The same object where nothing is found, else a copy.
   * @throws {RangeError} Data that is nested too deep to be plain.
   */
  redacted(attributes: Record<string, unknown>, signer: Signer): Record<string, unknown> {
    return this.#walkObject(attributes, this.#matcher.start, signer, MAX_WALK_DEPTH);
  }

  /** The same; should it fail, nothing of the attributes is left. */
  redactedSafely(attributes: Record<string, unknown>, signer: Signer): Record<string, unknown> {
    try {
      return this.redacted(attributes, signer);
    } catch {
      return {};
    }
  }

  #walkObject(
    object: Record<string, unknown>,
    state: MatchState,
    signer: Signer,
    depth: number,
  ): Record<string, unknown> {
    let copy: Record<string, unknown> | undefined;
    for (const key of Object.keys(object)) {
      const value = object[key];
      const next = this.#visit(value, this.#matcher.move(state, key), signer, depth);
      if (next === value) continue;
      copy ??= { ...object };
      if (next === REMOVED) delete copy[key];
      // The key is the copy's own, so that even for `__proto__` nothing but the value changes.
      else copy[key] = next;
    }
    return copy ?? object;
  }

  #walkArray(array: readonly unknown[], state: MatchState, signer: Signer, depth: number): readonly unknown[] {
    let copy: unknown[] | undefined;
    for (let i = 0; i < array.length; i++) {
      const value = array[i];
      const next = this.#visit(value, this.#matcher.moveToItem(state, i), signer, depth);
      if (next === value) continue;
      copy ??= [...array];
      copy[i] = next === REMOVED ? null : next;
    }
    return copy ?? array;
  }

  /** What stands at a place afterwards. */
  #visit(value: unknown, state: MatchState, signer: Signer, depth: number): unknown {
    if (state.hit) return this.#replace(value, signer);
    if (!state.open || typeof value !== "object" || value === null) return value;
    if (depth === 0) throw new RangeError("Nested too deep");
    return Array.isArray(value)
      ? this.#walkArray(value, state, signer, depth - 1)
      : this.#walkObject(value as Record<string, unknown>, state, signer, depth - 1);
  }
}

/**
 * Checks the option `redact` of `init`.
 *
 * @param value What was given.
 * @returns What is in force; `undefined` without paths.
 * @throws {TypeError | RangeError} What cannot be used.
 */
export function checkRedact(value: unknown): Redactor | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : new Redactor(value, undefined, 'option "redact"');
  const { paths, ...options } = checkObject(value, 'option "redact"', ["paths", "censor", "remove", "hash"]);
  return new Redactor(paths, options, 'option "redact"');
}

function checkPaths(paths: unknown, where: string): (readonly PathStep[])[] {
  if (!Array.isArray(paths)) {
    throw new TypeError(`Cannot use ${where}: expected an array of paths such as "password", got ${show(paths)}`);
  }
  if (paths.length > MAX_PATHS) {
    throw new RangeError(
      `Cannot use ${where}: at most ${MAX_PATHS} paths, got ${paths.length}. Use "*" and "**" to say more with fewer`,
    );
  }
  return paths.map((path: unknown) => {
    const steps = typeof path === "string" ? parsePath(path) : undefined;
    if (steps !== undefined) return steps;
    throw new TypeError(
      `Cannot use path ${
        show(path)
      } in ${where}: expected names joined by dots, such as "password", "user.email", "items[*].price" or 'a["b-c"]', of at most ${MAX_PATH_STEPS} steps and ${MAX_PATH_CHARS} characters`,
    );
  });
}

function replacement(given: unknown, where: string): (value: unknown, signer: Signer) => unknown {
  const { censor, remove, hash } = checkObject(given, where, ["censor", "remove", "hash"]);
  if (remove !== undefined && typeof remove !== "boolean") {
    throw new TypeError(`Cannot use option "remove" of ${where}: expected true or false, got ${show(remove)}`);
  }
  if ([censor !== undefined, remove === true, hash !== undefined].filter(Boolean).length > 1) {
    throw new TypeError(`Cannot use ${where}: expected one of "censor", "remove" and "hash", got several`);
  }
  if (remove === true) return () => REMOVED;
  if (hash !== undefined) {
    const key = hashKey(hash, where);
    return (value, signer) => hashed(value, key, signer);
  }
  if (censor === undefined) return () => "[Redacted]";
  if (typeof censor !== "string" || censor.length > MAX_CENSOR) {
    throw new TypeError(
      `Cannot use option "censor" of ${where}: expected a text of at most ${MAX_CENSOR} characters, got ${
        show(censor)
      }`,
    );
  }
  return () => censor;
}

/** The key never stands in a message. */
function hashKey(hash: unknown, where: string): string {
  const key: unknown = typeof hash === "object" && hash !== null ? Reflect.get(hash, "key") : undefined;
  if (typeof key === "string" && key !== "" && key.length <= MAX_HASH_KEY) return key;
  throw new TypeError(
    `Cannot use option "hash" of ${where}: expected { key } with a secret text of 1 to ${MAX_HASH_KEY} characters. Take it from the environment, not from the code`,
  );
}

/** A value that another redaction has hashed stays as it is. */
function hashed(value: unknown, key: string, signer: Signer): unknown {
  if (value === null || (typeof value === "string" && HASHED.test(value))) return value;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return `hmac:${signer.hmac(key, text).slice(0, HASH_DIGITS)}`;
}
