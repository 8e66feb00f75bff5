// LogTape with our formatter in its sinks, and with our sink. The real package, in the version that deno.json names.
import { afterEach, describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  configure,
  type Filter,
  getConsoleSink,
  getLogger,
  getStreamSink,
  type LogRecord as LogTapeLogRecord,
  reset,
  type Sink,
  withContext,
  withFilter,
} from "@logtape/logtape";
import { AsyncLocalStorage } from "node:async_hooks";
import console from "node:console";
import { logtapeFormatter, type LogTapeRecord, logtapeSink } from "../../src/bridge/logtape.ts";
import { createPontem } from "../../src/sdk.ts";
import { started, World } from "../sdk/support.ts";
import { Lines, wireRecord } from "./wire.ts";

/** LogTape with one sink for everything but what it says itself. */
async function use(sink: Sink, filter: Filter = () => true): Promise<void> {
  await configure({
    contextLocalStorage: new AsyncLocalStorage(),
    sinks: { sink },
    filters: { own: filter },
    loggers: [
      { category: [], sinks: ["sink"], lowestLevel: "trace", filters: ["own"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal" },
    ],
  });
}

function formatted(lines: Lines): Sink {
  const format = logtapeFormatter({ serviceName: "svc" });
  return (record) => lines.write(format(record));
}

afterEach(() => reset());

describe("logtapeFormatter", () => {
  it("maps levels, category, message and properties", async () => {
    const lines = new Lines();
    await use(formatted(lines));
    const log = getLogger(["edge", "camera"]);
    for (const level of ["trace", "debug", "info", "warning", "error", "fatal"] as const) {
      log[level]("{level} of {size}", { level, size: { w: 1 }, more: true });
    }
    assert.deepEqual(lines.records.map(({ severityNumber }) => severityNumber), [1, 5, 9, 13, 17, 21]);
    assert.equal(lines.records[0]?.body, 'trace of {"w":1}');
    assert.deepEqual(lines.records[0]?.attributes, {
      level: "trace",
      size: { w: 1 },
      more: true,
      "logger.name": "edge.camera",
    });
    getLogger([]).info`root ${7} and ${"text"}`;
    assert.deepEqual([lines.last.body, lines.last.attributes], ["root 7 and text", {}]);
  });

  it("takes the time of the record", () => {
    const format = logtapeFormatter({ serviceName: "svc" });
    const record: LogTapeRecord = {
      category: ["a"],
      level: "info",
      message: ["x"],
      rawMessage: "x",
      timestamp: Date.UTC(2025, 0, 15, 10, 30, 0, 123),
      properties: {},
      sourceLocation: { file: "main.ts", line: 3, column: 5 },
    };
    const { timestamp, attributes } = wireRecord(format(record));
    assert.equal(timestamp, "2025-01-15T10:30:00.123000Z");
    assert.deepEqual(attributes, {
      "code.file.path": "main.ts",
      "code.line.number": 3,
      "code.column.number": 5,
      "logger.name": "a",
    });
  });

  it("writes an error of the properties or the message as exception.*", async () => {
    const lines = new Lines();
    await use(formatted(lines));
    const error = Object.assign(new TypeError("bad"), { code: "E" });
    getLogger("a").error("failed: {error}", { error, n: 1 });
    assert.equal(lines.last.body, "failed: bad");
    assert.equal(lines.last.attributes["exception.type"], "TypeError");
    assert.equal(lines.last.attributes["exception.code"], "E");
    assert.equal(lines.last.attributes["n"], 1);
    assert.equal("error" in lines.last.attributes, false);
    getLogger("a").error`failed: ${error}`;
    assert.equal(lines.last.attributes["exception.message"], "bad");
    getLogger("a").error(error, { n: 2 });
    assert.deepEqual([lines.last.body, lines.last.attributes["exception.type"]], ["bad", "TypeError"]);
  });

  it("works in sinks of streams and of the console, behind filters, with LogTape's context", async () => {
    const chunks: Uint8Array[] = [];
    const said: string[] = [];
    const format = logtapeFormatter({ serviceName: "svc" });
    const stream = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
    const say = (line: string): void => void said.push(line);
    const terminal = Object.assign(Object.create(console) as typeof console, { info: say, warn: say });
    const streamed = getStreamSink(stream, { formatter: format });
    const shown = withFilter(getConsoleSink({ formatter: format, console: terminal }), "warning");
    await use((record) => {
      streamed(record);
      shown(record);
    }, ({ properties }) => properties["secret"] !== true);
    withContext({ request: 7 }, () => getLogger("a").info("one"));
    getLogger("a").warn("two");
    getLogger("a").warn("three", { secret: true });
    await reset();
    await streamed[Symbol.asyncDispose]();
    const text = chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
    const records = text.split("\n").slice(0, -1).map(wireRecord);
    assert.deepEqual(records.map(({ body }) => body), ["one", "two"]);
    assert.equal(records[0]?.attributes["request"], 7);
    assert.deepEqual(said.map((line) => wireRecord(line).body), ["two"]);
    assert.equal(said[0]?.endsWith("}"), true);
  });

  it("never throws, whatever the record holds", async () => {
    const lines = new Lines();
    await use(formatted(lines));
    const hostile = {
      get a() {
        return assert.fail("read");
      },
      toJSON: () => assert.fail("asked"),
    };
    getLogger("a").info("x {value}", { value: hostile });
    getLogger("a").error`x ${new Error("in the message")} ${hostile}`;
    const format = logtapeFormatter({ serviceName: "svc" });
    for (const odd of [null, {}, { message: 3 }, { category: null, message: ["x"] }]) {
      lines.write(format(odd as unknown as LogTapeRecord));
    }
    assert.equal(lines.records.length, 6);
    assert.equal(lines.last.severityText, "ERROR");
  });

  it("needs a service.name, from the options or from init", async () => {
    const pontem = createPontem();
    assert.throws(() => logtapeFormatter({ pontem }), /service\.name/);
    const world = started({ serviceName: "from-init" });
    const line = logtapeFormatter({ pontem: world.pontem })({
      category: [],
      level: "info",
      message: ["x"],
      rawMessage: "x",
      timestamp: 0,
      properties: {},
    });
    assert.equal(wireRecord(line).resource["service.name"], "from-init");
    await world.pontem.shutdown();
  });
});

describe("logtapeSink", () => {
  it("feeds level, message, properties and category into the queue", async () => {
    const world = started({ level: "DEBUG" });
    await use(logtapeSink(world.pontem));
    const log = getLogger(["edge", "camera"]);
    log.trace("below the level of the instance");
    log.warning("Frame {frame} is late", { frame: 7, nested: { a: 1n } });
    log.error("failed {error}", { error: new TypeError("bad"), n: 1 });
    log.error`failed ${new RangeError("far")}`;
    getLogger([]).debug("root");
    const [late, failed, far, root, ...more] = world.lines().map(wireRecord);
    assert.deepEqual([late?.body, late?.severityText], ["Frame 7 is late", "WARN"]);
    assert.deepEqual(late?.attributes, { "logger.name": "edge.camera", frame: 7, nested: { a: 1 } });
    assert.deepEqual([failed?.body, failed?.attributes["exception.type"], failed?.attributes["n"]], [
      "failed bad",
      "TypeError",
      1,
    ]);
    assert.deepEqual([far?.body, far?.attributes["exception.type"]], ["failed far", "RangeError"]);
    assert.deepEqual([root?.body, root?.attributes], ["root", {}]);
    assert.deepEqual(more, []);
    await world.pontem.shutdown();
  });

  it("hides in the message what option redact hides in attributes", async () => {
    const world = started({ redact: ["password"] });
    const lines = new Lines();
    const format = logtapeFormatter({ pontem: world.pontem });
    const feed = logtapeSink(world.pontem);
    await use((record) => {
      lines.write(format(record));
      feed(record);
    });
    getLogger([]).info("of {user}", { user: { password: "p", name: "n" } });
    const text = 'of {"password":"[Redacted]","name":"n"}';
    assert.deepEqual([lines.last.body, world.bodies()], [text, [text]]);
  });

  it("is drained", async () => {
    const world = started({ durability: "batch" });
    const sink = logtapeSink(world.pontem);
    await use(sink);
    getLogger("a").info("x");
    assert.deepEqual(world.landed(), []);
    await sink.drain();
    assert.equal(world.landed().length, 1);
    await world.pontem.shutdown();
  });

  it("never throws into LogTape, whose own logger may come here too", async () => {
    const world = new World();
    const sink = logtapeSink(world.pontem);
    const told: LogTapeLogRecord[] = [];
    await configure({
      sinks: { sink, told: (record: LogTapeLogRecord) => void told.push(record) },
      loggers: [{ category: [], sinks: ["sink"] }, { category: ["logtape", "meta"], sinks: ["sink", "told"] }],
    });
    told.length = 0;
    const hostile = {
      get a() {
        return assert.fail("read");
      },
    };
    getLogger("a").info("x", hostile);
    getLogger("a").error(`x {err}`, {
      err: new Error("e"),
      get b() {
        return assert.fail("read");
      },
    });
    sink(null as unknown as LogTapeRecord);
    assert.deepEqual(told, []);
    world.init();
    const { accepted, accounted } = world.balance();
    assert.equal(accepted, accounted);
    assert.equal(world.records().filter(({ body }) => body.startsWith("x")).length, 2);
    await world.pontem.shutdown();
  });
});
