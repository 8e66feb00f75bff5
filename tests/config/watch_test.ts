import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConfigSnapshot } from "../../src/config/snapshot.ts";
import type { WatchOptions } from "../../src/config/watch.ts";
import { World } from "./support.ts";

/** A world with a watch on "ns" and what it was told: pairs of new and previous `k`. */
function watching(content?: string, options?: WatchOptions): { world: World; told: unknown[][]; stop: () => void } {
  const world = new World();
  if (content !== undefined) world.write("ns.json", content);
  const told: unknown[][] = [];
  const listener = (current: ConfigSnapshot, previous: ConfigSnapshot): void => {
    told.push([current.get("k"), previous.get("k")]);
  };
  return { world, told, stop: world.config.watch("ns", listener, options) };
}

describe("config.watch", () => {
  it("tells of a change, with the values before, and of nothing else", () => {
    const { world, told } = watching('{"k": 1}');
    world.runtime.host.advance(10_000);
    assert.deepEqual(told, []);
    world.write("ns.json", '{"k": 2}');
    world.runtime.host.advance(1000);
    assert.deepEqual(told, [[2, 1]]);
    world.write("ns.json", '{"k": 2} // touched');
    world.runtime.host.advance(10_000);
    assert.deepEqual(told, [[2, 1]]);
  });

  it("looks each second, or as often as it is told", () => {
    const usual = watching('{"k": 1}');
    usual.world.write("ns.json", '{"k": 22}');
    usual.world.runtime.host.advance(999);
    assert.deepEqual(usual.told, []);
    usual.world.runtime.host.advance(1);
    assert.deepEqual(usual.told, [[22, 1]]);
    const slow = watching('{"k": 1}', { intervalMs: 60_000 });
    assert.equal(slow.world.operationsOf(() => slow.world.runtime.host.advance(59_999)), 0);
    slow.world.write("ns.json", '{"k": 22}');
    slow.world.runtime.host.advance(1);
    assert.deepEqual(slow.told, [[22, 1]]);
  });

  it("costs one look a turn while nothing changes", () => {
    const { world } = watching('{"k": 1}');
    world.runtime.host.advance(10_000);
    assert.equal(world.operationsOf(() => world.runtime.host.advance(10_000)), 10);
  });

  for (const intervalMs of [0, -1, 9, NaN, Infinity, "5", null]) {
    it(`does not take ${String(intervalMs)} as interval`, () => {
      const { world, told } = watching('{"k": 1}', { intervalMs: intervalMs as number });
      world.write("ns.json", '{"k": 22}');
      world.runtime.host.advance(1000);
      assert.deepEqual(told, [[22, 1]]);
      assert.deepEqual(world.diagnostics.take(), [
        'WARN Config option "intervalMs" is not a number from 10 to 86400000, using 1000. Correct the call of config.watch',
      ]);
    });
  }

  it("tells of a file that comes and one that goes", () => {
    const { world, told } = watching();
    world.write("ns.json", '{"k": 1}');
    world.runtime.host.advance(1000);
    world.remove("ns.json");
    world.runtime.host.advance(1000);
    assert.deepEqual(told, [[1, undefined], [undefined, 1]]);
  });

  it("does not tell of a malformed, half-written or unreadable file; it warns once", () => {
    const { world, told } = watching('{"k": 1}');
    world.write("ns.json", '{"k": ');
    world.runtime.host.advance(5000);
    assert.deepEqual(told, []);
    assert.equal(world.diagnostics.take().length, 1);
    const heal = world.runtime.fs.fail("statFollow", { code: "EIO" });
    world.runtime.host.advance(5000);
    heal();
    assert.equal(world.diagnostics.take().length, 1);
    world.write("ns.json", '{"k": 2}');
    world.runtime.host.advance(1000);
    assert.deepEqual(told, [[2, 1]]);
  });

  it("follows swapped files and links", () => {
    const { world, told } = watching('{"k": 1}');
    world.swap("ns.json", '{"k": 2}');
    world.runtime.host.advance(1000);
    world.write("/v3/ns.json", '{"k": 3}');
    world.runtime.machine.disk.symlink("/v3/ns.json", "/config/.link");
    world.runtime.fs.rename("/config/.link", "/config/ns.json");
    world.runtime.host.advance(1000);
    assert.deepEqual(told, [[2, 1], [3, 2]]);
  });

  it("hears of what live values have read before it", () => {
    const { world, told } = watching('{"k": 1}');
    const live = world.config.live("ns");
    world.write("ns.json", '{"k": 22}');
    world.runtime.host.advance(500);
    assert.equal(live.current().get("k"), 22);
    world.runtime.host.advance(500);
    assert.deepEqual(told, [[22, 1]]);
  });

  it("has no news where init names another directory with the same values", () => {
    const { world, told } = watching('{"k": 1}');
    world.write("/same/ns.json", '{"k": 1}');
    world.control.useDirectory("/same");
    world.runtime.host.advance(1000);
    assert.deepEqual(told, []);
    world.write("/other/ns.json", '{"k": 2}');
    world.control.useDirectory("/other");
    world.runtime.host.advance(1000);
    assert.deepEqual(told, [[2, 1]]);
  });

  it("ends by its function, by a `using` and with the instance", () => {
    for (const end of ["call", "dispose", "close"] as const) {
      const { world, told, stop } = watching('{"k": 1}');
      assert.equal(world.runtime.host.clock.timers, 1);
      if (end === "call") stop();
      if (end === "dispose") (stop as unknown as Disposable)[Symbol.dispose]();
      if (end === "close") world.control.close();
      stop();
      assert.equal(world.runtime.host.clock.timers, 0);
      world.write("ns.json", '{"k": 2}');
      world.runtime.host.advance(10_000);
      assert.deepEqual(told, []);
    }
  });

  it("may be ended by its own listener", () => {
    const world = new World();
    let calls = 0;
    const stop = world.config.watch("ns", () => {
      calls++;
      stop();
    });
    world.write("ns.json", '{"k": 1}');
    world.runtime.host.advance(5000);
    world.write("ns.json", '{"k": 22}');
    world.runtime.host.advance(5000);
    assert.equal(calls, 1);
    assert.equal(world.runtime.host.clock.timers, 0);
  });

  it("survives a listener that throws or rejects, and reports it once without its message", async () => {
    const world = new World();
    let calls = 0;
    const errors = [new TypeError("secret"), Object.assign(new Error("x"), { name: "secret value" }), "secret"];
    world.config.watch("ns", () => {
      throw errors[calls++ % errors.length];
    });
    world.config.watch("ns", (() => Promise.reject(new RangeError("secret"))) as () => void);
    const hostile = new Error("x");
    Object.defineProperty(hostile, "name", {
      get(): string {
        throw new Error("secret");
      },
    });
    world.config.watch("ns", () => {
      throw hostile;
    });
    for (let k = 1; k <= 4; k++) {
      world.write("ns.json", `{"k": ${"1".repeat(k)}}`);
      world.runtime.host.advance(1000);
      await world.runtime.host.clock.settle();
    }
    assert.equal(calls, 4);
    const failed = (kind: string): string =>
      `ERROR A listener of config namespace "ns" failed (${kind}). It stays; catch the error within it`;
    assert.deepEqual(world.diagnostics.take(), [failed("TypeError"), failed("object"), failed("RangeError")]);
  });

  it("takes no listener that is none", () => {
    const world = new World();
    world.config.watch("ns", undefined as never)();
    assert.equal(world.runtime.host.clock.timers, 0);
    assert.deepEqual(world.diagnostics.take(), [
      "WARN Cannot watch config with a listener of type undefined. Pass a function",
    ]);
  });
});
