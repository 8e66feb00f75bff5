// A stream of winston that feeds the queue. The real package, in the version that deno.json names.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { config, createLogger, format, type Logger, transports } from "winston";
import { type WinstonLevels, winstonWrite } from "../../src/bridge/winston.ts";
import { winstonLevel, winstonSeverities } from "../../src/bridge/winston_level.ts";
import { started, type World } from "../sdk/support.ts";
import { wireRecord } from "./wire.ts";

interface StreamOptions {
  readonly levels?: WinstonLevels;
  readonly formats?: Logger["format"];
}

function feeding(world: World, { levels, formats = format.splat() }: StreamOptions = {}): Logger {
  const stream = new Writable({ objectMode: true, write: winstonWrite(world.pontem, levels) });
  return createLogger({
    level: Object.keys(levels ?? config.npm.levels).at(-1) ?? "",
    ...(levels === undefined ? {} : { levels: { ...levels } }),
    format: formats,
    transports: [new transports.Stream({ stream })],
  });
}

describe("winstonWrite", () => {
  it("feeds level, message, fields, label and errors into the queue", async () => {
    const world = started();
    const log = feeding(world, {
      formats: format.combine(format.label({ label: "cam" }), format.timestamp(), format.splat(), format.colorize()),
    });
    log.warn("%s is late", "frame", { frame: 7 });
    log.error("failed", new TypeError("bad"));
    log.error(new RangeError("far"));
    log.silly({ message: "s", nested: { a: 1n } } as unknown as string);
    const [late, failed, far, silly] = world.lines().map(wireRecord);
    assert.deepEqual([late?.body, late?.severityNumber], ["frame is late", 13]);
    assert.deepEqual(late?.attributes, { "logger.name": "cam", frame: 7 });
    assert.deepEqual([failed?.body, failed?.attributes["exception.type"]], ["failed", "TypeError"]);
    assert.deepEqual([far?.body, far?.attributes["exception.message"]], ["far", "far"]);
    assert.deepEqual([silly?.severityNumber, silly?.attributes["nested"]], [1, { a: 1 }]);
    await world.pontem.shutdown();
  });

  it("knows levels of the user's own, and leaves those of the transport to winston", async () => {
    const world = started();
    const log = feeding(world, { levels: { high: 0, middle: 1, low: 2 } });
    for (const level of ["high", "middle", "low"]) log.log(level, level);
    assert.deepEqual(world.records().map(({ severityNumber }) => severityNumber), [17, 9, 1]);
    log.level = "high";
    log.log("low", "off");
    assert.equal(world.records().length, 3);
    await world.pontem.shutdown();
  });

  it("never throws, and counts each record once", async () => {
    const world = started();
    const log = feeding(world, { formats: format((info) => info)() });
    log.info("hostile", {
      a: 1,
      toJSON: () => assert.fail("asked"),
      deep: {
        get b() {
          return assert.fail("read");
        },
      },
    });
    const write = winstonWrite(world.pontem);
    let done = 0;
    for (const odd of [undefined, null, 3, {}]) write(odd, "", () => done++);
    assert.equal(done, 4);
    assert.equal(world.records().length, 5);
    const { accepted, accounted } = world.balance();
    assert.deepEqual([accepted, accounted], [5, 5]);
    await world.pontem.shutdown();
  });
});

describe("levels of winston", () => {
  it("keep their order, whatever their names and places are", () => {
    const sets: WinstonLevels[] = [
      config.npm.levels,
      config.syslog.levels,
      config.cli.levels,
      { a: 0, error: 1, b: 2, c: 3, warn: 4, d: 5 },
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`l${i}`, i * 3])),
      { one: 5 },
      {},
    ];
    for (const levels of sets) {
      const numbers = [...winstonSeverities(levels).values()];
      assert.deepEqual(numbers, numbers.toSorted((x, y) => y - x), JSON.stringify(levels));
      assert.ok(numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= 24));
    }
  });

  it("have one that is nearest to any severity", () => {
    assert.equal(winstonLevel(config.npm.levels, 21), "error");
    assert.equal(winstonLevel(config.syslog.levels, 21), "crit");
    assert.equal(winstonLevel(config.syslog.levels, 13), "warning");
    assert.equal(winstonLevel({ high: 0, low: 1 }, 5), "low");
    assert.equal(winstonLevel({}, 5), "info");
  });
});
