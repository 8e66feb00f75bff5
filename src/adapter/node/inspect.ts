/**
 * Texts of values as the console shows them.
 *
 * @module
 */
import { thrownMarker } from "../../record/entries.ts";
import type { Builtins } from "./builtin.ts";

/** On one line: a record has one. What is larger is cut by `util.inspect` itself, which says so. */
const OPTIONS = {
  breakLength: Infinity,
  compact: true,
  depth: 4,
  maxArrayLength: 100,
  maxStringLength: 10_000,
} as const;

/**
 * Shows a value.
 *
 * @param builtins Where `node:util` is.
 * @param value Anything.
 * @returns Its text; a marker where it cannot be looked at.
 */
export function inspectValue({ util }: Builtins, value: unknown): string {
  try {
    return util.inspect(value, OPTIONS);
  } catch (error) {
    return JSON.parse(thrownMarker(error)) as string;
  }
}
