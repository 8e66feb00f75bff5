/**
 * An error as attributes: `exception.type`, `exception.message`, `exception.stacktrace` (OpenTelemetry semantic conventions, "Exceptions in
 * logs"), its cause and the errors of an `AggregateError` within, and its own properties (`code`, `errno`, `status`, ...) as `exception.<name>`.
 *
 * @module
 */

/** Own properties of one error that are kept. */
const MAX_PROPERTIES = 32;

/**
 * The attributes of an error. Nothing is thrown: what cannot be read is left out.
 *
 * @param error The error; its cause is a value of `exception.cause` and is encoded the same way.
 * @returns Attribute names and values, in the order in which they are written.
 */
export function exceptionEntries(error: Error): Map<string, unknown> {
  const entries = new Map<string, unknown>();
  entries.set("exception.type", text(() => error.name) ?? "Error");
  entries.set("exception.message", text(() => error.message) ?? "");
  const stack = text(() => error.stack);
  if (stack !== undefined) entries.set("exception.stacktrace", stack);
  let keys: string[] = [];
  try {
    keys = Object.keys(error);
  } catch { /* a hostile proxy has no properties for us */ }
  for (const key of keys.slice(0, MAX_PROPERTIES)) {
    if (key === "name" || key === "message" || key === "stack" || key === "cause" || key === "errors") continue;
    add(entries, `exception.${key}`, () => Reflect.get(error, key));
  }
  add(entries, "exception.cause", () => error.cause);
  if (error instanceof AggregateError) add(entries, "exception.errors", () => error.errors);
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
  return message !== undefined && message !== "" ? message : text(() => error.name) ?? "Error";
}

function text(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

function add(entries: Map<string, unknown>, key: string, read: () => unknown): void {
  try {
    const value = read();
    if (value !== undefined && typeof value !== "function") entries.set(key, value);
  } catch { /* a getter that throws has no value */ }
}
