import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  boundedKey,
  KeyTable,
  MAX_KEY_CHARS,
  MAX_KEYS,
  MAX_TABLE_CHARS,
} from "../../../src/log/processor/key_table.ts";
import { seed, sized } from "../../support/soak.ts";

describe("KeyTable", () => {
  it("is in the order of use, and finds what is there", () => {
    const from = seed();
    console.log(`seed ${from}`);
    const keys = fc.constantFrom("a", "b", "c", "d");
    const calls = fc.array(fc.tuple(fc.constantFrom("add" as const, "touch" as const, "delete" as const), keys), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(calls, (list) => {
        const table = new KeyTable<string>();
        let expected: string[] = [];
        for (const [call, key] of list) {
          const has = expected.includes(key);
          if (call === "add" && has) continue;
          table[call](key, key);
          expected = expected.filter((other) => other !== key);
          if (call === "add" || (call === "touch" && has)) expected.push(key);
          assert.deepEqual([...table.values()], expected);
          for (const name of ["a", "b", "c", "d"]) {
            assert.equal(table.get(name), expected.includes(name) ? name : undefined);
          }
        }
      }),
      { seed: from, numRuns: sized(300, 20_000) },
    );
  });

  it("holds so many keys and characters, and gives back what had to go", () => {
    const table = new KeyTable<number>();
    for (let i = 0; i < MAX_KEYS; i++) assert.deepEqual(table.add(`k${i}`, i), []);
    table.touch("k0");
    assert.deepEqual(table.add("one more", -1), [1]);
    assert.equal(table.add("large", -2, MAX_TABLE_CHARS).length, MAX_KEYS);
    assert.deepEqual([...table.values()], [-2]);
    assert.deepEqual(table.add("small", -3), [-2]);
  });

  it("has short keys, different for different texts", () => {
    const tools = { hmac: (_: string, text: string): string => String(text.length) };
    const short = "x".repeat(MAX_KEY_CHARS);
    assert.equal(boundedKey(short, tools), short);
    assert.equal(boundedKey(`${short}y`, tools), `#${MAX_KEY_CHARS + 1}`);
  });
});
