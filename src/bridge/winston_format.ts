/**
 * The format that a bridged winston logger has: that of the user, and then our line.
 *
 * @module
 */
import { exceptionBody } from "../record/exception.ts";
import { Level } from "../record/level.ts";
import type { PontemFormatter } from "./formatter.ts";
import { handedOn } from "./last_line.ts";
import { textHostOf } from "./source.ts";
import type { WinstonFormat, WinstonLogger } from "./winston.ts";
import { eventOf, type Given, lookAt, type WinstonInfo } from "./winston_info.ts";
import { type WinstonLevels, winstonSeverities } from "./winston_level.ts";

/** Where transports look for the line. */
const MESSAGE: unique symbol = Symbol.for("message");
/** What a call gave, for the formats of transports that come after that of the logger. */
const GIVEN: unique symbol = Symbol("given");

/** The logger, as far as it is needed. */
type Levelled = Pick<WinstonLogger, "levels" | "defaultMeta">;

/** A format that makes lines of the wire format. */
export class WinstonFormatter {
  readonly #formatter: PontemFormatter;
  readonly #original: WinstonFormat;
  readonly #logger: Levelled;
  #levels: WinstonLevels | undefined;
  #severities: ReadonlyMap<string, number> = new Map();

  /**
   * @param formatter Makes the line.
   * @param original Runs before.
   * @param logger Whose levels are meant.
   */
  constructor(formatter: PontemFormatter, original: WinstonFormat, logger: Levelled) {
    this.#formatter = formatter;
    this.#original = original;
    this.#logger = logger;
  }

  /**
   * Called by winston.
   *
   * @param info What was logged.
   * @returns The info with the line, or what a format of the user returned instead of one.
   * @throws What a format of the user throws.
   */
  transform(info: WinstonInfo): unknown {
    const seen = this.#seen(info);
    const original = this.#original;
    // winston copies the fields of an error for the format of a transport, and its message is none of them.
    if (seen?.error !== undefined && info["message"] === undefined) info["message"] = exceptionBody(seen.error);
    const result = original.transform(info, original.options);
    if (typeof result !== "object" || result === null) return result;
    return this.#finished(result as WinstonInfo, seen);
  }

  #seen(info: WinstonInfo): Given | undefined {
    try {
      const { defaultMeta } = this.#logger;
      const meta = typeof defaultMeta === "object" && defaultMeta !== null ? Object.keys(defaultMeta) : [];
      return info[GIVEN] as Given | undefined ?? lookAt(info, meta);
    } catch {
      return undefined;
    }
  }

  #finished(info: WinstonInfo, seen: Given | undefined): WinstonInfo {
    const line = handedOn(this.#line(info, seen));
    try {
      info[MESSAGE] = line;
      info[GIVEN] = seen;
      return info;
    } catch {
      // A format of the user froze it.
      return { ...info, [MESSAGE]: line, [GIVEN]: seen };
    }
  }

  #line(info: WinstonInfo, seen: Given | undefined): string {
    const { levels } = this.#logger;
    try {
      // `configure` may have given the logger others.
      if (levels !== this.#levels) {
        this.#severities = winstonSeverities(levels);
        this.#levels = levels;
      }
      return this.#formatter.format(eventOf(info, seen, this.#severities, textHostOf(this.#formatter)));
    } catch {
      return this.#formatter.format({ severityNumber: Level.ERROR, body: "[An info of winston that cannot be read]" });
    }
  }
}
