/**
 * Steps of the standard library's logging.
 *
 * @module
 */
import { closeSync, openSync } from "node:fs";
import { PontemFormatter } from "../../../mod.ts";
import type { Json } from "./json.ts";
import { type Context, numberArgument, type StepTable, textArgument } from "./steps.ts";
import { optionsOf } from "./steps_life.ts";
import { objectOf } from "./types.ts";

/** What a handler without a format writes. */
const PLAIN = "%(message)s";

/** The steps. */
export const STD_STEPS: StepTable = {
  handler: (context, name, options) => {
    const given = objectOf(options);
    const path = given.get("path");
    const target = typeof path === "string" ? path : `${textArgument(name)}.log`;
    // The file of a handler is there from the start.
    closeSync(openSync(target, "a"));
    const formatter = given.get("formatter");
    context.std.logger(String(given.get("logger") ?? "")).handlers.push({
      path: target,
      level: numberArgument(given.get("level")),
      format: String(given.get("format") ?? PLAIN),
      formatter: formatter === undefined || formatter === null ? undefined : makeFormatter(context, formatter),
    });
  },
  std_level: (context, logger, number) =>
    void (context.std.logger(textArgument(logger)).level = numberArgument(number)),
  propagate: (context, logger, whether) =>
    void (context.std.logger(textArgument(logger)).propagates = whether === true),
  level_name: (context, number, name) => context.std.nameLevel(numberArgument(number), textArgument(name)),
  std_log: (context, logger, number, message, options) => {
    const { args, extra, exc_info: error, stack_info: stack } = (context.value(options) ?? {}) as Record<
      string,
      unknown
    >;
    context.std.log({
      logger: textArgument(logger),
      number: numberArgument(number),
      message: context.value(message),
      args: Array.isArray(args) ? args : args === undefined || args === null ? [] : [args],
      extra: (extra ?? {}) as Record<string, unknown>,
      error: error instanceof Error ? error : error === true ? context.handled : undefined,
      stack: stack === true ? stackText() : undefined,
    });
  },
  install: (context, options) => void PontemFormatter.install([context.std.bridge], optionsOf(context, options)),
  formatter: (context, options, positional) => void makeFormatter(context, options, positional),
};

function makeFormatter(context: Context, options: Json | undefined, positional?: Json): PontemFormatter {
  // Positional arguments stand where the options would.
  const given = Array.isArray(positional) ? positional.map((item) => context.value(item)) : [];
  return Reflect.construct(
    PontemFormatter,
    given.length > 0 ? given : [optionsOf(context, options)],
  ) as PontemFormatter;
}

function stackText(): string {
  return ["Stack (most recent call first):", ...(new Error().stack ?? "").split("\n").slice(1)].join("\n");
}
