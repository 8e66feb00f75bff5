/**
 * Where a call of structlog does something else than the same call here.
 *
 * @module
 */
import type { Note } from "./model_chain.ts";
import type { ModelLogger, ModelPlace } from "./model_state.ts";
import { has, isNamed, type Setup } from "./setup.ts";
import type { Call } from "./side.ts";
import { isTrue } from "./call.ts";

/** Methods of every wrapper. */
const METHODS: ReadonlySet<string> = new Set([
  "debug",
  "info",
  "warning",
  "warn",
  "error",
  "critical",
  "fatal",
  "exception",
]);

/**
 * Notes what makes a difference.
 *
 * @param log Which logger.
 * @param call The call.
 * @param place Where it is made.
 * @param note Takes rules.
 */
export function noteCall(log: ModelLogger, call: Call, { frame }: ModelPlace, note: Note): void {
  const { setup, bound } = log;
  noteMethod(setup, call, note);
  noteForm(setup, note);
  noteErrors(setup, call, note);
  if (bound.has("exc_info") || frame.values.has("exc_info")) note("errors");
  const keys = [...frame.values.keys(), ...bound.keys(), ...call.given.keys()];
  if (call.event === undefined || keys.includes("event")) {
    const isMissing = call.event === undefined && setup.wrapper.kind === "filtering";
    note("event-key", isMissing || (call.event !== undefined && call.given.has("event")));
  }
  if (reservedFor(call).some((name) => call.given.has(name))) note("reserved", true);
  if (keys.some((key) => ownedKeys(setup).includes(key))) note("own-fields");
  if (has(setup, "add_logger_name") && log.name === undefined) note("own-fields");
  if (frame.values.size > 0 && !has(setup, "merge_contextvars")) note("context-always");
  if (has(setup, "push_nested") && keys.includes("items")) note("no-leak");
}

/** Names of Python's own parameters. */
function reservedFor({ method }: Call): string[] {
  return ["self", "method_name", ...typeof method === "number" ? ["level"] : []];
}

function noteMethod({ wrapper }: Setup, { method }: Call, note: Note): void {
  if (
    wrapper.kind === "generic" &&
    (typeof method === "number" || ["fatal", "msg", "trace", "exception"].includes(method))
  ) {
    note("generic");
  } else if (typeof method === "number") {
    if (!isNamed(method) && !(wrapper.kind === "filtering" && method < wrapper.level)) note("numbers", true);
  } else if (!METHODS.has(method) && !(wrapper.kind === "filtering" && method === "msg")) note("methods", true);
}

function noteForm({ chain, handlers }: Setup, note: Note): void {
  const at = chain.findIndex(({ name }) => name === "JSONRenderer");
  const isJson = handlers === undefined || handlers === "%(message)s";
  if (!isJson || (at === -1 ? handlers !== undefined : at < chain.length - 1)) note("line-form");
  for (const { name, options } of chain) {
    if (name !== "TimeStamper" && name !== "MaybeTimeStamper") continue;
    const isOurs = options.get("fmt") === "iso" && options.get("utc") !== false &&
      (options.get("key") ?? "timestamp") === "timestamp";
    if (!isOurs) note("one-clock");
  }
}

function noteErrors(setup: Setup, { method, given, attributes }: Call, note: Note): void {
  const asked = given.has("exc_info") || method === "exception";
  const at = setup.chain.findIndex(({ name }) => name === "format_exc_info");
  const replaced = setup.chain.findIndex(({ name }) => name === "replace");
  if (asked && (at === -1 || (replaced !== -1 && replaced < at))) note("errors");
  const error = attributes.get("exc_info");
  if (error instanceof Map && error.has("context")) note("no-implicit-cause");
  // Without an error at hand, some versions of Python's handlers write that there is none.
  if (isTrue(given.get("exc_info")) && error === undefined && !has(setup, "format_exc_info")) note("errors");
}

function ownedKeys(setup: Setup): string[] {
  const keys: string[] = [];
  if (has(setup, "add_log_level")) keys.push("level");
  if (has(setup, "add_log_level_number")) keys.push("level_number");
  if (has(setup, "add_logger_name")) keys.push("logger");
  if (has(setup, "method")) keys.push("method");
  for (const { name, options } of setup.chain) {
    if (name === "TimeStamper" || name === "MaybeTimeStamper") keys.push(String(options.get("key") ?? "timestamp"));
  }
  return keys;
}
