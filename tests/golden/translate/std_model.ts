/**
 * The standard library's logging while the steps of a case are walked through: loggers, handlers, what lands in their files.
 *
 * @module
 */
import { namesUpTo } from "../driver/std_chain.ts";
import { JsonNumber } from "../driver/json.ts";
import { recordFile } from "./disk.ts";
import type { Item } from "./expectation.ts";
import { type Expected, type ExpectedObject, Mask, timestamp } from "./mask.ts";
import { severityText } from "./severity.ts";
import type { World } from "./world.ts";

/** What a formatter was made with. */
export interface FormatterModel {
  /** Resource attributes of its options. */
  readonly own: ExpectedObject;
}

/** Where records go. */
export interface HandlerModel {
  /** Its file, absolute. */
  readonly path: string;
  /** Its threshold. */
  readonly level: number;
  /** Its plain form. */
  readonly format: string;
  /** What makes wire lines of its records. */
  formatter: FormatterModel | undefined;
}

/** A record. */
export interface StdRecordModel {
  /** Name of its logger. */
  readonly logger: string;
  /** Its number. */
  readonly number: number;
  /** Its text. */
  readonly body: Expected;
  /** Its attributes, the logger's name among them. */
  readonly attributes: Expected;
  /** May it be missing? */
  readonly maybe?: boolean;
}

interface LoggerModel {
  level: number;
  propagates: boolean;
  readonly handlers: HandlerModel[];
}

const NAMES: ReadonlyMap<number, string> = new Map([
  [10, "DEBUG"],
  [20, "INFO"],
  [30, "WARNING"],
  [40, "ERROR"],
  [50, "CRITICAL"],
]);
const SEVERITIES = [1, 5, 9, 13, 17, 21] as const;
const WARNING = 30;

/** The loggers. */
export class StdModel {
  readonly #loggers = new Map<string, LoggerModel>([["", { level: WARNING, propagates: false, handlers: [] }]]);
  /** Names of numbers. */
  readonly names: Map<number, string> = new Map(NAMES);
  /** Is the bridge installed? Then the SDK's own messages go its way. */
  isInstalled = false;

  /** A logger. */
  logger(name: string): LoggerModel {
    let logger = this.#loggers.get(name);
    if (logger === undefined) {
      logger = { level: 0, propagates: true, handlers: [] };
      this.#loggers.set(name, logger);
    }
    return logger;
  }

  /** Is there any handler? In Python own messages go there, bridge or not. */
  get hasHandlers(): boolean {
    return [...this.#loggers.values()].some(({ handlers }) => handlers.length > 0);
  }

  /** The bridge is installed on the handlers that the root has now. */
  install(formatter: FormatterModel): void {
    for (const handler of this.logger("").handlers) handler.formatter = formatter;
    this.isInstalled = this.logger("").handlers.length > 0;
  }

  /** A record is logged. */
  log(world: World, record: StdRecordModel): void {
    const chain = namesUpTo(record.logger);
    const level = chain.map((name) => this.#loggers.get(name)?.level ?? 0).find((own) => own > 0) ?? 0;
    if (record.number < level) return;
    for (const name of chain) {
      const logger = this.#loggers.get(name);
      for (const handler of logger?.handlers ?? []) {
        if (record.number >= handler.level) this.#handle(world, handler, record);
      }
      if (logger?.propagates === false) return;
    }
  }

  #handle(world: World, { path, format, formatter }: HandlerModel, record: StdRecordModel): void {
    const line = formatter === undefined ? this.#plain(format, record) : wireLine(world, formatter, record);
    write(world, path, { kind: "line", line, ...(record.maybe === true ? { maybe: true } : {}) });
  }

  #plain(format: string, { logger, number, body }: StdRecordModel): ExpectedObject {
    const around = format.split(/%\((\w+)\)s/);
    const values: Readonly<Record<string, Expected>> = {
      levelname: this.names.get(number) ?? `Level ${number}`,
      levelno: String(number),
      name: logger === "" ? "root" : logger,
      message: body,
    };
    const parts = around.map((part, i) => i % 2 === 0 ? part : values[part] ?? "");
    if (parts.every((part) => typeof part === "string")) return new Map([["$text", parts.join("")]]);
    return new Map([["$text", new Mask(`a text by ${format}`, (actual) => typeof actual === "string")]]);
  }
}

function wireLine(
  world: World,
  formatter: FormatterModel,
  { number, body, attributes }: StdRecordModel,
): ExpectedObject {
  const severity = SEVERITIES[Math.min(5, Math.max(0, Math.floor(number / 10)))] ?? 1;
  return new Map<string, Expected>([
    ["timestamp", timestamp],
    ["severityNumber", new JsonNumber(String(severity))],
    ["severityText", severityText(severity)],
    ["body", body],
    ["attributes", attributes],
    ["resource", resourceOf(world, formatter) ?? new Map()],
  ]);
}

/**
 * The resource of a formatter's lines: its options, then what `init` populated, name and version first.
 *
 * @param world The process.
 * @param formatter The formatter.
 * @returns The resource; `undefined` without a name.
 */
export function resourceOf(world: World, { own }: FormatterModel): ExpectedObject | undefined {
  const base = world.populated;
  const resource: ExpectedObject = new Map();
  for (const key of ["service.name", "service.version", ...base.keys(), ...own.keys()]) {
    const value = own.get(key) ?? base.get(key);
    if (value !== undefined) resource.set(key, value);
  }
  if (own.size > 0 && base.size > 0) world.apply("formatter-resource");
  const name = resource.get("service.name");
  return typeof name === "string" && name !== "" ? resource : undefined;
}

/** A handler's line lands at once. */
function write(world: World, path: string, item: Item): void {
  const { disk } = world.shared;
  const file = recordFile(path);
  if (file !== undefined && disk.records.has(`${file.directory}|${file.name}`)) {
    disk.channel(file.directory, file.name).items.push(item);
    return;
  }
  const entry = disk.entries.get(path);
  const items = entry?.kind === "file" ? entry.items : [];
  disk.entries.set(path, { kind: "file", text: undefined, mode: undefined, items: [...items, item] });
}

/** The severity number of an own message as the number of Python's level. */
export function numberOfLevel(level: string): number {
  return [...NAMES].find(([, name]) => name.startsWith(level === "FATAL" ? "CRITICAL" : level))?.[0] ?? WARNING;
}
