/**
 * Tells, while a sink may not send, that what waits for it grows: a window that never opens is otherwise found out when the caps shed.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";

/** For each sink at most one record in this time, the first when it has been closed for so long, in milliseconds. */
export const TELL_MS = 3_600_000;
/** Less is no growth, in bytes: these records, and the heartbeat, wait as well. */
export const MIN_GROWTH_BYTES = 4_096;

/** What of a sink is asked. */
export type WatchedSink = Pick<SinkRunner, "name" | "waitingBytes" | "status">;

/** Surroundings. */
export interface WindowWatchOptions {
  /** Clock. */
  readonly host: Pick<Host, "now">;
  /** The sinks that have a window. */
  readonly runners: readonly WatchedSink[];
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** Watches closed windows. */
export class WindowWatch {
  readonly #options: WindowWatchOptions;
  /** Sinks whose window is closed: when it was told last, and how much waited then. */
  readonly #closed: Map<string, { readonly toldMs: number; readonly bytes: number }> = new Map();

  /** @param options Surroundings. */
  constructor(options: WindowWatchOptions) {
    this.#options = options;
  }

  /** Tells what is due. */
  run(): void {
    for (const runner of this.#options.runners) this.#look(runner);
  }

  #look(runner: WatchedSink): void {
    const { host, note } = this.#options;
    const { name, status } = runner;
    const closed = [...status.lanes.values()].filter(({ state }) => state === "closed");
    if (closed.length === 0) {
      this.#closed.delete(name);
      return;
    }
    const now = host.now();
    const { waitingBytes } = runner;
    const { toldMs, bytes } = this.#closed.get(name) ?? { toldMs: now, bytes: waitingBytes };
    const isDue = now - toldMs >= TELL_MS && waitingBytes - bytes >= MIN_GROWTH_BYTES;
    if (isDue) {
      note("INFO", "Sink waits for its window, and what waits for it grows", {
        "pontem.ship.sink": name,
        "pontem.ship.waiting_bytes": waitingBytes,
        "pontem.ship.closed_since": new Date(Math.min(...closed.map(({ sinceMs }) => sinceMs))).toISOString(),
      });
    }
    // What was shed or removed meanwhile no longer counts.
    this.#closed.set(
      name,
      isDue ? { toldMs: now, bytes: waitingBytes } : { toldMs, bytes: Math.min(bytes, waitingBytes) },
    );
  }
}
