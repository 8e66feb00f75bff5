/**
 * Registers a shipper with the writers of the directories that it follows, so that their retention waits for it.
 *
 * @module
 */
import { Layout } from "../emit/layout.ts";
import { nameOf } from "../emit/small_file.ts";
import { DEFAULT_MAX_BYTES, writeClaim } from "../emit/shipper_contract.ts";
import type { Runtime } from "../port/host.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import { isSettled } from "./settled.ts";

/** A claim that has changed is written at most this often, in milliseconds. */
const CHANGED_MS = 10_000;
/** One that has not is renewed after this, in milliseconds. */
const RENEWED_MS = 3_600_000;

/** Surroundings. */
export interface RegistrationOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Id of the shipper, the same after a restart. */
  readonly id: string;
  /** Bytes of a channel that unsettled files may take. */
  readonly maxBytes: number | undefined;
  /** The sinks. */
  readonly runners: readonly SinkRunner[];
}

/** Writers may go beyond the bound by this part of it, and by some files at least. */
const ROOM_PART = 1 / 8;
const ROOM_FILES = 4;

interface Told {
  readonly at: number;
  readonly text: string;
}

/** Tells the writers what is settled. */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #told: Map<string, Told> = new Map();
  /** The largest file of a directory so far, in bytes; a power of two, so that it seldom changes. */
  readonly #largest: Map<string, number> = new Map();

  /** @param options Surroundings. */
  constructor(options: RegistrationOptions) {
    this.#options = options;
  }

  /**
   * Tells what has changed.
   *
   * @param files All files.
   * @throws {Error} When a directory cannot be written: its writers then know nothing of the shipper.
   */
  run(files: readonly FollowedFile[]): void {
    const { runners } = this.#options;
    const settled = new Map<string, string[]>();
    for (const file of files) {
      if (file.channel === undefined) continue;
      if (file.size > (this.#largest.get(file.directory) ?? 0)) {
        this.#largest.set(file.directory, 2 ** Math.ceil(Math.log2(file.size)));
      }
      const names = settled.get(file.directory) ?? [];
      settled.set(file.directory, names);
      if (file.finished && isSettled(file, runners)) names.push(nameOf(file.path));
    }
    let failure: unknown;
    for (const [directory, names] of settled) {
      try {
        this.#tell(directory, names);
      } catch (error) {
        failure = error;
      }
    }
    for (const directory of this.#told.keys()) {
      if (settled.has(directory)) continue;
      this.#told.delete(directory);
      this.#largest.delete(directory);
    }
    if (failure !== undefined) throw failure;
  }

  /**
   * What is given up for room is ours to choose while we run: we keep its errors, and count the rest. Writers do neither, so they wait for
   * more than our bound, and come in where we do not run.
   */
  #boundOf(directory: string): number {
    const { maxBytes = DEFAULT_MAX_BYTES } = this.#options;
    return Math.ceil(maxBytes + Math.max(maxBytes * ROOM_PART, (this.#largest.get(directory) ?? 0) * ROOM_FILES));
  }

  #tell(directory: string, names: readonly string[]): void {
    const { runtime: { fs, host }, id } = this.#options;
    const now = host.now();
    const told = this.#told.get(directory);
    const maxBytes = this.#boundOf(directory);
    const text = [maxBytes, ...names].join();
    const since = now - (told?.at ?? -Infinity);
    if (since < CHANGED_MS || (since < RENEWED_MS && told?.text === text)) return;
    this.#told.set(directory, { at: now, text });
    writeClaim(fs, new Layout(directory), id, { maxBytes, settled: names, nowMs: host.wallClock() });
  }
}
