/**
 * The intake of the summary lane: reads for an interval, and hands on what stands for all that was read.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { type Group, Groups, MAX_GROUPS } from "../summary/group.ts";
import { logSummariser } from "../summary/logs.ts";
import { metricSummariser } from "../summary/metrics.ts";
import type { InFlight } from "./in_flight.ts";
import type { Intake } from "./lane_loop.ts";
import type { LaneReader } from "./lane_reader.ts";

/** Surroundings. */
export interface SummaryIntakeOptions {
  /** Reads windows. */
  readonly reader: LaneReader;
  /** Clock. */
  readonly host: Pick<Host, "now">;
  /** How long records are gathered, and which of them may share a summary, in milliseconds: of log records, of metric records. */
  readonly intervalMs: { readonly logs: number; readonly metrics: number };
  /** Is waiting of no use, because nothing will come any more? */
  readonly isLast: () => boolean;
}

/** The intake of the summary lane. */
export class SummaryIntake implements Intake {
  readonly #options: SummaryIntakeOptions;
  readonly #everyMs: number;
  #nextAt: number;

  /** @param options Surroundings. */
  constructor(options: SummaryIntakeOptions) {
    const { intervalMs, host } = options;
    this.#options = options;
    this.#everyMs = Math.min(intervalMs.logs, intervalMs.metrics);
    this.#nextAt = host.now() + this.#everyMs;
  }

  /** Is an interval over? What came in it is read at once, so that nothing has to be kept meanwhile. */
  isReady(): boolean {
    return this.#options.isLast() || this.#options.host.now() >= this.#nextAt;
  }

  /** Reads what has come, and summarises it. */
  async read(): Promise<InFlight> {
    const { reader, host, intervalMs } = this.#options;
    this.#nextAt = host.now() + this.#everyMs;
    const logs = new Groups<Group>(logSummariser, intervalMs.logs);
    const metrics = new Groups(metricSummariser, intervalMs.metrics);
    const window = await reader.read();
    const asTheyAre: StoredRecord[] = [];
    for (let scanned = 0; window.scanned > scanned;) {
      for (const record of window.records.splice(0)) {
        const isTaken = record.kind === "metric" ? metrics.take(record) : logs.take(record);
        if (isTaken) window.summarised++;
        else asTheyAre.push(record.withOwnLine());
      }
      window.bytes = 0;
      // What is in a group was parsed.
      window.giveUp();
      if (logs.size + metrics.size + asTheyAre.length >= MAX_GROUPS) break;
      scanned = window.scanned;
      await reader.read(window);
    }
    for (const record of [...logs.finish(), ...metrics.finish(), ...asTheyAre]) window.add(record);
    return window;
  }

  /** A window is settled. */
  settled(window: InFlight): void {
    this.#options.reader.settled(window);
  }

  /** Gives up what it holds. */
  close(): void {
    this.#options.reader.close();
  }
}
