/**
 * Names of log groups and streams out of the resource of a record.
 *
 * @module
 */
import type { JsonMap } from "../../record/tolerant_schema.ts";

/** The longest name, for both. */
const MAX_CHARS = 512;
/** Where the resource has no such attribute. */
const UNKNOWN = "unknown";

/**
 * Fills in a template.
 *
 * @param template Text; `{name}` stands for a resource attribute.
 * @param resource The resource.
 * @param kind What AWS allows in its name: of a group letters, digits and `. - _ / #`; of a stream anything but `:` and `*`.
 * @returns The name.
 */
export function awsName(template: string, resource: JsonMap, kind: "group" | "stream"): string {
  const filled = template.replaceAll(/\{([^{}]+)\}/g, (_, key: string) => {
    const value = resource[key];
    return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : UNKNOWN;
  });
  const other = kind === "group" ? /[^.\-_/#A-Za-z0-9]/g : /[:*\p{Cc}]/gu;
  return filled.toWellFormed().replaceAll(other, "_").slice(0, MAX_CHARS) || UNKNOWN;
}
