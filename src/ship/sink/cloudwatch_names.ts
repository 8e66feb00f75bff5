/**
 * Names of log groups and streams out of the resource of a record.
 *
 * @module
 */
import { show } from "../../option/check.ts";
import type { JsonMap } from "../../record/json_map.ts";

/** The longest name, for both. */
const MAX_CHARS = 512;
/** Where the resource has no such attribute. */
const UNKNOWN = "unknown";
/** An attribute of the resource. */
const ATTRIBUTE = /\{([^{}]+)\}/g;
/** What AWS does not allow in a name. */
const FORBIDDEN = { group: /[^.\-_/#A-Za-z0-9]/g, stream: /[:*\p{Cc}]/gu } as const;

/**
 * Fills in a template.
 *
 * @param template Text; `{name}` stands for a resource attribute.
 * @param resource The resource.
 * @param kind What AWS allows in its name: of a group letters, digits and `. - _ / #`; of a stream anything but `:` and `*`.
 * @returns The name.
 */
export function awsName(template: string, resource: JsonMap, kind: "group" | "stream"): string {
  const filled = template.replaceAll(ATTRIBUTE, (_, key: string) => {
    const value = resource[key];
    return typeof value === "string" && value !== "" ? value : typeof value === "number" ? String(value) : UNKNOWN;
  });
  return filled.slice(0, MAX_CHARS).toWellFormed().replaceAll(FORBIDDEN[kind], "_");
}

/**
 * Looks at what stands in a template beside its attributes.
 *
 * @param kind Whose name it makes.
 * @param template The template.
 * @returns The template.
 * @throws {Error} When AWS would take no name of it.
 */
export function checkTemplate(kind: "group" | "stream", template: string): string {
  const fixed = template.replaceAll(ATTRIBUTE, "");
  const remedy = `Change "${kind}" of the sink "cloudwatch"`;
  if (template === "") throw new Error(`A log ${kind} needs a name. ${remedy}`);
  const [wrong] = fixed.match(FORBIDDEN[kind]) ?? [];
  if (wrong !== undefined) throw new Error(`AWS takes no ${show(wrong)} in the name of a log ${kind}. ${remedy}`);
  if (kind === "group" && template.startsWith("aws/")) {
    throw new Error(`AWS keeps names of log groups that begin with "aws/" for itself. ${remedy}`);
  }
  return template;
}
