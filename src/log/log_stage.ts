/**
 * The log stage of an instance: loggers, levels, processors, and the queue in which records wait.
 *
 * @module
 */
import type { Ledger } from "../emit/ledger.ts";
import { LogQueue, type QueueConsumer, type QueueLimits } from "../emit/queue.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host } from "../port/host.ts";
import { bodyText } from "../record/body.ts";
import { Clock } from "../record/timestamp.ts";
import { LogCore } from "./core.ts";
import { LevelFilter } from "./level_filter.ts";
import { Logger, type LoggerShared } from "./logger.ts";
import { Chain } from "./processor/chain.ts";
import type { Processor } from "./processor/processor.ts";

/** Before `init` and after `shutdown` records are held within these bounds. */
export const HELD: QueueLimits = { maxRecords: 1_000, maxBytes: 1_048_576, overflow: "drop-oldest" };

/** What the stage needs of the options. */
export interface LogSettings {
  /** Lowest severity number that is taken. */
  readonly threshold: number;
  /** Bounds of the queue. */
  readonly queue: QueueLimits;
  /** Processors, in order. */
  readonly processors: readonly Processor[];
}

/** Surroundings of the stage. */
export interface LogStageParts {
  /** The host of this moment: `init` may be given another. */
  readonly host: Host;
  /** Where records are counted. */
  readonly ledger: Ledger;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
}

/** The stage. */
export class LogStage {
  readonly #parts: LogStageParts;
  readonly #shared: LoggerShared;
  /** Where records wait. */
  readonly queue: LogQueue;
  /** Takes records. */
  readonly core: LogCore;
  /** The root logger. */
  readonly logger: Logger;
  #chain: Chain | undefined;

  /** @param parts Surroundings. */
  constructor(parts: LogStageParts) {
    const { host, ledger, diagnostics } = parts;
    this.#parts = parts;
    this.queue = new LogQueue(HELD, ledger);
    this.core = new LogCore(this.queue, new Clock(host), ledger);
    this.#shared = { core: this.core, filter: new LevelFilter(), diagnostics };
    this.logger = new Logger(this.#shared, undefined);
  }

  /** A logger of its own name. */
  getLogger(name: unknown, bindings: unknown): Logger {
    return new Logger(this.#shared, bodyText(name), bindings);
  }

  /** Records that wait or are kept back. */
  get waiting(): number {
    return this.queue.count + (this.#chain?.held ?? 0);
  }

  /** `init` was given another host. */
  useClock(host: Host): void {
    this.core.clock = new Clock(host);
  }

  /**
   * The options are known: what was held goes their way.
   *
   * @param settings What the stage needs of them.
   * @param resourceBytes Bytes that the resource takes in each line.
   */
  begin(settings: LogSettings, resourceBytes: number): void {
    const { queue, core } = this;
    const { filter } = this.#shared;
    const { ledger } = this.#parts;
    core.resourceBytes = resourceBytes;
    filter.set(filter.root, settings.threshold);
    queue.consumer = undefined;
    const held = queue.takeAll();
    queue.limit(settings.queue, "queue_full");
    const chain = this.#chain = this.#makeChain(settings.processors);
    core.detour = chain;
    for (const record of held) {
      const { time, level, body, attributes, scope, size } = record;
      if (level < settings.threshold) ledger.drop("below_level");
      else if (chain !== undefined) chain.replay(record);
      else queue.push(time, level, body, attributes, scope, size);
    }
  }

  #makeChain(processors: readonly Processor[]): Chain | undefined {
    if (processors.length === 0) return undefined;
    const { host, ledger, diagnostics } = this.#parts;
    return new Chain({ processors, guard: undefined, core: this.core, ledger, host, diagnostics });
  }

  /**
   * Processors say what they withheld, and at the end give up what they keep back.
   *
   * @param last Is this the end?
   */
  flush(last: boolean): void {
    this.#chain?.flush(last);
  }

  /**
   * From `shutdown` to the next `init`: records are held.
   *
   * @param firstRecord Is called when one comes.
   */
  hold(firstRecord: () => void): void {
    const { queue } = this;
    this.core.clock.onStep = undefined;
    this.core.detour = undefined;
    this.#chain = undefined;
    queue.limit(HELD, "after_shutdown");
    queue.wakeAt(0);
    queue.consumer = {
      wake: () => {
        queue.wakeAt(Infinity);
        firstRecord();
      },
      writeNow: () => {},
      drainSlice: () => false,
    } satisfies QueueConsumer;
  }
}
