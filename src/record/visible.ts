/**
 * What of a value may be shown in a text, where some attributes are to be hidden.
 *
 * @module
 */
import type { RedactAttributes } from "./attributes.ts";
import { parseJson } from "./parse_json.ts";
import { encodeValue } from "./value.ts";

/**
 * Hides in a value what would be hidden of it as attributes: an object that becomes a text must not say there what it may not say beside it.
 *
 * @param value Anything.
 * @param redact What hides; `undefined`: nothing is hidden.
 * @returns An object as plain data without what is hidden, anything else as it is.
 */
export function visible(value: unknown, redact: RedactAttributes | undefined): unknown {
  if (redact === undefined) return value;
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return value;
  const plain = parseJson(encodeValue(value) ?? "null");
  if (typeof plain !== "object" || plain === null) return plain;
  return Array.isArray(plain) ? redact({ "": plain })[""] : redact(plain as Record<string, unknown>);
}
