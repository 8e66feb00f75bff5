// Several bridges at once, and the direct API beside them: one wire shape, one way to each destination.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { configureSync, getConsoleSink, getLogger, resetSync } from "@logtape/logtape";
import console from "node:console";
import { pino } from "pino";
import { createLogger, format, transports } from "winston";
import { logtapeFormatter, logtapeSink } from "../../src/bridge/logtape.ts";
import { pinoDestination, pinoOptions } from "../../src/bridge/pino.ts";
import { winston, winstonWrite } from "../../src/bridge/winston.ts";
import type { LogRecord } from "../../src/record/schema.ts";
import { started } from "../sdk/support.ts";
import { Lines, wireRecord } from "./wire.ts";

const FIELDS = { request: 7, nested: { ok: true, list: [1, "two"] }, text: 'é ☃ \u2028 "quoted"' };

function stream(lines: Lines): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.write(line);
      done();
    },
  });
}

/** All but the time. */
function shape({ timestamp: _, ...rest }: LogRecord): Omit<LogRecord, "timestamp"> {
  return rest;
}

describe("bridges together", () => {
  it("write the same record as the direct API, each to its own destination", async () => {
    const [piped, transported, sunk, shown] = [new Lines(), new Lines(), new Lines(), new Lines()];
    const ofWinston = createLogger({
      format: format.combine(format.label({ label: "camera" }), format.json()),
      transports: [new transports.Stream({ stream: stream(transported), eol: "\n" })],
    });
    const take = (...data: unknown[]): void => shown.write(String(data[0]));
    const terminal = { log: take, info: take, debug: take, warn: take, error: take };
    const world = started({ serviceName: "svc", stdlibLogging: [winston(ofWinston), terminal] });
    const { pontem } = world;
    const ofPino = pino({ ...pinoOptions({ pontem }), name: "camera" }, piped);
    const toLine = logtapeFormatter({ pontem });
    configureSync({
      sinks: { lines: (record) => sunk.write(toLine(record)) },
      loggers: [{ category: "camera", sinks: ["lines"] }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
    });
    const direct = pontem.getLogger("camera");

    direct.warn("frame is late", FIELDS);
    ofPino.warn(FIELDS, "%s is late", "frame");
    ofWinston.warn("%s is late", "frame", FIELDS);
    getLogger("camera").warn("frame is late", FIELDS);
    terminal.warn("%s is late", "frame", { ...FIELDS, "logger.name": "camera" });

    const problem = Object.assign(new TypeError("no signal", { cause: new RangeError("why") }), { code: "E_SIGNAL" });
    direct.error("failed", problem);
    ofPino.error(problem, "failed");
    ofWinston.error("failed", problem);
    getLogger("camera").error("failed", { error: problem });
    terminal.error("failed", problem, { "logger.name": "camera" });
    resetSync();

    const [late, failed] = world.lines().map(wireRecord).map(shape);
    for (const lines of [piped, transported, sunk, shown]) {
      assert.equal(lines.raw.length, 2);
      assert.deepEqual(lines.records.map(shape), [late, failed]);
    }
    assert.equal(typeof failed?.attributes["exception.stacktrace"], "string");
    assert.equal(pontem.stats().logs.accepted, 2);
    await pontem.shutdown();
  });

  it("feed the queue with the same record, each once", async () => {
    const world = started();
    const { pontem } = world;
    const ofWinston = createLogger({
      format: format.combine(format.label({ label: "camera" }), format.splat()),
      transports: [new transports.Stream({ stream: new Writable({ objectMode: true, write: winstonWrite(pontem) }) })],
    });
    const ofPino = pino({ name: "camera" }, pinoDestination(pontem));
    configureSync({
      sinks: { queue: logtapeSink(pontem) },
      loggers: [{ category: "camera", sinks: ["queue"] }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
    });
    pontem.getLogger("camera").warn("frame is late", FIELDS);
    ofPino.warn(FIELDS, "%s is late", "frame");
    ofWinston.warn("%s is late", "frame", FIELDS);
    getLogger("camera").warn("frame is late", FIELDS);
    resetSync();
    const [first, ...others] = world.lines().map(wireRecord);
    assert.equal(others.length, 3);
    for (const other of others) assert.deepEqual(shape(other), shape(first as LogRecord));
    assert.deepEqual(world.balance(), { accepted: 4, accounted: 4 });
    await pontem.shutdown();
  });

  it("do not put a record into another where a logger writes by the bridged console", async () => {
    const shown = new Lines();
    const take = (...data: unknown[]): void => shown.write(String(data[0]));
    const own = Object.assign(Object.create(console) as typeof console, {
      ...{ log: take, info: take, debug: take, warn: take, error: take },
    });
    const world = started({ serviceName: "svc", stdlibLogging: [own] });
    configureSync({
      sinks: { own: getConsoleSink({ console: own, formatter: logtapeFormatter({ pontem: world.pontem }) }) },
      loggers: [{ category: "tape", sinks: ["own"] }, { category: ["logtape", "meta"], lowestLevel: "fatal" }],
    });
    getLogger("tape").warn("by LogTape");
    const destination = { write: (line: string) => own.log(line.trimEnd()) };
    pino(pinoOptions({ pontem: world.pontem }), destination).info("by pino");
    resetSync();
    const forged = shown.raw[0]?.replace("WARN", "INFO").replace("13", "9") ?? "";
    own.info(forged);
    assert.deepEqual(shown.bodies, ["by LogTape", "by pino", forged]);
    await world.pontem.shutdown();
  });

  it("go on after shutdown without the queue", async () => {
    const lines = new Lines();
    const world = started({ serviceName: "svc" });
    const log = pino(pinoOptions({ pontem: world.pontem }), lines);
    await world.pontem.shutdown();
    log.info("still");
    assert.deepEqual([lines.last.body, lines.last.resource["service.name"]], ["still", "svc"]);
    assert.equal(world.pontem.stats().logs.accepted, 0);
  });
});
