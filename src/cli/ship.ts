/**
 * `pontem ship`.
 *
 * @module
 */
import { oneLine } from "../option/check.ts";
import type { Timer } from "../port/host.ts";
import type { ShipHealth } from "../ship/health.ts";
import { Progress } from "../ship/terminal.ts";
import { VERSION } from "../version.ts";
import { type Given, integerOption, type OptionKinds, readOptions, UsageError } from "./options.ts";
import { type CommandProcess, signalCode, type StopSignal } from "./process.ts";
import { configOfFlags, SHIP_FLAGS } from "./ship_flags.ts";
import { SHIP_HELP } from "./ship_help.ts";

const OWN: OptionKinds = {
  config: { type: "string" },
  once: { type: "boolean" },
  replay: { type: "boolean" },
  timeout: { type: "string" },
  quiet: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** What is on its way may end within this, after a signal; milliseconds. */
export const STOP_MS = 5_000;
/** A shipper that has not stopped then is left where it is; milliseconds. */
export const GIVE_UP_MS = 6_000;
/** Most of `--timeout`: a week. */
const MAX_TIMEOUT_MS = 604_800_000;

/** How often the process is told to stay alive, milliseconds. */
const HOLD_MS = 3_600_000;

/** Exit codes. */
const SETTLED = 0;
const FAILED = 1;
const HELD = 3;

/** What the command needs of a shipper. */
export interface RunningShipper {
  /** How it is doing at this moment. */
  health(): ShipHealth;
  /** Sends dead letters again. */
  replay(): void;
  /** With `once`: how it came out. */
  readonly done: Promise<"settled" | "held">;
  /** Stops. */
  stop(options: { readonly timeoutMs: number }): Promise<ShipHealth>;
}

/** Starts a shipper. A part of its own, so that help and messages do not load all of it, and tests have one that does as told. */
export type StartShipper = (source: ConfigSource, process: CommandProcess, once: boolean) => Promise<RunningShipper>;

/** Where the configuration comes from. */
export type ConfigSource =
  | { readonly path: string }
  | { readonly value: Readonly<Record<string, unknown>> };

/**
 * Runs the command.
 *
 * @param args Its arguments.
 * @param process The process it runs in.
 * @param start Starts the shipper.
 * @returns The exit code.
 * @throws {UsageError} For arguments or a configuration that cannot be used.
 */
export async function shipCommand(
  args: readonly string[],
  process: CommandProcess,
  start: StartShipper = startConfigured,
): Promise<number> {
  const given = readOptions(args, { ...OWN, ...SHIP_FLAGS });
  if (given.values["help"] !== undefined) {
    await process.print(SHIP_HELP);
    return SETTLED;
  }
  const once = given.values["once"] !== undefined;
  const timeoutMs = integerOption(given, "timeout", 1, MAX_TIMEOUT_MS);
  if (timeoutMs !== undefined && !once) {
    throw new UsageError('Option "--timeout" needs "--once": without it there is no end');
  }
  const source = sourceOf(given);
  const ends = new Ends(process, timeoutMs);
  try {
    const shipper = await start(source, process, once);
    if (given.values["replay"] !== undefined) shipper.replay();
    return await follow(shipper, process, ends, { once, isQuiet: given.values["quiet"] !== undefined });
  } finally {
    ends.close();
  }
}

function sourceOf(given: Given): ConfigSource {
  const path = given.values["config"]?.[0];
  if (path === undefined) return { value: configOfFlags(given) };
  const other = Object.keys(SHIP_FLAGS).find((name) => given.values[name] !== undefined);
  if (other !== undefined) {
    throw new UsageError(`Options "--config" and "--${other}" exclude each other: write it into the configuration`);
  }
  if (given.positionals.length > 0) {
    throw new UsageError(`Unknown argument "${oneLine(given.positionals[0] ?? "")}": see "pontem ship --help"`);
  }
  return { path };
}

async function startConfigured(source: ConfigSource, process: CommandProcess, once: boolean): Promise<RunningShipper> {
  const { startFromSource } = await import("./ship_start.ts");
  return await startFromSource(source, process, once);
}

async function follow(
  shipper: RunningShipper,
  process: CommandProcess,
  ends: Ends,
  { once, isQuiet }: { readonly once: boolean; readonly isQuiet: boolean },
): Promise<number> {
  const { runtime: { host }, screen } = process;
  const progress = isQuiet ? undefined : new Progress({ host, screen, health: () => shipper.health() });
  progress?.print(`pontem ship ${VERSION}: ${once ? "sends what is there" : "runs until it is stopped"}`);
  progress?.start();
  try {
    const how = await Promise.race([shipper.done, ends.asked]);
    if (how === "SIGTERM" || how === "SIGINT") progress?.print(`${how}: stops`);
    if (how === "timeout") progress?.print("Time is up: stops");
    const end = await Promise.race([shipper.stop({ timeoutMs: STOP_MS }), ends.giveUp()]);
    if (end === "hangs") {
      screen.write(`pontem: It did not stop within ${GIVE_UP_MS / 1000} s and is ended; nothing is lost\n`);
      return FAILED;
    }
    if (!once) return SETTLED;
    return how === "settled" ? SETTLED : HELD;
  } finally {
    progress?.stop();
  }
}

/** What ends the command from outside: signals and time. */
class Ends {
  readonly #process: CommandProcess;
  readonly #remove: () => void;
  readonly #timers: Timer[] = [];
  #held: Timer | undefined;
  #isAsked = false;
  /** Settles with the first of them. */
  readonly asked: Promise<StopSignal | "timeout">;

  constructor(process: CommandProcess, timeoutMs: number | undefined) {
    this.#process = process;
    let ask: (why: StopSignal | "timeout") => void = () => {};
    this.asked = new Promise((resolve) => ask = resolve);
    // Before anything is started, so that a signal that comes early is heard.
    this.#remove = process.onStop((signal) => {
      if (this.#isAsked) process.exit(signalCode(signal));
      this.#isAsked = true;
      ask(signal);
    });
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => ask("timeout"));
    this.#hold();
  }

  /** Keeps the process alive while it waits: neither a listener to a signal nor a paused shipper does. */
  #hold(): void {
    this.#held = this.#process.runtime.host.setTimer(() => this.#hold(), HOLD_MS, true);
  }

  /** Settles when stopping takes too long. */
  giveUp(): Promise<"hangs"> {
    return new Promise((resolve) => this.#after(GIVE_UP_MS, () => resolve("hangs")));
  }

  close(): void {
    this.#remove();
    this.#held?.cancel();
    for (const timer of this.#timers) timer.cancel();
  }

  #after(ms: number, call: () => void): void {
    this.#timers.push(this.#process.runtime.host.setTimer(call, ms, true));
  }
}
