/**
 * Listeners that are told when the values of a namespace have changed. The file is polled: a watch of the kernel's is
 * lost when a directory is swapped, does not exist on network file systems, and holds a descriptor.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host, Timer } from "../port/host.ts";
import type { ConfigCache } from "./cache.ts";
import { equalJson } from "./json_value.ts";
import { quoteName } from "./namespace.ts";
import type { ConfigSnapshot } from "./snapshot.ts";
import type { ConfigSource } from "./source.ts";

/** Options of a watch. */
export interface WatchOptions {
  /**
   * Time between two looks at the file, in milliseconds, from 10 to 86,400,000.
   *
   * @default {1000}
   */
  readonly intervalMs?: number | undefined;
}

/**
 * Is told of new values.
 *
 * @param current The new values.
 * @param previous The values before.
 */
export type ConfigListener = (current: ConfigSnapshot, previous: ConfigSnapshot) => void;

/** Ends a watch: call it, or leave the scope of a `using`. */
export interface Unwatch {
  /** Ends the watch; a second call does nothing. */
  (): void;
  /** The same for `using`. */
  [Symbol.dispose](): void;
}

const DEFAULT_INTERVAL_MS = 1000;
const MIN_INTERVAL_MS = 10;
const MAX_INTERVAL_MS = 86_400_000;

/** The watches of an instance. */
export class ConfigWatches {
  readonly #cache: ConfigCache;
  readonly #ports: { readonly host: Host };
  readonly #diagnostics: Diagnostics;
  readonly #running = new Set<() => void>();

  constructor(cache: ConfigCache, ports: { readonly host: Host }, diagnostics: Diagnostics) {
    this.#cache = cache;
    this.#ports = ports;
    this.#diagnostics = diagnostics;
  }

  /**
   * Starts a watch.
   *
   * @param namespace The namespace.
   * @param listener Is called after each change, never for the values at the start.
   * @param options Options.
   * @returns The way to end it.
   */
  watch(namespace: string, listener: ConfigListener, options?: WatchOptions): Unwatch {
    const source = this.#cache.source(namespace);
    if (source === undefined) return unwatch(() => {});
    if (typeof listener !== "function") {
      this.#warnOnce("listener", `Cannot watch config with a listener of type ${typeof listener}. Pass a function`);
      return unwatch(() => {});
    }
    return this.#start(source, listener, this.#interval(options?.intervalMs));
  }

  /** Ends all watches. */
  close(): void {
    for (const stop of [...this.#running]) stop();
  }

  #start(source: ConfigSource, listener: ConfigListener, intervalMs: number): Unwatch {
    let seen: ConfigSnapshot = source.check(0);
    let timer: Timer | undefined;
    const failed = this.#failureReporter(source.namespace);
    const poll = (): void => {
      // Set first: a listener may end the watch, and its failure must not.
      timer = this.#ports.host.setTimer(poll, intervalMs);
      const previous = seen;
      seen = source.check(0);
      // Another directory with the same values gives another snapshot, but no news.
      const isNews = seen !== previous && !equalJson(seen.asObject(), previous.asObject());
      if (isNews) call(listener, seen, previous, failed);
    };
    const stop = (): void => {
      timer?.cancel();
      this.#running.delete(stop);
    };
    timer = this.#ports.host.setTimer(poll, intervalMs);
    this.#running.add(stop);
    return unwatch(stop);
  }

  #interval(value: number | undefined): number {
    if (value === undefined) return DEFAULT_INTERVAL_MS;
    if (typeof value === "number" && value >= MIN_INTERVAL_MS && value <= MAX_INTERVAL_MS) return value;
    this.#warnOnce(
      "interval",
      `Config option "intervalMs" is not a number from ${MIN_INTERVAL_MS} to ${MAX_INTERVAL_MS}, using ` +
        `${DEFAULT_INTERVAL_MS}. Correct the call of config.watch`,
    );
    return DEFAULT_INTERVAL_MS;
  }

  #failureReporter(namespace: string): (error: unknown) => void {
    let isSaid = false;
    return (error) => {
      if (isSaid) return;
      isSaid = true;
      this.#diagnostics.report(
        "pontem.config",
        "ERROR",
        `A listener of config namespace ${quoteName(namespace)} failed (${
          className(error)
        }). It stays; catch the error within it`,
      );
    };
  }

  #warnOnce(key: string, message: string): void {
    this.#diagnostics.once(`config watch ${key}`, "pontem.config", "WARN", message);
  }
}

function call(
  listener: ConfigListener,
  current: ConfigSnapshot,
  previous: ConfigSnapshot,
  failed: (error: unknown) => void,
): void {
  try {
    const returned: unknown = listener(current, previous);
    // An async listener compiles as well; its rejection would end the service.
    if (returned instanceof Promise) returned.catch(failed);
  } catch (error) {
    failed(error);
  }
}

/** What is told of an error: its class only, for the message may contain values. */
function className(error: unknown): string {
  try {
    if (error instanceof Error && /^\w{1,64}$/.test(error.name)) return error.name;
  } catch {
    // A getter of the error's own; the error is reported without it.
  }
  return typeof error;
}

function unwatch(stop: () => void): Unwatch {
  return Object.assign(() => stop(), { [Symbol.dispose]: () => stop() });
}
