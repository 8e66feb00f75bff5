/**
 * Steps that log.
 *
 * @module
 */
import { Level, logger } from "../../../mod.ts";
import { severityNumber, severityText } from "../../../src/record/level.ts";
import { JsonNumber, toJson } from "./json.ts";
import { numberArgument, type StepTable, textArgument } from "./steps.ts";

type Method = (body: unknown, attributes?: unknown, ...more: unknown[]) => void;

/** The steps. */
export const LOG_STEPS: StepTable = {
  log: (context, level, body, attributes, ...positional) => {
    const more = positional.map((item) => context.value(item));
    call(level, context.value(body), context.value(attributes) ?? undefined, ...more);
  },
  log_raw: (context, level, named) => {
    const { msg, ...attributes } = context.value(named) as Record<string, unknown>;
    call(level, msg, attributes);
  },
  log_number: (context, number, body) => logger.log(numberArgument(number), context.value(body)),
  burst: (_, level, n, pad, start) => burst(level, numberArgument(n), numberArgument(pad), numberArgument(start)),
  async threads(_, n, each) {
    // There are no threads that could share a logger: callers that take turns after each record come nearest.
    const size = numberArgument(each);
    const callers = Array.from({ length: numberArgument(n) }, (_, caller) => caller);
    await Promise.all(callers.map(async (caller) => {
      for (let i = 0; i < size; i++) {
        logger.info("burst", { i: caller * size + i });
        await Promise.resolve();
      }
    }));
  },
  levels: (context) => {
    const names = Object.keys(Level);
    const ofLogger = names.map((name) => [name, Reflect.get(logger, name)]);
    context.push(new Map([["$levels", toJson(Level)], ["logger", toJson(Object.fromEntries(ofLogger))]]));
  },
  level: (context, given) => {
    const number = severityNumber(given instanceof JsonNumber ? given.value : given);
    if (number === undefined) throw new RangeError("No such level");
    context.push(new Map([["$level", toJson([severityText(number), number])]]));
  },
};

function call(level: unknown, ...args: Parameters<Method>): void {
  // An unknown level is a TypeError of the language, as an AttributeError is one of Python's.
  const method = Reflect.get(logger, textArgument(level as string)) as Method;
  method.call(logger, ...args);
}

function burst(level: unknown, n: number, pad: number, start: number): void {
  const padding = "x".repeat(pad);
  for (let i = start; i < start + n; i++) call(level, "burst", pad > 0 ? { i, pad: padding } : { i });
}
