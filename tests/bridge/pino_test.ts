// pino writes wire lines to its own destination. The real package, in the version that deno.json names.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { type LoggerOptions, multistream, pino, stdTimeFunctions } from "pino";
import { type FormatterOptions, type PinoFormatOptions, pinoOptions } from "../../src/bridge/pino.ts";
import { createPontem } from "../../src/sdk.ts";
import { started } from "../sdk/support.ts";
import { Lines } from "./wire.ts";

const NAMED: FormatterOptions = { serviceName: "svc" };

function ours(options: PinoFormatOptions = {}): ReturnType<typeof pinoOptions> {
  return pinoOptions({ ...NAMED, ...options });
}

describe("pinoOptions", () => {
  it("maps levels, those of the user's own to the one below", () => {
    const lines = new Lines();
    const customLevels = { finest: 5, notice: 35, alert: 55, emergency: 70 };
    const log = pino({ ...ours(), level: "finest", customLevels }, lines);
    for (const name of ["finest", "trace", "debug", "info", "notice", "warn", "error", "alert", "fatal", "emergency"]) {
      (log as unknown as Record<string, (text: string) => void>)[name]?.(name);
    }
    assert.deepEqual(
      lines.records.map(({ body, severityNumber, severityText }) => [body, severityNumber, severityText]),
      [
        ["finest", 1, "TRACE"],
        ["trace", 1, "TRACE"],
        ["debug", 5, "DEBUG"],
        ["info", 9, "INFO"],
        ["notice", 9, "INFO"],
        ["warn", 13, "WARN"],
        ["error", 17, "ERROR"],
        ["alert", 17, "ERROR"],
        ["fatal", 21, "FATAL"],
        ["emergency", 21, "FATAL"],
      ],
    );
  });

  it("puts arguments into the message, bindings and objects into attributes, the name into logger.name", () => {
    const lines = new Lines();
    const log = pino({ ...ours(), name: "camera", msgPrefix: "[cam] " }, lines);
    log.child({ request: 7 }).info({ user: { id: 1 }, ok: true }, "%s took %d ms", "frame", 12);
    assert.equal(lines.last.body, "[cam] frame took 12 ms");
    assert.deepEqual(lines.last.attributes, { request: 7, user: { id: 1 }, ok: true, "logger.name": "camera" });
    assert.equal(lines.raw[0]?.endsWith("}\n"), true);
  });

  it("leaves fields of a call that are called like pino's own to the call", () => {
    const lines = new Lines();
    const own = { level: "high", time: "noon", pid: 1, hostname: "h", name: "bob" };
    pino({ ...ours(), name: "camera" }, lines).info(own, "x");
    assert.deepEqual(lines.last.attributes, { ...own, "logger.name": "camera" });
    assert.equal(lines.last.severityText, "INFO");
    pino(ours(), lines).child({ name: "bob" }).info("x");
    assert.deepEqual(lines.last.attributes, { name: "bob" });
    pino(ours(), lines).info({ "logger.name": "mine" }, "x");
    assert.deepEqual(lines.last.attributes, { "logger.name": "mine" });
  });

  it("keeps neither process id nor host name, but a base of the user's own", () => {
    const lines = new Lines();
    pino(ours(), lines).info("x");
    assert.deepEqual(lines.last.attributes, {});
    pino({ ...ours(), base: { region: "eu" }, name: "n" }, lines).info("x");
    assert.deepEqual(lines.last.attributes, { region: "eu", "logger.name": "n" });
    const log = pino(ours(), lines);
    log.setBindings({ later: 1 });
    log.info("x");
    assert.deepEqual(lines.last.attributes, { later: 1 });
  });

  it("writes an error as exception.*, with its cause and own fields", () => {
    const lines = new Lines();
    const error = Object.assign(new RangeError("too far", { cause: new TypeError("why") }), { code: "E_FAR" });
    pino(ours(), lines).error(error);
    const { body, attributes } = lines.last;
    assert.equal(body, "too far");
    assert.equal(attributes["exception.type"], "RangeError");
    assert.equal(attributes["exception.message"], "too far");
    assert.match(String(attributes["exception.stacktrace"]), /too far|pino_test/);
    assert.equal(attributes["exception.code"], "E_FAR");
    const cause = attributes["exception.cause"] as Record<string, unknown>;
    assert.deepEqual([cause["exception.type"], cause["exception.message"]], ["TypeError", "why"]);
    assert.equal("err" in attributes, false);
    pino(ours(), lines).error({ err: new AggregateError([new Error("one")], "many"), a: 1 }, "failed");
    assert.equal(lines.last.body, "failed");
    const [one] = lines.last.attributes["exception.errors"] as Record<string, unknown>[];
    assert.equal(one?.["exception.message"], "one");
    assert.equal(lines.last.attributes["a"], 1);
    pino(ours(), lines).error({ err: new Error("x"), "exception.type": "mine" });
    assert.equal(lines.last.attributes["exception.type"], "mine");
  });

  it("reads errors that pino's own serializer or one of the user's made", () => {
    const lines = new Lines();
    const { serializers: _, ...rest } = ours();
    pino(rest, lines).error(new TypeError("plain"));
    assert.equal(lines.last.attributes["exception.type"], "TypeError");
    assert.match(String(lines.last.attributes["exception.stacktrace"]), /plain|pino_test/);
    pino(ours({ serializers: { err: (error) => String(error) } }), lines).error(new TypeError("text"));
    assert.deepEqual(lines.last.attributes, { err: "TypeError: text" });
  });

  it("takes names of fields of the user's own", () => {
    const lines = new Lines();
    const log = pino(ours({ messageKey: "message", errorKey: "error", nestedKey: "payload" }), lines);
    log.info({ message: "field", a: 1 }, "text");
    assert.deepEqual([lines.last.body, lines.last.attributes], ["text", { payload: { message: "field", a: 1 } }]);
    log.error(new Error("no"));
    assert.equal(lines.last.attributes["exception.message"], "no");
    assert.equal(lines.last.body, "no");
  });

  it("takes the time of the user's own clock", () => {
    const lines = new Lines();
    const times: [() => string, string][] = [
      [() => ',"time":1736937000123', "2025-01-15T10:30:00.123000Z"],
      [() => ',"time":1736937000', "2025-01-15T10:30:00.000000Z"],
      [() => ',"time":"2025-01-15T10:30:00.123Z"', "2025-01-15T10:30:00.123000Z"],
      [() => ',"time":"2025-01-15T10:30:00.123456789Z"', "2025-01-15T10:30:00.123456Z"],
    ];
    for (const [timestamp, expected] of times) {
      pino({ ...ours(), timestamp }, lines).info("x");
      assert.equal(lines.last.timestamp, expected);
    }
    for (const timestamp of [() => ',"time":"noon"', () => ',"time":1e99', stdTimeFunctions.epochTime]) {
      const before = Date.now();
      pino({ ...ours(), timestamp }, lines).info("x");
      assert.ok(Math.abs(Date.parse(lines.last.timestamp) - before) < 60_000);
    }
  });

  it("leaves pino's levels, redaction, mixin, serializers and destinations as they are", () => {
    const all = new Lines();
    const bad = new Lines();
    const streams = multistream([{ stream: all, level: "info" }, { stream: bad, level: "error" }]);
    const log = pino({
      ...ours({ serializers: { user: () => "serialized" } }),
      redact: ["password", "err.message", "err.detail"],
      mixin: () => ({ mixed: 1 }),
    }, streams);
    log.debug("off");
    log.info({ password: "secret", user: 1 }, "on");
    log.error(Object.assign(new Error("secret"), { detail: "secret" }), "bad");
    assert.deepEqual([all.bodies, bad.bodies], [["on", "bad"], ["bad"]]);
    assert.deepEqual(all.records[0]?.attributes, { mixed: 1, password: "[Redacted]", user: "serialized" });
    assert.equal(all.last.attributes["exception.message"], "[Redacted]");
    assert.equal(all.last.attributes["exception.detail"], "[Redacted]");
  });

  it("refuses a transport with several targets, which would lose the lines", () => {
    const targets = [{ target: "pino/file" }, { target: "pino/file" }];
    assert.throws(() => pino({ ...ours(), transport: { targets } }), /targets do not allow custom level formatters/);
  });

  it("runs hooks of the user, streamWrite on the finished line", () => {
    const lines = new Lines();
    const seen: string[] = [];
    const hooks: LoggerOptions["hooks"] = {
      logMethod(args, method) {
        method.apply(this, [`${args[0]}!`]);
      },
      streamWrite: (line: string) => {
        seen.push(line);
        return line.replace("hello", "HELLO");
      },
    };
    const log = pino(pinoOptions({ ...NAMED, hooks }), lines);
    log.info("hello");
    assert.equal(lines.last.body, "HELLO!");
    assert.equal(JSON.parse(seen[0] ?? "").body, "hello!");
  });

  it("writes what is no line of pino as a body", () => {
    const lines = new Lines();
    pino({ ...ours(), formatters: { level: () => ({ grade: 1 }) } }, lines).warn("no level");
    pino({ ...ours(), formatters: { level: (label) => ({ severity: label.toUpperCase() }) } }, lines).warn("a cloud");
    pino({ ...ours(), formatters: { level: (label) => ({ level: label }) } }, lines).warn("a name");
    const { streamWrite } = ours().hooks;
    for (const odd of ["", "not JSON\n", "[1]\n", '{"level":30,"msg":"torn', "null\n"]) lines.write(streamWrite(odd));
    assert.deepEqual(lines.records.map(({ body, severityText }) => [body, severityText]), [
      ["no level", "INFO"],
      ["a cloud", "WARN"],
      ["a name", "WARN"],
      ["", "INFO"],
      ["not JSON", "INFO"],
      ["[1]", "INFO"],
      ['{"level":30,"msg":"torn', "INFO"],
      ["null", "INFO"],
    ]);
  });

  it("never lets an error of a value reach the service", () => {
    const lines = new Lines();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    const hostile = new Error("x");
    Object.defineProperty(hostile, "message", { get: () => assert.fail("read") });
    const log = pino(ours(), lines);
    log.info({ circular, big: "x".repeat(300_000), __proto__: null });
    log.info({ err: new Proxy(new Error("p"), { getPrototypeOf: () => assert.fail("asked") }) }, "proxy");
    assert.deepEqual(lines.bodies, ["", "proxy"]);
  });
});

describe("the order of calls, for pinoOptions", () => {
  it("needs a service.name, from the options or from init", async () => {
    const pontem = createPontem();
    assert.throws(() => pinoOptions({ pontem }), /service\.name/);
    const world = started({ serviceName: "from-init", resource: { region: "eu" } });
    const lines = new Lines();
    pino(pinoOptions({ pontem: world.pontem, resource: { region: "us" } }), lines).info("x");
    const { "service.name": name, region } = lines.last.resource;
    assert.deepEqual([name, region], ["from-init", "us"]);
    await world.pontem.shutdown();
  });

  it("names an option that does not exist", () => {
    assert.throws(
      () => pinoOptions({ ...NAMED, messagekey: "m" } as object),
      /Unknown option "messagekey".*"messageKey"/,
    );
    assert.throws(() => pinoOptions({ ...NAMED, messageKey: 3 } as object), /messageKey/);
  });
});
