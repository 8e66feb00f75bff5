/**
 * What each method of the console says, as a record. What the console remembers (groups, counters, timers) is kept here, within bounds.
 *
 * @module
 */
import { ownEntries } from "../record/entries.ts";
import { Level } from "../record/level.ts";
import { shortKey } from "../record/text.ts";
import { elapsedMs } from "../record/timestamp.ts";
import type { ForeignEvent } from "./bridge.ts";
import { consoleMessage } from "./console_message.ts";
import type { TextHost } from "./source.ts";

/** Groups within groups whose labels are kept. */
export const MAX_GROUPS = 32;
/** Labels of counters, and of timers, that are kept; the oldest goes. */
export const MAX_LABELS = 1_000;

/** What a call says. */
export interface ConsoleCall {
  /** The record. */
  readonly event: ForeignEvent;
  /** Does it go to standard error? */
  readonly isError: boolean;
}

/** Levels of the methods that only differ in it. */
const PLAIN: Readonly<Record<string, number>> = {
  debug: Level.DEBUG,
  log: Level.INFO,
  info: Level.INFO,
  warn: Level.WARN,
  error: Level.ERROR,
};

/** Methods that are bridged; the others (`clear`, `profile`) say nothing. */
export const METHODS: readonly string[] = [
  ...Object.keys(PLAIN),
  "trace",
  "dir",
  "dirxml",
  "table",
  "assert",
  "group",
  "groupCollapsed",
  "groupEnd",
  "count",
  "countReset",
  "time",
  "timeLog",
  "timeEnd",
];

/** The calls of one console. */
export class ConsoleCalls {
  readonly #host: TextHost;
  /** Labels of the groups that are open. */
  readonly #groups: string[] = [];
  /** Open groups beyond {@link MAX_GROUPS}. */
  #deeper = 0;
  readonly #counts = new Map<string, number>();
  readonly #timers = new Map<string, number>();

  /** @param host Clock and texts of values. */
  constructor(host: TextHost) {
    this.#host = host;
  }

  /** Is a group open that was begun here? */
  get isInGroup(): boolean {
    return this.#groups.length > 0;
  }

  /**
   * Takes a call.
   *
   * @param method Name of the method.
   * @param data Its arguments.
   * @returns What it says; `undefined` when that is nothing.
   */
  take(method: string, data: readonly unknown[]): ConsoleCall | undefined {
    const level = PLAIN[method];
    if (level !== undefined) return this.#message(level, data);
    const [first] = data;
    switch (method) {
      case "trace":
        return this.#message(Level.TRACE, data.length === 0 ? ["Trace"] : data, { stack_info: stack() }, true);
      case "dir":
        return this.#message(Level.INFO, [first]);
      case "dirxml":
        return this.#message(Level.INFO, data);
      case "table":
        return this.#table(data);
      case "assert":
        return first ? undefined : this.#message(Level.ERROR, assertion(data.slice(1)));
      case "group":
      case "groupCollapsed":
        return this.#group(data);
      case "groupEnd":
        if (this.#deeper > 0) this.#deeper--;
        else this.#groups.pop();
        return undefined;
      default:
        return this.#labelled(method, label(first), data.slice(1));
    }
  }

  #message(
    level: number,
    data: readonly unknown[],
    more?: Readonly<Record<string, unknown>>,
    isError: boolean = level >= Level.WARN,
  ): ConsoleCall {
    const { body, attributes, error } = consoleMessage(data, this.#host);
    const extra = Object.entries({
      ...(this.#groups.length > 0 ? { "console.group": [...this.#groups] } : {}),
      ...more,
    });
    // Read here only where something is added: then a getter that throws costs its value alone, as everywhere.
    const given = attributes === undefined || extra.length === 0 ? [] : ownEntries(attributes).map;
    return {
      event: {
        severityNumber: level,
        body,
        error,
        attributes: extra.length === 0 ? attributes : new Map<string, unknown>([...given, ...extra]),
      },
      isError,
    };
  }

  /** The label is said, too; from the next record on it is in each. */
  #group(data: readonly unknown[]): ConsoleCall | undefined {
    const said = data.length === 0 ? undefined : this.#message(Level.INFO, data);
    if (this.#groups.length < MAX_GROUPS) {
      this.#groups.push(shortKey(typeof said?.event.body === "string" ? said.event.body : ""));
    } else this.#deeper++;
    return said;
  }

  #table([rows, columns]: readonly unknown[]): ConsoleCall {
    if (typeof rows !== "object" || rows === null) return this.#message(Level.INFO, [rows]);
    return this.#message(Level.INFO, ["table"], { "console.table": selected(rows, columns) });
  }

  #labelled(method: string, name: string, data: readonly unknown[]): ConsoleCall | undefined {
    switch (method) {
      case "count": {
        const n = (this.#counts.get(name) ?? 0) + 1;
        keep(this.#counts, name, n);
        return this.#message(Level.INFO, [`${name}: ${n}`], { "console.label": name, "console.count": n });
      }
      case "countReset":
        return this.#counts.delete(name) ? undefined : this.#odd(`Count for "${name}" does not exist`);
      case "time":
        if (this.#timers.has(name)) return this.#odd(`Timer "${name}" exists already`);
        keep(this.#timers, name, this.#host.now());
        return undefined;
      default: {
        const started = this.#timers.get(name);
        if (started === undefined) return this.#odd(`Timer "${name}" does not exist`);
        if (method === "timeEnd") this.#timers.delete(name);
        const ms = elapsedMs(started, this.#host.now());
        const more = { "console.label": name, "duration_ms": ms };
        return this.#message(Level.INFO, ["%s", `${name}: ${ms} ms`, ...data], more);
      }
    }
  }

  #odd(text: string): ConsoleCall {
    return this.#message(Level.WARN, [text]);
  }
}

/** Sets a label; of too many the oldest goes. */
function keep(labels: Map<string, number>, name: string, value: number): void {
  labels.set(name, value);
  for (const oldest of labels.keys()) {
    if (labels.size <= MAX_LABELS) return;
    labels.delete(oldest);
  }
}

function label(value: unknown): string {
  return shortKey(value === undefined ? "default" : String(value));
}

function assertion(data: readonly unknown[]): readonly unknown[] {
  const [first, ...rest] = data;
  if (data.length === 0) return ["Assertion failed"];
  return typeof first === "string" ? [`Assertion failed: ${first}`, ...rest] : ["Assertion failed", ...data];
}

/** The rows of a table, with the columns that are wanted. */
function selected(rows: object, columns: unknown): unknown {
  if (!Array.isArray(columns)) return rows;
  const wanted = columns.map(String);
  const pick = (row: unknown): unknown => {
    if (typeof row !== "object" || row === null) return row;
    return Object.fromEntries(wanted.flatMap((key) => key in row ? [[key, Reflect.get(row, key)]] : []));
  };
  if (Array.isArray(rows)) return rows.map(pick);
  return Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, pick(row)]));
}

/** The calls that lead here, without the ones of the SDK. */
function stack(): string {
  const lines = (new Error().stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return ["Stack (most recent call first):", ...lines.slice(OWN_FRAMES)].join("\n");
}

/** `stack`, `take` and the method that was put in. */
const OWN_FRAMES = 3;
