/**
 * The processor that keeps DEBUG in memory and writes it when something goes wrong.
 *
 * @module
 */
import { checkFunction, checkInteger, checkLevel, checkObject, show } from "../../option/check.ts";
import { Level, type LevelLike } from "../../record/level.ts";
import type { KeyOf, LogEvent, Processor, ProcessorTools } from "./processor.ts";

/** Options of {@link fingersCrossed}. */
export interface FingersCrossedOptions {
  /** Records of this level and below are kept back; a name stands for its whole range. @default {"DEBUG"} */
  readonly level?: LevelLike | undefined;
  /** A record of this level or above releases them. @default {"ERROR"} */
  readonly trigger?: LevelLike | undefined;
  /** Records that are kept back; the oldest goes. @default {200} */
  readonly maxRecords?: number | undefined;
  /** About how many bytes they may take together. @default {1_048_576} */
  readonly maxBytes?: number | undefined;
  /** What a record belongs to: a trigger releases only what has the same key, unless it is FATAL. @default {all belong together} */
  readonly by?: KeyOf | undefined;
}

interface Kept {
  readonly event: LogEvent;
  readonly key: string | undefined;
  readonly bytes: number;
}

/** About what a record takes besides its texts. */
const EVENT_BYTES = 100;

/**
 * Makes a processor that keeps the last DEBUG records in memory and writes them when an ERROR comes, right before it; a quiet service writes none.
 * A released record has the time of the release, and `pontem.logged_at` says when it was logged. What is not released in the end is counted as
 * `fingers_crossed`; until then it counts as waiting. FATAL, as the crash record is one, releases everything.
 *
 * @param options Levels and bounds.
 * @returns The processor.
 * @throws {TypeError | RangeError} An option that cannot be used; names it and the remedy.
 *
 * @example The steps before an error
 * ```ts
 * import { createPontem, fingersCrossed } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [fingersCrossed()] });
 * logger.debug("opened");
 * logger.info("started");
 * logger.error("no signal");
 * assert.deepEqual(records().map(({ body }) => body), ["started", "opened", "no signal"]);
 * ```
 */
export function fingersCrossed(options?: FingersCrossedOptions): Processor {
  const raw = checkObject(options, "fingersCrossed()", ["level", "trigger", "maxRecords", "maxBytes", "by"]);
  const level = topOf(raw["level"], checkLevel(raw, "level", "fingersCrossed.") ?? Level.DEBUG);
  const trigger = checkLevel(raw, "trigger", "fingersCrossed.") ?? Level.ERROR;
  if (trigger <= level) {
    throw new RangeError(
      `Cannot use option "fingersCrossed.trigger": expected a level above "level", got ${show(raw["trigger"])}`,
    );
  }
  const maxRecords = checkInteger(raw, "maxRecords", "fingersCrossed.", 1, 100_000, 200);
  const maxBytes = checkInteger(raw, "maxBytes", "fingersCrossed.", 1_024, 2 ** 28, 1_048_576);
  const by = checkFunction<KeyOf>(raw, "by", "fingersCrossed.");
  const kept = new Set<Kept>();
  let bytes = 0;

  function remove(item: Kept): void {
    kept.delete(item);
    bytes -= item.bytes;
  }

  function keep(event: LogEvent): null {
    const item = { event, key: by?.(event), bytes: sizeOf(event) };
    kept.add(item);
    bytes += item.bytes;
    for (const oldest of kept) {
      if (kept.size <= maxRecords && bytes <= maxBytes) break;
      remove(oldest);
    }
    return null;
  }

  function release(event: LogEvent, tools: ProcessorTools): LogEvent {
    const key = by?.(event);
    for (const item of [...kept]) {
      if (item.key !== key && event.severityNumber < Level.FATAL) continue;
      remove(item);
      tools.release(item.event);
    }
    return event;
  }

  const processor = (event: LogEvent, tools: ProcessorTools): LogEvent | null => {
    if (event.severityNumber <= level) return keep(event);
    return event.severityNumber >= Math.min(trigger, Level.FATAL) ? release(event, tools) : event;
  };
  Object.defineProperty(processor, "held", { get: () => kept.size });
  return Object.assign(processor, {
    reason: "fingers_crossed",
    flush: (_: ProcessorTools, last: boolean) => {
      if (!last) return;
      kept.clear();
      bytes = 0;
    },
  });
}

/** The highest number of a level that was named: its range has four. */
function topOf(given: unknown, level: number): number {
  return typeof given === "number" ? level : level + 3;
}

function sizeOf({ body, attributes }: LogEvent): number {
  return EVENT_BYTES + body.length + JSON.stringify(attributes).length;
}
