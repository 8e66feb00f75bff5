/**
 * An error as attributes: `exception.type`, `exception.message`, `exception.stacktrace` (OpenTelemetry semantic conventions, "Exceptions in
 * logs"), its cause and the errors of an `AggregateError` within, and its own properties (`code`, `errno`, `status`, ...) as `exception.<name>`.
 *
 * @module
 */
import { shortKey } from "./text.ts";

/** Own properties of one error that are kept. */
const MAX_PROPERTIES = 32;

/** Properties that are written under names of their own. */
const KNOWN: readonly string[] = ["name", "message", "stack", "cause", "errors"];

/** Is it an error? A proxy that cannot be asked is none. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/**
 * The attributes of an error. Nothing is thrown: what cannot be read is left out.
 *
 * @param error The error; its cause is a value of `exception.cause` and is encoded the same way.
 * @returns Attribute names and values, in the order in which they are written.
 */
export function exceptionEntries(error: Error): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  entries.set("exception.type", exceptionType(error));
  entries.set("exception.message", text(() => error.message) ?? "");
  const stack = text(() => error.stack);
  if (stack !== undefined) entries.set("exception.stacktrace", stack);
  let keys: string[] = [];
  try {
    keys = Object.keys(error).filter((key) => !KNOWN.includes(key));
  } catch { /* a hostile proxy has no properties for us */ }
  for (const key of keys.slice(0, MAX_PROPERTIES)) {
    add(entries, shortKey(`exception.${key}`), () => Reflect.get(error, key));
  }
  add(entries, "exception.cause", () => error.cause);
  if (isAggregate(error)) add(entries, "exception.errors", () => error.errors);
  return entries;
}

/**
 * The text of an error for a record's body: its message, or its name when it has none.
 *
 * @param error The error.
 * @returns One text.
 */
export function exceptionBody(error: Error): string {
  const message = text(() => error.message);
  return message !== undefined && message !== "" ? message : exceptionType(error);
}

/**
 * The class of an error. Its name says more where it was set (`AbortError`); a class that sets none is called `Error` by it.
 *
 * @param error The error.
 * @returns A name, never empty.
 */
export function exceptionType(error: Error): string {
  const name = text(() => error.name);
  if (name !== undefined && name !== "" && name !== "Error") return name;
  const type = text(() => error.constructor.name);
  return type === undefined || type === "" ? "Error" : type;
}

function isAggregate(error: Error): error is AggregateError {
  try {
    return error instanceof AggregateError;
  } catch {
    return false;
  }
}

function text(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A property does not take the place of what is known of the error. */
function add(entries: Map<string, unknown>, key: string, read: () => unknown): void {
  try {
    const value = read();
    if (value !== undefined && typeof value !== "function" && !entries.has(key)) entries.set(key, value);
  } catch { /* a getter that throws has no value */ }
}
