/**
 * The log call: level check, time, a copy of the attributes, four stores. What is flat stays an object until it is written; what is not is
 * turned to JSON text here and now, so that no code of the user runs for the record after the call, and no later change reaches it.
 *
 * @module
 */
import type { Ledger } from "../emit/ledger.ts";
import type { LogQueue } from "../emit/queue.ts";
import type { WaitingAttributes } from "../emit/ring.ts";
import { encodeAttributes, MAX_RECORD_BYTES } from "../record/attributes.ts";
import { exceptionBody } from "../record/exception.ts";
import { keyBit, type Scope } from "../record/scope.ts";
import type { Clock } from "../record/timestamp.ts";
import { encodeText, encodeValue, utf8Length } from "../record/value.ts";

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
  /** Bytes that the resource takes in each line. */
  resourceBytes = 0;

  /**
   * @param queue Where records wait.
   * @param clock Their time.
   * @param ledger Where they are counted.
   */
  constructor(queue: LogQueue, clock: Clock, ledger: Ledger) {
    this.queue = queue;
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
    if (typeof body === "string" && body.length <= SMALL_TEXT) {
      if (attributes === undefined) {
        this.queue.push(time, level, body, undefined, scope, LINE_BYTES + body.length);
        return;
      }
      if (typeof attributes === "object" && attributes !== null) {
        const mask = scope === undefined ? 0 : scope.mask;
        let size = LINE_BYTES + body.length;
        let copy: Record<string, unknown> | undefined;
        let flat = false;
        try {
          const prototype: unknown = Object.getPrototypeOf(attributes);
          if (prototype === Object.prototype || prototype === null) {
            // Own enumerable properties only; each getter runs once, an own `__proto__` stays a key.
            copy = { ...attributes } as Record<string, unknown>;
            flat = true;
            let keys = 0;
            for (const key in copy) {
              const value = copy[key];
              keys++;
              if (mask !== 0 && (mask & keyBit(key)) !== 0) flat = false;
              switch (typeof value) {
                case "string":
                  size += value.length + key.length;
                  if (value.length <= SMALL_TEXT) continue;
                  break;
                case "number":
                  size += key.length + 12;
                  if (value - value === 0) continue;
                  break;
                case "boolean":
                  size += key.length + 8;
                  continue;
                default:
                  if (value === null) continue;
              }
              flat = false;
            }
            if (keys > FEW_KEYS || size > SMALL_RECORD) flat = false;
          }
        } catch {
          copy = undefined;
          flat = false;
        }
        if (flat) {
          this.queue.push(time, level, body, copy, scope, size);
          return;
        }
        this.#putOdd(time, level, body, undefined, copy ?? attributes, scope);
        return;
      }
    }
    this.#putAny(time, level, body, attributes, scope);
  }

  /** Everything but a short text with an object: long texts, errors, functions that make the attributes, values of the wrong kind. */
  #putAny(time: number, level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    const error = body instanceof Error ? body : undefined;
    if (typeof attributes === "function") {
      try {
        attributes = Reflect.apply(attributes, undefined, []);
      } catch (thrown) {
        attributes = { "attributes": thrown };
      }
    }
    this.#putOdd(time, level, error === undefined ? bodyText(body) : bodyText(exceptionBody(error)), error, attributes ?? undefined, scope);
  }

  #putOdd(time: number, level: number, body: string, error: Error | undefined, attributes: unknown, scope: Scope | undefined): void {
    let waiting: WaitingAttributes;
    let bytes = utf8Length(body) + LINE_BYTES;
    if (attributes !== undefined || error !== undefined) {
      const room = MAX_RECORD_BYTES - jsonBytes(body) - LINE_BYTES - this.resourceBytes - (scope?.text.length ?? 0) * 3;
      waiting = encodeAttributes(attributes, error, room, scope?.attributes);
      // The scope is part of the text now, in its place before the call's own attributes and overridden by them.
      scope = undefined;
      bytes += waiting.length;
    }
    this.queue.push(time, level, body, waiting, scope, bytes);
  }
}

/** A body is text: JSON text of what is none. */
function bodyText(body: unknown): string {
  const text = typeof body === "string" ? body : typeof body === "object" || typeof body === "function" ? encodeValue(body) ?? "" : safeText(body);
  return text.length <= SMALL_TEXT ? text : JSON.parse(encodeText(text)) as string;
}

function safeText(value: unknown): string {
  return typeof value === "symbol" ? value.toString() : String(value);
}

function jsonBytes(text: string): number {
  return text.length <= SMALL_TEXT ? text.length * 6 : utf8Length(JSON.stringify(text));
}
