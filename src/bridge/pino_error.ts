/**
 * Errors in lines of pino: under its names there (`type`, `message`, `stack`), so that paths of its redaction go on to hit, and as `exception.*`
 * in ours.
 *
 * @module
 */
import { exceptionEntries } from "../record/exception.ts";
import { parseJson } from "../record/parse_json.ts";
import { encodeValue } from "../record/value.ts";

/** Fields of a line, or of an error in it. */
export type Fields = Record<string, unknown>;

const PREFIX = "exception.";
/** How many causes of causes are renamed. */
const MAX_CAUSES = 16;

/**
 * A serializer for pino: unlike its own it keeps causes and the errors of an AggregateError apart from the message.
 *
 * @param error What was logged as an error.
 * @returns Plain data; what is no error stays as it is.
 */
export function errorSerializer(error: unknown): unknown {
  try {
    if (!isErrorLike(error)) return error;
    return toPino(parseJson(encodeValue(exceptionEntries(error)) ?? "{}"), 0);
  } catch {
    return "[Throws]";
  }
}

/** Is it an error, of whatever realm? */
function isErrorLike(value: unknown): value is Error {
  if (typeof value !== "object" || value === null) return false;
  return value instanceof Error ||
    typeof Reflect.get(value, "message") === "string" && typeof Reflect.get(value, "stack") === "string";
}

function toPino(value: unknown, depth: number): unknown {
  if (!isFields(value) || !(`${PREFIX}type` in value) || depth > MAX_CAUSES) return value;
  const fields: Fields = {};
  for (const [key, part] of Object.entries(value)) {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key;
    fields[name === "stacktrace" ? "stack" : name] = name === "cause"
      ? toPino(part, depth + 1)
      : name === "errors" && Array.isArray(part)
      ? part.map((item) => toPino(item, depth + 1))
      : part;
  }
  return fields;
}

/**
 * Makes `exception.*` of the error in a line.
 *
 * @param fields The fields of the line.
 * @param errorKey Where the error is.
 * @param nestedKey What it may be in; none as a rule.
 * @returns The fields with the parts of the error instead of it; one that the caller spelled out stays.
 */
export function takeException(fields: Fields, errorKey: string, nestedKey: string | undefined): Fields {
  const nested = nestedKey === undefined ? undefined : fields[nestedKey];
  const holder = isFields(nested) && errorKey in nested ? nested : fields;
  const error = holder[errorKey];
  if (!isException(error)) return fields;
  delete holder[errorKey];
  for (const [key, value] of Object.entries(toException(error, 0))) {
    if (!Object.hasOwn(fields, key)) fields[key] = value;
  }
  return fields;
}

/** What a serializer made of an error. */
function isException(value: unknown): value is Fields {
  return isFields(value) && typeof value["message"] === "string" &&
    (typeof value["stack"] === "string" || typeof value["type"] === "string");
}

function toException(error: Fields, depth: number): Fields {
  const { type, message, stack, ...rest } = error;
  const fields: Fields = { [`${PREFIX}type`]: type ?? "Error", [`${PREFIX}message`]: message };
  if (stack !== undefined) fields[`${PREFIX}stacktrace`] = stack;
  for (const [key, value] of Object.entries(rest)) {
    // The name that pino's own serializer has for them.
    const name = key === "aggregateErrors" ? "errors" : key;
    fields[PREFIX + name] = name === "cause"
      ? nestedException(value, depth)
      : name === "errors" && Array.isArray(value)
      ? value.map((item) => nestedException(item, depth))
      : value;
  }
  return fields;
}

function nestedException(value: unknown, depth: number): unknown {
  return isException(value) && depth < MAX_CAUSES ? toException(value, depth + 1) : value;
}

/** Is it an object of JSON? */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
