/**
 * The processor that keeps a share of the records.
 *
 * @module
 */
import { checkFunction, checkObject, show } from "../../option/check.ts";
import { Level } from "../../record/level.ts";
import type { KeyOf, LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { Withheld } from "./withheld.ts";

/** Options of {@link sample}. */
export interface SampleOptions {
  /** Which share of the records below WARN is kept, 0 to 1. */
  readonly rate: number;
  /** What a record belongs to: all of one key are kept, or none. `undefined` or `""`: it is decided for this record alone. @default {no key} */
  readonly by?: KeyOf | undefined;
  /** Gives a number from 0 up to 1, 1 not included. @default {Math.random} */
  readonly random?: (() => number) | undefined;
}

/**
 * Makes a processor that keeps a share of the records below WARN, and all others. What it leaves out is counted as `sampled` and told of in one
 * INFO record, `records were left out: sample`, with `pontem.sample_rate`, `pontem.withheld`, `pontem.first_time` and `pontem.last_time`: within
 * 10 s, at `flush` and at the end. With `by` the decision follows from the key alone, so it is the same in every process.
 *
 * @param options The share.
 * @returns The processor.
 * @throws {TypeError | RangeError} An option that cannot be used; names it and the remedy.
 *
 * @example Whole requests, or nothing of them
 * ```ts
 * import { createPontem, sample } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const tenth = sample({ rate: 0.1, by: ({ attributes }) => String(attributes["correlation_id"] ?? "") });
 * const { logger, records } = captureLogs(createPontem(), { processors: [tenth] });
 * for (let i = 0; i < 100; i++) {
 *   const log = logger.bind({ correlation_id: `request-${i}` });
 *   log.info("began");
 *   log.info("ended");
 * }
 * const count = (body: string) => records().filter((record) => record.body === body).length;
 * assert.equal(count("began"), count("ended"));
 * ```
 */
export function sample(options: SampleOptions): Processor {
  const raw = checkObject(options, "sample()", ["rate", "by", "random"]);
  const rate = checkRate(raw["rate"]);
  const by = checkFunction<KeyOf>(raw, "by", "sample.");
  const random = checkFunction<() => number>(raw, "random", "sample.") ?? Math.random;
  const withheld = new Withheld();

  function process(event: LogEvent): LogEvent | null {
    if (event.severityNumber >= Level.WARN) return event;
    const key = by?.(event);
    if ((key === undefined || key === "" ? random() : share(String(key))) < rate) return event;
    withheld.add(event);
    return null;
  }

  return Object.assign(process, {
    reason: "sampled",
    flush: (tools: ProcessorTools) => {
      const told = withheld.take();
      if (told === undefined) return;
      tools.emit({
        severityNumber: Level.INFO,
        body: "records were left out: sample",
        attributes: { "pontem.sample_rate": rate, ...told },
      });
    },
  });
}

function checkRate(rate: unknown): number {
  if (typeof rate === "number" && rate >= 0 && rate <= 1) return rate;
  const Refused = typeof rate === "number" ? RangeError : TypeError;
  throw new Refused(`Cannot use option "sample.rate": expected a number from 0 to 1, got ${show(rate)}`);
}

/** A number from 0 up to 1 for a key: FNV-1a over its units, then the finish of MurmurHash3, since FNV alone leaves similar keys close together. */
function share(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
