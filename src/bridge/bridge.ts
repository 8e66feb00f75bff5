/**
 * What ties another logger to the SDK without the queue: its own destinations, filters and rotation stay, only the text of a line is ours.
 *
 * @module
 */
import type { DiagnosticLevel } from "../port/diagnostics.ts";
import type { PontemFormatter } from "./formatter.ts";

/** A record of another logger. */
export interface ForeignEvent {
  /** Severity number, 1 to 24; anything else counts as INFO. */
  readonly severityNumber: number;
  /** Its message: text, or anything else that can be the body of a record. */
  readonly body: unknown;
  /** What else it carries: anything that can be the attributes of a record. */
  readonly attributes?: unknown;
  /** Name of the logger; becomes `logger.name` unless the attributes have one. */
  readonly loggerName?: string | undefined;
  /** An error that belongs to it; becomes `exception.*`. */
  readonly error?: unknown;
  /** When it was logged, milliseconds since the Unix epoch. @default {now} */
  readonly timeMs?: number | undefined;
}

/**
 * One logger of another kind. `@pontem/sdk/bridge/winston` makes one; write your own for a logger that the SDK does not know.
 *
 * @example A logger with one destination
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Bridge, PontemFormatter } from "@pontem/sdk";
 *
 * const lines: string[] = [];
 * const mine = { format: (text: string) => text, info: (text: string) => void lines.push(mine.format(text)) };
 * const bridge: Bridge = {
 *   name: "mine",
 *   install: (formatter) => {
 *     const before = mine.format;
 *     mine.format = (body) => formatter.format({ severityNumber: 9, body });
 *     return () => void (mine.format = before);
 *   },
 * };
 * const uninstall = PontemFormatter.install([bridge], { serviceName: "my-service" });
 * mine.info("ready");
 * uninstall();
 * mine.info("plain again");
 * assert.deepEqual([JSON.parse(lines[0] ?? "").body, lines[1]], ["ready", "plain again"]);
 * ```
 */
export interface Bridge {
  /** What messages call it. */
  readonly name: string;
  /** What it changes. Two bridges with the same one take turns: the last that is installed is in force. @default {the bridge itself} */
  readonly target?: object | undefined;
  /** From which level on it wants the SDK's own messages, unless option `diagnostics` says otherwise. @default {"DEBUG"} */
  readonly ownLevel?: DiagnosticLevel | undefined;
  /**
   * Looks whether it can be installed; called before anything changes.
   *
   * @throws {Error} When the logger has no destinations.
   */
  check?(): void;
  /**
   * Makes the logger write lines of the formatter, on all destinations that it has at this moment.
   *
   * @param formatter Makes the lines.
   * @returns Takes it out again: afterwards the logger is exactly as it was.
   */
  install(formatter: PontemFormatter): () => void;
  /**
   * Hands one of the SDK's own messages to the logger's destinations, through its levels and filters. Without it they go to standard error.
   *
   * @param event The message; its logger is `pontem.sdk`, `pontem.emit` or `pontem.config`.
   */
  write?(event: ForeignEvent): void;
}
