import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseJson } from "../../src/record/parse_json.ts";
import { parseStrict, type Strict } from "./strict_json.ts";

/** As the strict reader gives it, whose objects are maps. */
function strict(value: unknown): Strict {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== "object" || value === null) return value as Strict;
  return new Map(Object.entries(value).map(([key, inner]) => [key, strict(inner)]));
}

/** One character of a key in a way of writing it. */
const unit = fc.constantFrom(
  ..."kn1_:",
  "\\\\",
  "\\n",
  '\\"',
  "\\u000a",
  "\\u006b",
  "\\u005c",
  "\\u0031",
  "\\/",
  "\\ud83d",
);
const key = fc.oneof(
  { arbitrary: fc.array(unit, { maxLength: 4 }).map((units) => `"${units.join("")}"`), weight: 9 },
  fc.constantFrom('"__proto__"', '"__proto\\u005f_"', '"\\u005f_proto__"'),
);
const { value: anyJson } = fc.letrec<{ value: string; object: string; list: string; leaf: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, tie("leaf"), tie("object"), tie("list")),
  leaf: fc.oneof(key, fc.constantFrom("1", "true", "null", '":"', '"{\\"k\\\\n\\":1}"')),
  object: fc.uniqueArray(fc.tuple(key, tie("value")), {
    maxLength: 4,
    selector: ([name]) => JSON.parse(name) as string,
  })
    .map((entries) => `{${entries.map(([name, value]) => `${name}:${value}`).join(",")}}`),
  list: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`),
}));

describe("parseJson", () => {
  it("does not take a key with an escape for one that was there before", () => {
    assert.deepEqual(parseJson('{"k\\\\":1}'), { "k\\": 1 });
    assert.deepEqual(parseJson('{"k\\n":1}'), { "k\n": 1 });
    assert.deepEqual(parseJson('[{"k\\\\":1,"k\\n":2,"k\\u006e":{"k\\t" : [ "k\\n:" ]}}]'), [
      { "k\\": 1, "k\n": 2, kn: { "k\t": ["k\n:"] } },
    ]);
  });

  it("reads what a strict reader reads", () => {
    fc.assert(
      fc.property(fc.array(anyJson, { minLength: 1, maxLength: 8 }), (texts) => {
        for (const text of texts) assert.deepEqual(strict(parseJson(text)), parseStrict(text), text);
      }),
      { numRuns: 2_000 },
    );
  });

  it("gives the last value of a key that is there twice, and takes space between tokens", () => {
    assert.deepEqual(parseJson('{ "k\\\\" : 1 , "k\\u005c"\n:\t2 }'), { "k\\": 2 });
  });

  it("takes a text that nests deeper than the stack, and one of many escapes", () => {
    const depth = 200_000;
    let value = parseJson(`{"k\\\\":${"[".repeat(depth)}${"]".repeat(depth)}}`) as unknown;
    value = (value as Record<string, unknown>)["k\\"];
    for (let level = 1; level < depth; level++) value = (value as unknown[])[0];
    assert.deepEqual(value, []);
    const long = "\\n".repeat(200_000);
    assert.deepEqual(parseJson(`{"k\\\\":"${long}","${long}":1}`), {
      "k\\": "\n".repeat(200_000),
      ["\n".repeat(200_000)]: 1,
    });
  });

  it("throws what is no JSON", () => {
    for (const text of ["", "{", '{"k\\\\":}', '{"k\\x":1}', "undefined"]) {
      assert.throws(() => parseJson(text), SyntaxError);
    }
  });
});
