/**
 * The rules that hold for every line, applied to what Python did: the rows `timestamp`, `key-order`, `unit-place`, `ascii`, `numbers`,
 * `rotation-stamp` and `modes`.
 *
 * @module
 */
import { markUnordered } from "../driver/compare_value.ts";
import { type Json, JsonNumber, type JsonObject, parseJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { numberOf } from "../driver/values.ts";
import { DEFAULTS } from "./disk.ts";
import {
  type Channel,
  type Expectation,
  type Item,
  type ProcessExpectation,
  ProcessMask,
  type Said,
  TextMask,
} from "./expectation.ts";
import {
  between,
  type Expected,
  type ExpectedObject,
  long,
  manyKeys,
  Mask,
  repeated,
  stackOf,
  timestamp,
} from "./mask.ts";

/** How the cases write a timestamp. */
const EPOCH = "<epoch float>";
const RECORD_FILE = /^(?:(.*)\/)?(logs|metrics)\.jsonl(?:\.(?:<stamp\d+>|\d{1,11}|\d{19})(?:\.gz)?)?$/;

/**
 * What Python did, in our form, no row of the table applied.
 *
 * @param expect What Python did.
 * @returns The expectation.
 */
export function plainExpectation(expect: JsonObject): Expectation {
  const all = [...objectOf(expect.get("files"))];
  const channels = new Map<string, Channel & { items: Item[] }>();
  const files = new Map<string, Item[]>();
  for (const [path, lines] of all.toSorted(([a], [b]) => orderOf(a) - orderOf(b))) {
    if (path.endsWith("/")) continue;
    const match = RECORD_FILE.exec(path);
    const items = (lines as Json[]).map(plainItem);
    if (match === null) {
      files.set(path, items);
      continue;
    }
    const key = `${match[1] ?? ""}|${match[2]}`;
    const channel = channels.get(key) ??
      {
        directory: match[1] ?? "",
        name: match[2] as Channel["name"],
        items: [],
        ...DEFAULTS,
        finished: false,
        order: "exact",
      };
    channel.items.push(...items);
    channels.set(key, channel);
  }
  const empty = all.map(([path]) => path).filter((path) => path.endsWith("/"));
  return {
    ...plainProcess(expect),
    channels: [...channels.values()],
    files,
    empty,
    maybeEmpty: [],
    torn: [],
    rules: [],
  };
}

/** What a process did in Python. */
function plainProcess(expect: JsonObject): ProcessExpectation {
  const stderr = listOf(expect.get("stderr")).map(String);
  const uncaught = stderr.find((line) => line.startsWith("<traceback> "));
  const exit = expect.get("exit");
  return {
    out: listOf(expect.get("out")).map(plainEntry),
    stdout: listOf(expect.get("stdout")).map(plainItem),
    said: stderr.flatMap(saidBy),
    uncaught: uncaught?.slice(uncaught.indexOf(": ") + 2),
    exit: exit instanceof JsonNumber ? exit.value : 0,
  };
}

/** Who of ours would say what Python says. */
const SAID: readonly (readonly [RegExp, Said])[] = [
  [/^pontem\.init\(\) already called/, { name: "pontem.sdk", level: "WARN", required: true }],
  [/^pontem-emit: unknown emit_target/, { name: "pontem.emit", level: "WARN", required: true }],
  [/^pontem-emit: error in/, { name: "pontem.emit", level: "ERROR", required: true }],
  [/^Invalid JSON in /, { name: "pontem.config", level: "WARN", required: true }],
];

function saidBy(line: string): readonly Said[] {
  return SAID.filter(([pattern]) => pattern.test(line)).map(([, said]) => said);
}

function orderOf(path: string): number {
  const stamp = /\.jsonl\.(?:<stamp(\d+)>|(\d+))/.exec(path);
  if (stamp === null) return Infinity;
  return stamp[1] === undefined ? 0 : Number(stamp[1]);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** An entry of `out`. */
function plainEntry(entry: Json): Expected | ProcessMask | TextMask {
  const object = objectOf(entry);
  const nested = object.get("$process");
  if (nested !== undefined) return new ProcessMask(plainProcess(objectOf(nested)));
  if (object.has("$raised")) {
    return new Mask("an error that was raised", (actual) => actual instanceof Map && actual.has("$raised"));
  }
  const text = object.get("$text");
  if (typeof text === "string" && text.includes(EPOCH)) return new TextMask(recordsIn(text));
  const names = object.get("$names");
  if (Array.isArray(names)) {
    return new Map([[
      "$names",
      names.map((name) => String(name).replaceAll("<19 digits>", "<10 digits>")),
    ]]);
  }
  if (object.has("$levels")) return new Map([...object].map(([key, names]) => [key, namesAndNumbers(names)]));
  const mode = object.get("$mode");
  if (mode === "0644" || mode === "0755") return new Map([["$mode", mode === "0644" ? "0640" : "0750"]]);
  return plainValue(entry);
}

/** Names with numbers, however a case writes them down. */
export function namesAndNumbers(given: Json): ExpectedObject {
  if (!Array.isArray(given)) return new Map([...objectOf(given)].map(([name, number]) => [name, plainValue(number)]));
  return new Map(given.map((pair) => [String((pair as Json[])[0]), plainValue((pair as Json[])[1] ?? null)]));
}

/** The lines of a file that was read while the case ran. */
function recordsIn(text: string): Item[] {
  return text.split("\n").filter((line) => line !== "").map((line): Item => {
    const json = parseJson(line.replaceAll(EPOCH, JSON.stringify(EPOCH)), { lenient: true });
    return { kind: "line", line: plainLine(objectOf(json)) };
  });
}

/** A line, or the summary of many. */
function plainItem(json: Json): Item {
  const object = objectOf(json);
  const count = object.get("$lines");
  if (!(count instanceof JsonNumber)) return { kind: "line", line: plainLine(object) };
  const i = objectOf(object.get("i"));
  const number = (key: string): number => (i.get(key) as JsonNumber).value;
  const series = {
    min: i.size > 0 ? number("min") : 0,
    max: i.size > 0 ? number("max") : 0,
    different: i.size > 0 ? number("different") : 0,
    ascending: i.get("ascending") === true,
  };
  const [first, last] = [plainLine(objectOf(object.get("first"))), plainLine(objectOf(object.get("last")))];
  return { kind: "lines", count: count.value, first, last, i: i.size > 0 ? series : undefined };
}

/** A line: a record in the documented order, or what it is. */
export function plainLine(line: JsonObject): ExpectedObject {
  if (line.get("timestamp") !== EPOCH) return new Map([...line].map(([key, value]) => [key, plainValue(value)]));
  const isMetric = line.has("value");
  const unit = line.get("unit");
  const keys = isMetric
    ? ["name", "type", "value", ...(unit === undefined || unit === "" || unit === null ? [] : ["unit"])]
    : ["severityNumber", "severityText", "body"];
  const attributes = plainValue(line.get("attributes") ?? new Map()) as ExpectedObject;
  return new Map<string, Expected>([
    ["timestamp", timestamp],
    ...keys.map((key): [string, Expected] => [key, plainValue(line.get(key) ?? null)]),
    ["attributes", isMetric && attributes instanceof Map ? markUnordered(attributes) : attributes],
    ["resource", plainValue(line.get("resource") ?? null)],
  ]);
}

/** A value, masks in their own form. */
export function plainValue(json: Json): Expected {
  if (json instanceof JsonNumber) return json.isBigInteger ? json.text : json;
  if (Array.isArray(json)) return json.map(plainValue);
  if (!(json instanceof Map)) return json;
  return masked(json) ?? new Map([...json].map(([key, value]) => [key, plainValue(value)]));
}

function masked(json: JsonObject): Expected | undefined {
  const number = (value: Json | undefined): number => value instanceof JsonNumber ? value.value : NaN;
  const range = json.get("$between");
  if (Array.isArray(range)) return between(number(range[0]), number(range[1]));
  const repeat = json.get("$repeat");
  if (typeof repeat === "string") return repeated(repeat, number(json.get("times")));
  if (json.has("$long")) return long(number(json.get("$long")), String(json.get("start") ?? ""));
  if (json.has("$keys")) {
    return manyKeys(number(json.get("$keys")), json.get("first") ?? null, json.get("last") ?? null);
  }
  if (json.has("$first_line")) return stackOf("");
  const text = json.get("$text");
  if (text instanceof Map) return stackOf(String(text.get("last") ?? "").replace(/^[^:]*: /, ""));
  if (json.get("$value") !== "number") return undefined;
  const value = numberOf(String(json.get("text")));
  return Number.isFinite(value) ? new JsonNumber(String(value)) : undefined;
}
