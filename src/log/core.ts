/**
 * The log call: level check, time, a copy of the attributes, four stores. What is flat stays an object until it is written; what is not is
 * turned to JSON text here and now, so that no code of the user runs for the record after the call, and no later change reaches it.
 *
 * @module
 */
import type { Ledger } from "../emit/ledger.ts";
import { type LogQueue, SEVERE } from "../emit/queue.ts";
import type { Ring, WaitingAttributes } from "../emit/ring.ts";
import { encodeAttributes, MAX_RECORD_BYTES } from "../record/attributes.ts";
import { bodyText, fitBody } from "../record/body.ts";
import { isError } from "../record/exception.ts";
import { keyBit, type Scope } from "../record/scope.ts";
import type { Clock } from "../record/timestamp.ts";
import { utf8Length } from "../record/text.ts";

/** Bytes of a line around body and attributes: time, severity, names of the fields and a usual resource. An estimate. */
const LINE_BYTES = 220;
/** Up to this many characters in all, a record of any characters and escapes stays below {@link MAX_RECORD_BYTES}. */
const SMALL_RECORD = 40_000;
/** Longer texts are looked at more closely. */
const SMALL_TEXT = 8_192;
/** More keys are counted exactly. */
const FEW_KEYS = 128;

/** Everything a logger of one instance shares. */
export class LogCore {
  /** Where records wait. */
  readonly queue: LogQueue;
  /** Their time. */
  clock: Clock;
  readonly #ledger: Ledger;
  readonly #ring: Ring;
  /** Bytes that the resource takes in each line. */
  resourceBytes = 0;

  /**
   * @param queue Where records wait.
   * @param clock Their time.
   * @param ledger Where they are counted.
   */
  constructor(queue: LogQueue, clock: Clock, ledger: Ledger) {
    this.queue = queue;
    this.#ring = queue.normal;
    this.clock = clock;
    this.#ledger = ledger;
  }

  /**
   * Takes a record whose level is on. Never throws.
   *
   * @param level Severity number.
   * @param body Text; an Error or anything else is turned to text.
   * @param attributes What the caller gave.
   * @param scope What the logger adds.
   */
  put(level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    const time = this.clock.now();
    this.#ledger.accepted++;
    let copy: Record<string, unknown> | undefined;
    let size = 0;
    if (typeof body === "string" && body.length <= SMALL_TEXT) {
      if (attributes === undefined) size = 1;
      else if (typeof attributes === "object" && attributes !== null) {
        try {
          const prototype: unknown = Object.getPrototypeOf(attributes);
          if (prototype === Object.prototype || prototype === null) {
            // Own enumerable properties only; each getter runs once, an own `__proto__` stays a key.
            copy = { ...attributes } as Record<string, unknown>;
            size = flatSize(copy, scope === undefined ? 0 : scope.mask);
          }
        } catch {
          copy = undefined;
        }
      }
      if (size > 0) {
        size += LINE_BYTES + body.length;
        if (level >= SEVERE || !this.#ring.offer(time, level, body, copy, scope, size)) {
          this.queue.push(time, level, body, copy, scope, size);
        }
        return;
      }
    }
    this.#putAny(time, level, body, copy ?? attributes, scope);
  }

  /** Everything but a short text with an object: long texts, errors, functions that make the attributes, values of the wrong kind. */
  #putAny(time: number, level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    if (typeof attributes === "function") {
      try {
        attributes = Reflect.apply(attributes, undefined, []);
      } catch (thrown) {
        attributes = { "attributes": thrown };
      }
    }
    this.#putOdd(time, level, bodyText(body), isError(body) ? body : undefined, attributes ?? undefined, scope);
  }

  #putOdd(
    time: number,
    level: number,
    body: string,
    error: Error | undefined,
    attributes: unknown,
    scope: Scope | undefined,
  ): void {
    const fitted = fitBody(body);
    const cut = fitted !== body;
    let waiting: WaitingAttributes;
    let bytes = utf8Length(fitted) + LINE_BYTES;
    if (attributes !== undefined || error !== undefined || cut) {
      const room = MAX_RECORD_BYTES - jsonBytes(fitted) - LINE_BYTES - this.resourceBytes;
      waiting = encodeAttributes(attributes, { error, room, bound: scope?.attributes, cut });
      // The scope is part of the text now, in its place before the call's own attributes and overridden by them.
      scope = undefined;
      bytes += waiting.length;
    }
    // Code of the user has run; when it logged too, this record comes after that one.
    this.queue.push(Math.max(time, this.clock.last), level, fitted, waiting, scope, bytes);
  }
}

/**
 * Estimated bytes of flat attributes.
 *
 * @param copy The attributes, plain data properties.
 * @param mask Bits of keys that the logger has bound, see {@link keyBit}.
 * @returns The size plus one; 0 when a value is not flat, a key may be bound, or there is too much of it.
 */
function flatSize(copy: Record<string, unknown>, mask: number): number {
  let size = 1;
  let keys = 0;
  for (const key in copy) {
    const value = copy[key];
    keys++;
    size += key.length + 8;
    if (typeof value === "string") {
      size += value.length;
      if (value.length > SMALL_TEXT) return 0;
    } else if (typeof value === "number") {
      // NaN and the infinities. Not `value - value`: JavaScriptCore would compile that for the integers it sees first.
      if (!(value > -Infinity && value < Infinity)) return 0;
    } else if (typeof value !== "boolean" && value !== null) return 0;
    if (mask !== 0 && (mask & keyBit(key)) !== 0) return 0;
  }
  return keys > FEW_KEYS || size > SMALL_RECORD ? 0 : size;
}

function jsonBytes(text: string): number {
  return text.length <= SMALL_TEXT ? text.length * 6 : utf8Length(JSON.stringify(text));
}
