/**
 * What becomes of metric calls: the rows `not-a-number`, `series-types`, `attribute-values`, `timer-unit`, `timer-async`, `timer-reuse`,
 * `interval-lost`, `metrics-outside` and `cardinality`.
 *
 * @module
 */
import { markUnordered } from "../driver/compare_value.ts";
import { type Json, JsonNumber, type JsonObject, toJson, writeJson } from "../driver/json.ts";
import { numberOf } from "../driver/values.ts";
import type { Item } from "./expectation.ts";
import { between, type Expected, type ExpectedObject, Mask, timestamp } from "./mask.ts";
import type { Apply, Renderer } from "./render.ts";

/** Series of one metric. */
const CARDINALITY = 2_000;

type Kind = "counter" | "gauge" | "histogram";
const KINDS: readonly Kind[] = ["counter", "gauge", "histogram"];

/** A measured time in seconds, and how many of the unit a second has. */
export interface Duration {
  /** At least this long. */
  readonly seconds: number;
  /** Units a second. */
  readonly perSecond: number;
}

interface Series {
  readonly name: string;
  readonly kind: Kind;
  readonly unit: string | undefined;
  readonly attributes: ExpectedObject;
  readonly values: (number | Duration)[];
}

/** Metrics of one process. */
export class MetricModel {
  readonly #renderer: Renderer;
  readonly #apply: Apply;
  readonly #warn: () => void;
  #series: Map<string, Series> = new Map();

  /**
   * @param renderer Renders attributes.
   * @param apply Takes rows that made a difference.
   * @param warn An own message appears.
   */
  constructor(renderer: Renderer, apply: Apply, warn: () => void) {
    this.#renderer = renderer;
    this.#apply = apply;
    this.#warn = warn;
  }

  /** Is anything recorded? */
  get pending(): boolean {
    return this.#series.size > 0;
  }

  /**
   * Records a value.
   *
   * @param kind Which kind.
   * @param name What was given as name.
   * @param value What was given as value.
   * @param given Attributes; `unit` among them is the unit, but of a counter.
   */
  record(kind: Kind, name: Json, value: Json | Duration, given: JsonObject): void {
    const number = isDuration(value) ? value : this.#number(value);
    if (typeof name !== "string") return this.#refuse("attribute-values");
    if (number === undefined) return this.#refuse("not-a-number");
    if (typeof number === "number" && !Number.isFinite(number)) return this.#refuse("not-finite");
    const { unit, attributes } = this.#split(kind, given);
    // Told apart by what is written, so that 1, "1" and true are three.
    const key = JSON.stringify([kind, name, unit ?? null, [...attributes].map(([k, v]) => [k, textOf(v)]).sort()]);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { name, kind, unit, attributes, values: [] };
      this.#series.set(key, series);
    }
    const sum = [...series.values, number].reduce(
      (all: number, item) => all + (typeof item === "number" ? item : 0),
      0,
    );
    if (kind !== "gauge" && !Number.isFinite(sum)) return this.#refuse("not-finite");
    series.values.push(number);
  }

  /** The lines of an interval, and a new interval. */
  collect(resource: ExpectedObject): Item[] {
    const all = [...this.#series.values()];
    this.#series = new Map();
    return KINDS.flatMap((kind) => {
      const ofKind = all.filter((series) => series.kind === kind);
      return [...new Set(ofKind.map(({ name }) => name))].some((name) =>
          ofKind.filter((series) => series.name === name).length > CARDINALITY
        )
        ? this.#overflow(ofKind)
        : ofKind.map((series): Item => ({ kind: "line", line: lineOf(series, resource) }));
    });
  }

  #overflow(series: readonly Series[]): Item[] {
    this.#apply("cardinality");
    this.#warn();
    const total = series.flatMap(({ values }) => values).reduce(
      (all: number, value) => all + (typeof value === "number" ? value : NaN),
      0,
    );
    return [{ kind: "overflow", most: CARDINALITY + 1, total }];
  }

  #refuse(row: string): void {
    this.#apply(row);
    this.#warn();
  }

  #number(value: Json): number | undefined {
    if (value instanceof JsonNumber) {
      if (value.isBigInteger) this.#apply("numbers");
      return value.value;
    }
    if (!(value instanceof Map)) return undefined;
    const kind = value.get("$value");
    const text = String(value.get("text") ?? "");
    if (kind === "int_enum") return 3;
    if (kind === "integer") return this.#number(new JsonNumber(text));
    return kind === "number" ? numberOf(text) : undefined;
  }

  #split(kind: Kind, given: JsonObject): { readonly unit: string | undefined; readonly attributes: ExpectedObject } {
    const attributes = new Map(given);
    let unit: string | undefined;
    if (kind !== "counter" && attributes.has("unit")) {
      const value = attributes.get("unit") ?? null;
      if (value === "" || value === null) this.#apply("unit-place");
      unit = value === null || value === "" ? undefined : typeof value === "string" ? value : writeJson(value);
      attributes.delete("unit");
    }
    for (const value of attributes.values()) {
      const isPlain = value === null || typeof value === "string" ||
        (value instanceof JsonNumber && !/[.eE]/.test(value.text));
      if (!isPlain) {
        this.#apply(typeof value === "boolean" || value instanceof JsonNumber ? "series-types" : "attribute-values");
      }
    }
    return { unit, attributes: this.#renderer.object(attributes) };
  }
}

function isDuration(value: Json | Duration): value is Duration {
  return typeof value === "object" && value !== null && "seconds" in value;
}

function textOf(value: Expected): string {
  return value instanceof Mask ? value.wants : writeJson(value as Json);
}

function lineOf({ name, kind, unit, attributes, values }: Series, resource: ExpectedObject): ExpectedObject {
  const last = values.at(-1) ?? 0;
  const value = kind === "histogram"
    ? histogram(values)
    : kind === "gauge"
    ? one(last)
    : toJson(values.reduce((sum: number, item) => sum + (typeof item === "number" ? item : 0), 0)) as Expected;
  return new Map<string, Expected>([
    ["timestamp", timestamp],
    ["name", name],
    ["type", kind],
    ["value", value],
    ...(unit === undefined ? [] : [["unit", unit] as [string, Expected]]),
    ["attributes", markUnordered(attributes)],
    ["resource", resource],
  ]);
}

function one(value: number | Duration): Expected {
  return typeof value === "number" ? toJson(value) as Expected : between(value.seconds, value.seconds, value.perSecond);
}

function histogram(values: readonly (number | Duration)[]): ExpectedObject {
  const seconds = values.map((value) => typeof value === "number" ? value : value.seconds);
  const perSecond = values.flatMap((value) => typeof value === "number" ? [] : [value.perSecond])[0];
  const sum = seconds.reduce((all, value) => all + value, 0);
  const show = (value: number): Expected =>
    perSecond === undefined ? toJson(value) as Expected : between(value, value, perSecond);
  return new Map<string, Expected>([
    ["count", toJson(values.length) as Expected],
    ["sum", show(sum)],
    ["min", show(Math.min(...seconds))],
    ["max", show(Math.max(...seconds))],
  ]);
}
