/**
 * Ends of the process. All instances, and all copies of this package that one process may have loaded, share one set of
 * listeners: a copy would else take the listener of another for the service's own handler, and nobody would end the process.
 *
 * @module
 */
import type { EndSignal, ExitListeners } from "../../port/host.ts";
import type { ProcessModule } from "./builtin.ts";

/** The signals listened to, where a listener wants them. */
const SIGNALS: readonly EndSignal[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** Under which name the shared set is found; the number changes when its shape does. */
const SHARED: unique symbol = Symbol.for("@pontem/sdk/ends@1");

/** In what a runtime differs from Node. */
export interface EndTraits {
  /** Adds one more way to hear of the exit; returns what removes it. */
  readonly addExit?: ((run: () => void) => () => void) | undefined;
  /** Adds a way to hear of errors that end the process past `uncaughtExceptionMonitor`; returns what removes it. */
  readonly addCrash?: ((run: (error: unknown) => void) => () => void) | undefined;
  /**
   * How many signals are watched in the whole process by any interface. When the removal of our listener does not lower it, somebody
   * whom `process.listeners` does not show still listens. `undefined` when unknown.
   */
  readonly watchedSignals?: (() => number | undefined) | undefined;
  /** Whether a listener for one signal gives the default back to those that this process was started to ignore. */
  readonly dropsIgnored?: boolean | undefined;
  /** Is the signal one that this process was started to ignore? */
  readonly isIgnored?: ((name: EndSignal) => boolean) | undefined;
}

/** The set every copy of the package uses. */
interface SharedEnds {
  add(listeners: ExitListeners): () => void;
}

/**
 * Installs listeners for the ends of this process.
 *
 * @param process The process object.
 * @param listeners Whom to call.
 * @param traits In what the runtime differs from Node.
 * @returns Removes the listeners; with the last ones nothing of ours is left on the process.
 */
export function onProcessEnd(process: ProcessModule, listeners: ExitListeners, traits: EndTraits): () => void {
  const home = globalThis as { [SHARED]?: SharedEnds };
  const ends = home[SHARED] ?? new ProcessEnds(process, traits, () => delete home[SHARED]);
  home[SHARED] = ends;
  // A copy: the same object handed in twice is two instances.
  const entry = { ...listeners };
  const removeShared = ends.add(entry);
  const removeExit = traits.addExit?.(() => quietly(entry.exit));
  return () => {
    removeShared();
    removeExit?.();
  };
}

/** The one set of listeners of the process. */
class ProcessEnds implements SharedEnds {
  readonly #process: ProcessModule;
  readonly #traits: EndTraits;
  readonly #forget: () => void;
  readonly #all = new Set<ExitListeners>();
  readonly #installed = new Set<EndSignal>();
  readonly #ignored = new Set<EndSignal>();
  #removeCrash: (() => void) | undefined;
  /** The signal that lost a handler in this turn. */
  #left: string | symbol | undefined;
  /** The signal whose flush is under way. */
  #ending: EndSignal | undefined;

  constructor(process: ProcessModule, traits: EndTraits, forget: () => void) {
    this.#process = process;
    this.#traits = traits;
    this.#forget = forget;
  }

  add(entry: ExitListeners): () => void {
    if (this.#all.size === 0) {
      this.#process.on("exit", this.#onExit);
      this.#process.on("beforeExit", this.#onIdle);
      this.#process.on("uncaughtExceptionMonitor", this.#onCrash);
      this.#removeCrash = this.#traits.addCrash?.(this.#crash);
    }
    this.#all.add(entry);
    if (entry.signal !== undefined) this.#arm();
    return () => {
      if (this.#all.delete(entry)) this.#tidy();
    };
  }

  #arm(): void {
    if (this.#installed.size + this.#ignored.size > 0) return;
    this.#process.on("removeListener", this.#onRemoved);
    // Asked first, since a listener may change the answer.
    const ignored = SIGNALS.filter((name) => this.#traits.isIgnored?.(name) === true);
    for (const name of SIGNALS) {
      // Started under `nohup`, a listener of ours would turn an ignored signal into one that ends the process.
      if (ignored.includes(name)) {
        this.#ignored.add(name);
        if (this.#traits.dropsIgnored === true) this.#process.on(name, ignore);
        continue;
      }
      // First in line, so that a `once` handler of the service still shows when we look for others (Deno keeps its own order).
      this.#process.prependListener(name, this.#onSignal);
      this.#installed.add(name);
    }
  }

  /** Takes away the listeners nobody needs any more. */
  #tidy(): void {
    // A flush may end with a shutdown, which removes its listeners: the signal is still to be raised, so ours stay until then.
    const wanted = this.#ending !== undefined || [...this.#all].some(({ signal }) => signal !== undefined);
    if (!wanted) {
      this.#process.off("removeListener", this.#onRemoved);
      for (const name of this.#installed) this.#process.off(name, this.#onSignal);
      for (const name of this.#ignored) this.#process.off(name, ignore);
      this.#installed.clear();
      this.#ignored.clear();
    }
    if (this.#all.size > 0) return;
    this.#process.off("exit", this.#onExit);
    this.#process.off("beforeExit", this.#onIdle);
    this.#process.off("uncaughtExceptionMonitor", this.#onCrash);
    this.#removeCrash?.();
    if (!wanted) this.#forget();
  }

  readonly #onExit = (): void => {
    for (const { exit } of this.#all) quietly(exit);
  };

  readonly #onIdle = (): void => {
    for (const { idle } of this.#all) quietly(idle);
  };

  readonly #onCrash = (error: unknown): void => {
    // Somebody handles it: the process will not end.
    if (this.#process.listenerCount("uncaughtException") > 0) return;
    if (this.#process.hasUncaughtExceptionCaptureCallback?.() === true) return;
    this.#crash(error);
  };

  readonly #crash = (error: unknown): void => {
    for (const { crash } of this.#all) quietly(() => crash(error));
  };

  /** Notes a handler that left within this turn: with the signal on its way, that is a `once` handler called before ours. */
  readonly #onRemoved = (name: string | symbol, listener: unknown): void => {
    if (listener === this.#onSignal || !this.#installed.has(name as EndSignal)) return;
    this.#left = name;
    queueMicrotask(() => {
      this.#left = undefined;
    });
  };

  readonly #onSignal = (signal: string): void => {
    const name = signal as EndSignal;
    const others = this.#process.listenerCount(name) > 1 || this.#left === name;
    // A second signal does not wait for the flush of the first.
    if (this.#ending !== undefined) return this.#end(name, others);
    this.#ending = name;
    const flushes: Promise<void>[] = [];
    for (const listener of this.#all) {
      const flush = quietly(() => listener.signal?.(name));
      if (flush !== undefined) flushes.push(flush);
    }
    if (flushes.length === 0) return this.#end(name, others);
    void Promise.allSettled(flushes).then(() => {
      if (this.#ending === name) this.#end(name, others || this.#process.listenerCount(name) > 1);
    });
  };

  /** Ends the process by the signal, as it would have ended without us, unless somebody else handles it. */
  #end(name: EndSignal, others: boolean): void {
    // Another signal that the service handles itself does not end the flush of the first.
    if (others && this.#ending !== name) return;
    this.#ending = undefined;
    if (!others) this.#raise(name);
    this.#tidy();
  }

  /** Raises the signal without our listener; until then it stays, since without it a further signal would cut the last writes off. */
  #raise(name: EndSignal): void {
    if (!this.#isAlone(name)) return;
    // The signal ends the process without any further event: this is its exit.
    for (const { exit } of this.#all) quietly(exit);
    this.#process.off(name, this.#onSignal);
    this.#installed.delete(name);
    this.#process.kill(this.#process.pid, name);
  }

  /** Is our listener the only one of a signal? */
  #isAlone(name: EndSignal): boolean {
    const before = this.#traits.watchedSignals?.();
    if (before === undefined) return true;
    this.#process.off(name, this.#onSignal);
    const after = this.#traits.watchedSignals?.();
    this.#process.prependListener(name, this.#onSignal);
    return after !== before;
  }
}

function ignore(): void {}

/**
 * Calls a listener; one that throws must neither change how the process ends nor keep the others from being called.
 *
 * @param call The listener.
 * @returns What it returned, `undefined` when it threw.
 */
function quietly<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
