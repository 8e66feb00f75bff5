/**
 * A command in memory: its output, its signals, and a shipper that does as told.
 *
 * @module
 */
import { runCommand } from "../../src/cli/main.ts";
import type { CommandProcess, StopSignal } from "../../src/cli/process.ts";
import type { RunningShipper } from "../../src/cli/ship.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";
import type { ShipHealth } from "../../src/ship/health.ts";
import { shipHealth } from "../ship/health_support.ts";

/** A process in memory. */
export class FakeProcess implements CommandProcess {
  readonly runtime: MemoryRuntime = memoryRuntime();
  /** Standard output. */
  output = "";
  /** Standard error. */
  errors = "";
  /** Codes it was ended with. */
  readonly exits: number[] = [];
  readonly #listeners = new Set<(signal: StopSignal) => void>();
  readonly screen = {
    isTerminal: false,
    hasColours: false,
    columns: () => 80,
    write: (text: string): void => void (this.errors += text),
  };

  print(text: string): Promise<void> {
    this.output += text;
    return Promise.resolve();
  }

  onStop(listener: (signal: StopSignal) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** How many listen to signals. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Sends a signal. */
  signal(name: StopSignal): void {
    for (const listener of this.#listeners) listener(name);
  }
}

/** A shipper that does as told. */
export class FakeShipper implements RunningShipper {
  /** Time limits it was stopped with. */
  readonly stops: number[] = [];
  /** Its health. */
  current: ShipHealth = shipHealth();
  /** How long stopping takes; `undefined`: for ever. */
  stopping: Promise<void> | undefined = Promise.resolve();
  /** Ends `done`. */
  finish: (how: "settled" | "held") => void = () => {};
  /** Lets `done` fail. */
  fail: (error: Error) => void = () => {};
  readonly done: Promise<"settled" | "held"> = new Promise((resolve, reject) => {
    this.finish = resolve;
    this.fail = reject;
  });

  health(): ShipHealth {
    return this.current;
  }

  replay(): void {}

  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<ShipHealth> {
    this.stops.push(timeoutMs);
    await (this.stopping ?? new Promise(() => {}));
    return this.current;
  }
}

/** Runs a command line to its end. */
export async function run(...args: string[]): Promise<{ code: number; process: FakeProcess }> {
  const process = new FakeProcess();
  return { code: await runCommand(args, process), process };
}
