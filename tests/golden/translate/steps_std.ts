/**
 * What steps of the standard library's logging do: the rows `formatter-resource`, `formatter-errors`, `formatter-extra` and
 * `exception-attributes`.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import { percent } from "../driver/percent.ts";
import { objectOf } from "../driver/types.ts";
import { makeValue } from "../driver/values.ts";
import { absolute, recordFile } from "./disk.ts";
import { anyText, type Expected, type ExpectedObject, Mask, stackOf } from "./mask.ts";
import { type FormatterModel, resourceOf } from "./std_model.ts";
import type { Walkers } from "./walk.ts";
import { Raised, type World } from "./world.ts";

const OPTIONS: ReadonlySet<string> = new Set(["service_name", "service_version", "resource"]);
/** Names of LogRecord's own attributes, which Python refuses or swallows. */
const RESERVED =
  /^(?:_.*|name|msg|args|levelname|levelno|pathname|filename|module|exc_info|exc_text|stack_info|lineno|funcName|created|msecs|relativeCreated|thread|threadName|processName|process|taskName|message|asctime)$/;

/** The steps. */
export const STD_WALKERS: Walkers = {
  handler: (world, name, options) => {
    const given = objectOf(options);
    const path = given.get("path");
    const target = absolute(typeof path === "string" ? path : `${String(name)}.log`, world.cwd);
    const { disk } = world.shared;
    const file = recordFile(target);
    const isOurs = file !== undefined && disk.records.has(`${file.directory}|${file.name}`);
    if (!isOurs && !disk.entries.has(target)) {
      disk.entries.set(target, { kind: "file", text: undefined, mode: undefined, items: [] });
    }
    const formatter = given.get("formatter");
    world.std.logger(String(given.get("logger") ?? "")).handlers.push({
      path: target,
      level: numberOf(given.get("level")),
      format: String(given.get("format") ?? "%(message)s"),
      formatter: formatter instanceof Map ? makeFormatter(world, formatter) : undefined,
    });
  },
  std_level: (world, logger, number) => void (world.std.logger(String(logger)).level = numberOf(number)),
  propagate: (world, logger, whether) => {
    world.std.logger(String(logger)).propagates = whether === true;
    if (world.shared.see.has("propagate")) world.apply("propagate");
  },
  level_name: (world, number, name) => void world.std.names.set(numberOf(number), String(name)),
  install: (world, options) => {
    const formatter = makeFormatter(world, objectOf(options));
    world.speak();
    const hasHandlers = world.std.logger("").handlers.length > 0;
    if (hasHandlers) return world.std.install(formatter);
    world.apply("own-messages");
    world.say("pontem.sdk", "ERROR");
  },
  formatter: (world, options, positional) => {
    if (Array.isArray(positional) && positional.length > 0) throw new Raised("PontemFormatter");
    makeFormatter(world, objectOf(options));
  },
  std_log: (world, logger, number, message, options) => {
    const given = objectOf(options);
    const name = logger === "" ? "root" : String(logger);
    world.std.log(world, {
      logger: String(logger),
      number: numberOf(number),
      body: bodyOf(world, message ?? null, given.get("args")),
      attributes: attributesOf(world, name, given, message ?? null),
    });
  },
};

/** A formatter, or an error where ours raises. */
export function makeFormatter(world: World, options: JsonObject): FormatterModel {
  const given = new Map([...options].filter(([, value]) => value !== null));
  for (const key of given.keys()) if (!OPTIONS.has(key)) throw new Raised("PontemFormatter");
  const resource = given.get("resource");
  if (resource !== undefined) world.apply("formatter-resource");
  if (resource !== undefined && !(resource instanceof Map)) throw new Raised("resource");
  const own: ExpectedObject = new Map(
    [...objectOf(resource)].map(([key, value]) => [key, world.renderer.value(value)]),
  );
  for (const [option, key] of [["service_name", "service.name"], ["service_version", "service.version"]] as const) {
    const value = given.get(option);
    if (value !== undefined && typeof value !== "string") throw new Raised(option);
    if (value !== undefined && value !== "") own.set(key, value);
  }
  if (resourceOf(world, { own }) === undefined) throw new Raised("service.name");
  return { own };
}

function bodyOf(world: World, message: Json, args: Json | undefined): Expected {
  const list = Array.isArray(args) ? args : args === undefined || args === null ? [] : [args];
  if (list.length === 0) return world.renderer.body(message);
  try {
    return world.renderer.body(percent(String(message), list.map((item) => makeValue(item, world.variables))));
  } catch {
    world.apply("formatter-errors");
    return new Mask(
      "the text and a marker",
      (actual) => typeof actual === "string" && actual.startsWith(String(message)) && /\[Throws \w+\]$/.test(actual),
    );
  }
}

/** Extras, the name of the logger, the stack, the error. */
function attributesOf(world: World, name: string, options: JsonObject, message: Json): ExpectedObject {
  const extra = objectOf(options.get("extra"));
  if ([...extra.keys()].some((key) => RESERVED.test(key))) world.apply("formatter-extra");
  // An error may be the message itself.
  const said = objectOf(message).get("$value") === "error" ? world.renderer.error(objectOf(message)) : undefined;
  const error = errorOf(world, options.get("exc_info")) ?? said;
  // The first error of a record is spread out; where there is another one, those of the extras stay under their keys.
  const own = error === undefined ? world.renderer.attributes(extra) : world.renderer.object(extra, -1);
  const attributes: ExpectedObject = new Map(own);
  if (!attributes.has("logger.name")) attributes.set("logger.name", name);
  if (options.get("stack_info") === true) attributes.set("stack_info", stackOf(""));
  for (const [key, value] of error ?? []) if (!attributes.has(key)) attributes.set(key, value);
  return attributes;
}

function errorOf(world: World, asked: Json | undefined): ExpectedObject | undefined {
  if (asked === undefined || asked === null || asked === false) return undefined;
  world.apply("exception-attributes");
  if (asked instanceof Map) return asked.get("$value") === "error" ? world.renderer.error(asked) : undefined;
  return asked === true && world.handled !== undefined ? rendered(world, world.handled) : undefined;
}

function rendered(world: World, error: JsonObject): ExpectedObject {
  const attributes = world.renderer.error(error);
  const cause = error.get("cause");
  if (cause instanceof Map) attributes.set("exception.cause", rendered(world, cause));
  return attributes;
}

function numberOf(value: Json | undefined): number {
  return value instanceof JsonNumber ? value.value : 0;
}

/** An own message goes to the chain. */
export function sayToChain(world: World, name: string, number: number, required: boolean): void {
  world.apply("own-messages");
  world.std.log(world, {
    logger: name,
    number,
    body: anyText,
    attributes: new Map([["logger.name", name]]),
    maybe: !required,
  });
}
