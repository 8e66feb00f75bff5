import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { createPontem, type ForeignEvent, log, PontemFormatter } from "../../mod.ts";
import { MAX_NESTING } from "../../src/bridge/formatter.ts";
import { MAX_RECORD_BYTES } from "../../src/record/attributes.ts";
import { utf8Length } from "../../src/record/text.ts";
import { seed } from "../support/soak.ts";
import { anything, Trace } from "../record/anything.ts";
import { started, World } from "../sdk/support.ts";
import { read } from "./wire.ts";

function formatted(
  event: Partial<ForeignEvent>,
  formatter: PontemFormatter = new PontemFormatter({ serviceName: "s" }),
) {
  return read(formatter.format({ severityNumber: 9, body: "b", ...event }));
}

describe("a line of the formatter", () => {
  it("is that of a direct record", () => {
    const world = started();
    const formatter = new PontemFormatter({ pontem: world.pontem });
    const attributes = { a: 1, nested: { b: [true, null, "é"] }, at: new Date(0), big: 2n ** 70n, none: undefined };
    world.pontem.logger.warn("both", attributes);
    const line = formatter.format({ severityNumber: 13, body: "both", attributes });
    assert.equal(line, world.lines()[0]);
    assert.equal(log.PontemFormatter, PontemFormatter);
  });

  it("has context, extras, the logger's name, then the error", () => {
    const error = Object.assign(new RangeError("out"), { code: "E_RANGE" });
    const { attributes } = formatted({ attributes: { z: 1, a: 2 }, loggerName: "app", error });
    assert.deepEqual(Object.keys(attributes), [
      "z",
      "a",
      "logger.name",
      "exception.type",
      "exception.message",
      "exception.stacktrace",
      "exception.code",
    ]);
    assert.deepEqual([attributes["logger.name"], attributes["exception.type"]], ["app", "RangeError"]);
  });

  it("is the same whether its attributes are flat or need a closer look", () => {
    const formatter = new PontemFormatter({ serviceName: "s" });
    const text = (attributes: unknown, loggerName?: string) =>
      JSON.stringify(formatted({ attributes, loggerName }, formatter).attributes);
    const flat = { b: "é\n\ud800", 2: 1.5, "1": true, n: null, ["__proto__"]: "own" };
    // A value that is left out makes it look closer.
    const rest = (given: object) => Object.defineProperty({ ...given }, "x", { value: undefined, enumerable: true });
    for (const given of [flat, {}, { "logger.name": "mine", z: 1 }, { toJSON: "text" }]) {
      for (const name of [undefined, "", "app"]) assert.equal(text(given, name), text(rest(given), name));
    }
    assert.equal(text(undefined, "app"), '{"logger.name":"app"}');
    assert.equal(text(() => ({ made: 1 })), '{"made":1}');
    const before = Object.getOwnPropertyDescriptor(Object.prototype, "toJSON");
    assert.equal(before, undefined);
    try {
      Object.defineProperty(Object.prototype, "toJSON", { value: () => "hook", configurable: true });
      assert.deepEqual({ ...formatted({ attributes: { a: 1 } }, formatter).attributes }, { value: "hook" });
    } finally {
      Reflect.deleteProperty(Object.prototype, "toJSON");
    }
  });

  it("leaves what the call itself says: its logger.name, its exception.*", () => {
    const { attributes } = formatted({
      attributes: { "logger.name": "mine", "exception.message": "mine" },
      loggerName: "app",
      error: new Error("theirs"),
    });
    assert.deepEqual([attributes["logger.name"], attributes["exception.message"]], ["mine", "mine"]);
    assert.equal(attributes["exception.type"], "Error");
  });

  it("knows an error wherever it is", () => {
    const types = (event: Partial<ForeignEvent>) => {
      const { body, attributes } = formatted(event);
      return [body, attributes["exception.type"], attributes["exception.message"]];
    };
    const error = new TypeError("boom");
    assert.deepEqual(types({ body: error }), ["boom", "TypeError", "boom"]);
    assert.deepEqual(types({ attributes: error }), ["b", "TypeError", "boom"]);
    assert.deepEqual(types({ attributes: { err: error } }), ["b", "TypeError", "boom"]);
    assert.deepEqual(types({ error: "no Error at all" }), ["b", undefined, "no Error at all"]);
    const { attributes } = formatted({ error, attributes: { second: new Error("other") } });
    assert.equal((attributes["second"] as Record<string, unknown>)["exception.message"], "other");
    assert.equal(attributes["exception.message"], "boom");
    const both = formatted({ error, attributes: new Error("other") }).attributes;
    assert.equal((both["error"] as Record<string, unknown>)["exception.message"], "other");
  });

  it("takes any severity from 1 to 24, else INFO", () => {
    for (
      const [given, text] of [[1, "TRACE"], [8, "DEBUG"], [12, "INFO"], [13, "WARN"], [20, "ERROR"], [24, "FATAL"]]
    ) {
      assert.equal(formatted({ severityNumber: given as number }).severityText, text);
    }
    for (const odd of [0, 25, 9.5, NaN, Infinity, "9" as unknown as number]) {
      assert.equal(formatted({ severityNumber: odd }).severityNumber, 9);
    }
  });

  it("has the time it is given, to the microsecond, else that of the moment", () => {
    const world = started();
    const formatter = new PontemFormatter({ pontem: world.pontem });
    assert.equal(formatted({ timeMs: 1_736_937_000_123.456 }, formatter).timestamp, "2025-01-15T10:30:00.123456Z");
    assert.equal(formatted({ timeMs: 0 }, formatter).timestamp, "1970-01-01T00:00:00.000000Z");
    world.runtime.host.advance(1_500);
    for (const timeMs of [undefined, NaN, -1, Infinity, 253_402_300_800_000, "1" as unknown as number]) {
      assert.equal(formatted({ timeMs }, formatter).timestamp, "2025-01-15T10:30:01.500000Z", String(timeMs));
    }
  });

  it("stays within the bytes of a record, and says that it was cut", () => {
    const resource = { pad: "r".repeat(15_000) };
    const formatter = new PontemFormatter({ serviceName: "s", resource });
    for (const body of ["short", '"'.repeat(200_000), "é".repeat(100_000)]) {
      const attributes = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, "\u0001".repeat(400)]));
      const line = formatter.format({ severityNumber: 9, body, attributes, loggerName: "x", error: new Error("e") });
      assert.ok(utf8Length(line) <= MAX_RECORD_BYTES, `${utf8Length(line)}`);
      assert.equal(read(line).attributes["pontem.truncated"], true);
    }
  });

  it("comes out of anything, and nothing is thrown", () => {
    const formatter = new PontemFormatter({ serviceName: "s" });
    fc.assert(
      fc.property(anything, anything, anything, (...specs) => {
        const trace = new Trace();
        const [body, attributes, error] = specs.map(({ build }) => build(trace));
        read(formatter.format({ severityNumber: 9, body, attributes, error }));
      }),
      { seed: seed(), numRuns: 60 },
    );
  });

  it("is written with a marker when the event itself cannot be read", () => {
    const formatter = new PontemFormatter({ serviceName: "s" });
    const hostile = {
      severityNumber: 9,
      get body(): never {
        throw new RangeError("secret");
      },
    };
    assert.equal(read(formatter.format(hostile)).body, "[Throws RangeError]");
    assert.equal(read(formatter.format(undefined as unknown as ForeignEvent)).body, "[Throws TypeError]");
  });

  it("ends when values log themselves while they are written", () => {
    const formatter = new PontemFormatter({ serviceName: "s" });
    const lines: string[] = [];
    const value = {
      toJSON: () => {
        lines.push(formatter.format({ severityNumber: 9, body: "within", attributes: { value } }));
        return "written";
      },
    };
    lines.push(formatter.format({ severityNumber: 9, body: "outer", attributes: { value } }));
    assert.equal(lines.length, MAX_NESTING + 1);
    assert.equal(read(lines[0] ?? "").body, "[MaxDepth]");
    assert.deepEqual(read(lines.at(-1) ?? "").attributes, { value: "written" });
    const times = lines.map((line) => read(line).timestamp);
    assert.deepEqual(times, times.toSorted());
  });
});

describe("the resource of a formatter", () => {
  const resourceOf = (formatter: PontemFormatter) => formatted({}, formatter).resource;

  it("is merged key by key: options first, then what init populated", () => {
    const { pontem } = started({ serviceVersion: "1", resource: { site: "north", rack: 4 } }, {
      env: { PONTEM_DEVICE_ID: "d-1" },
    });
    assert.deepEqual(Object.entries(resourceOf(new PontemFormatter({ pontem, resource: { rack: 5, more: [1] } }))), [
      ["service.name", "svc"],
      ["service.version", "1"],
      ["device.id", "d-1"],
      ["site", "north"],
      ["rack", 5],
      ["more", [1]],
    ]);
    const all = { serviceName: "a", serviceVersion: "2", resource: { "service.name": "b", "device.id": "e" } };
    assert.deepEqual(
      { ...resourceOf(new PontemFormatter({ ...all, pontem })) },
      { "service.name": "a", "service.version": "2", "device.id": "e", site: "north", rack: 4 },
    );
  });

  it("needs a name from somewhere", () => {
    const pontem = createPontem();
    for (const options of [{ pontem }, { pontem, serviceName: "" }, { pontem, resource: { "service.name": 5 } }]) {
      assert.throws(
        () => new PontemFormatter(options),
        /without a "service\.name": pass serviceName, .* call init\(\)/,
      );
    }
    assert.deepEqual(resourceOf(new PontemFormatter({ pontem, resource: { "service.name": "r", x: 1 } })), {
      "service.name": "r",
      x: 1,
    });
  });

  it("takes up what init populates later, and keeps it after shutdown", async () => {
    const world = new World({ env: { PONTEM_DEVICE_ID: "d-1" } });
    const formatter = new PontemFormatter({ serviceName: "early", pontem: world.pontem });
    assert.deepEqual(resourceOf(formatter), { "service.name": "early" });
    world.init({ serviceVersion: "3" });
    const merged = { "service.name": "early", "service.version": "3", "device.id": "d-1" };
    assert.deepEqual(resourceOf(formatter), merged);
    await world.pontem.shutdown();
    assert.deepEqual(resourceOf(formatter), merged);
    assert.equal(resourceOf(new PontemFormatter({ pontem: world.pontem }))["service.name"], "svc");
  });

  it("is that of the instance that is named, and no two share it", () => {
    const [one, two] = [started({ serviceName: "one" }), started({ serviceName: "two" })];
    assert.equal(resourceOf(new PontemFormatter({ pontem: one.pontem }))["service.name"], "one");
    assert.equal(resourceOf(new PontemFormatter({ pontem: two.pontem }))["service.name"], "two");
  });

  it("is bounded, at construction and when init adds to it", () => {
    const pad = "x".repeat(10_000);
    assert.throws(
      () => new PontemFormatter({ serviceName: "s", resource: { a: pad, b: pad } }),
      { name: "RangeError", message: /more than 16384 bytes/ },
    );
    const world = new World();
    const formatter = new PontemFormatter({ serviceName: "s", resource: { a: pad }, pontem: world.pontem });
    world.init({ resource: { b: pad } });
    assert.deepEqual(Object.keys(resourceOf(formatter)), ["service.name", "a"]);
    resourceOf(formatter);
    const said = world.said();
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /^WARN pontem\.sdk A PontemFormatter keeps its former resource/);
  });

  it("does not change with what was given", () => {
    const resource: Record<string, unknown> = { "service.name": "r", list: [1] };
    const formatter = new PontemFormatter({ resource, pontem: createPontem() });
    (resource["list"] as number[]).push(2);
    resource["more"] = 1;
    assert.deepEqual(resourceOf(formatter), { "service.name": "r", list: [1] });
  });

  it("comes with options that are checked", () => {
    const wrong = (options: unknown) => () => new PontemFormatter(options as undefined);
    assert.throws(
      wrong({ servicename: "x" }),
      /Unknown option "servicename" in PontemFormatter: did you mean "serviceName"/,
    );
    assert.throws(wrong("svc"), /Cannot use PontemFormatter: expected an object/);
    assert.throws(wrong({ serviceName: 5 }), /Cannot use option "serviceName"/);
    assert.throws(wrong({ serviceName: "s", resource: [] }), /Cannot use option "resource"/);
    assert.throws(wrong({ serviceName: "s", pontem: {} }), /Cannot use option "pontem"/);
    assert.throws(wrong({ serviceName: "s", pontem: { logger: {} } }), /no instance of this SDK/);
  });
});

describe("what surrounds a line", () => {
  it("is context and trace of the moment; the extras win", () => {
    const world = started();
    const { context } = world.pontem;
    const formatter = new PontemFormatter({ pontem: world.pontem });
    context.run({ correlation_id: "c-1", user: "context" }, () => {
      const { attributes } = formatted({ attributes: { user: "call" }, loggerName: "app" }, formatter);
      assert.deepEqual(Object.entries(attributes), [
        ["correlation_id", "c-1"],
        ["user", "call"],
        ["logger.name", "app"],
      ]);
    });
    assert.deepEqual(formatted({}, formatter).attributes, {});
  });

  it("is redacted as in direct records: extras, errors and context", () => {
    const world = started({ redact: ["password", "exception.message", "token"] });
    const formatter = new PontemFormatter({ pontem: world.pontem });
    world.pontem.context.run({ token: "t-1" }, () => {
      const { attributes } = formatted({
        attributes: { user: { password: "p", name: "n" } },
        error: new Error("secret"),
      }, formatter);
      assert.equal(attributes["token"], "[Redacted]");
      assert.deepEqual(attributes["user"], { password: "[Redacted]", name: "n" });
      assert.equal(attributes["exception.message"], "[Redacted]");
    });
  });
});
