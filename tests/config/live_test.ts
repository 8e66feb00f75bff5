import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LIVE_CHECK_MS } from "../../src/config/live.ts";
import { World } from "./support.ts";

describe("config.live", () => {
  it("follows the file, while look-ups stay with what they have cached", () => {
    const world = new World();
    const live = world.config.live("ns");
    assert.equal(live.current().get("k", 5), 5);
    world.write("ns.json", '{"k": 1}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k", 5), 1);
    assert.equal(world.config("ns", "k", 5), 1);
    world.write("ns.json", '{"k": 22}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k", 5), 22);
    assert.equal(world.config("ns", "k", 5), 1);
    world.config.reload();
    assert.equal(world.config("ns", "k", 5), 22);
  });

  it("looks at the file at most once in 100 ms", () => {
    const world = new World();
    world.write("ns.json", '{"k": 1}');
    world.runtime.host.advance(60_000);
    const live = world.config.live("ns");
    live.current();
    const looks = world.operationsOf(() => {
      for (let ms = 0; ms < 1000; ms++) {
        world.runtime.host.advance(1);
        assert.equal(live.current().get("k"), 1);
      }
    });
    assert.equal(LIVE_CHECK_MS, 100);
    // One `stat` each, and no read.
    assert.equal(looks, 1000 / LIVE_CHECK_MS);
  });

  it("does not mind a step of the system clock", () => {
    const world = new World();
    const live = world.config.live("ns");
    live.current();
    world.runtime.host.stepClock(-3_600_000);
    world.write("ns.json", '{"k": 1}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k"), 1);
  });

  it("gives the same snapshot while the values are the same", () => {
    const world = new World();
    world.write("ns.json", '{"k": [1]}');
    const live = world.config.live("ns");
    const first = live.current();
    for (const content of ['{"k": [1] }', '{"k": [1],} // touched', '{"k": [1', ""]) {
      world.write("ns.json", content);
      world.runtime.host.advance(LIVE_CHECK_MS);
      assert.equal(live.current(), first, content);
    }
    world.write("ns.json", '{"k": [2]}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.notEqual(live.current(), first);
    assert.deepEqual(first.get("k"), [1]);
  });

  it("sees a second change of the same size within one step of the modification time", () => {
    const world = new World();
    const live = world.config.live("ns");
    world.write("ns.json", '{"k": 1}');
    assert.equal(live.current().get("k"), 1);
    // The clock stands still, so size, time and inode are what they were.
    world.write("ns.json", '{"k": 2}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k"), 1);
    world.runtime.host.advance(2000);
    assert.equal(live.current().get("k"), 2);
    world.runtime.host.advance(2000);
    assert.equal(world.operationsOf(() => live.current()), 1);
  });

  it("tries again what it could not read, although the file has not changed", () => {
    const world = new World();
    world.write("ns.json", '{"k": 1}');
    const live = world.config.live("ns");
    const heal = world.runtime.fs.fail("openRead", { code: "EACCES" });
    assert.equal(live.current().get("k", 5), 5);
    heal();
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k", 5), 1);
    const stop = world.runtime.fs.fail("statFollow", { code: "EIO" });
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k", 5), 1);
    stop();
    assert.equal(world.diagnostics.take().length, 2);
  });

  it("says once per state what is wrong, however often it looks", () => {
    const world = new World();
    world.write("ns.json", "{");
    const live = world.config.live("ns");
    for (let i = 0; i < 50; i++) {
      live.current();
      world.runtime.host.advance(LIVE_CHECK_MS);
    }
    world.config("ns", "k");
    assert.equal(world.diagnostics.take().length, 1);
  });

  it("looks at once after a reload, and follows init to another directory", () => {
    const world = new World();
    world.write("ns.json", '{"k": 1}');
    world.write("/option/ns.json", '{"k": 3}');
    const live = world.config.live("ns");
    assert.equal(live.current().get("k"), 1);
    world.write("ns.json", '{"k": 2}');
    world.config.reload("ns");
    assert.equal(live.current().get("k"), 2);
    world.write("ns.json", '{"k": 22}');
    world.config.reload();
    assert.equal(live.current().get("k"), 22);
    world.control.useDirectory("/option");
    assert.equal(live.current().get("k"), 3);
  });

  it("follows a swapped file and a swapped link", () => {
    const world = new World();
    world.swap("ns.json", '{"k": 1}');
    const live = world.config.live("ns");
    assert.equal(live.current().get("k"), 1);
    world.swap("ns.json", '{"k": 2}');
    world.runtime.host.advance(LIVE_CHECK_MS);
    assert.equal(live.current().get("k"), 2);
    const { disk } = world.runtime.machine;
    for (const version of [3, 4]) {
      world.write(`/v${version}/ns.json`, `{"k": ${version}}`);
      disk.symlink(`/v${version}/ns.json`, "/config/.link");
      world.runtime.fs.rename("/config/.link", "/config/ns.json");
      world.runtime.host.advance(LIVE_CHECK_MS);
      assert.equal(live.current().get("k"), version);
    }
  });

  it("never shows anything but a whole version, whatever a writer has got to", () => {
    const version = fc.record({ v: fc.nat(), text: fc.string(), list: fc.array(fc.nat(), { maxLength: 3 }) });
    fc.assert(
      fc.property(
        fc.array(version, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 9 }),
        (versions, step) => {
          const world = new World();
          const live = world.config.live("ns");
          const whole = new Set([JSON.stringify({})]);
          for (const value of versions) {
            const text = JSON.stringify(value);
            for (let length = 0; length < text.length; length += step) {
              world.write("ns.json", text.slice(0, length));
              world.runtime.host.advance(LIVE_CHECK_MS);
              const seen = JSON.stringify(live.current().asObject());
              assert.ok(whole.has(seen), `${seen} was never written as a whole`);
            }
            world.write("ns.json", text);
            world.runtime.host.advance(LIVE_CHECK_MS);
            assert.equal(JSON.stringify(live.current().asObject()), text);
            whole.clear();
            whole.add(text);
          }
        },
      ),
      { numRuns: 50 },
    );
  });
});
