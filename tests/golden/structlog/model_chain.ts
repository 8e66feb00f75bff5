/**
 * What the processors of a case do with a record here, and where structlog's do something else.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import { anyText, type Expected, type ExpectedObject, Mask } from "../translate/mask.ts";
import { isTrue } from "./call.ts";
import type { RuleName } from "./rules.ts";
import { type ProcessorStep, type Setup, structlogName } from "./setup.ts";
import type { Call } from "./side.ts";

/** A record in the chain. */
export interface ModelEvent {
  body: Expected;
  attributes: ExpectedObject;
  readonly severity: number;
}

/** Takes a rule that makes a difference; did structlog raise? */
export type Note = (rule: RuleName, raises?: boolean) => void;

/** Keys of an event that processors of structlog own. */
const OWNED: Readonly<Record<string, readonly string[]>> = {
  add_log_level: ["level"],
  add_log_level_number: ["level_number"],
  add_logger_name: ["logger"],
  TimeStamper: ["timestamp"],
  MaybeTimeStamper: ["timestamp"],
  format_exc_info: ["exception"],
};

/**
 * Runs a record through the chain.
 *
 * @param event The record.
 * @param setup The chain.
 * @param call The call.
 * @param note Takes rules.
 * @returns Whether it is written.
 */
export function runChain(event: ModelEvent, { chain }: Setup, call: Call, note: Note): boolean {
  for (const [at, step] of chain.entries()) {
    const before = chain.slice(0, at);
    const later = before.flatMap(({ name }) => OWNED[name] ?? []);
    if (!runOne(event, step, before, later, call, note)) return false;
  }
  return true;
}

/** One processor; is the record still there? */
function runOne(
  event: ModelEvent,
  { name, options }: ProcessorStep,
  before: readonly ProcessorStep[],
  owned: readonly string[],
  call: Call,
  note: Note,
): boolean {
  const { attributes } = event;
  switch (name) {
    case "merge_contextvars":
      if (before.some((step) => isOfTests(step.name))) note("context-first");
      return true;
    case "append_a":
    case "append_b":
    case "append_c": {
      const trail = attributes.get("trail");
      if (trail !== undefined && !Array.isArray(trail)) note("never-throws", true);
      attributes.set("trail", [...Array.isArray(trail) ? trail : [], name.slice(-1)]);
      return true;
    }
    case "drop_if":
      return !isTrue(attributes.get("drop"));
    case "fail_if":
      if (isTrue(attributes.get("fail"))) note("never-throws", true);
      return true;
    case "set_stamp":
      attributes.set("stamp", new JsonNumber("1"));
      return true;
    case "late_x":
      attributes.set("x", "processor");
      return true;
    case "delete_x":
      attributes.delete("x");
      return true;
    case "push_nested": {
      const items = attributes.get("items");
      if (Array.isArray(items)) attributes.set("items", [...items, "p"]);
      else note("never-throws", true);
      return true;
    }
    case "return_none":
      note("null-drops", true);
      return false;
    case "return_number":
      note("never-throws", true);
      return true;
    case "method":
      if (owned.includes("method") || call.method === "exception" || typeof call.method === "number") {
        note("exception-method");
      }
      attributes.set("method", structlogName(event.severity));
      return true;
    case "replace":
      return replace(event, owned, note);
    case "EventRenamer":
      return rename(event, options, note);
    case "StackInfoRenderer":
      return renderStack(attributes, note);
    case "CallsiteParameterAdder":
      note("callsite");
      addCallsite(attributes, call.from);
      return true;
    case "JSONRenderer":
    default:
      return true;
  }
}

/** Does it look at the attributes, so that it matters what is there already? */
function isOfTests(name: string): boolean {
  return /^(?:append_|drop_if|fail_if|delete_x|push_nested|replace|EventRenamer|StackInfoRenderer)/.test(name);
}

function replace(event: ModelEvent, owned: readonly string[], note: Note): true {
  if (owned.length > 0) note("own-fields");
  const { attributes, body } = event;
  const name = attributes.get("logger.name");
  const was = [...[...attributes.keys()].filter((key) => key !== "logger.name"), "event"].sort();
  event.attributes = new Map([...name === undefined ? [] : [["logger.name", name] as const], ["was", was]]);
  event.body = typeof body === "string" ? body.toUpperCase() : body;
  return true;
}

function rename(event: ModelEvent, options: JsonObject, note: Note): true {
  const to = String(options.get("to"));
  const by = options.get("replace_by");
  const { attributes, body } = event;
  attributes.set(to, body);
  const text = typeof by === "string" ? attributes.get(by) : undefined;
  if (typeof by !== "string" || text === undefined) {
    note("body-stays");
    return true;
  }
  if (typeof text !== "string") note("event-key");
  event.body = typeof text === "string" ? text : anyText;
  if (by !== to) attributes.delete(by);
  return true;
}

function renderStack(attributes: ExpectedObject, note: Note): true {
  const asked = attributes.get("stack_info");
  if (asked === undefined) return true;
  if (asked === true) {
    note("stack");
    attributes.set(
      "stack_info",
      new Mask(
        "a stack",
        (actual) => typeof actual === "string" && /^Stack \(most recent call first\):\n.*sdk_side\.[jt]s/s.test(actual),
      ),
    );
  } else if (asked === false) attributes.delete("stack_info");
  else note("stack");
  return true;
}

function addCallsite(attributes: ExpectedObject, from = "caller"): void {
  const text = (what: string, pattern: RegExp): Mask =>
    new Mask(what, (actual: Json) => typeof actual === "string" && pattern.test(actual));
  attributes.set("code.file.path", text("the file of the call", /sdk_side\.[jt]s$/));
  attributes.set("code.line.number", new Mask("a line", (actual) => actual instanceof JsonNumber && actual.value > 0));
  attributes.set("code.function.name", text(`the function "${from}"`, new RegExp(`(?:^|\\.)${from}$`)));
}
