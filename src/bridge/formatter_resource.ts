/**
 * The resource of a formatter: its own options first, then what `init` populated, key by key.
 *
 * @module
 */
import { checkObject, checkResource, checkText, show } from "../option/check.ts";
import { parseJson } from "../record/parse_json.ts";
import type { Resource } from "../record/resource.ts";
import { encodeValue } from "../record/value.ts";
import type { HasLogger } from "./source.ts";

const NAME = "service.name";
const VERSION = "service.version";
const LONGEST = 256;

/** Options of a formatter. */
export interface FormatterOptions {
  /** Value of `service.name`. @default {that of `resource`, else of `init`} */
  readonly serviceName?: string | undefined;
  /** Value of `service.version`. @default {that of `resource`, else of `init`} */
  readonly serviceVersion?: string | undefined;
  /** More resource attributes; what they do not say comes from `init`. @default {{}} */
  readonly resource?: Resource | undefined;
  /** Whose `init`, context and trace: an instance, or the module (`import * as pontem`). @default {the module} */
  readonly pontem?: HasLogger | undefined;
}

/** Names of these options. */
export const FORMATTER_OPTIONS = ["serviceName", "serviceVersion", "resource", "pontem"] as const;

/** Options that were checked. */
export interface CheckedOptions {
  /** Resource attributes of the options, plain data. */
  readonly own: Resource;
  /** The instance. */
  readonly pontem: HasLogger | undefined;
}

/**
 * Checks the options.
 *
 * @param value What was given.
 * @returns What they say.
 * @throws {TypeError} An option that does not exist, or a value it cannot have.
 */
export function checkFormatterOptions(value: unknown): CheckedOptions {
  const raw = checkObject(value, "PontemFormatter", FORMATTER_OPTIONS);
  const { pontem } = raw;
  const resource = checkResource(raw);
  if (pontem !== undefined && !hasLogger(pontem)) {
    throw new TypeError(
      `Cannot use option "pontem": expected an instance of createPontem() or the module, got ${show(pontem)}`,
    );
  }
  const own = plain(resource);
  const name = checkText(raw, "serviceName", LONGEST);
  if (name !== undefined) own[NAME] = name;
  const version = checkText(raw, "serviceVersion", LONGEST);
  if (version !== undefined) own[VERSION] = version;
  return { own, pontem };
}

/** A copy without anything of the service's: no getter, no class instance. */
function plain(resource: object): Record<string, unknown> {
  return parseJson(encodeValue(resource) ?? "{}") as Record<string, unknown>;
}

function hasLogger(value: unknown): value is HasLogger {
  if (typeof value !== "object" || value === null) return false;
  const { logger } = value as Partial<HasLogger>;
  return typeof logger === "object" && logger !== null;
}

/**
 * Merges.
 *
 * @param own What the options say.
 * @param base What `init` populated.
 * @returns Name and version first, as in every other line; `undefined` without a name.
 */
export function mergeResource(own: Resource, base: Resource | undefined): Resource | undefined {
  const merged: Record<string, unknown> = Object.create(null);
  for (const key of [NAME, VERSION, ...Object.keys(base ?? {}), ...Object.keys(own)]) {
    if (key in merged) continue;
    const value = own[key] ?? base?.[key];
    if (value !== undefined) merged[key] = value;
  }
  const name = merged[NAME];
  return typeof name === "string" && name !== "" ? merged : undefined;
}
