import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Level, type LevelLike } from "../../src/record/level.ts";
import { started, World } from "../sdk/support.ts";

const METHODS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

describe("the six methods", () => {
  it("write their level's number and text", () => {
    const world = started();
    for (const method of METHODS) world.pontem.logger[method](method, { n: 1 });
    const expected = METHODS.map((
      method,
    ) => [method, Level[method.toUpperCase() as keyof typeof Level], method.toUpperCase()]);
    assert.deepEqual(
      world.records().map((record) => [record.body, record.severityNumber, record.severityText]),
      expected,
    );
  });

  it("each obey the threshold exactly", () => {
    for (let threshold = 1; threshold <= 24; threshold++) {
      const world = started({ level: threshold });
      for (const method of METHODS) world.pontem.logger[method](method);
      assert.deepEqual(
        world.bodies(),
        METHODS.filter((method) => Level[method.toUpperCase() as keyof typeof Level] >= threshold),
      );
    }
  });

  it("are the same line, key by key, as the wire format has it", () => {
    const world = started();
    world.pontem.logger.info("model loaded", { model: "scoring_v3" });
    assert.equal(
      world.lines()[0],
      '{"timestamp":"2025-01-15T10:30:00.000000Z","severityNumber":9,"severityText":"INFO","body":"model loaded",' +
        '"attributes":{"model":"scoring_v3"},"resource":{"service.name":"svc"}}',
    );
  });
});

describe("log", () => {
  it("takes names in any case, synonyms and numbers, which get the text of their range", () => {
    const world = started();
    const levels: LevelLike[] = ["info", "WARN", "warning", "CRITICAL", 2, 10, 24];
    for (const level of levels) world.pontem.logger.log(level, "x");
    assert.deepEqual(
      world.records().map(({ severityNumber, severityText }) => [severityNumber, severityText]),
      [[9, "INFO"], [13, "WARN"], [13, "WARN"], [21, "FATAL"], [2, "TRACE"], [10, "INFO"], [24, "FATAL"]],
    );
  });

  it("writes at INFO with what is no level, and says so once", () => {
    const world = started();
    const odd: unknown[] = ["loud", 0, 25, 1.5, NaN, null, undefined, {}, Symbol("s"), 3n];
    for (const level of odd) world.pontem.logger.log(level as LevelLike, "kept");
    assert.deepEqual(world.records().map(({ severityText }) => severityText), odd.map(() => "INFO"));
    assert.deepEqual(world.said(), [
      "WARN pontem.sdk Unknown level in log(): use one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL in any case, or a number from 1 to 24",
    ]);
  });

  it("obeys the threshold", () => {
    const world = started({ level: "WARN" });
    for (const level of [12, 13, "info", "error"] as const) world.pontem.logger.log(level, `${level}`);
    assert.deepEqual(world.bodies(), ["13", "error"]);
  });
});

describe("level constants", () => {
  it("are on the logger too", () => {
    const { logger } = started().pontem;
    for (const name of Object.keys(Level) as (keyof typeof Level)[]) assert.equal(logger[name], Level[name]);
  });
});

describe("isEnabled and setLevel", () => {
  it("change while running, for every logger of the instance", () => {
    const world = started();
    const { logger } = world.pontem;
    const camera = world.pontem.getLogger("camera");
    assert.equal(camera.isEnabled("TRACE"), true);
    logger.setLevel("warn");
    assert.deepEqual([logger.isEnabled(12), logger.isEnabled("WARN"), camera.isEnabled("info"), camera.isEnabled(13)], [
      false,
      true,
      false,
      true,
    ]);
    camera.info("off");
    logger.setLevel(1);
    camera.info("on");
    assert.deepEqual(world.bodies(), ["on"]);
  });

  it("of a name hold for all loggers of that name and no other, whatever the instance's is then", () => {
    const world = started();
    const [one, other] = [world.pontem.getLogger("camera"), world.pontem.getLogger("camera")];
    one.setLevel("DEBUG");
    world.pontem.logger.setLevel("ERROR");
    assert.equal(other.isEnabled("DEBUG"), true);
    assert.equal(world.pontem.getLogger("net").isEnabled("WARN"), false);
    assert.equal(world.pontem.getLogger("camera").isEnabled("DEBUG"), true);
  });

  it("with what is no level change nothing, and say so once", () => {
    const world = started({ level: "WARN" });
    for (const level of ["loud", 25, null]) {
      world.pontem.logger.setLevel(level as LevelLike);
      assert.equal(world.pontem.logger.isEnabled(level as LevelLike), false, "what log() would do with it");
    }
    assert.equal(world.pontem.logger.isEnabled("WARN"), true);
    assert.deepEqual(world.said().map((line) => line.slice(0, 45)), [
      "WARN pontem.sdk Unknown level in setLevel(): ",
      "WARN pontem.sdk Unknown level in isEnabled():",
    ]);
  });
});

describe("attributes as a function", () => {
  it("run once, only when the level is on", () => {
    const world = started({ level: "INFO" });
    let runs = 0;
    const attributes = () => ({ run: ++runs });
    world.pontem.logger.debug("off", attributes);
    world.pontem.logger.log("DEBUG", "off", attributes);
    world.pontem.logger.log("INFO", "on", attributes);
    world.pontem.logger.error("on", attributes);
    assert.deepEqual(world.records().map((record) => record.attributes), [{ run: 1 }, { run: 2 }]);
  });

  it("may give nothing, or an error, or throw: the record is written", () => {
    const world = started();
    world.pontem.logger.info("nothing", () => undefined);
    world.pontem.logger.info("an error", () => new RangeError("made"));
    world.pontem.logger.info("throws", () => {
      throw new TypeError("not made");
    });
    world.pontem.logger.info("a class", class Sensor {} as unknown as object);
    const [nothing, error, throws, klass] = world.records();
    assert.deepEqual(nothing?.attributes, {});
    assert.equal(error?.attributes["exception.message"], "made");
    assert.equal(throws?.attributes["exception.message"], "not made");
    assert.equal(klass?.attributes["exception.type"], "TypeError");
  });
});

describe("getLogger", () => {
  it("puts its name first; the call's own wins and is not doubled", () => {
    const world = started();
    const camera = world.pontem.getLogger("camera");
    camera.info("plain");
    camera.info("with", { frame: 1 });
    camera.info("nested", { list: [1] });
    camera.info("override", { "logger.name": "mine", frame: 1 });
    camera.error(new Error("x"));
    const lines = world.lines();
    assert.ok(lines[0]?.includes('"attributes":{"logger.name":"camera"}'));
    assert.ok(lines[1]?.includes('"attributes":{"logger.name":"camera","frame":1}'));
    assert.ok(lines[2]?.includes('"attributes":{"logger.name":"camera","list":[1]}'));
    assert.ok(lines[3]?.includes('"attributes":{"logger.name":"mine","frame":1}'));
    assert.ok(lines[4]?.includes('"attributes":{"logger.name":"camera","exception.type":"Error"'));
  });

  it("never doubles a key, whatever keys hash like the name's", () => {
    const world = started();
    const camera = world.pontem.getLogger("camera");
    // Same length and first character as "logger.name": the quick check cannot tell them apart.
    camera.info("x", { "logger.nom_": 1, "l0123456789": 2 });
    assert.deepEqual(Object.keys(world.records()[0]?.attributes ?? {}), ["logger.name", "logger.nom_", "l0123456789"]);
  });

  it("takes any name, and bounds it", () => {
    const world = started();
    const names: unknown[] = ["", 'a"\n', "\ud800", "__proto__", 5, null, undefined, Symbol("s"), Object.create(null), {
      toString: () => {
        throw new Error("hostile");
      },
    }, "n".repeat(1_000_000)];
    for (const name of names) world.pontem.getLogger(name as string).info("x", { a: 1 });
    const written = world.records().map(({ attributes }) => attributes["logger.name"]);
    assert.deepEqual(written.slice(0, 8), ["", 'a"\n', "\ud800", "__proto__", "5", "null", "undefined", "Symbol(s)"]);
    assert.equal(written.length, names.length);
    assert.ok(world.lines().every((line) => line.length < 2_000));
  });

  it("keeps memory bounded when names are made without end", () => {
    const world = started({ level: "FATAL" });
    for (let i = 0; i < 3_000; i++) world.pontem.getLogger(`request-${i}`).info("x");
    assert.equal(world.pontem.getLogger("request-2999").isEnabled("FATAL"), true);
    world.pontem.logger.setLevel("INFO");
    assert.equal(world.pontem.getLogger("request-2999").isEnabled("INFO"), true);
    assert.equal(world.pontem.getLogger("request-1").isEnabled("INFO"), true);
  });
});

describe("a call", () => {
  it("copies: a later change of a flat object is invisible", () => {
    const world = started();
    const attributes: Record<string, unknown> = { kept: "before" };
    world.pontem.logger.info("x", attributes);
    attributes["kept"] = "after";
    attributes["added"] = 1;
    assert.deepEqual(world.records()[0]?.attributes, { kept: "before" });
  });

  it("runs each getter once", () => {
    const world = started();
    let runs = 0;
    const lively = {
      get a() {
        return ++runs;
      },
      get b() {
        return [++runs];
      },
    };
    class Reading {
      own = Object.defineProperty({}, "c", { enumerable: true, get: () => ++runs });
    }
    world.pontem.logger.info("flat", lively);
    assert.equal(runs, 2);
    world.pontem.logger.info("nested", { lively });
    assert.equal(runs, 4);
    world.pontem.logger.info("instance", new Reading());
    assert.equal(runs, 5);
    assert.deepEqual(world.records().map(({ attributes }) => attributes), [{ a: 1, b: [2] }, {
      lively: { a: 3, b: [4] },
    }, { own: { c: 5 } }]);
  });

  it("leaves a marker for a getter that throws, and keeps the rest", () => {
    const attributes = started().attributesOf({
      a: 1,
      get b(): number {
        throw new RangeError("secret");
      },
      c: 3,
    });
    assert.deepEqual(attributes, { a: 1, b: "[Throws RangeError]", c: 3 });
  });

  it("is not fooled by a toJSON on Object.prototype, and runs nothing of it later", () => {
    const world = started();
    let calls = 0;
    const prototype = Object.prototype as { toJSON?: unknown };
    try {
      world.pontem.logger.info("before", { a: 1, text: 'q"' });
      prototype.toJSON = () => {
        calls++;
        return "hijacked";
      };
      assert.deepEqual(world.lines().map((line) => line.includes("hijacked")), [false]);
      assert.equal(calls, 0);
      assert.ok(world.lines()[0]?.includes('"attributes":{"a":1,"text":"q\\""}'));
    } finally {
      delete prototype.toJSON;
    }
  });

  it("works without its object, as a callback does", () => {
    const world = started();
    const { logger } = world.pontem;
    ["a", "b"].forEach((text) => logger.info(text));
    assert.deepEqual(world.bodies(), ["a", "b"]);
  });

  it("before init, after shutdown and while nothing can be written never throws", async () => {
    const world = new World();
    world.pontem.logger.fatal("held");
    world.init();
    world.runtime.fs.fail("any", { code: "EIO" });
    for (const method of METHODS) world.pontem.logger[method](method, { nested: { a: 1 } });
    const ending = world.pontem.shutdown();
    await world.runtime.machine.clock.advanceAsync(6_000);
    await ending;
    for (const method of METHODS) world.pontem.logger[method](method);
    const { accepted, accounted } = world.balance();
    assert.equal(accepted, accounted);
  });
});
