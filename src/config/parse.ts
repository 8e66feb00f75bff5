/**
 * Validation of a whole namespace by a schema of the user's.
 *
 * @module
 */
import type { JsonValue } from "./json_value.ts";
import { quoteName } from "./namespace.ts";
import type { ConfigSnapshot } from "./snapshot.ts";
import type {
  StandardSchema,
  StandardSchemaIssue,
  StandardSchemaOutput,
  StandardSchemaResult,
} from "./standard_schema.ts";

/** Most issues an error tells; the first few lead to the rest. */
const MAX_ISSUES = 5;
const MAX_MESSAGE = 200;
/** Words that say what a value should be. Where the value is such a word, it stays: it gives nothing away. */
const KIND_WORDS = new Set(["string", "number", "integer", "boolean", "object", "array", "null", "undefined", "value"]);

/**
 * Validates the values of a snapshot.
 *
 * @param snapshot The values.
 * @param schema A synchronous Standard Schema.
 * @returns What the schema makes of them.
 * @throws {TypeError} If the schema is none, or asynchronous.
 * @throws {Error} If the values do not fit: namespace, path and expectation, never the value.
 */
export function parseSnapshot<S extends StandardSchema>(snapshot: ConfigSnapshot, schema: S): StandardSchemaOutput<S> {
  const named = `config namespace ${quoteName(snapshot.namespace)}`;
  const standard: unknown = (schema as Partial<StandardSchema> | null | undefined)?.["~standard"];
  if (!isStandard(standard)) {
    throw new TypeError(
      `Cannot parse ${named} with what is no Standard Schema. Pass a schema of zod, valibot or arktype`,
    );
  }
  const result = validate(standard, snapshot, named);
  if (result.issues === undefined) return result.value as StandardSchemaOutput<S>;
  const root = snapshot.asObject();
  const told = result.issues.slice(0, MAX_ISSUES).map((issue) => tell(issue, root));
  const more = result.issues.length - told.length;
  if (more > 0) told.push(`and ${more} more`);
  throw new Error(`Values of ${named} do not fit: ${told.join("; ")}. Correct its file or the schema`);
}

function isStandard(standard: unknown): standard is StandardSchema["~standard"] {
  return typeof standard === "object" && standard !== null && "validate" in standard &&
    typeof standard.validate === "function";
}

function validate(
  standard: StandardSchema["~standard"],
  snapshot: ConfigSnapshot,
  named: string,
): StandardSchemaResult<unknown> {
  let result: ReturnType<typeof standard.validate>;
  try {
    result = standard.validate(snapshot.asObject());
  } catch (cause) {
    throw new Error(`The schema of ${named} failed by itself. Its error is the cause of this one`, { cause });
  }
  if (!(result instanceof Promise)) return result;
  // Nobody will look at it any more, and an unhandled rejection would end the service.
  result.catch(() => {});
  throw new TypeError(
    `Cannot parse ${named} with an asynchronous schema. Pass one without asynchronous checks and transforms`,
  );
}

function tell(issue: StandardSchemaIssue, root: JsonValue): string {
  const keys = (issue.path ?? []).map((step) => typeof step === "object" ? step.key : step);
  let path = "";
  let value: unknown = root;
  for (const key of keys) {
    path += typeof key === "number" ? `[${key}]` : `${path === "" ? "" : "."}${String(key)}`;
    const isThere = typeof value === "object" && value !== null && Object.hasOwn(value, key);
    value = isThere ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  const message = withoutValue(issue.message, value).slice(0, MAX_MESSAGE);
  return path === "" ? message : `${quoteName(path)}: ${message}`;
}

/** Some libraries show what they got. It may be a secret, so it is cut out of their message. */
function withoutValue(message: string, value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return message;
  const text = String(value);
  let safe = message;
  for (const quoted of [JSON.stringify(text), `'${text}'`, `\`${text}\``]) safe = safe.replaceAll(quoted, "<value>");
  if (text.length < 2 || KIND_WORDS.has(text)) return safe;
  return safe.replaceAll(text, "<value>");
}
