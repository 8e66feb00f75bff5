// Lines of pino, whatever is in them.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { pino } from "pino";
import { PontemFormatter } from "../../src/bridge/formatter.ts";
import { pinoOptions } from "../../src/bridge/pino.ts";
import { errorSerializer } from "../../src/bridge/pino_error.ts";
import { PINO_KEYS, readPinoLine } from "../../src/bridge/pino_line.ts";
import { seed } from "../support/soak.ts";
import { Lines, wireRecord } from "./wire.ts";

/** Names that pino, its readers or the wire format use, and any others. */
const key = fc.oneof(
  fc.constantFrom("level", "time", "pid", "hostname", "name", "v", "exception.type", "body", "a b", '"', "é"),
  fc.string({ maxLength: 12 }),
).filter((name) => !["msg", "err", "__proto__", "logger.name", "pontem.truncated"].includes(name));
const value = fc.oneof(
  fc.string(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.dictionary(fc.constantFrom("x", "y"), fc.integer(), { noNullPrototype: true }),
  fc.array(fc.integer(), { maxLength: 3 }),
);
const fields = fc.dictionary(key, value, { maxKeys: 6, noNullPrototype: true });

describe("readPinoLine", () => {
  it("gives back what was logged, whatever its fields are called", () => {
    const lines = new Lines();
    const log = pino({ ...pinoOptions({ serviceName: "svc" }), name: "camera" }, lines);
    fc.assert(
      fc.property(fields, fields, fc.string(), (bindings, object, message) => {
        // pino's own rules: these are no bindings, and a place for an argument is none without one.
        const { level: _, ...bound } = bindings;
        log.child(bound).warn(object, "%s", message);
        const { body, attributes, severityNumber } = lines.last;
        assert.deepEqual([body, severityNumber], [message, 13]);
        assert.deepEqual(attributes, { "logger.name": "camera", ...bound, ...object });
        lines.raw.length = 0;
      }),
      { seed: seed(), numRuns: 300 },
    );
  });

  it("makes a record of any text", () => {
    const formatter = new PontemFormatter({ serviceName: "svc" });
    const piece = fc.constantFrom(
      '{"level":30',
      '{"level":"\\q"',
      ',"time":1',
      ',"time":01',
      ',"time":"\u0001"',
      ',"logger.name":"\\u12"',
      ',"pid":1',
      ',"name":"x"',
      ',"msg":"',
      "}",
      "\n",
      "\\",
      '"',
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(piece, { maxLength: 8 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (line) => {
        wireRecord(formatter.format(readPinoLine(line, PINO_KEYS)));
      }),
      { seed: seed(), numRuns: 300 },
    );
  });

  it("stays quick with a long line that is nearly one of pino's", () => {
    const start = performance.now();
    for (const part of ['\\"', "\\", '"', ',"name":"']) {
      readPinoLine(`{"level":30,"time":1,"pid":1,"hostname":"${part.repeat(200_000)}`, PINO_KEYS);
    }
    assert.ok(performance.now() - start < 2_000);
    const long = "n".repeat(2_000);
    const lines = new Lines();
    pino({ ...pinoOptions({ serviceName: "svc" }), name: long }, lines).info("x");
    assert.deepEqual(lines.last.attributes, { "logger.name": long });
  });
});

describe("errorSerializer", () => {
  it("leaves what is no error as it is, and takes errors of other realms", () => {
    for (const odd of [undefined, null, "text", 3, { message: "m" }]) assert.equal(errorSerializer(odd), odd);
    const foreign = { name: "TypeError", message: "m", stack: "TypeError: m\n    at x", code: 3 };
    assert.deepEqual(errorSerializer(foreign), {
      type: "TypeError",
      message: "m",
      stack: foreign.stack,
      code: 3,
    });
  });

  it("ends with causes that go round", () => {
    const error = new Error("round");
    error.cause = error;
    const lines = new Lines();
    pino(pinoOptions({ serviceName: "svc" }), lines).error(error);
    assert.equal(lines.last.attributes["exception.message"], "round");
    let deep = new Error("0");
    for (let i = 1; i < 100; i++) deep = new Error(String(i), { cause: deep });
    pino(pinoOptions({ serviceName: "svc" }), lines).error(deep);
    assert.equal(lines.last.attributes["exception.message"], "99");
  });
});
