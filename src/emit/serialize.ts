/**
 * Turns waiting records to lines. One `JSON.stringify` a record between cached constants and one `+=` a line: of all forms that were measured
 * (key fragments, shape tries, bytes by hand, one stringify of the whole record) the fastest on Deno, Bun and Node 26, and within a few
 * percent of it elsewhere.
 *
 * @module
 */
import { flat } from "../record/flat.ts";
import { SEVERITY } from "../record/line.ts";
import { MICROSECONDS, timestampText } from "../record/timestamp.ts";
import { encodeValue } from "../record/value.ts";
import type { Scope } from "../record/scope.ts";
import type { Ring, WaitingAttributes } from "./ring.ts";

/** A block is handed on once it has this many characters; with the last line it stays near one 64 KiB write. */
export const BLOCK_CHARS = 63_000;

/** The serialiser of one instance. */
export class Serializer {
  /** Lines that are ready. */
  text = "";
  /** How many. */
  records = 0;
  /** `,"resource":{...}}\n`, the same for every record. */
  readonly #tail: string;
  /** `{"timestamp":"` and the time up to the millisecond, kept for as long as that lasts. */
  #start = "";
  #startMs = -1;
  #level = -1;
  #body = "";
  /** From the severity to `"attributes":`, kept while level and body stay the same. */
  #head = "";

  /** @param resourceText JSON text of the resource. */
  constructor(resourceText: string) {
    this.#tail = flat(`,"resource":${resourceText}}\n`);
  }

  /** Has the block as much as it should? */
  get full(): boolean {
    return this.text.length >= BLOCK_CHARS;
  }

  /**
   * Takes records out of a ring, oldest first, until the block is full.
   *
   * @param ring Where they wait.
   * @param most How many at most.
   */
  take(ring: Ring, most: number): void {
    const { times, levels, sizes, bodies, attributes, scopes, mask } = ring;
    const tail = this.#tail;
    // The one way in which code of the user could run now: a `toJSON` that was put on Object.prototype.
    const plain = !("toJSON" in Object.prototype);
    let start = this.#start;
    let startMs = this.#startMs;
    let head = this.#head;
    let text = this.text;
    let i = ring.tail;
    let n = 0;
    let bytes = 0;
    while (n < most && text.length < BLOCK_CHARS) {
      const us = times[i] as number;
      const ms = Math.floor(us / 1000);
      if (ms !== startMs) start = this.#newStart(startMs = ms);
      if (bodies[i] !== this.#body || levels[i] !== this.#level) {
        head = this.#newHead(levels[i] as number, bodies[i] as string);
      }
      const given = attributes[i];
      const json = plain && typeof given === "object" && scopes[i] === undefined
        ? JSON.stringify(given)
        : odd(given, scopes[i], plain);
      text += start + MICROSECONDS[Math.floor(us) - ms * 1000] + head + json + tail;
      bytes += sizes[i] as number;
      // What the slot held can be collected now.
      attributes[i] = undefined;
      i = (i + 1) & mask;
      n++;
    }
    this.text = text;
    this.records += n;
    ring.taken(n, bytes);
  }

  #newHead(level: number, body: string): string {
    this.#level = level;
    this.#body = body;
    return this.#head = flat(`${SEVERITY[level]}${JSON.stringify(body)},"attributes":`);
  }

  #newStart(ms: number): string {
    this.#startMs = ms;
    return this.#start = flat(`{"timestamp":"${timestampText(ms * 1000).slice(0, -3)}`);
  }
}

/** JSON text of attributes that are more or less than a flat object: finished text, none, or with what the logger adds. */
function odd(given: WaitingAttributes, scope: Scope | undefined, plain: boolean): string {
  const json = typeof given === "string"
    ? given
    : given === undefined
    ? "{}"
    : plain
    ? JSON.stringify(given)
    : withoutHooks(given);
  if (scope === undefined) return json;
  const { text, trace } = scope;
  if (text === "") return json + trace;
  return json.length === 2 ? `{${text}}${trace}` : `{${text},${json.slice(1)}${trace}`;
}

function withoutHooks(attributes: Exclude<WaitingAttributes, string | undefined>): string {
  const pairs = Object.keys(attributes).map((key) =>
    `${JSON.stringify(key)}:${encodeValue(attributes[key]) ?? "null"}`
  );
  return `{${pairs.join(",")}}`;
}
