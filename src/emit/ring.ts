/**
 * A ring of records that wait to be written, as parallel arrays: four stores a record and no object of its own, so nothing is allocated and
 * little is kept alive (an object a record cost 10-20 % more end to end).
 *
 * @module
 */
import type { Scope } from "../record/scope.ts";

/** Attributes of a waiting record: flat data that JSON.stringify can take as it is, finished JSON text, or none. */
export type WaitingAttributes = Readonly<Record<string, unknown>> | string | undefined;

/** A waiting record, taken out of the arrays. */
export interface WaitingRecord {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Severity number. */
  readonly level: number;
  /** Text. */
  readonly body: string;
  /** Attributes. */
  readonly attributes: WaitingAttributes;
  /** What the logger and its surroundings add. */
  readonly scope: Scope | undefined;
  /** Estimated bytes. */
  readonly size: number;
}

/** Slots at the start; an instance that never logs much never takes more. */
const FIRST_SLOTS = 256;

/** The ring. Its arrays are read by the serialiser; besides this class only a log call changes them, see `LogCore.put`. */
export class Ring {
  /** Microseconds since the epoch. */
  times: Float64Array = new Float64Array(FIRST_SLOTS);
  /** Severity numbers. */
  levels: Uint8Array = new Uint8Array(FIRST_SLOTS);
  /** Estimated bytes, as they were added to {@link Ring.bytes}. */
  sizes: Uint32Array = new Uint32Array(FIRST_SLOTS);
  /** Bodies. */
  bodies: string[] = new Array<string>(FIRST_SLOTS).fill("");
  /** Attributes. */
  attributes: WaitingAttributes[] = new Array<WaitingAttributes>(FIRST_SLOTS).fill(undefined);
  /** Logger scopes. */
  scopes: (Scope | undefined)[] = new Array<Scope | undefined>(FIRST_SLOTS).fill(undefined);
  /** Index mask: the number of slots, always a power of two, less one. */
  mask: number = FIRST_SLOTS - 1;
  /** Slot of the oldest record. */
  tail = 0;
  /** Records in the ring. */
  count = 0;
  /** With so many records, the next one is not simply added: the arrays are full, or a bound is reached. */
  room: number = FIRST_SLOTS;
  /** With so many bytes, the next record is not simply added: somebody is to be woken, or a bound is reached. */
  alarm = 0;
  /** Records that were in it and are no more. */
  released = 0;
  /** Sum of {@link Ring.sizes}. */
  bytes = 0;

  /** Adds a record at the end, whatever the bounds say. A log call stores its record itself, see `LogCore.put`. */
  add(
    time: number,
    level: number,
    body: string,
    attributes: WaitingAttributes,
    scope: Scope | undefined,
    size: number,
  ): void {
    if (this.count > this.mask) this.#grow();
    const i = (this.tail + this.count) & this.mask;
    this.times[i] = time;
    this.levels[i] = level;
    this.sizes[i] = size;
    this.bodies[i] = body;
    this.attributes[i] = attributes;
    this.scopes[i] = scope;
    this.count++;
    this.bytes += size;
  }

  /**
   * The serialiser has read the oldest records and cleared their attributes. Bodies and scopes stay until their slots are used again: they
   * are few and long-lived, and as many as the ring has slots.
   *
   * @param records How many.
   * @param bytes Sum of their sizes.
   */
  taken(records: number, bytes: number): void {
    this.tail = (this.tail + records) & this.mask;
    this.count -= records;
    this.released += records;
    this.bytes -= bytes;
  }

  /** The oldest record; there must be one. */
  oldest(): WaitingRecord {
    const i = this.tail;
    return {
      time: this.times[i] ?? 0,
      level: this.levels[i] ?? 0,
      body: this.bodies[i] ?? "",
      attributes: this.attributes[i],
      scope: this.scopes[i],
      size: this.sizes[i] ?? 0,
    };
  }

  /** Removes the oldest record. */
  releaseOldest(): void {
    const i = this.tail;
    this.#clear(i);
    this.taken(1, this.sizes[i] ?? 0);
  }

  /** Removes the newest record. */
  releaseNewest(): void {
    const i = (this.tail + this.count - 1) & this.mask;
    this.bytes -= this.sizes[i] ?? 0;
    this.#clear(i);
    this.count--;
  }

  #clear(i: number): void {
    this.bodies[i] = "";
    this.attributes[i] = undefined;
    this.scopes[i] = undefined;
  }

  #grow(): void {
    const { tail, mask } = this;
    const slots = 2 * (mask + 1);
    this.times = unrolled(this.times, tail, new Float64Array(slots));
    this.levels = unrolled(this.levels, tail, new Uint8Array(slots));
    this.sizes = unrolled(this.sizes, tail, new Uint32Array(slots));
    this.bodies = unrolledArray(this.bodies, tail, "");
    this.attributes = unrolledArray<WaitingAttributes>(this.attributes, tail, undefined);
    this.scopes = unrolledArray<Scope | undefined>(this.scopes, tail, undefined);
    this.mask = slots - 1;
    this.tail = 0;
  }
}

function unrolled<T extends Float64Array | Uint8Array | Uint32Array>(from: T, tail: number, into: T): T {
  into.set(from.subarray(tail));
  into.set(from.subarray(0, tail), from.length - tail);
  return into;
}

function unrolledArray<T>(from: T[], tail: number, fill: T): T[] {
  return from.slice(tail).concat(from.slice(0, tail), new Array<T>(from.length).fill(fill));
}
