import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { MAX_NAMES } from "../../src/log/level_filter.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import { started, World } from "../sdk/support.ts";

const FROM = { configDir: "/config", levelsFrom: { namespace: "logging", key: "levels" } } as const;
/** Time between two looks at the config. */
const LOOK_MS = 1_000;

/** Writes the config file as an agent does: whole, under another name first. */
function write(world: World, content: string): void {
  const { fs } = world.runtime;
  fs.makeDirectory("/config", 0o755);
  const handle = fs.createNew("/config/.new", 0o644);
  const bytes = new TextEncoder().encode(content);
  handle.write(bytes, 0, bytes.length);
  handle.close();
  fs.rename("/config/.new", "/config/logging.json");
}

/** An instance that follows a file with this value, and what it says. */
function following(value: unknown, options: Partial<InitOptions> = {}): World {
  const world = new World();
  if (value !== undefined) write(world, JSON.stringify({ levels: value }));
  return world.init({ ...FROM, ...options });
}

/** Which of the levels are on for a name. */
function on(world: World, name?: string): string {
  const logger = name === undefined ? world.pontem.logger : world.pontem.getLogger(name);
  return (["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const).filter((level) => logger.isEnabled(level))[0] ?? "";
}

describe("levels of loggers", () => {
  it("are taken by prefix, and reach loggers that were there before", () => {
    const world = new World();
    const early = world.pontem.getLogger("net.http");
    world.init({ level: "INFO", levels: { net: "ERROR", "net.dns": "DEBUG" } });
    for (const logger of [early, world.pontem.getLogger("net.dns.cache"), world.pontem.getLogger("network")]) {
      logger.debug(`debug ${String(logger.bindings["n"] ?? "")}`);
      logger.info("info");
      logger.error("error");
    }
    const kept = world.records().map(({ attributes, body }) => `${String(attributes["logger.name"])} ${body.trim()}`);
    assert.deepEqual(kept, [
      "net.http error",
      "net.dns.cache debug",
      "net.dns.cache info",
      "net.dns.cache error",
      "network info",
      "network error",
    ]);
    assert.deepEqual(world.balance().accepted, world.balance().accounted);
  });

  it("come from the variable, unless the option is given", () => {
    const memory = { env: { PONTEM_LOG_LEVELS: "camera=DEBUG,net=WARN,disk=LOUD,x", PONTEM_LOG_LEVEL: "INFO" } };
    const world = started({}, memory);
    assert.deepEqual([on(world), on(world, "camera"), on(world, "net.a"), on(world, "disk")], [
      "INFO",
      "DEBUG",
      "WARN",
      "INFO",
    ]);
    const said = world.said();
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /^WARN pontem\.sdk Left 2 of the members of PONTEM_LOG_LEVELS out: use up to 100 such/);
    const other = started({ levels: { disk: "ERROR" } }, memory);
    assert.deepEqual([on(other, "camera"), on(other, "disk")], ["INFO", "ERROR"]);
    assert.deepEqual(other.said(), []);
  });

  it("of records that were held are those of their loggers", async () => {
    const world = new World();
    const { pontem } = world;
    const hold = (): void => {
      for (const name of ["net", "camera"]) {
        const logger = pontem.getLogger(name);
        logger.debug(`${name} plain`);
        logger.debug(`${name} flat`, { n: 1 });
        // Text already when it is held, with the name within.
        logger.debug(`${name} nested`, { nested: { n: 1 } });
        logger.bind({ "logger.level": 1 }).debug(`${name} bound`);
        logger.info(`${name} info`);
      }
      pontem.logger.debug("root");
    };
    hold();
    world.init({ level: "INFO", levels: { camera: "DEBUG", net: "WARN" } });
    const camera = ["plain", "flat", "nested", "bound", "info"].map((what) => `camera ${what}`);
    const kept = (): string[] => world.bodies().filter((body) => body !== "records were dropped");
    assert.deepEqual(kept(), camera);
    assert.equal(pontem.stats().logs.dropped["below_level"], 6);
    await pontem.shutdown();
    pontem.getLogger("late").setLevel("FATAL");
    pontem.getLogger("late").error("no");
    world.init({ level: "INFO", levels: { late: "DEBUG" } });
    assert.deepEqual(kept(), camera);
  });

  it(`are those of the prefix beyond ${MAX_NAMES} names too`, () => {
    const world = started({ level: "WARN", levels: { req: "DEBUG" } });
    for (let i = 0; i < MAX_NAMES + 5; i++) world.pontem.getLogger(`req.${i}`).debug("x");
    assert.equal(world.lines().length, MAX_NAMES + 5);
    assert.equal(on(world, "other"), "WARN");
  });

  it("are checked at once", () => {
    const cases: readonly [Record<string, unknown>, RegExp][] = [
      [{ levels: "camera=DEBUG" }, /option "levels": expected an object/],
      [{ levels: { camera: "LOUD" } }, /for "camera", got "LOUD"/],
      [{ levelsFrom: "logging" }, /option "levelsFrom": expected an object with the options namespace, key/],
      [{ levelsFrom: { namespace: "a/b", key: "k" } }, /"levelsFrom.namespace".* but it has a separator/],
      [{ levelsFrom: { namespace: "a" } }, /"levelsFrom.key": expected the name of a value/],
      [{ levelsFrom: { namespace: "a", key: "k", keyy: 1 } }, /Unknown option "keyy"/],
    ];
    for (const [options, message] of cases) {
      assert.throws(() => started(options as Partial<InitOptions>), { name: "TypeError", message });
    }
  });
});

describe("levelsFrom", () => {
  it("follows the value while running, and falls back when it goes", () => {
    const world = following(undefined, { level: "INFO", levels: { net: "WARN" } });
    const [net, camera] = [world.pontem.getLogger("net"), world.pontem.getLogger("camera")];
    const state = (): boolean[] => [net, camera, world.pontem.logger].map((logger) => logger.isEnabled("DEBUG"));
    assert.deepEqual(state(), [false, false, false]);
    const steps: readonly [string, boolean[]][] = [
      ['{"levels": {"net": "DEBUG"}}', [true, false, false]],
      ['{"levels": {"camera": "DEBUG"}}', [false, true, false]],
      ['{"levels": "debug"}', [false, true, true]],
      ['{"levels": {"level": "DEBUG", "levels": {"camera": "INFO"}}}', [false, false, true]],
      ['{"levels": {"levels": {"net": 5}}}', [true, false, false]],
      ['{"other": 1}', [false, false, false]],
    ];
    for (const [content, expected] of steps) {
      write(world, content);
      world.runtime.host.advance(LOOK_MS);
      assert.deepEqual(state(), expected, content);
    }
    assert.deepEqual(world.said(), []);
  });

  it("takes what is there at the start, for records that come from now on", () => {
    const world = following({ camera: "ERROR" });
    world.pontem.getLogger("camera").warn("no");
    world.pontem.getLogger("camera").error("yes");
    assert.deepEqual(world.bodies(), ["yes"]);
  });

  it("yields to setLevel()", () => {
    const world = following({ level: "ERROR", levels: { a: "ERROR" } });
    world.pontem.getLogger("a").setLevel("DEBUG");
    assert.deepEqual([on(world), on(world, "a"), on(world, "b")], ["ERROR", "DEBUG", "ERROR"]);
    world.pontem.logger.setLevel("INFO");
    assert.deepEqual([on(world), on(world, "a"), on(world, "b")], ["INFO", "DEBUG", "INFO"]);
  });

  it("falls back by itself when the time is over, to the millisecond", () => {
    for (const text of [true, false]) {
      const world = new World();
      const until = world.runtime.host.wallClock() + 90_500;
      const levels = { levels: { camera: "DEBUG" }, until: text ? new Date(until).toISOString() : until };
      write(world, JSON.stringify({ levels }));
      world.init({ ...FROM, level: "INFO" });
      assert.equal(on(world, "camera"), "DEBUG");
      world.runtime.host.advance(90_499);
      assert.equal(on(world, "camera"), "DEBUG");
      world.runtime.host.advance(1);
      assert.equal(on(world, "camera"), "INFO");
      // The file still says so; it does not come back.
      world.runtime.host.advance(3_600_000);
      assert.equal(on(world, "camera"), "INFO");
    }
  });

  it("has no effect when the time was over before, and takes a later one that comes", () => {
    const world = new World();
    const now = world.runtime.host.wallClock();
    write(world, JSON.stringify({ levels: { level: "DEBUG", until: now } }));
    world.init({ ...FROM, level: "INFO" });
    assert.equal(on(world), "INFO");
    write(world, JSON.stringify({ levels: { level: "DEBUG", until: now + 5_000 } }));
    world.runtime.host.advance(LOOK_MS);
    assert.equal(on(world), "DEBUG");
    // Sooner than the one that is waited for.
    write(world, JSON.stringify({ levels: { level: "DEBUG", until: now + 3_000 } }));
    world.runtime.host.advance(2_000);
    assert.equal(on(world), "INFO");
  });

  it("waits for a time that is farther away than a timer can be set to", () => {
    const days = 86_400_000;
    const world = new World();
    const until = world.runtime.host.wallClock() + 60 * days;
    write(world, JSON.stringify({ levels: { level: "DEBUG", until } }));
    // A config that is looked at each second would be five million looks.
    const { host } = world.runtime;
    const longest: number[] = [];
    const setTimer = host.setTimer.bind(host);
    host.setTimer = (callback, ms) => {
      longest.push(ms);
      return setTimer(callback, ms);
    };
    world.init({ ...FROM, level: "INFO", flushIntervalMs: 86_400_000, metricsIntervalMs: 86_400_000 });
    assert.ok(longest.every((ms) => ms <= 2 ** 31 - 1), String(longest));
    for (let day = 0; day < 60; day++) {
      assert.equal(on(world), "DEBUG");
      host.clock.block(days - 60_000);
      host.advance(60_000);
    }
    assert.equal(on(world), "INFO");
  });

  it("notices within a minute that the system clock was set", () => {
    const world = new World();
    const until = world.runtime.host.wallClock() + 86_400_000;
    write(world, JSON.stringify({ levels: { level: "DEBUG", until } }));
    world.init({ ...FROM, level: "INFO" });
    world.runtime.host.stepClock(-3_600_000);
    world.runtime.host.advance(60_000);
    assert.equal(on(world), "DEBUG");
    world.runtime.host.stepClock(2 * 86_400_000);
    world.runtime.host.advance(60_000);
    assert.equal(on(world), "INFO");
  });

  it("says once that a value is malformed, keeps the levels, and goes on when it is right again", () => {
    const world = following({ camera: "ERROR" });
    for (const content of ['{"levels": {"camera": "SECRET"}}', '{"levels": 7.5}', '{"levels": [], "more": 1}']) {
      write(world, content);
      world.runtime.host.advance(LOOK_MS);
      assert.equal(on(world, "camera"), "ERROR");
    }
    const said = world.said();
    assert.equal(said.length, 1, String(said));
    assert.match(
      said[0] ?? "",
      /^WARN pontem\.config Cannot use the levels in config value "levels" of namespace "logging"/,
    );
    assert.doesNotMatch(said[0] ?? "", /SECRET/);
    write(world, '{"levels": {"camera": "DEBUG"}}');
    world.runtime.host.advance(LOOK_MS);
    assert.equal(on(world, "camera"), "DEBUG");
    write(world, "{");
    world.runtime.host.advance(LOOK_MS);
    assert.equal(on(world, "camera"), "DEBUG");
    write(world, '{"levels": "SECRET"}');
    world.runtime.host.advance(LOOK_MS);
    assert.match(world.said().join("\n"), /Invalid JSON in[^]*Cannot use the levels/);
  });

  it("ends with shutdown: no timer is left, and the levels of the value are over", async () => {
    const world = new World();
    const until = world.runtime.host.wallClock() + 86_400_000;
    write(world, JSON.stringify({ levels: { level: "DEBUG", until } }));
    world.init({ ...FROM, level: "INFO" });
    assert.equal(on(world), "DEBUG");
    await world.pontem.shutdown();
    assert.equal(world.runtime.machine.clock.timers, 0);
    assert.equal(on(world), "INFO");
    world.init({ level: "WARN" });
    assert.equal(on(world), "WARN");
  });
});
