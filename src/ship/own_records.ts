/**
 * Records about the shipper itself. They go the way of all records: into an emit directory, which the shipper follows as one more source, so
 * that they are durable, bounded and accounted for like the others.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import type { Pontem } from "../pontem.ts";
import { createPontem } from "../sdk.ts";
import type { Note } from "./engine/status.ts";

/** What the shipper is called in its records. */
export const SHIPPER_SERVICE = "pontem-ship";

/** Bytes of one file of own records. */
const MAX_BYTES = 262_144;
/** Rotated files of own records. */
const MAX_FILES = 4;
/** Own records at most within {@link RATE_MS}: what goes wrong again and again must not fill the line. */
export const MAX_RECORDS = 60;
/** The time that {@link MAX_RECORDS} is for, in milliseconds. */
export const RATE_MS = 60_000;

/** Surroundings. */
export interface OwnRecordsOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Emit directory of the records. */
  readonly directory: string;
}

/** Records about the shipper itself. */
export class OwnRecords {
  readonly #runtime: Runtime;
  readonly #pontem: Pontem;
  #since = -Infinity;
  #count = 0;
  #left = 0;

  /**
   * Begins to write.
   *
   * @param options Surroundings.
   * @throws {Error} When the directory cannot be used.
   */
  constructor({ runtime, directory }: OwnRecordsOptions) {
    this.#runtime = runtime;
    this.#pontem = createPontem({
      serviceName: SHIPPER_SERVICE,
      emitDir: directory,
      emitTarget: "file",
      rotation: { maxBytes: MAX_BYTES },
      retention: { maxFiles: MAX_FILES },
      signals: false,
      crashRecord: false,
      runtime,
    });
  }

  /** Writes a record; beyond {@link MAX_RECORDS} a minute they are counted instead. */
  readonly note: Note = (level, body, attributes) => {
    const now = this.#runtime.host.now();
    if (now - this.#since >= RATE_MS) {
      this.#since = now;
      this.#count = 0;
    }
    if (++this.#count > MAX_RECORDS) {
      this.#left++;
      return;
    }
    const left = this.#left === 0 ? {} : { "pontem.ship.notes_left_out": this.#left };
    this.#left = 0;
    this.#pontem.logger.log(level, body, { ...attributes, ...left });
  };

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    await this.#pontem.shutdown();
  }
}
