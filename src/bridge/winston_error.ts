/**
 * Errors as winston hands them on: with fields of its own added to them, or taken apart into fields.
 *
 * @module
 */

/** Own properties of an error that cannot be listed. */
const HIDDEN: readonly string[] = ["name", "message", "stack", "cause", "errors"];

/**
 * A copy of an error without what winston has put on it.
 *
 * @param error An error that was logged by itself: winston sets its level and the fields of every info on it.
 * @param meta Names of these fields.
 */
export function bareError(error: Error, meta: readonly string[]): Error {
  const copy = Object.create(Object.getPrototypeOf(error) as object) as Error;
  for (const key of new Set([...HIDDEN, ...Object.keys(error)])) {
    if (!Object.hasOwn(error, key) || key === "level" || meta.includes(key)) continue;
    const enumerable = Object.prototype.propertyIsEnumerable.call(error, key);
    Object.defineProperty(copy, key, { value: Reflect.get(error, key) as unknown, enumerable });
  }
  return copy;
}

/**
 * Turns the stack of an error that is gone (a child logger and some formats keep its fields only) to `exception.*`.
 *
 * @param fields Fields of the info; `stack` and `cause` are taken out of them.
 * @param message Message of the error.
 */
export function stackEntries(fields: Map<string, unknown>, message: unknown): void {
  const stack = fields.get("stack");
  if (typeof stack !== "string" || stack === "") return;
  fields.delete("stack");
  const [, type = "Error"] = /^([A-Za-z_$][\w.$]*)(?=:|\r?\n|$)/.exec(stack) ?? [];
  fields.set("exception.type", type);
  fields.set("exception.message", message);
  fields.set("exception.stacktrace", stack);
  const cause = fields.get("cause");
  fields.delete("cause");
  if (cause !== undefined) fields.set("exception.cause", cause);
}
