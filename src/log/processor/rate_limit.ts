/**
 * The processor that limits how many records of a kind are written.
 *
 * @module
 */
import { checkBoolean, checkFunction, checkInteger, checkObject, DAY_MS } from "../../option/check.ts";
import { Level, severityText } from "../../record/level.ts";
import { boundedKey, KeyTable } from "./key_table.ts";
import type { KeyOf, LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { Withheld } from "./withheld.ts";

/** Shorter windows are told of once in this time, in milliseconds: else the summaries would be the flood. */
const LEAST_SUMMARY_MS = 1_000;
/** Longest `pontem.key` in characters. */
const MAX_SHOWN_KEY = 256;

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Records of one key that may come at once, and in each window. @default {100} */
  readonly max?: number | undefined;
  /** Length of the window in milliseconds. @default {1_000} */
  readonly perMs?: number | undefined;
  /**
   * Which records share a limit; `undefined` or `""`: this one has none. The text stands in the summary as `pontem.key`, which no path of a
   * redaction for where it was taken from finds. @default {those of one level and body}
   */
  readonly by?: KeyOf | undefined;
  /** Limit ERROR and FATAL too? @default {false} */
  readonly errors?: boolean | undefined;
}

interface Bucket {
  readonly key: string;
  tokens: number;
  /** When the tokens were counted, microseconds. */
  at: number;
  readonly withheld: Withheld;
}

/**
 * Makes a processor that lets at most `max` records of a kind through in each `perMs` (a token bucket: it fills evenly, so after a quiet time
 * `max` may come at once). What it withholds is counted as `rate_limit` and told of in one WARN record per key,
 * `records were withheld: rate limit`, with `pontem.key`, `pontem.withheld`, `pontem.first_time` and `pontem.last_time`: with the next record
 * of the key once a window is over, within 10 s, at `flush` and at the end. It knows 1,000 keys; the one that was not used for longest goes.
 *
 * @param options Limits.
 * @returns The processor.
 * @throws {TypeError | RangeError} An option that cannot be used; names it and the remedy.
 *
 * @example Ten records of each device in a minute
 * ```ts
 * import { createPontem, rateLimit } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const perDevice = rateLimit({ max: 10, perMs: 60_000, by: ({ attributes }) => String(attributes["device"] ?? "") });
 * const { logger, records } = captureLogs(createPontem(), { processors: [perDevice] });
 * for (let i = 0; i < 25; i++) logger.info(`frame ${i}`, { device: "cam0" });
 * const summary = records()[10];
 * assert.equal(summary?.body, "records were withheld: rate limit");
 * assert.equal(summary?.attributes["pontem.withheld"], 15);
 * ```
 */
export function rateLimit(options?: RateLimitOptions): Processor {
  const raw = checkObject(options, "rateLimit()", ["max", "perMs", "by", "errors"]);
  const max = checkInteger(raw, "max", "rateLimit.", 1, 1_000_000, 100);
  const perMs = checkInteger(raw, "perMs", "rateLimit.", 1, DAY_MS, 1_000);
  const errors = checkBoolean(raw, "errors", "rateLimit.", false);
  const by = checkFunction<KeyOf>(raw, "by", "rateLimit.") ?? levelAndBody;
  const summaryUs = Math.max(perMs, LEAST_SUMMARY_MS) * 1_000;
  const buckets = new KeyTable<Bucket>();

  function bucketOf(name: string, now: number, tools: ProcessorTools): Bucket {
    const key = boundedKey(name, tools);
    const known = buckets.get(key);
    if (known !== undefined) {
      buckets.touch(key);
      return known;
    }
    const bucket = { key: shownKey(name), tokens: max, at: now, withheld: new Withheld() };
    for (const gone of buckets.add(key, bucket, bucket.key.length)) tell(gone, tools);
    return bucket;
  }

  function process(event: LogEvent, tools: ProcessorTools): LogEvent | null {
    if (event.severityNumber >= Level.ERROR && !errors) return event;
    const name = by(event);
    if (name === undefined || name === "") return event;
    const now = event.timeUnixMicro;
    const bucket = bucketOf(String(name), now, tools);
    // A clock that was set back fills nothing, and takes nothing away.
    bucket.tokens = Math.min(max, bucket.tokens + Math.max(0, now - bucket.at) * max / (perMs * 1_000));
    bucket.at = now;
    const { withheld } = bucket;
    if (withheld.count > 0 && Math.abs(now - withheld.first) >= summaryUs) tell(bucket, tools);
    if (bucket.tokens < 1) {
      withheld.add(event);
      return null;
    }
    bucket.tokens--;
    return event;
  }

  return Object.assign(process, {
    reason: "rate_limit",
    flush: (tools: ProcessorTools) => {
      for (const bucket of buckets.values()) tell(bucket, tools);
    },
  });
}

function levelAndBody({ severityNumber, body }: LogEvent): string {
  return `${severityText(severityNumber)} ${body}`;
}

function shownKey(key: string): string {
  return key.length <= MAX_SHOWN_KEY ? key : `${key.slice(0, MAX_SHOWN_KEY)}…`;
}

function tell({ key, withheld }: Bucket, tools: ProcessorTools): void {
  const told = withheld.take();
  if (told === undefined) return;
  tools.emit({
    severityNumber: Level.WARN,
    body: "records were withheld: rate limit",
    attributes: { "pontem.key": key, ...told },
  });
}
