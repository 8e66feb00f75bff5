/**
 * The SDK's own messages: to the service's own logger where a bridge is installed, else to standard error, WARN and above, unless the options
 * say otherwise. They are rate-limited and never become records of the SDK themselves, so they cannot loop.
 *
 * @module
 */
import type { Bridges } from "./bridge/installed.ts";
import { nearest, oneLine, show } from "./option/check.ts";
import type { DiagnosticLevel, DiagnosticName, Diagnostics } from "./port/diagnostics.ts";
import type { Host } from "./port/host.ts";
import { Level } from "./record/level.ts";

/** Takes an own message. */
export type DiagnosticsListener = (name: DiagnosticName, level: DiagnosticLevel, message: string) => void;

/** Thresholds by name (`"pontem"` stands for all), or a function that takes every message. */
export type DiagnosticsOption =
  | Readonly<Partial<Record<DiagnosticName | "pontem", DiagnosticLevel | "off">>>
  | DiagnosticsListener;

const LEVELS: readonly (DiagnosticLevel | "off")[] = ["DEBUG", "INFO", "WARN", "ERROR", "FATAL", "off"];
const NAMES: readonly (DiagnosticName | "pontem")[] = ["pontem", "pontem.sdk", "pontem.emit", "pontem.config"];

/** Messages in one window, and the window in milliseconds. */
export const RATE = { messages: 20, windowMs: 10_000 } as const;
/** Keys of messages that are said once. */
export const MAX_KEYS = 1_000;

/** Own messages of one instance. */
export class OwnMessages implements Diagnostics {
  #host: Pick<Host, "now" | "writeError">;
  readonly #bridges: Bridges | undefined;
  #option: DiagnosticsOption = {};
  readonly #said: Set<string> = new Set();
  #windowStart = -Infinity;
  #inWindow = 0;
  #withheld = 0;
  #speaking = false;
  /** Messages from before `init`: a library whose service never calls it must stay silent. */
  #held: (() => void)[] | undefined = [];

  /**
   * @param host Clock and standard error.
   * @param bridges Loggers of the service that take own messages, each with levels and filters of its own.
   */
  constructor(host: Pick<Host, "now" | "writeError">, bridges?: Bridges) {
    this.#host = host;
    this.#bridges = bridges;
  }

  /**
   * Takes an option that was checked, and the host it is to be used with.
   *
   * @returns Goes back to what was before, for an `init` that fails.
   */
  configure(option: DiagnosticsOption | undefined, host: Pick<Host, "now" | "writeError">): () => void {
    const before = { option: this.#option, host: this.#host };
    this.#option = option ?? {};
    this.#host = host;
    return () => {
      this.#option = before.option;
      this.#host = before.host;
    };
  }

  /** From here on nothing is held back; what was is said now. Called once `init` has gone well. */
  start(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const say of held) say();
  }

  /** Says something once per key. */
  once(key: string, name: DiagnosticName, level: DiagnosticLevel, message: string): void {
    if (this.#said.has(key) || this.#said.size >= MAX_KEYS) return;
    this.#said.add(key);
    this.report(name, level, message);
  }

  /**
   * Says something, unless its level is off, too much was said, or it comes out of a listener that is being told. Config works without `init`,
   * and so do its messages.
   */
  report(name: DiagnosticName, level: DiagnosticLevel, message: string): void {
    if (this.#held !== undefined && name !== "pontem.config") {
      if (this.#held.length < RATE.messages) this.#held.push(() => this.report(name, level, message));
      return;
    }
    if (!this.#isOn(name, level) || this.#speaking) return;
    const now = this.#host.now();
    if (now - this.#windowStart >= RATE.windowMs) {
      this.#windowStart = now;
      this.#inWindow = 0;
      const withheld = this.#withheld;
      this.#withheld = 0;
      if (withheld > 0) this.#tell("pontem.sdk", "WARN", `${withheld} messages were withheld`);
    }
    if (this.#inWindow++ >= RATE.messages) {
      this.#withheld++;
      return;
    }
    this.#tell(name, level, message);
  }

  #isOn(name: DiagnosticName, level: DiagnosticLevel): boolean {
    if (typeof this.#option === "function") return true;
    const threshold = this.#threshold(name);
    if (threshold === undefined && this.#bridges?.takesMessages === true) return this.#bridges.wants(level);
    return LEVELS.indexOf(level) >= LEVELS.indexOf(threshold ?? "WARN") && threshold !== "off";
  }

  /** What the service has said about it. */
  #threshold(name: DiagnosticName): DiagnosticLevel | "off" | undefined {
    return typeof this.#option === "function" ? undefined : this.#option[name] ?? this.#option["pontem"];
  }

  #tell(name: DiagnosticName, level: DiagnosticLevel, message: string): void {
    // A path or an error text may hold anything; on a terminal it must stay text.
    const line = oneLine(message);
    this.#speaking = true;
    try {
      if (typeof this.#option === "function") this.#option(name, level, line);
      else if (!this.#toBridges(name, level, line)) this.#host.writeError(`${level} ${name} ${line}`);
    } catch {
      /* a listener that throws must not reach the service */
    } finally {
      this.#speaking = false;
    }
  }

  #toBridges(name: DiagnosticName, level: DiagnosticLevel, body: string): boolean {
    if (this.#bridges?.takesMessages !== true) return false;
    const event = { severityNumber: Level[level], body, loggerName: name };
    return this.#bridges.write(event, this.#threshold(name) === undefined ? level : undefined);
  }
}

/**
 * Checks the option.
 *
 * @param value What was given.
 * @throws {TypeError} When it is neither a function nor an object of names and levels.
 */
export function checkDiagnostics(value: unknown): DiagnosticsOption | undefined {
  if (value === undefined || typeof value === "function") return value as DiagnosticsOption | undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(
      `Cannot use option "diagnostics": expected a function or an object such as { "pontem.emit": "off" }, got ${
        show(value)
      }`,
    );
  }
  for (const [name, level] of Object.entries(value)) {
    if (!NAMES.includes(name as DiagnosticName)) {
      throw new TypeError(
        `Unknown name ${show(name)} in option "diagnostics": did you mean "${nearest(name, NAMES)}"? Names: ${
          NAMES.join(", ")
        }`,
      );
    }
    if (!LEVELS.includes(level as DiagnosticLevel)) {
      throw new TypeError(
        `Cannot use option "diagnostics": expected one of ${LEVELS.join(", ")} for "${name}", got ${show(level)}`,
      );
    }
  }
  return value as DiagnosticsOption;
}
