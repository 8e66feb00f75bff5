/**
 * What a command needs of its process beside the ports: arguments, terminal, signals, the end.
 *
 * @module
 */
import { builtins } from "../adapter/node/builtin.ts";
import type { ProcessModule } from "../adapter/node/builtin.ts";
import type { Runtime } from "../port/host.ts";
import type { Screen } from "../ship/terminal.ts";

/** Signals that stop a command. */
export type StopSignal = "SIGTERM" | "SIGINT";

/** Exit code of a program that a signal ends, less the signal's number (POSIX shells). */
const SIGNAL_EXIT = 128;
const SIGNAL_NUMBER: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 };
/** Columns where the terminal does not tell. */
const COLUMNS = 80;

/** The process of a command. */
export interface CommandProcess {
  /** The ports. */
  readonly runtime: Runtime;
  /** Standard error: progress and messages. */
  readonly screen: Screen;
  /** Writes to standard output and resolves when it is out; never rejects. */
  print(text: string): Promise<void>;
  /**
   * Listens to the signals that stop a command.
   *
   * @param listener Hears each.
   * @returns Removes the listeners.
   */
  onStop(listener: (signal: StopSignal) => void): () => void;
  /** Ends at once. */
  exit(code: number): void;
}

/**
 * Arguments of the program, without runtime and script: all four ways to run it (Deno, Bun, Node, and compiled into a binary) put two
 * entries before them.
 *
 * @returns The arguments.
 */
export function programArguments(): string[] {
  return builtins().process.argv.slice(2);
}

/**
 * Exit code for a signal that came twice.
 *
 * @param signal The signal.
 * @returns The code.
 */
export function signalCode(signal: StopSignal): number {
  return SIGNAL_EXIT + SIGNAL_NUMBER[signal];
}

/**
 * Is a module the one that was started?
 *
 * @param meta Its `import.meta`.
 * @returns Whether it is; Node before 24.2 does not tell, and is asked for the script.
 */
export function isMainModule(meta: { readonly url: string; readonly main?: boolean }): boolean {
  if (typeof meta.main === "boolean") return meta.main;
  const { process, fs } = builtins();
  const script = process.argv[1];
  if (script === undefined || !meta.url.startsWith("file:")) return false;
  try {
    // npm starts programs by a link.
    return fs.realpathSync(script) === fs.realpathSync(new URL(meta.url));
  } catch {
    return false;
  }
}

/**
 * This process.
 *
 * @param runtime The ports.
 * @returns The process.
 */
export function thisProcess(runtime: Runtime): CommandProcess {
  const { process } = builtins();
  return {
    runtime,
    screen: screenOf(process, runtime),
    print(text) {
      // "pontem --help | head -1" closes the pipe early.
      process.stdout.on("error", () => {});
      return new Promise((resolve) => process.stdout.write(text, () => resolve()));
    },
    onStop(listener) {
      const heard = (["SIGTERM", "SIGINT"] as const).map((signal) => {
        const hear = (): void => listener(signal);
        process.on(signal, hear);
        return () => process.off(signal, hear);
      });
      return () => heard.forEach((remove) => remove());
    },
    exit: (code) => process.exit(code),
  };
}

function screenOf(process: ProcessModule, { host }: Runtime): Screen {
  const { stderr } = process;
  // A reader of standard error that went away is no reason to stop shipping.
  stderr.on("error", () => {});
  const isTerminal = stderr.isTTY === true && host.env("TERM") !== "dumb";
  // Deno tells about NO_COLOR without the permission to read it.
  const { Deno } = globalThis as { Deno?: { readonly noColor?: boolean } };
  return {
    isTerminal,
    hasColours: isTerminal && host.env("NO_COLOR") === undefined && Deno?.noColor !== true,
    // A terminal of no known size says 0.
    columns: () => stderr.columns > 0 ? stderr.columns : COLUMNS,
    write: (text) => {
      stderr.write(text);
    },
  };
}
