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
import { keyBit, LOGGER_NAME, makeScope, type Scope, withTrace } from "../record/scope.ts";
import type { Clock } from "../record/timestamp.ts";
import { MAX_KEY_BYTES, utf8Length } from "../record/text.ts";

/** Bytes of a line around body and attributes: time, severity, names of the fields and a usual resource. An estimate. */
export const LINE_BYTES = 220;
/** Up to this many characters in all, a record of any characters and escapes stays below {@link MAX_RECORD_BYTES}. */
export const SMALL_RECORD = 40_000;
/** Longer texts are looked at more closely. */
export const SMALL_TEXT = 8_192;
/** Longer keys are made short; this many characters never have too many bytes. */
export const SHORT_KEY: number = MAX_KEY_BYTES / 3;
/** More keys are counted exactly. */
export const FEW_KEYS = 128;

/** What the SDK's own records carry. */
export const OWN_SCOPE: Scope = makeScope({ [LOGGER_NAME]: "pontem.sdk" });

/** Stands for none. */
const NO_SCOPE: Scope = { text: "", mask: 0, attributes: {}, trace: "" };

/** What is around a call: adds the context and the trace of the moment to what the logger adds. */
export interface Surroundings {
  /**
   * The scope of a record that is logged now.
   *
   * @param own What the logger adds; it wins over what is around.
   */
  scope(own: Scope | undefined): Scope | undefined;
}

/** A record that was counted as accepted. */
export interface Accepted {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Severity number. */
  readonly level: number;
  /** Its text. */
  readonly body: string;
  /** An Error that was the body. */
  readonly error?: Error | undefined;
  /** Anything but a function. */
  readonly attributes: unknown;
  /** What comes before them. */
  readonly scope: Scope | undefined;
}

/** Takes the way of a record over, from the level check on: processors. */
export interface Detour {
  /** Takes a record. Never throws. */
  put(level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void;
}

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
  /** Context and trace; none until somebody uses them. */
  surroundings: Surroundings | undefined;
  /** Processors; none unless `init` was given some. */
  detour: Detour | undefined;

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
    if (this.surroundings !== undefined) scope = this.surroundings.scope(scope);
    if (this.detour !== undefined) return this.detour.put(level, body, attributes, scope);
    const time = this.clock.now();
    this.#ledger.accepted++;
    let copy: Record<string, unknown> | undefined;
    // From here to the stores it is one function on purpose: each one that is called here is compiled twice, alone and inlined.
    if (typeof body === "string" && body.length <= SMALL_TEXT) {
      let size = LINE_BYTES + body.length;
      let isFlat = true;
      if (attributes !== undefined) {
        copy = plainCopy(attributes);
        if (copy === undefined) isFlat = false;
        else {
          const { mask, attributes: bound } = scope ?? NO_SCOPE;
          let keys = 0;
          for (const key in copy) {
            const value = copy[key];
            keys++;
            size += key.length + 8;
            if (key.length > SHORT_KEY) isFlat = false;
            if (typeof value === "string") size += value.length;
            else if (typeof value === "number") {
              // NaN and the infinities. Not `value - value`: JavaScriptCore would compile that for the integers it sees first.
              if (!(value > -Infinity && value < Infinity)) isFlat = false;
            } else if (typeof value !== "boolean" && value !== null) isFlat = false;
            if (mask !== 0 && (mask & keyBit(key)) !== 0 && Object.hasOwn(bound, key)) isFlat = false;
          }
          if (keys > FEW_KEYS || size > SMALL_RECORD) isFlat = false;
        }
      }
      if (isFlat) {
        const ring = this.#ring;
        const count = ring.count;
        const bytes = ring.bytes + size;
        if (count >= ring.room || bytes >= ring.alarm || level >= SEVERE) {
          this.queue.push(time, level, body, copy, scope, size);
          return;
        }
        const i = (ring.tail + count) & ring.mask;
        ring.times[i] = time;
        ring.levels[i] = level;
        ring.sizes[i] = size;
        ring.bodies[i] = body;
        ring.attributes[i] = copy;
        ring.scopes[i] = scope;
        ring.count = count + 1;
        ring.bytes = bytes;
        return;
      }
    }
    this.#putAny(time, level, body, copy ?? attributes, scope);
  }

  /** Everything but a short text with an object: long texts, errors, functions that make the attributes, values of the wrong kind. */
  #putAny(time: number, level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    const error = isError(body) ? body : undefined;
    this.store({ time, level, body: bodyText(body), error, attributes: called(attributes), scope });
  }

  /**
   * Stores a record that was counted as accepted.
   *
   * @param record What it holds.
   * @param inPast Was it held until now, and keeps its time?
   */
  store({ time, level, body, error, attributes, scope }: Accepted, inPast = false): void {
    const fitted = fitBody(body);
    const cut = fitted !== body;
    let waiting: WaitingAttributes;
    let bytes = utf8Length(fitted) + LINE_BYTES;
    if (attributes !== undefined || error !== undefined || cut) {
      const trace = scope?.trace ?? "";
      const room = MAX_RECORD_BYTES - jsonBytes(fitted) - LINE_BYTES - this.resourceBytes - trace.length;
      waiting = encodeAttributes(attributes, { error, room, bound: scope?.attributes, cut });
      // The attributes of the scope are part of the text now, in their place before the call's own and overridden by them.
      scope = trace === "" ? undefined : withTrace(undefined, trace);
      bytes += waiting.length;
    }
    // Code of the user has run; when it logged too, this record comes after that one.
    if (!inPast) time = Math.max(time, this.clock.last);
    this.queue.push(time, level, fitted, waiting, scope, bytes);
  }

  /**
   * Takes a record whose surroundings are known: those of an earlier moment.
   *
   * @param level Severity number.
   * @param body Its text.
   * @param attributes Anything but a function.
   * @param scope What the logger and the surroundings of that moment add.
   */
  putWithin(level: number, body: string, attributes: unknown, scope: Scope | undefined): void {
    if (this.detour !== undefined) this.detour.put(level, body, attributes, scope);
    else this.#accept(level, body, attributes, scope);
  }

  /** Takes a record of the SDK's own: neither context nor processors belong to it. */
  own(level: number, body: string, attributes: Readonly<Record<string, unknown>>): void {
    this.#accept(level, body, attributes, OWN_SCOPE);
  }

  #accept(level: number, body: string, attributes: unknown, scope: Scope | undefined): void {
    const time = this.clock.now();
    this.#ledger.accepted++;
    this.store({ time, level, body, attributes, scope });
  }
}

/**
 * The attributes of a call, made now when it was given a function.
 *
 * @param attributes What the caller gave.
 */
export function called(attributes: unknown): unknown {
  if (typeof attributes !== "function") return attributes ?? undefined;
  try {
    return Reflect.apply(attributes, undefined, []) ?? undefined;
  } catch (thrown) {
    return { "attributes": thrown };
  }
}

/**
 * The own enumerable properties of a plain object; each getter runs once, an own `__proto__` stays a key.
 *
 * @param attributes Anything.
 * @returns A copy, `undefined` when it is something else.
 */
export function plainCopy(attributes: unknown): Record<string, unknown> | undefined {
  if (typeof attributes !== "object" || attributes === null) return undefined;
  try {
    const prototype: unknown = Object.getPrototypeOf(attributes);
    if (prototype === Object.prototype || prototype === null) return { ...attributes } as Record<string, unknown>;
  } catch {
    // A proxy or a getter that throws: looked at more closely.
  }
  return undefined;
}

function jsonBytes(text: string): number {
  return text.length <= SMALL_TEXT ? text.length * 6 : utf8Length(JSON.stringify(text));
}
