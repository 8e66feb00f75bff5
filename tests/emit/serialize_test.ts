import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Ring, type WaitingAttributes } from "../../src/emit/ring.ts";
import { Serializer } from "../../src/emit/serialize.ts";
import { makeScope } from "../../src/record/scope.ts";

const SEED = 20_261;
const scope = makeScope({ "logger.name": "camera" });

interface Waiting {
  readonly level: number;
  readonly body: string;
  readonly attributes: WaitingAttributes;
  readonly scoped: boolean;
}

const text = fc.oneof(fc.string(), fc.constantFrom("},{", '"},{"', "{}", "\ud800", "\u2028", "\n"));
const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null));
const waiting: fc.Arbitrary<Waiting> = fc.record({
  level: fc.constantFrom(1, 9, 13),
  body: fc.constantFrom("a", "b", "c\n"),
  attributes: fc.oneof(
    fc.dictionary(text, value, { maxKeys: 5 }),
    fc.constantFrom('{"nested":[{"a":1},{"b":2}]}', undefined),
  ),
  scoped: fc.boolean(),
});

/** Blocks of lines that a serialiser makes of records. */
function blocks(records: readonly Waiting[]): string[] {
  const ring = new Ring();
  records.forEach(({ level, body, attributes, scoped }, i) => {
    const copy = typeof attributes === "object" ? { ...attributes } : attributes;
    ring.add(1.79e15 + i * 700.25, level, body, copy, scoped ? scope : undefined, 300);
  });
  const serializer = new Serializer('{"service.name":"svc"}');
  const texts: string[] = [];
  while (ring.count > 0) {
    serializer.text = "";
    serializer.records = 0;
    serializer.take(ring, ring.count);
    texts.push(serializer.text);
    assert.equal(serializer.records, serializer.text.split("\n").length - 1);
  }
  assert.equal(ring.bytes, 0);
  return texts;
}

function lines(records: readonly Waiting[]): Record<string, unknown>[] {
  return blocks(records).join("").split("\n").slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the serialiser", () => {
  it("writes each record on a line of its own, in order, with what the logger adds", () => {
    const many = fc.array(waiting, { maxLength: 40 });
    fc.assert(
      fc.property(many, (records) => {
        const expected = records.map(({ level, body, attributes, scoped }) => {
          const own = typeof attributes === "string" ? JSON.parse(attributes) as object : attributes;
          const all = JSON.stringify({ ...scoped ? { "logger.name": "camera" } : {}, ...own });
          return [level, body, JSON.parse(all) as unknown];
        });
        const written = lines(records).map((line) => [line["severityNumber"], line["body"], line["attributes"]]);
        assert.deepEqual(written, expected, `seed ${SEED}`);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("fills blocks of about 64 KiB", () => {
    const records = Array.from(
      { length: 1_000 },
      (_, i) => ({ level: 9, body: "x", attributes: { i }, scoped: false }),
    );
    const sizes = blocks(records).map((block) => block.length);
    assert.ok(sizes.length > 1 && sizes.slice(0, -1).every((size) => size >= 63_000 && size < 64_000), `${sizes}`);
  });

  it("runs no toJSON that somebody put on a prototype", () => {
    const records = [{ level: 9, body: "x", attributes: { a: 1 }, scoped: false }];
    for (const prototype of [Object.prototype, Array.prototype]) {
      Object.defineProperty(prototype, "toJSON", { value: () => "hooked", configurable: true });
      try {
        assert.match(blocks(records).join(""), /"attributes":\{"a":1\}/);
      } finally {
        Reflect.deleteProperty(prototype, "toJSON");
      }
    }
  });
});
