import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { MAX_NAMESPACES } from "../../src/config/cache.ts";
import { withFile } from "./support.ts";

describe("config: caching", () => {
  it("reads once, until reload", () => {
    const world = withFile("ns.json", '{"k": 1}');
    assert.equal(world.config("ns", "k"), 1);
    world.write("ns.json", '{"k": 2}');
    assert.equal(world.operationsOf(() => assert.equal(world.config("ns", "k"), 1)), 0);
    world.config.reload();
    assert.equal(world.config("ns", "k"), 2);
  });

  it("keeps that a file was absent or malformed, until reload", () => {
    const world = withFile("bad.json", "{");
    assert.equal(world.config("bad", "k", 5), 5);
    assert.equal(world.config("none", "k", 5), 5);
    world.write("bad.json", '{"k": 1}');
    world.write("none.json", '{"k": 1}');
    assert.equal(world.config("bad", "k", 5), 5);
    assert.equal(world.config("none", "k", 5), 5);
    world.config.reload();
    assert.equal(world.config("bad", "k", 5), 1);
    assert.equal(world.config("none", "k", 5), 1);
  });

  it("reloads one namespace or all", () => {
    const world = withFile("a.json", '{"k": 1}');
    world.write("b.json", '{"k": 1}');
    assert.deepEqual([world.config("a", "k"), world.config("b", "k")], [1, 1]);
    world.write("a.json", '{"k": 2}');
    world.write("b.json", '{"k": 2}');
    world.config.reload("a");
    assert.deepEqual([world.config("a", "k"), world.config("b", "k")], [2, 1]);
    world.config.reload("none");
    world.config.reload();
    assert.deepEqual([world.config("a", "k"), world.config("b", "k")], [2, 2]);
  });

  it("gives fallbacks for a file that was removed", () => {
    const world = withFile("ns.json", '{"k": 1}');
    assert.equal(world.config("ns", "k", 5), 1);
    world.remove("ns.json");
    assert.equal(world.config("ns", "k", 5), 1);
    world.config.reload();
    assert.equal(world.config("ns", "k", 5), 5);
    assert.deepEqual(world.diagnostics.take(), []);
  });

  it("follows a symbolic link", () => {
    const world = withFile("/store/ns.json", '{"k": 1}');
    world.runtime.machine.disk.symlink("../store/ns.json", "/config/ns.json");
    assert.equal(world.config("ns", "k", 5), 1);
  });

  it("reads namespaces past the bound at every look-up, and says so once", () => {
    const world = withFile("late.json", '{"k": 1}');
    for (let i = 0; i < MAX_NAMESPACES; i++) world.config(`n${i}`, "k");
    assert.deepEqual(world.diagnostics.take(), []);
    assert.equal(world.config("late", "k", 5), 1);
    world.write("late.json", '{"k": 2}');
    assert.equal(world.config("late", "k", 5), 2);
    assert.equal(world.config("n0", "k", 5), 5);
    assert.deepEqual(world.diagnostics.take(), [
      `WARN More than ${MAX_NAMESPACES} config namespaces are in use: further ones are read at every look-up. Use fewer, with more keys`,
    ]);
    world.write("late.json", "{");
    for (let i = 0; i < 3; i++) assert.equal(world.config("late", "k", 5), 5);
    assert.equal(world.diagnostics.take().length, 1);
  });
});

describe("config: what is no namespace or key", () => {
  for (const name of ["../secret", "/config/ns", "a/b", "a\\b", "", ".", "..", "a\0", "x".repeat(300)]) {
    it(`does not follow ${JSON.stringify(name.slice(0, 12))}`, () => {
      const world = withFile("/secret.json", '{"k": "outside"}');
      world.write("a/b.json", '{"k": "below"}');
      world.write("ns.json", '{"k": 1}');
      const calls = world.operationsOf(() => {
        for (let i = 0; i < 3; i++) assert.equal(world.config(name, "k", 5), 5);
        assert.equal(world.config(name, "k"), undefined);
        assert.equal(world.config.snapshot(name).get("k", 5), 5);
        assert.equal(world.config.live(name).current().get("k", 5), 5);
        assert.deepEqual(world.config.parse(name, z.object({ k: z.number().default(5) })), { k: 5 });
        world.config.watch(name, () => assert.fail("There is nothing to watch"))();
        world.config.reload(name);
      });
      assert.equal(calls, 0);
      const said = world.diagnostics.take();
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", /^WARN Cannot use ".*" as config namespace, using defaults: it /);
      assert.equal(world.runtime.host.clock.timers, 0);
    });
  }

  it("gives the fallback for anything that is no text, with one warning each", () => {
    const { config, diagnostics } = withFile("ns.json", '{"5": 1, "undefined": 1}');
    const hostile = {
      toString(): string {
        throw new Error("No text");
      },
    };
    const odd = [undefined, null, 5, Symbol("x"), hostile, [], () => "ns"];
    for (const value of [...odd, ...odd]) assert.equal(config(value as never, "k", 7), 7);
    assert.equal(diagnostics.take().length, 5);
    for (const value of [...odd, ...odd]) assert.equal(config("ns", value as never, 7), 7);
    for (const value of odd) assert.equal(config.snapshot("ns").get(value as never, 7), 7);
    assert.deepEqual(diagnostics.take(), [
      'WARN Cannot look up a key of type undefined in config namespace "ns", using the fallback. Pass a string',
    ]);
  });
});
