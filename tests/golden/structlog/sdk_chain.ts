/**
 * The processors of a case, as somebody writes them who comes from structlog.
 *
 * @module
 */
import type { LogEvent, Processor } from "../../../mod.ts";
import { callsite } from "../../../src/log/processor/callsite.ts";
import { stackInfo } from "../../../src/log/processor/stack_info.ts";
import { isTrue } from "./call.ts";
import { type ProcessorStep, type Setup, structlogName } from "./setup.ts";

/** Of these there is no processor here: what they do is done anyway, or in another place. */
const NONE: ReadonlySet<string> = new Set([
  "merge_contextvars",
  "filter_by_level",
  "add_logger_name",
  "add_log_level",
  "add_log_level_number",
  "PositionalArgumentsFormatter",
  "format_exc_info",
  "UnicodeDecoder",
  "TimeStamper",
  "MaybeTimeStamper",
  "JSONRenderer",
]);

/**
 * The option `processors`.
 *
 * @param setup What the case has set up.
 */
export function processorsOf(setup: Setup): Processor[] {
  return setup.chain.filter(({ name }) => !NONE.has(name)).map(processorOf);
}

function processorOf({ name, options }: ProcessorStep): Processor {
  switch (name) {
    case "StackInfoRenderer":
      return stackInfo();
    case "CallsiteParameterAdder":
      return callsite();
    case "EventRenamer":
      return renamer(String(options.get("to")), options.get("replace_by"));
    case "append_a":
    case "append_b":
    case "append_c":
      return changing((attributes) => {
        const trail = attributes["trail"];
        attributes["trail"] = [...Array.isArray(trail) ? trail : [], name.slice(-1)];
      });
    case "drop_if":
      return (event) => isTrue(event.attributes["drop"]) ? null : event;
    case "fail_if":
      return changing(({ fail }) => {
        if (isTrue(fail)) throw new TypeError("fail");
      });
    case "set_stamp":
      return changing((attributes) => attributes["stamp"] = 1);
    case "late_x":
      return changing((attributes) => attributes["x"] = "processor");
    case "delete_x":
      return changing((attributes) => delete attributes["x"]);
    case "push_nested":
      return changing(({ items }) => (items as unknown[]).push("p"));
    case "return_none":
      return () => null;
    case "return_number":
      return (() => 7) as unknown as Processor;
    case "method":
      return (event) => ({
        ...event,
        attributes: { ...event.attributes, method: structlogName(event.severityNumber) },
      });
    case "replace":
      return replaced;
    default:
      throw new TypeError(`Unknown processor "${name}": the driver has to learn it`);
  }
}

/** In place, as structlog's do. */
function changing(change: (attributes: Record<string, unknown>) => unknown): Processor {
  return (event) => {
    change(event.attributes);
    return event;
  };
}

/** Another event; the name of the logger is an attribute here, and goes along. */
function replaced({ attributes, body, ...rest }: LogEvent): LogEvent {
  const { "logger.name": name, ...others } = attributes;
  const was = [...Object.keys(others), "event"].sort();
  return {
    ...rest,
    body: body.toUpperCase(),
    attributes: { ...name === undefined ? {} : { "logger.name": name }, was },
  };
}

/** The text goes to another key, and a key takes its place. */
function renamer(to: string, by: unknown): Processor {
  return (event) => {
    const attributes = { ...event.attributes, [to]: event.body };
    if (typeof by !== "string" || !Object.hasOwn(event.attributes, by)) return { ...event, attributes };
    const body = String(attributes[by]);
    if (by !== to) delete attributes[by];
    return { ...event, body, attributes };
  };
}
