/**
 * What is kept at home on the disk in memory.
 *
 * @module
 */
import { type LogRecord, World } from "../sdk/support.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import type { MemoryRuntimeOptions } from "../../src/adapter/memory/mod.ts";
import type { DebugStats } from "../../src/stats.ts";

/** Where it lies. */
export const DEBUG_DIRECTORY = "/logs/.pontem/debug";

/** An instance that keeps DEBUG at home. */
export class HomeWorld extends World {
  /** Initialises an instance. */
  static started(options: Partial<InitOptions> = {}, memory: MemoryRuntimeOptions = {}): HomeWorld {
    const world = new HomeWorld(memory);
    world.init({ debug: true, ...options });
    return world;
  }

  /** Names of the segments, sorted by time. */
  segments(): string[] {
    return this.disk.stat(DEBUG_DIRECTORY) === undefined ? [] : this.disk.list(DEBUG_DIRECTORY).sort();
  }

  /** Bytes of all segments. */
  segmentBytes(): number {
    return this.segments().reduce((sum, name) => sum + (this.disk.stat(`${DEBUG_DIRECTORY}/${name}`)?.size ?? 0), 0);
  }

  /** Records that have landed at home. */
  home(): LogRecord[] {
    return this.segments().flatMap((name) => this.landed(name, DEBUG_DIRECTORY))
      .map((line) => JSON.parse(line) as LogRecord);
  }

  /** Bodies of all records so far: those at home, and the others. */
  both(): { readonly home: string[]; readonly shipped: string[] } {
    const shipped = this.bodies();
    return { home: this.home().map(({ body }) => body), shipped };
  }

  /** The account of what is kept at home. */
  account(): DebugStats {
    const { debug } = this.pontem.stats();
    if (debug === undefined) throw new Error("Nothing is kept at home");
    return debug;
  }

  /** Are both accounts right? */
  isBalanced(): boolean {
    const { logs, debug } = this.pontem.stats();
    return [logs, ...(debug === undefined ? [] : [debug])]
      .every(({ accepted, written, droppedTotal, waiting }) => accepted === written + droppedTotal + waiting);
  }
}
