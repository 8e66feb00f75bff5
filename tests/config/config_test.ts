import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { MAX_KIND_WARNINGS } from "../../src/config/source.ts";
import { withFile, World } from "./support.ts";

describe("config: values", () => {
  it("gives the value, the fallback for an absent key and for an absent file", () => {
    const { config, diagnostics } = withFile("ns.json", '{"k": 1}');
    assert.equal(config("ns", "k", 5), 1);
    assert.equal(config("ns", "k"), 1);
    assert.equal(config("ns", "x", 5), 5);
    assert.equal(config("ns", "x"), undefined);
    assert.equal(config("none", "k", 5), 5);
    assert.deepEqual(diagnostics.take(), []);
  });

  it("gives values of every kind, a present null as null", () => {
    const { config, diagnostics } = withFile(
      "ns.json",
      '{"t": "x", "n": 0, "f": false, "z": null, "l": [1], "o": {"a": 1}}',
    );
    assert.equal(config("ns", "t", "y"), "x");
    assert.equal(config("ns", "n", 5), 0);
    assert.equal(config("ns", "f", true), false);
    assert.equal(config("ns", "z"), null);
    assert.equal(config("ns", "z", null), null);
    assert.deepEqual(config("ns", "l", [2]), [1]);
    assert.deepEqual(config("ns", "o", { a: 2 }), { a: 1 });
    assert.deepEqual(diagnostics.take(), []);
    assert.equal(config("ns", "z", 5), null);
    assert.equal(diagnostics.take().length, 1);
  });

  it("takes keys as they are written", () => {
    const { config } = withFile(
      "ns.json",
      '{"a.b": 1, "": 2, "\u00e9": 3, "a": {"b": 4}, "__proto__": 5, "constructor": 6}',
    );
    const keys = ["a.b", "", "\u00e9", "__proto__", "constructor", "toString", "hasOwnProperty", "A"];
    assert.deepEqual(keys.map((key) => config("ns", key, 9)), [1, 2, 3, 5, 6, 9, 9, 9]);
    assert.deepEqual(config("ns", "a", {}), { b: 4 });
  });

  it("takes namespaces that are names of the prototype", () => {
    const { config } = withFile("__proto__.json", '{"k": 1}');
    assert.equal(config("__proto__", "k", 9), 1);
    assert.equal(config("constructor", "name", "x"), "x");
  });

  it("gives frozen values, so that no caller changes what another sees", () => {
    const { config } = withFile("ns.json", '{"l": [1, {"a": 1}]}');
    const list = config("ns", "l") as unknown[];
    assert.throws(() => list.push(2), TypeError);
    assert.throws(() => (list[1] as { a: number }).a = 2, TypeError);
    assert.deepEqual(config("ns", "l"), [1, { a: 1 }]);
  });

  it("does not keep a fallback", () => {
    const { config } = new World();
    assert.equal(config("ns", "k", 1), 1);
    assert.equal(config("ns", "k", 2), 2);
  });

  it("warns once where a value is of another kind than the fallback, and gives it", () => {
    const { config, diagnostics } = withFile("ns.json", '{"k": "0.9", "n": 1, "l": [1], "o": {}}');
    for (let i = 0; i < 3; i++) {
      assert.equal(config("ns", "k", 0.85), "0.9" as never);
      assert.equal(config("ns", "n", "text"), 1 as never);
      assert.equal(config("ns", "n", [1]), 1 as never);
      assert.deepEqual(config("ns", "l", { a: 1 }), [1] as never);
      assert.deepEqual(config("ns", "o", [1]), {} as never);
    }
    assert.deepEqual(diagnostics.take(), [
      'WARN Config value "k" of namespace "ns" is of kind string, its fallback of kind number: using the value as it is. ' +
      "Correct the file or the fallback",
      ...["n number string", "l array object", "o object array"].map((words) => {
        const [key, found, wanted] = words.split(" ");
        return `WARN Config value "${key}" of namespace "ns" is of kind ${found}, its fallback of kind ${wanted}: using the ` +
          "value as it is. Correct the file or the fallback";
      }),
    ]);
    assert.equal(config("ns", "k", null), "0.9");
    assert.equal(config("ns", "k", undefined), "0.9");
    assert.deepEqual(diagnostics.take(), []);
  });

  it("bounds how many keys it complains about", () => {
    const keys = Array.from({ length: MAX_KIND_WARNINGS + 5 }, (_, i) => `k${i}`);
    const { config, diagnostics } = withFile(
      "ns.json",
      JSON.stringify(Object.fromEntries(keys.map((key) => [key, 1]))),
    );
    for (const key of keys) assert.equal(config("ns", key, "x"), 1 as never);
    assert.equal(diagnostics.take().length, MAX_KIND_WARNINGS);
  });
});

describe("config.parse", () => {
  it("validates what look-ups see, and an absent file as an empty object", () => {
    const world = withFile("ns.json", '{"threshold": 0.5}');
    const schema = z.object({ threshold: z.number().default(0.85) });
    assert.deepEqual(world.config.parse("ns", schema), { threshold: 0.5 });
    world.write("ns.json", '{"threshold": "high"}');
    assert.deepEqual(world.config.parse("ns", schema), { threshold: 0.5 });
    world.config.reload();
    assert.throws(() => world.config.parse("ns", schema), /namespace "ns" do not fit: "threshold": .*expected number/);
    assert.deepEqual(world.config.parse("none", schema), { threshold: 0.85 });
  });
});
