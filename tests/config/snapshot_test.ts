import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withFile } from "./support.ts";

describe("config.snapshot", () => {
  it("holds the values look-ups see, for ever", () => {
    const world = withFile("ns.json", '{"k": 1, "z": null}');
    const snapshot = world.config.snapshot("ns");
    assert.equal(snapshot.namespace, "ns");
    assert.equal(world.config.snapshot("ns"), snapshot);
    world.write("ns.json", '{"k": 2}');
    world.config.reload();
    assert.equal(world.config.snapshot("ns").get("k"), 2);
    assert.deepEqual([snapshot.get("k"), snapshot.get("k", 5), snapshot.get("x", 5), snapshot.get("z", null)], [
      1,
      1,
      5,
      null,
    ]);
    assert.deepEqual(snapshot.asObject(), { k: 1, z: null });
    assert.throws(() => (snapshot.asObject() as Record<string, unknown>)["k"] = 3, TypeError);
    assert.throws(() => (snapshot as { namespace: string }).namespace = "x", TypeError);
  });

  it("is the same object after a reload that found the same values", () => {
    const world = withFile("ns.json", '{"a": 1, "b": [2]}');
    const snapshot = world.config.snapshot("ns");
    world.write("ns.json", '{ "b": [2], "a": 1 } // the same');
    world.config.reload();
    assert.equal(world.config.snapshot("ns"), snapshot);
  });

  it("requires: the value, or an error with namespace, key and file", () => {
    const { config } = withFile("ns.json", '{"k": 1, "z": null}');
    const snapshot = config.snapshot("ns");
    assert.equal(snapshot.require("k"), 1);
    assert.equal(snapshot.require("z"), null);
    assert.throws(() => snapshot.require("toString"), {
      name: "Error",
      message: 'Key "toString" is missing in config namespace "ns". Add it to "/config/ns.json"',
    });
  });

  it("warns of another kind as look-ups do, together with them once", () => {
    const { config, diagnostics } = withFile("ns.json", '{"k": "x"}');
    assert.equal(config.snapshot("ns").get("k", 5), "x" as never);
    assert.equal(config("ns", "k", 5), "x" as never);
    assert.equal(diagnostics.take().length, 1);
  });
});
