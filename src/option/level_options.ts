/**
 * Checks of the options that say which levels are on: `level`, `levels`, `levelsFrom`, `debug`.
 *
 * @module
 */
import { namespaceProblem } from "../config/namespace.ts";
import type { DebugLimits } from "../emit/debug_writer.ts";
import { LOW } from "../log/level_filter.ts";
import { checkLevels, levelOf, type LevelTable, NO_LEVELS, parseLevels } from "../log/level_table.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host } from "../port/host.ts";
import { Level, LEVEL_HINT, severityNumber } from "../record/level.ts";
import { checkInteger, checkLevel, checkObject, checkText, type Raw, show } from "./check.ts";
import type { LevelsFromOptions } from "./init_options.ts";

/** Least bytes of all segments together: a segment is an eighth of it. */
const LEAST_DEBUG_BYTES = 65_536;

/** The option `level`, else the variable PONTEM_LOG_LEVEL, else all. */
export function resolveLevel(raw: Raw, host: Pick<Host, "env">, diagnostics: Diagnostics): number {
  const option = checkLevel(raw, "level", "");
  if (option !== undefined) return option;
  const value = host.env("PONTEM_LOG_LEVEL");
  if (value === undefined) return Level.TRACE;
  const number = levelOf(value);
  if (number === undefined) {
    diagnostics.report("pontem.sdk", "WARN", `Unknown PONTEM_LOG_LEVEL, taking all levels: use ${LEVEL_HINT}`);
  }
  return number ?? Level.TRACE;
}

/** The option `levels`, else the variable PONTEM_LOG_LEVELS, else none. */
export function resolveLevels(raw: Raw, host: Pick<Host, "env">, diagnostics: Diagnostics): LevelTable {
  const option = checkLevels(raw["levels"]);
  if (option !== undefined) return option;
  const { prefixes, malformed } = parseLevels(host.env("PONTEM_LOG_LEVELS") ?? "");
  if (malformed > 0) {
    diagnostics.report(
      "pontem.sdk",
      "WARN",
      `Left ${malformed} of the members of PONTEM_LOG_LEVELS out: use up to 100 such as "camera=DEBUG,net=WARN"`,
    );
  }
  return prefixes.size === 0 ? NO_LEVELS : { prefixes };
}

/** The option `levelsFrom`. */
export function checkLevelsFrom(value: unknown): LevelsFromOptions | undefined {
  if (value === undefined) return undefined;
  const raw = checkObject(value, `option "levelsFrom"`, ["namespace", "key"]);
  const { namespace, key } = raw;
  const problem = namespaceProblem(namespace);
  if (problem !== undefined) {
    throw new TypeError(
      `Cannot use option "levelsFrom.namespace": expected the name of a config file without ".json", but ${problem}`,
    );
  }
  if (checkText(raw, "key", 1024) === undefined) {
    throw new TypeError(
      `Cannot use option "levelsFrom.key": expected the name of a value in the config file, got ${show(key)}`,
    );
  }
  return { namespace: namespace as string, key: key as string };
}

/**
 * The option `debug`.
 *
 * @param value What was given.
 * @param target Where records go: nothing is kept at home beside standard output.
 */
export function checkDebug(value: unknown, target: "file" | "stdout"): DebugLimits | undefined {
  if (value === undefined || value === false) return undefined;
  if (typeof value !== "object" && value !== true) {
    throw new TypeError(
      `Cannot use option "debug": expected true or an object with the options level, retentionHours, maxBytes, got ${
        show(value)
      }`,
    );
  }
  const raw = checkObject(value === true ? {} : value, `option "debug"`, ["level", "retentionHours", "maxBytes"]);
  const level = raw["level"] ?? Level.DEBUG;
  const threshold = severityNumber(level);
  if (threshold === undefined || threshold >= LOW) {
    throw new TypeError(
      `Cannot use option "debug.level": expected TRACE or DEBUG, or a number from 1 to ${LOW - 1}, got ${
        show(level)
      }. The option "level" is for what is shipped`,
    );
  }
  if (target === "stdout") {
    throw new TypeError(
      `Cannot use option "debug" with standard output: DEBUG is kept in the emit directory. Use emitTarget "file", or leave "debug" out`,
    );
  }
  return {
    threshold,
    retentionHours: checkInteger(raw, "retentionHours", "debug.", 1, 8_784, 24),
    maxBytes: checkInteger(raw, "maxBytes", "debug.", LEAST_DEBUG_BYTES, 2 ** 40, 67_108_864),
  };
}
