/**
 * An instance of the SDK on a machine in memory, with all that it writes and says at hand.
 *
 * @module
 */
import { type MemoryRuntime, memoryRuntime, type MemoryRuntimeOptions } from "../../src/adapter/memory/mod.ts";
import { MemoryFileSystem } from "../../src/adapter/memory/fs.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import type { Pontem } from "../../src/pontem.ts";
import { createPontem } from "../../src/sdk.ts";

/** Where the files lie unless a test says otherwise. */
export const DIRECTORY = "/logs";

/** A log record as a reader sees it. */
export interface LogRecord {
  readonly timestamp: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A metric record as a reader sees it. */
export interface MetricRecord {
  readonly timestamp: string;
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The instance and its surroundings. */
export class World {
  readonly runtime: MemoryRuntime;
  readonly pontem: Pontem;
  /** The disk as nobody's faults show it. */
  readonly disk: MemoryFileSystem;

  /** @param memory Environment and machine; it is not initialised. */
  constructor(memory: MemoryRuntimeOptions = {}) {
    this.runtime = memoryRuntime(memory);
    this.disk = new MemoryFileSystem(this.runtime.machine.disk);
    this.pontem = createPontem();
  }

  /** Initialises the instance. */
  init(options: Partial<InitOptions> = {}): this {
    this.pontem.init({ serviceName: "svc", emitDir: DIRECTORY, runtime: this.runtime, ...options });
    return this;
  }

  /** Lines of a file, without what is still to be written. */
  landed(name = "logs.jsonl", directory: string = DIRECTORY): string[] {
    const path = `${directory}/${name}`;
    if (this.disk.stat(path) === undefined) return [];
    const text = new TextDecoder("utf-8", { fatal: true }).decode(this.disk.readFile(path));
    if (text !== "" && !text.endsWith("\n")) throw new Error(`A torn line in ${path}`);
    return text.split("\n").slice(0, -1);
  }

  /** Everything logged so far, written and read back. */
  lines(): string[] {
    this.pontem.flushSync();
    return this.landed();
  }

  /** The same, parsed. */
  records(): LogRecord[] {
    return this.lines().map((line) => JSON.parse(line) as LogRecord);
  }

  /** Metric records so far. */
  metricRecords(): MetricRecord[] {
    this.pontem.flushSync();
    return this.landed("metrics.jsonl").map((line) => JSON.parse(line) as MetricRecord);
  }

  /** Bodies of the records so far. */
  bodies(): string[] {
    return this.records().map(({ body }) => body);
  }

  /** What went to standard error since the last call. */
  said(): string[] {
    return this.runtime.host.errors.splice(0);
  }

  /** The last record's attributes after logging `attributes`. */
  attributesOf(attributes: unknown, body: unknown = "x"): Readonly<Record<string, unknown>> {
    this.pontem.logger.info(body, attributes as object);
    const records = this.records();
    return records[records.length - 1]?.attributes ?? {};
  }

  /** Is every record in exactly one place? */
  balance(): { readonly accepted: number; readonly accounted: number } {
    const { accepted, written, droppedTotal, waiting } = this.pontem.stats().logs;
    return { accepted, accounted: written + droppedTotal + waiting };
  }
}

/** An initialised instance. */
export function started(options: Partial<InitOptions> = {}, memory: MemoryRuntimeOptions = {}): World {
  return new World(memory).init(options);
}
