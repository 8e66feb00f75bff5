/**
 * When a sink may send what is not urgent: at some hours, while a file says so, while a program says so. All of what is given must hold.
 *
 * @module
 */
import { builtins } from "../adapter/node/builtin.ts";
import type { Runtime } from "../port/host.ts";
import type { WhenConfig } from "./common_sink_config.ts";

/** An answer counts for so long, in milliseconds. */
const FRESH_MS = 10_000;
/** A program that takes longer says no, in milliseconds. */
const COMMAND_MS = 5_000;

/** Runs a program; tells whether its exit code was 0. */
export type RunCommand = (command: readonly string[]) => Promise<boolean>;

/** The window of a sink. */
export class SendWindow {
  readonly #runtime: Runtime;
  readonly #config: WhenConfig;
  readonly #run: RunCommand;
  readonly #hours: readonly (readonly [from: number, to: number])[];
  #isOpen = false;
  #askedAt = -Infinity;
  /** What the program said last; until it has said anything the window is closed. */
  #commandSays = false;

  /**
   * Knows nothing yet.
   *
   * @param runtime The ports.
   * @param config When it is open.
   * @param run Runs a program.
   * @throws {RangeError} When the hours cannot be read.
   */
  constructor(runtime: Runtime, config: WhenConfig, run?: RunCommand) {
    this.#runtime = runtime;
    this.#config = config;
    this.#run = run ?? ((command) => runCommand(command, runtime.host.env("PATH")));
    this.#hours = parseHours(config.hours);
  }

  /** Is it open? Asked anew every ten seconds; the answer of a program comes with the next question. */
  isOpen(): boolean {
    const { host } = this.#runtime;
    if (host.now() - this.#askedAt < FRESH_MS) return this.#isOpen;
    this.#askedAt = host.now();
    this.#askCommand();
    this.#isOpen = this.#isHour() && this.#hasFile() && (this.#config.command === undefined || this.#commandSays);
    return this.#isOpen;
  }

  #isHour(): boolean {
    if (this.#hours.length === 0) return true;
    const minute = Math.floor(this.#runtime.host.wallClock() / 60_000) % 1_440;
    // Over midnight the end is smaller than the start.
    return this.#hours.some(([from, to]) => from <= to ? minute >= from && minute < to : minute >= from || minute < to);
  }

  #hasFile(): boolean {
    const { file } = this.#config;
    if (file === undefined) return true;
    const isNot = file.startsWith("!");
    const { fs } = this.#runtime;
    try {
      return (fs.statFollow(fs.resolve(isNot ? file.slice(1) : file)) !== undefined) !== isNot;
    } catch {
      return false;
    }
  }

  #askCommand(): void {
    const { command } = this.#config;
    if (command === undefined) return;
    this.#run(command).then((says) => this.#says(says), () => this.#says(false));
  }

  #says(says: boolean): void {
    if (says !== this.#commandSays) this.#askedAt = -Infinity;
    this.#commandSays = says;
  }
}

const HOURS = /^([01]?\d|2[0-4])(?::([0-5]\d))?-([01]?\d|2[0-4])(?::([0-5]\d))?$/;

/**
 * Hours of the day as minutes.
 *
 * @param hours Such as `"22-06"` or `"22:30-06:00"`, or several.
 * @throws {RangeError} When they cannot be read.
 */
export function parseHours(hours: WhenConfig["hours"]): (readonly [from: number, to: number])[] {
  const all: readonly string[] = hours === undefined ? [] : typeof hours === "string" ? [hours] : hours;
  return all.map((text) => {
    const match = HOURS.exec(text);
    if (match === null) {
      throw new RangeError(
        `Cannot use the hours ${JSON.stringify(text)}: expected such as "22-06" or "22:30-06:00", in UTC`,
      );
    }
    const [, from, fromMinutes = "0", to, toMinutes = "0"] = match;
    return [Number(from) * 60 + Number(fromMinutes), Number(to) * 60 + Number(toMinutes)];
  });
}

/** The program gets no variable but PATH: on Deno the others would ask for more permissions, and secrets are none of its business. */
function runCommand(
  [program = "", ...args]: readonly string[],
  path: string = "/usr/local/bin:/usr/bin:/bin",
): Promise<boolean> {
  const { spawn } = builtins().process.getBuiltinModule("node:child_process");
  return new Promise((resolve) => {
    const env = { PATH: path };
    const child = spawn(program, args, { stdio: "ignore", timeout: COMMAND_MS, killSignal: "SIGKILL", env });
    child.on("error", () => resolve(false));
    child.on("close", (code) => resolve(code === 0));
    child.unref();
  });
}
