/**
 * Reads options of a command: the runtime's own parser, and messages that are the same on every runtime and name the nearest option.
 *
 * @module
 */
import { builtins } from "../adapter/node/builtin.ts";
import { nearest, show } from "../option/check.ts";

/** An option. */
export interface OptionKind {
  /** `string`: it has a value; `boolean`: it has none. */
  readonly type: "string" | "boolean";
  /**
   * Its name of one letter.
   *
   * @default {none}
   */
  readonly short?: string;
  /**
   * May it be given more than once?
   *
   * @default {false}
   */
  readonly multiple?: boolean;
}

/** Options by name. */
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/** What was given. */
export interface Given {
  /** Values of options by name, in their order; `""` for one without value. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** What is no option. */
  readonly positionals: readonly string[];
}

/** A command line that cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads options.
 *
 * @param args The arguments.
 * @param kinds The options that exist.
 * @returns What was given.
 * @throws {UsageError} For an option that does not exist, has no value or a value too many, or is given twice.
 */
export function readOptions(args: readonly string[], kinds: OptionKinds): Given {
  const { tokens } = builtins().util.parseArgs({
    args: [...args],
    options: { ...kinds },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknownOption(rawName, kinds);
    if (kind.type === "boolean" && value !== undefined) {
      throw new UsageError(`Option "${rawName}" has no value, got ${show(value)}. Write "${rawName}" alone`);
    }
    if (kind.type === "string" && (value === undefined || value === "")) {
      throw new UsageError(`Option "${rawName}" needs a value: write "${rawName} VALUE"`);
    }
    if (inlineValue === false && value?.startsWith("-") === true && value !== "-") {
      throw new UsageError(
        `Option "${rawName}" needs a value, got ${
          show(value)
        }. For a value that begins with "-" write "${rawName}=VALUE"`,
      );
    }
    const all = values[name] ??= [];
    if (all.length > 0 && kind.multiple !== true) {
      throw new UsageError(`Option "${rawName}" is given twice: give it once`);
    }
    all.push(value ?? "");
  }
  return { values, positionals };
}

function unknownOption(rawName: string, kinds: OptionKinds): UsageError {
  const names = Object.keys(kinds).map((name) => `--${name}`);
  const hint = rawName.startsWith("--") ? `did you mean "${nearest(rawName, names)}"?` : `see "--help"`;
  return new UsageError(`Unknown option ${show(rawName)}: ${hint}`);
}

/**
 * A whole number that an option gives.
 *
 * @param given What was given.
 * @param name Name of the option.
 * @param least The least.
 * @param most The most.
 * @returns The number, `undefined` when the option was not given.
 * @throws {UsageError} When it is none, or out of bounds.
 */
export function integerOption(given: Given, name: string, least: number, most: number): number | undefined {
  const text = given.values[name]?.[0];
  if (text === undefined) return undefined;
  const number = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`Option "--${name}" expects a whole number from ${least} to ${most}, got ${show(text)}`);
}
