/**
 * The processor that says where in the code a record was logged.
 *
 * @module
 */
import { checkInteger, checkObject } from "../../option/check.ts";
import type { LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { callerFrames } from "./stack.ts";

/** Frames of the service that may be passed over. */
const MOST_FRAMES = 32;

/** Options of {@link callsite}. */
export interface CallsiteOptions {
  /** Frames of the service's own to pass over: 1 where all calls go through a function of its own. @default {0} */
  readonly frames?: number | undefined;
}

/**
 * Makes a processor that adds `code.file.path`, `code.line.number` and `code.function.name` (OpenTelemetry semantic conventions) of the call.
 * The stack costs some ten microseconds a record, on Deno some hundred: for development, or where records are few. Attributes of these names
 * that the call brings stay. Nothing is added to records that were held before `init`, since nobody knows any more who logged them. In a bundle
 * the lines are those of the bundle.
 *
 * @param options Which frame.
 * @returns The processor.
 * @throws {TypeError | RangeError} An option that cannot be used; names it and the remedy.
 *
 * @example The line of a call
 * ```ts
 * import { callsite, createPontem } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [callsite()] });
 * logger.info("here");
 * assert.equal(typeof records()[0]?.attributes["code.line.number"], "number");
 * ```
 */
export function callsite(options?: CallsiteOptions): Processor {
  const raw = checkObject(options, "callsite()", ["frames"]);
  const skipped = checkInteger(raw, "frames", "callsite.", 0, MOST_FRAMES, 0);
  const process = (event: LogEvent, tools: ProcessorTools): LogEvent => {
    const frame = tools.isCall() ? callerFrames(skipped + 1)[skipped] : undefined;
    if (frame === undefined) return event;
    const { file, line, functionName } = frame;
    const code: Record<string, unknown> = { "code.file.path": file, "code.line.number": line };
    if (functionName !== undefined) code["code.function.name"] = functionName;
    for (const [key, value] of Object.entries(code)) {
      if (!Object.hasOwn(event.attributes, key)) event.attributes[key] = value;
    }
    return event;
  };
  return Object.assign(process, { reason: "callsite" });
}
