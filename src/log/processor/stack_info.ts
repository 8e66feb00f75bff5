/**
 * The processor that turns `stack_info: true` into the stack of the call, as structlog and Python's logging have it.
 *
 * @module
 */
import type { LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { callerFrames } from "./stack.ts";

/** The attribute. */
const NAME = "stack_info";
/** First line of the text. */
const TITLE = "Stack (most recent call first):";

/**
 * Makes a processor that looks at the attribute `stack_info`: `true` becomes the text of the stack of the call, `false` is taken away; anything
 * else stays. Only the records that ask for it cost anything.
 *
 * @returns The processor.
 *
 * @example How did we get here?
 * ```ts
 * import { createPontem, stackInfo } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs(createPontem(), { processors: [stackInfo()] });
 * logger.warn("twice", { stack_info: true });
 * assert.match(String(records()[0]?.attributes["stack_info"]), /^Stack \(most recent call first\):\n/);
 * ```
 */
export function stackInfo(): Processor {
  const process = (event: LogEvent, tools: ProcessorTools): LogEvent => {
    const { attributes } = event;
    const wish = attributes[NAME];
    if (typeof wish !== "boolean") return event;
    const frames = wish && tools.isCall() ? callerFrames() : [];
    if (frames.length === 0) delete attributes[NAME];
    else attributes[NAME] = [TITLE, ...frames.map(({ text }) => `    ${text.trim()}`)].join("\n");
    return event;
  };
  return Object.assign(process, { reason: "stack_info" });
}
