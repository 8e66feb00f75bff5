/**
 * Runs the processors of an instance, on the call.
 *
 * @module
 */
import type { WaitingRecord } from "../../emit/ring.ts";
import type { Diagnostics } from "../../port/diagnostics.ts";
import type { Host, Timer } from "../../port/host.ts";
import type { RedactAttributes } from "../../record/attributes.ts";
import type { Scope } from "../../record/scope.ts";
import { isTrace, traceText } from "../../record/trace.ts";
import type { Detour } from "../core.ts";
import { checkedEvent, eventOf, eventOfHeld, isEvent, plainEvent, releasedEvent } from "./event.ts";
import { ProcessorFault } from "./fault.ts";
import { Link, type Place } from "./link.ts";
import { isPassed, type Lane, passedLevel, storePassed } from "./passed.ts";
import type { LogEvent, Processor, ProcessorTools } from "./processor.ts";
import { redacts } from "./redactor.ts";

/** How long after the first withheld record the processors are asked to tell, in milliseconds. */
const SUMMARY_MS = 10_000;

/** Surroundings of a chain. */
export interface ChainOptions {
  /** The processors, in order. */
  readonly processors: readonly Processor[];
  /** The last of them, which must not be left out. */
  readonly guard: Processor | undefined;
  /** The same for what is no attribute yet: an object as the body. */
  readonly redact: RedactAttributes | undefined;
  /** Where records are counted until they have passed, and whose clock gives their time. */
  readonly main: Lane;
  /** Where a record goes that has passed. */
  readonly lane: (level: number) => Lane;
  /** Clock, timers, hashes. */
  readonly host: Pick<Host, "now" | "setTimer" | "hmac">;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
}

/** How a record comes into the chain. */
interface Way {
  /** Is it that of a call which has not returned? */
  readonly live: boolean;
  /** Is it plain data that no processor had yet? */
  readonly fresh: boolean;
}
const CALLED: Way = { live: true, fresh: true };
const HELD: Way = { live: false, fresh: true };
const AGAIN: Way = { live: false, fresh: false };

/** The chain. */
export class Chain implements Detour {
  readonly #options: ChainOptions;
  readonly #places: readonly Place[];
  readonly #links: readonly Link[];
  /** From here on is what must not be left out, even for a record that is not to be processed. */
  readonly #guardAt: number;
  #timer: Timer | undefined;
  /** Records that are on their way through. */
  #underWay = 0;
  /** Is a processor running? */
  #busy = false;
  /** Is the record that of a call which has not returned? */
  #live = false;
  /** Time of the held record that goes through; what it brings about is not newer than the next one. */
  #past: number | undefined;
  #flushing = false;

  /** @param options Surroundings. */
  constructor(options: ChainOptions) {
    this.#options = options;
    const { processors, main, diagnostics } = options;
    const links = new Map<Processor, Link>();
    this.#places = processors.map((processor, at) => {
      const link = links.get(processor) ?? new Link(processor, main.ledger, diagnostics);
      links.set(processor, link);
      return { link, tools: this.#toolsAt(at, link) };
    });
    this.#links = [...links.values()];
    this.#guardAt = processors.length - (options.guard === undefined ? 0 : 1);
  }

  #toolsAt(at: number, link: Link): ProcessorTools {
    const { host } = this.#options;
    return {
      now: () => host.now(),
      hmac: (key, text) => host.hmac(key, text),
      isCall: () => this.#live,
      emit: (event) => this.#guarded(link, () => this.#emit(event, at + 1)),
      release: (event) => this.#guarded(link, () => this.#release(event, at + 1, link)),
    };
  }

  /** Records that are in processors: kept back, or on their way. */
  get held(): number {
    let held = this.#underWay;
    for (const link of this.#links) {
      link.settle();
      held += link.held;
    }
    return held;
  }

  /** Takes a record. */
  put(level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    const { core, ledger } = this.#options.main;
    const time = this.#past ?? core.clock.now();
    ledger.accepted++;
    const event = eventOf({ time, level, body, attributes, scope, redact: this.#options.redact });
    // What a processor logs itself is not processed again.
    this.#run(event, this.#busy ? this.#guardAt : 0, scope?.trace ?? "", CALLED);
  }

  /** Takes a record that was held; it was counted already, and keeps its time. One that has passed may have done so where less was hidden. */
  replay(record: WaitingRecord): void {
    this.#past = record.time;
    try {
      this.#run(eventOfHeld(record), isPassed(record) ? this.#guardAt : 0, record.scope?.trace ?? "", HELD);
    } finally {
      this.#past = undefined;
    }
  }

  /**
   * Asks the processors to say what they withheld. While one is running, only the end is reason enough.
   *
   * @param last Is this the end?
   */
  flush(last: boolean): void {
    if (this.#flushing || (this.#busy && !last)) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#flushing = true;
    try {
      this.#askAll(last);
    } finally {
      this.#flushing = false;
    }
  }

  #askAll(last: boolean): void {
    const busy = this.#busy;
    for (const { link, tools } of this.#places) {
      if (!link.tells) continue;
      this.#busy = true;
      link.running++;
      try {
        link.processor.flush?.(tools, last);
      } catch (thrown) {
        link.fault(thrown);
      } finally {
        this.#busy = busy;
        link.running--;
      }
      link.settle();
    }
  }

  /** The end of the chain: what is still kept back is given up. */
  close(): void {
    this.flush(true);
    for (const link of this.#links) link.close();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A processor may call from a timer of its own, where nobody would catch what it causes. */
  #guarded(link: Link, call: () => void): void {
    try {
      call();
    } catch (thrown) {
      link.fault(thrown);
    }
  }

  #emit(given: unknown, from: number): void {
    if (!isEvent(given)) throw new ProcessorFault("emitted something that is no event");
    const { core, ledger } = this.#options.main;
    const { severityNumber, body, attributes } = given;
    ledger.accepted++;
    this.#run({ severityNumber, body, attributes, timeUnixMicro: this.#past ?? core.clock.now() }, from, "", AGAIN);
  }

  #release(given: LogEvent, from: number, link: Link): void {
    if (!isEvent(given)) throw new ProcessorFault("released something that is no event");
    const { trace } = given;
    const event = releasedEvent(given, this.#past ?? this.#options.main.core.clock.now());
    link.release();
    this.#run(event, from, isTrace(trace) ? traceText(trace) : "", AGAIN);
  }

  #run(given: LogEvent, from: number, trace: string, how: Way): void {
    const live = this.#live;
    this.#live = how.live;
    this.#underWay++;
    let event: LogEvent | null;
    try {
      event = this.#pass(given, from, how.fresh);
    } finally {
      this.#underWay--;
      this.#live = live;
    }
    if (event === null) return;
    const { main, lane } = this.#options;
    const passed = { event, given, trace, inPast: this.#past !== undefined };
    const level = passedLevel(passed);
    const { core, ledger } = lane(level);
    if (ledger !== main.ledger) {
      main.ledger.accepted--;
      ledger.accepted++;
    }
    storePassed(passed, level, core);
  }

  /** Hands a record from processor to processor; `null` when one drops it. */
  #pass(given: LogEvent, from: number, fresh: boolean): LogEvent | null {
    let event = given;
    for (let at = from; at < this.#places.length; at++) {
      const place = this.#places[at] as Place;
      if (!fresh || at > from) event = plainEvent(event);
      const next = this.#call(place, event);
      if (next === null) return null;
      if (next !== undefined) event = next;
      else if (redacts(place.link.processor)) event = { ...event, attributes: {} };
    }
    return event;
  }

  /** Calls a processor; `undefined` when it failed. */
  #call({ link, tools }: Place, event: LogEvent): LogEvent | null | undefined {
    const busy = this.#busy;
    let next: LogEvent | null | undefined;
    this.#busy = true;
    link.running++;
    try {
      next = checkedEvent(link.processor(event, tools));
      if (next === null) link.dropped++;
    } catch (thrown) {
      link.fault(thrown);
    } finally {
      this.#busy = busy;
      link.running--;
    }
    if (link.settle() > 0 && link.tells) {
      this.#timer ??= this.#options.host.setTimer(() => this.flush(false), SUMMARY_MS);
    }
    return next;
  }
}
