/**
 * Which loggers are meant: a list of bridges and consoles, taken apart and checked.
 *
 * @module
 */
import { show } from "../option/check.ts";
import type { Bridge } from "./bridge.ts";
import { consoleBridge, isConsole, platformConsole } from "./console.ts";

/** Loggers in one list. */
export const MAX_BRIDGES = 64;

/**
 * Makes bridges of what was given.
 *
 * @param value `false` and `undefined`: none; `true`: the console; or a list of bridges and consoles.
 * @param where What messages call it.
 * @returns The bridges, each once.
 * @throws {TypeError} When it is something else; names the remedy.
 */
export function bridgesOf(value: unknown, where = "PontemFormatter.install()"): readonly Bridge[] {
  if (value === undefined || value === false) return [];
  if (value === true) return [consoleBridge(platformConsole())];
  if (!Array.isArray(value) || value.length > MAX_BRIDGES) {
    throw new TypeError(
      `Cannot use ${where}: expected true (the console), false, or an array of at most ${MAX_BRIDGES} bridges such as [console, winston(logger)], got ${
        show(value)
      }`,
    );
  }
  return [...new Set(value.map((item: unknown) => bridgeOf(item, where)))];
}

function bridgeOf(item: unknown, where: string): Bridge {
  if (isObject(item)) {
    if (typeof item["install"] === "function" && typeof item["name"] === "string") return item as unknown as Bridge;
    const remedy = remedyFor(item);
    if (remedy !== undefined) throw new TypeError(`Cannot use ${where}: ${remedy}`);
    if (isConsole(item)) return consoleBridge(item);
  }
  throw new TypeError(
    `Cannot use ${where}: expected a bridge or the console, got ${
      show(item)
    }. For a logger that the SDK does not know, pass an object with "name" and "install", see the interface Bridge`,
  );
}

/** Loggers that are no bridges themselves, by what only they have. */
function remedyFor(logger: Readonly<Record<string, unknown>>): string | undefined {
  const has = (name: string): boolean => typeof logger[name] === "function";
  if (has("child") && has("bindings") && has("setBindings")) {
    return 'a pino logger cannot be given another format once it is made. Make it with pino(pinoOptions()) from "@pontem/sdk/bridge/pino"';
  }
  if (has("configure") && has("add") && has("remove") && "transports" in logger) {
    return 'a winston logger goes into its bridge: pass winston(logger) from "@pontem/sdk/bridge/winston"';
  }
  if (Array.isArray(logger["category"]) && has("getChild")) {
    return 'LogTape formats in its sinks: give them logtapeFormatter() from "@pontem/sdk/bridge/logtape"';
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
