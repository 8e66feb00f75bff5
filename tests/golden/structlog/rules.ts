/**
 * Where the SDK differs from structlog on purpose. A rule is found by what the steps do, never by which case it is.
 *
 * @module
 */

/** One difference. */
export interface Rule {
  /** What structlog does. */
  readonly structlog: string;
  /** What happens here. */
  readonly here: string;
}

/** Name of a rule. */
export type RuleName =
  | "bound-once"
  | "new-keeps"
  | "no-leak"
  | "event-key"
  | "reserved"
  | "own-fields"
  | "context-always"
  | "context-first"
  | "scope"
  | "undo"
  | "timer"
  | "never-throws"
  | "null-drops"
  | "methods"
  | "numbers"
  | "exception-method"
  | "all-on"
  | "errors"
  | "no-implicit-cause"
  | "values"
  | "one-clock"
  | "callsite"
  | "stack"
  | "body-stays"
  | "line-form"
  | "generic";

/** All of them. */
export const RULES: Readonly<Record<RuleName, Rule>> = {
  "bound-once": {
    structlog: "a value is bound by reference: a list that grows later grows in the records",
    here: "what is bound is read once, when it is bound; so is what a call is given",
  },
  "new-keeps": {
    structlog: "`new()` empties the logger that it is called on, but keeps the values that `get_logger` was given",
    here: "a logger never changes: `new()` leaves it as it is, and makes one with its name and nothing else",
  },
  "no-leak": {
    structlog: "a processor that changes a nested value changes what is bound",
    here: "each record is a copy: nothing that a processor does reaches a logger, the context or the caller",
  },
  "event-key": {
    structlog: "`event` is a key: it can be bound, a call may leave it out, and given twice it raises",
    here: "the text of a record is its `body`; an attribute named `event` is one like any other",
  },
  "reserved": {
    structlog: "names of Python's parameters (`self`, `method_name`, `level` of `log`) raise as keys",
    here: "no name is reserved",
  },
  "own-fields": {
    structlog: "`level`, `logger`, `timestamp`, `exception` are keys that processors add and overwrite",
    here: "severity, time and body are fields beside the attributes, and the name is `logger.name`: nothing gets lost",
  },
  "context-always": {
    structlog: "the context is in the records only with `merge_contextvars`",
    here: "it always is, below what is bound and what the call says",
  },
  "context-first": {
    structlog: "`merge_contextvars` adds the context where it stands in the chain",
    here: "the context is merged before the first processor",
  },
  "scope": {
    structlog: "`bound_contextvars` puts back its own keys only; what else was bound inside stays",
    here: "`context.run` ends with everything that was bound inside; `context.bind` returns what puts back single keys",
  },
  "undo": {
    structlog:
      "a token may be used once and in its own context, else it raises; out of order it brings old values back",
    here: "what `context.bind` returns never throws, works once, from anywhere, and in any order",
  },
  "timer": {
    structlog: "a timer gets a copy of the context",
    here: "a timer belongs to the `run` it was set in, and sees what is bound there when it fires",
  },
  "never-throws": {
    structlog: "what a processor raises reaches the caller, and so does a wrong result; the record is lost",
    here: "it is counted and reported once; the record is written as it was before that processor",
  },
  "null-drops": {
    structlog: "a processor raises `DropEvent` to drop a record; returning None is an error",
    here: "a processor returns `null` to drop a record",
  },
  "methods": {
    structlog: "there is no `trace`; a method that the wrapper lacks raises",
    here: "`trace`, `debug`, `info`, `warn`, `error`, `fatal`, and `log` with any level",
  },
  "numbers": {
    structlog: "numbers are Python's (10 to 50); another one raises",
    here: "numbers are OpenTelemetry's, 1 to 24; every one of them is a level, and what is none is written at INFO",
  },
  "exception-method": {
    structlog: "`exception` is a method of its own, `warn` and `fatal` are other names",
    here: "a processor sees the severity, not the method; `error(text, error)` is `exception`",
  },
  "all-on": {
    structlog: "Python's root logger begins at WARNING",
    here: "every level is on until `level` or `levels` says otherwise",
  },
  "errors": {
    structlog: "`exc_info` is a key until `format_exc_info` makes a text of it; an error anywhere else is its `repr`",
    here: "an `Error` given anywhere is `exception.type`, `exception.message`, `exception.stacktrace` and its cause",
  },
  "no-implicit-cause": {
    structlog: "an error that was raised while another was handled names that one",
    here: "an error names only the `cause` it was given",
  },
  "values": {
    structlog: "what JSON lacks is kept, and is a `repr` in the line",
    here: "a date is its ISO text, bytes are base64, sets and tuples are arrays, NaN is a text",
  },
  "one-clock": {
    structlog: "`TimeStamper` writes any form under any key",
    here: "one `timestamp`: ISO, UTC, microseconds",
  },
  "callsite": {
    structlog: "`CallsiteParameterAdder` adds `filename`, `lineno`, `func_name` and others, also process and thread",
    here: "`callsite()` adds `code.file.path`, `code.line.number`, `code.function.name` (OpenTelemetry)",
  },
  "stack": {
    structlog: "`StackInfoRenderer` writes `stack`, most recent call last",
    here: "`stackInfo()` writes the stack as JavaScript has it, most recent call first",
  },
  "body-stays": {
    structlog: "`EventRenamer` leaves no `event`",
    here: "a record always has a `body`; a processor may copy it",
  },
  "line-form": {
    structlog: "a renderer or a handler of Python's decides how a line looks",
    here: "a line is what SCHEMA.md says",
  },
  "generic": {
    structlog: "the generic wrapper calls whatever method the wrapped logger has",
    here: "the six methods and `log`",
  },
};
