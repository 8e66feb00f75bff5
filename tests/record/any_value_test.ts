import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { MAX_RECORD_BYTES } from "../../src/record/attributes.ts";
import { started, type World } from "../sdk/support.ts";
import { anything, CATALOGUE, type Recipe, Trace } from "./anything.ts";
import { parseStrict, type Strict } from "./strict_json.ts";

const KEYS = ["timestamp", "severityNumber", "severityText", "body", "attributes", "resource"];

/** Logs, changes what was logged, writes, and looks at the one line that must come out. */
function logOne(world: World, trace: Trace, body: unknown, attributes: unknown): Map<string, Strict> {
  const before = world.landed().length;
  world.pontem.logger.info(body, attributes as object);
  const { calls } = trace;
  for (const mutate of trace.mutations) mutate();
  const lines = world.lines();
  assert.equal(lines.length, before + 1, "one record, one line");
  assert.equal(trace.calls, calls, "code of the value ran after the call");
  const line = lines[before] as string;
  const bytes = new TextEncoder().encode(line).length;
  assert.ok(bytes <= MAX_RECORD_BYTES, `a line of ${bytes} bytes`);
  const record = parseStrict(line) as Map<string, Strict>;
  assert.deepEqual([...record.keys()], KEYS);
  assert.equal(typeof record.get("body"), "string");
  assert.ok(record.get("attributes") instanceof Map);
  const { accepted, accounted } = world.balance();
  assert.equal(accepted, accounted);
  return record;
}

/** Each place a value can be in. */
const PLACES: Readonly<Record<string, (build: Recipe, trace: Trace) => [body: unknown, attributes: unknown]>> = {
  "an attribute": (build, t) => ["x", { first: 1, value: build(t), last: "z" }],
  "the attributes": (build, t) => ["x", build(t)],
  "the body": (build, t) => [build(t), undefined],
  "the result of a function": (build, t) => ["x", () => build(t) as object],
  "body and attributes": (build, t) => [build(t), { value: build(t) }],
};

function newWorld(): World {
  return started({ rotation: { maxBytes: 2 ** 40 }, emitDir: "/logs", resource: { place: "\u20ac".repeat(1000) } });
}

describe("any value gives one line of strict JSON, at most 256 KiB long", () => {
  for (const [place, arrange] of Object.entries(PLACES)) {
    for (const [name, build] of Object.entries(CATALOGUE)) {
      it(`${name} as ${place}`, () => {
        const trace = new Trace();
        const record = logOne(newWorld(), trace, ...arrange(build, trace));
        const text = JSON.stringify([...record], (_, value) => value instanceof Map ? [...value] : value);
        assert.ok(!text.includes('"after"'), "a later change is visible");
        if (
          place === "an attribute" && (record.get("attributes") as Map<string, Strict>).get("pontem.truncated") !== true
        ) {
          const attributes = record.get("attributes") as Map<string, Strict>;
          assert.equal(attributes.get("first"), 1, "its neighbour is lost");
          assert.equal(attributes.get("last"), "z", "its neighbour is lost");
        }
      });
    }
  }

  it("whatever is nested in whatever", () => {
    const places = Object.keys(PLACES);
    // A failure prints its seed and path, by which it is run again.
    fc.assert(
      fc.property(anything, fc.constantFrom(...places), ({ build }, place) => {
        const trace = new Trace();
        logOne(newWorld(), trace, ...(PLACES[place] as typeof PLACES[string])(build, trace));
      }),
      { numRuns: 400 },
    );
  });

  it("many long values together with a long body", () => {
    const lengths = fc.nat({ max: 140_000 });
    const unit = fc.constantFrom("x", "\u0001", "\u20ac", "\ud800", "😀", '"', "é");
    fc.assert(
      fc.property(unit, lengths, fc.array(fc.tuple(unit, lengths), { maxLength: 6 }), (bodyUnit, length, values) => {
        const attributes = Object.fromEntries(values.map(([text, times], i) => [`key${i}`, text.repeat(times)]));
        logOne(newWorld(), new Trace(), bodyUnit.repeat(length), values.length === 0 ? undefined : attributes);
      }),
      { numRuns: 40 },
    );
  });
});

/** A text that is one piece in memory: joining the pieces of a text is work that whoever reads it first does. */
function inOnePiece(text: string): string {
  text.charCodeAt(0);
  return text;
}

function time(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe("a call takes bounded time", () => {
  const ten = 10_000_000;
  const cases: Readonly<Record<string, () => [unknown, unknown]>> = {
    "an array of 1,000,000 numbers": () => ["x", { list: new Array(1_000_000).fill(1) }],
    "1,000,000 numbers as attributes": () => ["x", new Float64Array(1_000_000)],
    "an array of 1,000,000 as attributes": () => ["x", new Array(1_000_000).fill("v")],
    "an array of 1,000,000 as body": () => [new Array(1_000_000).fill(undefined), undefined],
    "a sparse array of 4 billion": () => ["x", { list: new Array(2 ** 32 - 1) }],
    "10 MB of bytes": () => ["x", { bytes: new Uint8Array(ten) }],
    "10 MB of bytes as attributes": () => ["x", new Uint8Array(ten)],
    "a text of 100,000,000 characters": () => ["x", { text: inOnePiece("xyz\u20ac".repeat(25_000_000)) }],
    "a body of 100,000,000 characters": () => [inOnePiece("xyz\u20ac".repeat(25_000_000)), undefined],
    "a set of 300,000": () => ["x", { set: new Set(Array.from({ length: 300_000 }, (_, i) => i)) }],
    "a map of 300,000": () => ["x", new Map(Array.from({ length: 300_000 }, (_, i) => [i, i]))],
    "a tree of 16 levels, each twice":
      () => ["x", { tree: Array.from({ length: 40 }).reduce((inner: unknown) => ({ a: inner, b: inner }), 1) }],
    "a tree of getters without end": () => {
      const make = (): object => ({
        get a() {
          return make();
        },
        get b() {
          return make();
        },
      });
      return ["x", make()];
    },
  };
  for (const [name, make] of Object.entries(cases)) {
    it(name, () => {
      const world = newWorld();
      const [body, attributes] = make();
      // As much as some hundred of the largest records that are written whole; without a bound these take thousands, or for ever.
      const largest = { list: Array.from({ length: 25_000 }, (_, i) => ({ i })) };
      const whole = Math.min(...[1, 2, 3].map(() => time(() => world.pontem.logger.info("whole", largest))));
      const took = time(() => world.pontem.logger.info(body, attributes as object));
      assert.ok(took < 300 * whole, `the call took ${took} ms, a large record ${whole} ms`);
      assert.equal(world.records().length, 4);
    });
  }
});
