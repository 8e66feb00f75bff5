/**
 * The processor that writes a record once which is logged again and again.
 *
 * @module
 */
import { checkFunction, checkInteger, checkObject, DAY_MS } from "../../option/check.ts";
import { parseJson } from "../../record/parse_json.ts";
import { boundedKey, KeyTable } from "./key_table.ts";
import type { KeyOf, LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { Withheld } from "./withheld.ts";

/** Options of {@link dedupe}. */
export interface DedupeOptions {
  /** For how long after a record the same one is withheld, in milliseconds. @default {10_000} */
  readonly windowMs?: number | undefined;
  /** What makes two records the same; `undefined` or `""`: this one is like no other. @default {level, body and attributes} */
  readonly by?: KeyOf | undefined;
}

/** A record that was written, and how often it came again. */
interface Seen {
  readonly level: number;
  readonly body: string;
  /** JSON text: what comes later may change the attributes. */
  readonly attributes: string;
  since: number;
  readonly again: Withheld;
}

/**
 * Makes a processor that withholds a record when the same one (level, body and attributes) was written within the window. What it withholds is
 * counted as `duplicate` and told of in one record with level, body and attributes of the first and `pontem.repeated` (how often it came again),
 * `pontem.first_time`, `pontem.last_time`: when the record comes again after the window, within 10 s, at `flush` and at the end. It knows 1,000
 * records of 1 MiB together; the oldest goes.
 *
 * @param options The window.
 * @returns The processor.
 * @throws {TypeError | RangeError} An option that cannot be used; names it and the remedy.
 *
 * @example A fault that is found in each frame
 * ```ts
 * import { createPontem, dedupe } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [dedupe()] });
 * for (let frame = 0; frame < 100; frame++) logger.error("lens covered", { camera: "cam0" });
 * const [first, summary] = records();
 * assert.equal(first?.body, "lens covered");
 * assert.equal(summary?.attributes["pontem.repeated"], 99);
 * ```
 */
export function dedupe(options?: DedupeOptions): Processor {
  const raw = checkObject(options, "dedupe()", ["windowMs", "by"]);
  const windowUs = checkInteger(raw, "windowMs", "dedupe.", 1, DAY_MS, 10_000) * 1_000;
  const by = checkFunction<KeyOf>(raw, "by", "dedupe.");
  const table = new KeyTable<Seen>();

  function process(event: LogEvent, tools: ProcessorTools): LogEvent | null {
    const { severityNumber: level, body, timeUnixMicro: now } = event;
    const attributes = JSON.stringify(event.attributes);
    const name = by === undefined ? `${level} ${JSON.stringify(body)} ${attributes}` : by(event);
    if (name === undefined || name === "") return event;
    const key = boundedKey(String(name), tools);
    const seen = table.get(key);
    if (seen !== undefined) {
      // A clock that was set back by more than the window ends it too.
      if (Math.abs(now - seen.since) < windowUs) {
        seen.again.add(event);
        return null;
      }
      tell(seen, tools);
      table.delete(key);
    }
    const first = { level, body, attributes, since: now, again: new Withheld() };
    for (const gone of table.add(key, first, body.length + attributes.length)) tell(gone, tools);
    return event;
  }

  return Object.assign(process, {
    reason: "duplicate",
    flush: (tools: ProcessorTools) => {
      for (const seen of table.values()) tell(seen, tools);
    },
  });
}

function tell({ level, body, attributes, again }: Seen, tools: ProcessorTools): void {
  const told = again.take("pontem.repeated");
  if (told === undefined) return;
  const first = parseJson(attributes) as Record<string, unknown>;
  tools.emit({ severityNumber: level, body, attributes: { ...first, ...told } });
}
