/**
 * The log stage of an instance: loggers, levels, processors, and the queue in which records wait.
 *
 * @module
 */
import type { DebugLimits } from "../emit/debug_writer.ts";
import type { Ledger } from "../emit/ledger.ts";
import { LogQueue, type QueueConsumer, type QueueLimits } from "../emit/queue.ts";
import type { WaitingRecord } from "../emit/ring.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host } from "../port/host.ts";
import type { RedactAttributes } from "../record/attributes.ts";
import { bodyText } from "../record/body.ts";
import { LOGGER_NAME } from "../record/scope.ts";
import { Clock } from "../record/timestamp.ts";
import { ContextStore } from "./context/store.ts";
import { LogCore, type Surroundings } from "./core.ts";
import { Home } from "./home.ts";
import { LevelFilter, LOW } from "./level_filter.ts";
import type { LevelTable } from "./level_table.ts";
import { Logger } from "./logger.ts";
import type { LoggerShared } from "./logger_shared.ts";
import { Chain } from "./processor/chain.ts";
import { type Lane, markPassed } from "./processor/passed.ts";
import type { Processor } from "./processor/processor.ts";
import type { Redactor } from "./processor/redactor.ts";

/** Before `init` and after `shutdown` records are held within these bounds. */
export const HELD: QueueLimits = { maxRecords: 1_000, maxBytes: 1_048_576, overflow: "drop-oldest" };

/** What the stage needs of the options. */
export interface LogSettings {
  /** Lowest severity number that is taken. */
  readonly threshold: number;
  /** Levels by prefix of the logger's name. */
  readonly levels: LevelTable;
  /** What is kept at home, `undefined`: nothing. */
  readonly debug: DebugLimits | undefined;
  /** Bounds of the queue. */
  readonly queue: QueueLimits;
  /** Processors, in order. */
  readonly processors: readonly Processor[];
  /** What the option `redact` says; none without it. */
  readonly redactor: Redactor | undefined;
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
  /** What is around the calls. */
  readonly context: ContextStore;
  /** Where TRACE and DEBUG go that are kept at home; none before the option was on. */
  home: Home | undefined;
  #chain: Chain | undefined;
  /**
   * The option `redact`, for what does not come through the processors; `undefined` without it. It stays in force after `shutdown`. Should it
   * fail, nothing of the attributes is left.
   */
  redact: RedactAttributes | undefined;

  /** @param parts Surroundings. */
  constructor(parts: LogStageParts) {
    const { host, ledger, diagnostics } = parts;
    this.#parts = parts;
    this.queue = new LogQueue(HELD, ledger);
    this.core = new LogCore(this.queue, new Clock(host), ledger);
    this.context = new ContextStore({
      get host() {
        return parts.host;
      },
      diagnostics,
      activate: (surroundings) => this.#surround(surroundings),
    });
    this.#shared = {
      core: this.core,
      low: this.core,
      filter: new LevelFilter(),
      diagnostics,
      now: () => parts.host.now(),
      context: this.context,
    };
    this.logger = new Logger(this.#shared, undefined);
  }

  /** Somebody uses the context: records look at it from now on. */
  #surround(surroundings: Surroundings): void {
    this.core.surroundings = surroundings;
    if (this.home !== undefined) this.home.core.surroundings = surroundings;
  }

  /** A logger of its own name. */
  getLogger(name: unknown, bindings: unknown): Logger {
    return new Logger(this.#shared, bodyText(name), bindings);
  }

  /** Which levels are on. */
  get filter(): LevelFilter {
    return this.#shared.filter;
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
    const { threshold, levels, debug } = settings;
    core.resourceBytes = resourceBytes;
    this.context.start();
    filter.begin({ threshold, levels, low: debug?.threshold });
    queue.consumer = undefined;
    const held = queue.takeAll();
    queue.limit(settings.queue, "queue_full");
    const home = debug === undefined ? undefined : (this.home ??= new Home({ core, ledger }));
    const chain = this.#chain = this.#makeChain(settings, home);
    core.detour = chain;
    home?.begin(settings.queue.overflow);
    this.#shared.low = home?.core ?? core;
    for (const record of held) {
      const { time, level, body, attributes, scope, size } = record;
      const cell = filter.cell(loggerName(record));
      if (level < (level < LOW ? cell.low : cell.threshold)) ledger.drop("below_level");
      else if (chain !== undefined) chain.replay(record);
      else if (level < LOW && home !== undefined) home.take(record);
      else queue.push(time, level, body, attributes, scope, size);
    }
  }

  #makeChain({ processors, redactor }: LogSettings, home: Home | undefined): Chain | undefined {
    const { host, ledger, diagnostics } = this.#parts;
    this.redact = redactor && ((attributes) => redactor.redactedSafely(attributes, host));
    const guard = redactor?.processor;
    const all = guard === undefined ? processors : [...processors, guard];
    if (all.length === 0) return undefined;
    const main = { core: this.core, ledger };
    // A processor may hand something on after the end: then nothing is kept at home any more.
    const lane = (level: number): Lane => home === undefined || home.isOver ? main : home.lane(level);
    return new Chain({ processors: all, guard, redact: this.redact, main, lane, host, diagnostics });
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
    // Records that are kept back or summed up at the last moment are held like those that come later, or given up.
    queue.consumer = undefined;
    this.home?.end();
    this.#chain?.close();
    if (this.#chain !== undefined) markPassed(queue);
    queue.limit(HELD, "after_shutdown");
    this.#chain = undefined;
    this.#shared.low = this.core;
    this.#shared.filter.end();
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

/** Which logger made a record that was held. What is text is finished, the name within. */
function loggerName({ scope, attributes }: WaitingRecord): string | undefined {
  const name = scope?.attributes[LOGGER_NAME] ??
    (typeof attributes === "string" ? (JSON.parse(attributes) as Record<string, unknown>)[LOGGER_NAME] : undefined);
  return typeof name === "string" ? name : undefined;
}
