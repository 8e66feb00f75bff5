import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { InitOptions } from "../../src/option/init_options.ts";
import { createPontem } from "../../src/sdk.ts";
import { started, World } from "./support.ts";

describe("init", () => {
  it("a second time warns and changes nothing, whatever it is given", () => {
    const world = started({ level: "WARN" });
    const others: unknown[] = [
      { serviceName: "other", level: "TRACE", emitDir: "/other" },
      undefined,
      null,
      5,
      { unknown: 1 },
      { serviceName: "" },
      { diagnostics: { pontem: "off" } },
    ];
    for (const options of others) world.pontem.init(options as InitOptions);
    world.pontem.logger.info("off");
    world.pontem.logger.warn("on");
    assert.deepEqual(world.records().map(({ body, resource }) => [body, resource["service.name"]]), [["on", "svc"]]);
    assert.equal(world.runtime.fs.stat("/other"), undefined);
    assert.deepEqual(
      world.said(),
      others.map(() => "WARN pontem.sdk init() already called, ignoring. Call shutdown() first to start again"),
    );
  });

  it("resolves the directory once", () => {
    const world = started();
    world.runtime.host.environment.set("PONTEM_EMIT_DIR", "/later");
    world.pontem.logger.info("x");
    assert.equal(world.lines().length, 1);
    assert.equal(world.runtime.fs.stat("/later"), undefined);
  });

  it("makes the default directory of the service", () => {
    const world = new World();
    world.pontem.init({ serviceName: "camera-7", runtime: world.runtime });
    world.pontem.logger.info("x");
    world.pontem.flushSync();
    assert.equal(world.landed("logs.jsonl", "/var/lib/pontem/services/camera-7/logs").length, 1);
  });

  it("can be given to createPontem at once", () => {
    const world = new World();
    const pontem = createPontem({ serviceName: "svc", emitDir: "/logs", runtime: world.runtime });
    pontem.logger.info("x");
    pontem.flushSync();
    assert.equal(world.landed().length, 1);
  });
});

describe("an emit directory that cannot be used", () => {
  const cases = [
    ["makeDirectory", "EACCES", "permission denied", "Set PONTEM_EMIT_DIR"],
    ["makeDirectory", "EROFS", "read-only file system", "Set PONTEM_EMIT_DIR"],
    ["makeDirectory", "NOT_CAPABLE", "the permission was not given", "Run with --allow-read=/logs --allow-write=/logs"],
    ["createNew", "ENOSPC", "no space left on the device", "Set PONTEM_EMIT_DIR"],
    ["rename", "EACCES", "permission denied", "Set PONTEM_EMIT_DIR"],
  ] as const;
  for (const [operation, code, why, remedy] of cases) {
    it(`at ${operation} by ${code} throws one error: the directory, the reason, the remedy`, () => {
      const world = new World();
      world.runtime.fs.fail(operation, { code });
      assert.throws(() => world.init(), (error: Error) => {
        assert.match(error.message, /^Cannot use the emit directory "\/logs": /);
        assert.ok(error.message.includes(why), error.message);
        assert.ok(error.message.includes(remedy), error.message);
        return true;
      });
    });
  }

  it("because a file is in its place", () => {
    const world = new World();
    world.runtime.fs.openAppend("/logs", 0o644).close();
    assert.throws(() => world.init(), /^Error: Cannot use the emit directory "\/logs": .*PONTEM_EMIT_DIR/);
  });
});

describe("a failed init", () => {
  const failing: Readonly<Record<string, (world: World) => void>> = {
    "by an unknown option": (world) => world.init({ emit: 1 } as Partial<InitOptions>),
    "by a wrong value": (world) => world.init({ flushIntervalMs: -1 }),
    "by a wrong value beside other options": (world) =>
      world.init({ diagnostics: { pontem: "off" }, level: "FATAL", emitDir: "/other", cardinalityLimit: -1 }),
    "by its resource": (world) => world.init({ resource: { k: "x".repeat(20_000) } }),
    "by its runtime": (world) => world.init({ runtime: {} as NonNullable<InitOptions["runtime"]> }),
    "by its directory": (world) => {
      const mend = world.runtime.fs.fail("makeDirectory", { code: "EACCES" });
      try {
        world.init({ level: "FATAL", diagnostics: { pontem: "off" } });
      } finally {
        mend();
      }
    },
  };
  for (const [name, fail] of Object.entries(failing)) {
    it(`${name} changes nothing: held records stay, no listener, no timer, and a good one works`, async () => {
      const world = started();
      await world.pontem.shutdown();
      world.pontem.logger.info("held");
      world.pontem.logger.error("held severe");
      world.pontem.metrics.count("held", 3);
      world.said();
      assert.throws(() => fail(world));
      await world.runtime.machine.clock.advanceAsync(10_000);
      assert.equal(world.runtime.host.listeners, 0);
      assert.equal(world.runtime.machine.clock.timers, 0);
      assert.equal(world.pontem.stats().logs.waiting, 2);
      assert.equal(world.pontem.logger.isEnabled("TRACE"), true);
      assert.equal(world.runtime.fs.stat("/other"), undefined);
      world.pontem.logger.setLevel("loud" as "INFO");
      assert.match(
        world.said().join("\n"),
        /^WARN pontem\.sdk Unknown level in setLevel/,
        "own messages go where they went before",
      );
      world.init();
      world.pontem.init({ serviceName: "again" });
      assert.match(world.said().join("\n"), /already called/);
      assert.deepEqual(world.bodies(), ["held", "held severe"]);
      assert.deepEqual(world.landed("metrics.jsonl").map((line) => JSON.parse(line).value), [3]);
    });
  }

  it("at any operation of the file system throws the one error or works, and the next one works", () => {
    let failed = 0;
    for (let after = 0;; after++) {
      const world = new World();
      world.pontem.logger.info("held");
      const before = world.runtime.fs.operations;
      const mend = world.runtime.fs.fail("any", { code: "EIO", after, times: 1 });
      try {
        world.init();
      } catch (error) {
        failed++;
        assert.match(
          (error as Error).message,
          /^Cannot use the emit directory "\/logs": input\/output error\. Set PONTEM_EMIT_DIR/,
          `after ${after}`,
        );
        mend();
        assert.equal(world.runtime.host.listeners, 0);
        world.init();
      }
      const operations = world.runtime.fs.operations - before;
      mend();
      assert.deepEqual(world.bodies(), ["held"], `in the common file, after ${after}`);
      if (operations < after) break;
      assert.ok(after < 300);
    }
    assert.ok(failed > 3, `${failed}`);
  });
});
