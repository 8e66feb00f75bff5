/**
 * Progress of a shipper for a person: on a terminal a line for each sink that is drawn again in place, elsewhere a plain line when something
 * changes. The libraries for this are tied to Node's streams and its environment, and those that are kept do not run on Node 20 (log-update 8,
 * listr2 11); what they would do here is two escape sequences.
 *
 * @module
 */
import { oneLine } from "../option/check.ts";
import type { Host, Timer } from "../port/host.ts";
import type { ShipHealth, SinkHealth } from "./health.ts";
import { worstLane } from "./heartbeat.ts";

/** A terminal is drawn again after this at the earliest, milliseconds. */
export const REDRAW_MS = 500;
/** Elsewhere, figures are said after this at the earliest, milliseconds. */
export const SUMMARY_MS = 60_000;
/** Elsewhere, a sink that changes its state again and again is heard of after this at the earliest, milliseconds. */
export const CHANGE_MS = 10_000;
/** A rate is that of this time at least, milliseconds. */
const RATE_MS = 5_000;

/** Where progress is shown. */
export interface Screen {
  /** Is it a terminal? */
  readonly isTerminal: boolean;
  /** May colours be used? */
  readonly hasColours: boolean;
  /** Columns of the terminal at this moment. */
  columns(): number;
  /** Writes a text as it is. */
  write(text: string): void;
}

/** Surroundings of a progress display. */
export interface ProgressOptions {
  /** Clock and timers. */
  readonly host: Pick<Host, "now" | "setTimer">;
  /** Where it is shown. */
  readonly screen: Screen;
  /** The health of this moment. */
  readonly health: () => ShipHealth;
}

/** What is remembered of a sink. */
interface Seen {
  /** Rate of acknowledged records a second. */
  rate: number;
  /** Since when the rate is counted, and from which count. */
  atMs: number;
  acked: number;
  /** What was said last, without its figures, and when. */
  state: string;
  saidMs: number;
  /** The figures that were said last. */
  figures: string;
}

/** Shows the progress until it is stopped. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #seen: Map<string, Seen> = new Map();
  #timer: Timer | undefined;
  #drawn = "";
  #lines = 0;
  #saidMs: number;

  /**
   * Shows nothing before {@link Progress.start}.
   *
   * @param options Surroundings.
   */
  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#saidMs = options.host.now();
  }

  /** Starts to show. */
  start(): void {
    this.#timer = this.#options.host.setTimer(() => {
      this.start();
      this.#show();
    }, REDRAW_MS);
  }

  /** Shows the last state and ends; what was shown stays. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#show(true);
    this.#lines = 0;
  }

  /**
   * Writes a line of text above the progress.
   *
   * @param line The line; what is no text in it is shown as escapes.
   */
  print(line: string): void {
    this.#options.screen.write(`${this.#erase()}${oneLine(line)}\n`);
    this.#lines = 0;
    this.#drawn = "";
  }

  #show(isLast: boolean = false): void {
    const { screen, health } = this.#options;
    let sinks: readonly SinkHealth[];
    try {
      ({ sinks } = health());
    } catch {
      // Shown again half a second later.
      return;
    }
    if (screen.isTerminal) this.#draw(sinks);
    else this.#say(sinks, isLast);
  }

  #draw(sinks: readonly SinkHealth[]): void {
    const { screen } = this.#options;
    // A line that reaches the last column may wrap.
    const width = Math.max(20, screen.columns() - 1);
    const longest = Math.max(...sinks.map(({ name }) => name.length), 0);
    const lines = sinks.map((sink) => {
      const { rate } = this.#update(sink);
      const { state, reason } = stateOf(sink);
      // A narrow terminal cuts the end off, and the state is what matters most.
      const parts = [sink.name.padEnd(longest), state.padEnd(8), figuresOf(sink), `${count(Math.round(rate))}/s`];
      const line = [...parts, ...(reason === undefined ? [] : [reason])].join("  ");
      return this.#colour(sink, cut(oneLine(line), width));
    });
    const text = lines.map((line) => `${line}\n`).join("");
    if (text === this.#drawn) return;
    screen.write(this.#erase() + text);
    this.#drawn = text;
    this.#lines = lines.length;
  }

  #say(sinks: readonly SinkHealth[], isLast: boolean): void {
    const now = this.#options.host.now();
    const isDue = isLast || now - this.#saidMs >= SUMMARY_MS;
    if (isDue) this.#saidMs = now;
    for (const sink of sinks) {
      const seen = this.#update(sink);
      const { state, reason } = stateOf(sink);
      const said = reason === undefined ? state : `${state}: ${reason}`;
      // Whether a lane that is well has something to send just now is no news.
      const news = state === "sending" || state === "idle" ? "ok" : said;
      const figures = figuresOf(sink);
      const hasChanged = news !== seen.state && (isLast || now - seen.saidMs >= CHANGE_MS);
      if (!hasChanged && !(isDue && figures !== seen.figures)) continue;
      if (hasChanged) seen.saidMs = now;
      seen.state = news;
      seen.figures = figures;
      this.#options.screen.write(`${cut(oneLine(`${sink.name}: ${figures}, ${said}`), 1_000)}\n`);
    }
  }

  #update(sink: SinkHealth): Seen {
    const now = this.#options.host.now();
    const { acked } = sink.records;
    let seen = this.#seen.get(sink.name);
    if (seen === undefined) {
      seen = { rate: 0, atMs: now, acked, state: "ok", saidMs: -Infinity, figures: figuresOf(sink) };
      this.#seen.set(sink.name, seen);
    }
    const ms = now - seen.atMs;
    if (ms >= RATE_MS) {
      seen.rate = Math.max(0, acked - seen.acked) * 1000 / ms;
      seen.atMs = now;
      seen.acked = acked;
    }
    return seen;
  }

  /** Takes the drawn lines away: up to the first, then everything below. */
  #erase(): string {
    return this.#lines === 0 ? "" : `\u001b[${this.#lines}A\r\u001b[J`;
  }

  #colour(sink: SinkHealth, line: string): string {
    if (!this.#options.screen.hasColours) return line;
    const { state } = worstLane(sink);
    if (state === "holding") return `\u001b[31m${line}\u001b[0m`;
    return state === "retrying" || sink.isPaused ? `\u001b[33m${line}\u001b[0m` : line;
  }
}

/** The account of a sink in a few words. */
function figuresOf({ records, waitingBytes }: SinkHealth): string {
  const { acked, pending, deadLettered, shed } = records;
  return [
    `${count(acked)} acked`,
    `${count(pending)} pending`,
    `${(waitingBytes / 1e6).toFixed(1)} MB waiting`,
    ...(deadLettered > 0 ? [`${count(deadLettered)} dead`] : []),
    ...(shed > 0 ? [`${count(shed)} shed`] : []),
  ].join(", ");
}

/** What a sink is doing, and why it does not send. */
function stateOf(sink: SinkHealth): { readonly state: string; readonly reason?: string | undefined } {
  return sink.isPaused ? { state: "paused" } : worstLane(sink);
}

function count(number: number): string {
  return String(number).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/**
 * Cuts a line to columns. Everything beyond ASCII counts as two, which is the most that a character takes.
 *
 * @param line One line without controls.
 * @param columns Columns.
 * @returns The line, or its beginning and an ellipsis.
 */
export function cut(line: string, columns: number): string {
  let width = 0;
  let kept = "";
  for (const character of line) {
    width += character.length === 1 && character <= "~" ? 1 : 2;
    if (width > columns) return `${kept}...`;
    if (width <= columns - 3) kept += character;
  }
  return line;
}
