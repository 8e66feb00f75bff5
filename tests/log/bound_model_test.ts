// Bound loggers against a model with a Map: sequences of bind, unbind, tryUnbind, new and calls.
import { it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { Logger } from "../../src/log/logger.ts";
import { parseStrict, type Strict } from "../record/strict_json.ts";
import { started, type World } from "../sdk/support.ts";
import { seed } from "../support/soak.ts";

/** The attributes of each line so far; a key that comes twice is an error. */
function written(world: World): Map<string, Strict>[] {
  return world.lines().map((line) =>
    (parseStrict(line) as Map<string, Strict>).get("attributes") as Map<string, Strict>
  );
}

/** A key is the same kind of key whatever it is called. */
const KEYS = [
  "a",
  "b",
  "abcdefg",
  "hbcdefg",
  "logger.name",
  "__proto__",
  "constructor",
  "toJSON",
  "",
  "0",
  "7",
  "ключ",
  "\ud800",
  "k".repeat(900),
];

const key = fc.constantFrom(...KEYS);
const attributes = fc.array(fc.tuple(key, fc.jsonValue({ maxDepth: 2 })), { maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs) as Record<string, unknown>);
const step = fc.oneof(
  fc.record({ call: fc.constant("bind" as const), of: fc.nat(), attributes }),
  fc.record({ call: fc.constant("new" as const), of: fc.nat(), attributes }),
  fc.record({ call: fc.constant("log" as const), of: fc.nat(), attributes }),
  fc.record({ call: fc.constant("unbind" as const), of: fc.nat(), keys: fc.array(key, { maxLength: 3 }) }),
  fc.record({ call: fc.constant("tryUnbind" as const), of: fc.nat(), keys: fc.array(key, { maxLength: 3 }) }),
);

/** What a logger should carry, as a Map has it: the place of the first appearance, the last value. */
class Model {
  readonly log: Logger;
  readonly name: string | undefined;
  readonly bound: ReadonlyMap<string, unknown>;

  constructor(log: Logger, name: string | undefined, bound: ReadonlyMap<string, unknown>) {
    this.log = log;
    this.name = name;
    this.bound = bound;
  }

  with(attributes: object): Map<string, unknown> {
    const all = new Map(this.bound);
    for (const [key, value] of Object.entries(attributes)) all.set(key, value);
    return all;
  }

  /** What it began with: its name. */
  get empty(): Map<string, unknown> {
    return new Map(this.name === undefined ? [] : [["logger.name", this.name]]);
  }

  isBound(key: string): boolean {
    return this.bound.has(key) && !(key === "logger.name" && this.bound.get(key) === this.name);
  }

  without(keys: readonly string[]): Map<string, unknown> {
    const left = new Map(this.bound);
    for (const key of keys) {
      if (key === "logger.name" && this.name !== undefined) left.set(key, this.name);
      else left.delete(key);
    }
    return left;
  }
}

/** A Map as text. JavaScript puts keys that look like an index first, and where they are no order is asked for. */
function shown(entries: Iterable<[string, unknown]>): string {
  const pairs = [...entries].map(([key, value]) => [key, parseStrict(JSON.stringify(value))] as const);
  const sorted = pairs.some(([key]) => /^\d+$/.test(key)) ? pairs.toSorted(([a], [b]) => a < b ? -1 : 1) : pairs;
  return JSON.stringify(sorted, (_, value: unknown) => value instanceof Map ? [...value] : value);
}

/** The same of what was read. */
function read(entries: Map<string, Strict>): string {
  const pairs = [...entries];
  const sorted = pairs.some(([key]) => /^\d+$/.test(key)) ? pairs.toSorted(([a], [b]) => a < b ? -1 : 1) : pairs;
  return JSON.stringify(sorted, (_, value: unknown) => value instanceof Map ? [...value] : value);
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(models: Model[], given: Step, expected: string[]): void {
  const model = models[given.of % models.length] as Model;
  const { log, name } = model;
  switch (given.call) {
    case "log":
      expected.push(shown(model.with(given.attributes)));
      return log.info("x", given.attributes);
    case "bind":
      models.push(new Model(log.bind(given.attributes), name, model.with(given.attributes)));
      return;
    case "new": {
      const fresh = new Model(log, name, model.empty).with(given.attributes);
      models.push(new Model(log.new(given.attributes), name, fresh));
      return;
    }
    case "tryUnbind":
      models.push(new Model(log.tryUnbind(...given.keys), name, model.without(given.keys)));
      return;
    case "unbind": {
      const keys = new Set(given.keys);
      const missing = keys.size < given.keys.length || given.keys.some((key) => !model.isBound(key));
      if (missing) assert.throws(() => log.unbind(...given.keys), RangeError);
      else models.push(new Model(log.unbind(...given.keys), name, model.without(given.keys)));
    }
  }
}

it("bound loggers are what a Map would be, whatever is bound, unbound and called; no parent changes and no key is doubled", () => {
  const from = seed();
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = started();
      const { logger, getLogger } = world.pontem;
      const models = [
        new Model(logger, undefined, new Map()),
        new Model(getLogger("n"), "n", new Map([["logger.name", "n"]])),
      ];
      const expected: string[] = [];
      for (const given of steps) play(models, given, expected);
      // Whatever became of its children, each still writes what it did.
      for (const { log, bound } of models) {
        expected.push(shown(bound));
        log.info("x");
        expected.push(shown(bound));
        log.info("x", {});
      }
      assert.deepEqual(written(world).map(read), expected);
    }),
    { seed: from, numRuns: 300 },
  );
});
