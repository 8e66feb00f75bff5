/**
 * The console as a logger: what a program says with it becomes wire lines on the same stream, standard output or standard error.
 *
 * @module
 */
import { Level } from "../record/level.ts";
import type { Bridge, ForeignEvent } from "./bridge.ts";
import { type ConsoleCall, ConsoleCalls, METHODS } from "./console_calls.ts";
import type { PontemFormatter } from "./formatter.ts";
import { isLastLine } from "./last_line.ts";
import { textHostOf } from "./source.ts";

/** A console, as far as it is needed: `console` itself, or one of your own. */
export interface ConsoleObject {
  /** Writes to standard output. */
  log(...data: unknown[]): void;
  /** The same. */
  info(...data: unknown[]): void;
  /** The same. */
  debug(...data: unknown[]): void;
  /** Writes to standard error. */
  warn(...data: unknown[]): void;
  /** The same. */
  error(...data: unknown[]): void;
}

type Method = (...data: unknown[]) => unknown;

/** What messages call it, and what its records carry as `logger.name`. */
const NAME = "console";

/** The console of the platform. */
export function platformConsole(): ConsoleObject {
  return globalThis.console;
}

/** Is it a console? */
export function isConsole(value: object): value is ConsoleObject {
  return ["log", "info", "debug", "warn", "error"].every((name) => typeof Reflect.get(value, name) === "function");
}

/**
 * The bridge of a console.
 *
 * | method | level | stream |
 * |---|---|---|
 * | `trace` | TRACE | standard error |
 * | `debug` | DEBUG | standard output |
 * | `log`, `info`, `dir`, `dirxml`, `table`, `group`, `groupCollapsed`, `count`, `timeLog`, `timeEnd` | INFO | standard output |
 * | `warn`; a label that does not exist, or exists already | WARN | standard error |
 * | `error`, `assert` | ERROR | standard error |
 *
 * @param target The console.
 * @returns The bridge; two of one console are the same one to whoever installs them.
 */
export function consoleBridge(target: ConsoleObject): Bridge {
  return {
    name: NAME,
    target,
    // As on standard error: a service that says nothing about it does not want to read what is no warning.
    ownLevel: "WARN",
    install: (formatter) => install(target, formatter),
    write: (event) => writers.get(target)?.(event),
  };
}

/** Ways to the streams of consoles that are bridged: the SDK's own messages must not come in as calls of the service. */
const writers = new WeakMap<ConsoleObject, (event: ForeignEvent) => void>();

function install(target: ConsoleObject, formatter: PontemFormatter): () => void {
  const before = new Map<string, PropertyDescriptor | undefined>();
  const originals = new Map<string, Method>();
  const calls = new ConsoleCalls(textHostOf(formatter));
  let isIn = true;
  const print = (isError: boolean, line: string): void => {
    originals.get(isError ? "error" : "log")?.call(target, line);
  };
  for (const name of METHODS) {
    const original: unknown = Reflect.get(target, name);
    if (typeof original !== "function") continue;
    before.set(name, Object.getOwnPropertyDescriptor(target, name));
    originals.set(name, original as Method);
  }
  const ours = new Map<string, Method>();
  for (const [name, original] of originals) {
    const method: Method = (...data) => {
      // A group that was begun before indents the lines until the console itself ends it.
      const isOfBefore = name === "groupEnd" && !calls.isInGroup;
      if (!isIn || isOfBefore || isLastLine(data)) return Reflect.apply(original, target, data);
      let call: ConsoleCall | undefined;
      try {
        call = calls.take(name, data);
      } catch {
        // Whatever it is that cannot be looked at: the console itself may know what to do with it.
        return Reflect.apply(original, target, data);
      }
      if (call !== undefined) print(call.isError, formatter.format({ ...call.event, loggerName: NAME }));
      return undefined;
    };
    Object.defineProperty(method, "name", { value: name });
    ours.set(name, method);
    const enumerable = before.get(name)?.enumerable ?? true;
    // One that cannot be replaced stays as it is.
    Reflect.defineProperty(target, name, { value: method, writable: true, enumerable, configurable: true });
  }
  writers.set(target, (event) => print(event.severityNumber >= Level.WARN, formatter.format(event)));
  return () => {
    isIn = false;
    writers.delete(target);
    for (const [name, method] of ours) {
      // Somebody has put another one over ours: theirs stays, and ours only hands on from here.
      if (Reflect.get(target, name) !== method) continue;
      const descriptor = before.get(name);
      if (descriptor === undefined) Reflect.deleteProperty(target, name);
      else Reflect.defineProperty(target, name, descriptor);
    }
  };
}
