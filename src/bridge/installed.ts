/**
 * The bridges that an instance has installed.
 *
 * @module
 */
import { show } from "../option/check.ts";
import type { DiagnosticLevel, Diagnostics } from "../port/diagnostics.ts";
import { exceptionBody, isError } from "../record/exception.ts";
import { Level } from "../record/level.ts";
import type { Bridge, ForeignEvent } from "./bridge.ts";
import type { PontemFormatter } from "./formatter.ts";

/** Bridges of one instance that are in force at a time; each holds its logger. */
export const MAX_INSTALLED = 1_000;

/** A bridge that was installed. */
class Installation {
  readonly bridge: Bridge;
  readonly #undo: () => void;
  /** Is it still? */
  isIn = true;

  /**
   * @param bridge The bridge.
   * @param undo What its `install` returned.
   */
  constructor(bridge: Bridge, undo: () => void) {
    this.bridge = bridge;
    this.#undo = undo;
  }

  /** Takes it out; a second time nothing happens. */
  takeOut(): void {
    if (!this.isIn) return;
    this.isIn = false;
    const target = targetOf(this.bridge);
    if (inForce.get(target) === this) inForce.delete(target);
    try {
      this.#undo();
    } catch {
      // The logger is somebody else's, and whoever takes the bridge out must not suffer from it.
    }
  }
}

/** What is installed on a logger. A logger such as the console belongs to all instances of a process; lines must not be wrapped twice. */
const inForce = new WeakMap<object, Installation>();

function targetOf(bridge: Bridge): object {
  return bridge.target ?? bridge;
}

/** The bridges of one instance. */
export class Bridges {
  #last: readonly Bridge[] | undefined;
  #installed: Installation[] = [];

  /** Those of the last time, to be installed again; `undefined` when there was none. */
  get last(): readonly Bridge[] | undefined {
    return this.#last;
  }

  /**
   * Installs bridges, each after what was installed on its logger before is taken out. One that cannot be installed is left out and told of.
   *
   * @param bridges The bridges.
   * @param formatter Makes the lines.
   * @param diagnostics Takes complaints.
   * @returns Takes these out again.
   */
  install(bridges: readonly Bridge[], formatter: PontemFormatter, diagnostics: Diagnostics): () => void {
    const made: Installation[] = [];
    const others = () => this.#installed.filter(({ isIn }) => isIn);
    for (const bridge of bridges) {
      try {
        bridge.check?.();
        inForce.get(targetOf(bridge))?.takeOut();
        if (others().length + made.length >= MAX_INSTALLED) {
          throw new RangeError(`${MAX_INSTALLED} others are installed. Take those out that are no longer needed`);
        }
        const installation = new Installation(bridge, bridge.install(formatter));
        inForce.set(targetOf(bridge), installation);
        made.push(installation);
      } catch (error) {
        diagnostics.report("pontem.sdk", "ERROR", `Cannot install the bridge ${show(bridge.name)}: ${reasonOf(error)}`);
      }
    }
    this.#last = [...bridges];
    this.#installed = [...others(), ...made];
    return () => {
      for (const installation of made.toReversed()) installation.takeOut();
    };
  }

  /** Does any take the SDK's own messages? */
  get takesMessages(): boolean {
    return this.#writers().length > 0;
  }

  /**
   * Would any show an own message of this level?
   *
   * @param level Its level.
   */
  wants(level: DiagnosticLevel): boolean {
    return this.#writers().some((bridge) => isShown(bridge, level));
  }

  /**
   * Hands an own message to those that take them.
   *
   * @param event The message.
   * @param level Its level; `undefined` when the service asked for it, whatever the bridges would.
   * @returns Has any taken it without failing?
   */
  write(event: ForeignEvent, level: DiagnosticLevel | undefined): boolean {
    let taken = false;
    for (const bridge of this.#writers()) {
      if (level !== undefined && !isShown(bridge, level)) continue;
      try {
        bridge.write?.(event);
        taken = true;
      } catch {
        // Said on standard error instead, unless another one has it.
      }
    }
    return taken;
  }

  #writers(): readonly Bridge[] {
    return this.#installed.filter(({ isIn, bridge }) => isIn && bridge.write !== undefined).map(({ bridge }) => bridge);
  }
}

function reasonOf(error: unknown): string {
  return isError(error) ? exceptionBody(error) : "it failed. Look at its check() and install()";
}

function isShown({ ownLevel = "DEBUG" }: Bridge, level: DiagnosticLevel): boolean {
  return Level[level] >= Level[ownLevel];
}
