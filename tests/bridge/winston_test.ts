// winston's transports write wire lines. The real package, in the version that deno.json names.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { config, createLogger, format, type Logger, type LoggerOptions, transports } from "winston";
import { PontemFormatter } from "../../src/bridge/formatter.ts";
import { winston } from "../../src/bridge/winston.ts";
import { createPontem } from "../../src/sdk.ts";
import { DIRECTORY, started, World } from "../sdk/support.ts";
import { Lines } from "./wire.ts";

type TransportOptions = Omit<ConstructorParameters<typeof transports.Stream>[0] & object, "stream">;

/** A transport that keeps its lines. */
function into(lines: Lines, options: TransportOptions = {}): InstanceType<typeof transports.Stream> {
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      lines.write(line);
      done();
    },
  });
  return new transports.Stream({ stream, eol: "\n", ...options });
}

interface Bridged {
  readonly logger: Logger;
  readonly lines: Lines;
  readonly uninstall: () => void;
}

/** A logger that is bridged. */
function bridged(options: LoggerOptions = {}): Bridged {
  const lines = new Lines();
  const logger = createLogger({ level: "silly", transports: [into(lines)], ...options });
  return { logger, lines, uninstall: PontemFormatter.install([winston(logger)], { serviceName: "svc" }) };
}

function severities(levels: Readonly<Record<string, number>>): [string, number][] {
  const least = Object.keys(levels).sort((a, b) => (levels[b] ?? 0) - (levels[a] ?? 0))[0] ?? "";
  const { logger, lines } = bridged({ levels, level: least });
  for (const name of Object.keys(levels)) logger.log(name, name);
  return lines.records.map(({ body, severityNumber }) => [body, severityNumber]);
}

describe("winston", () => {
  it("maps the levels of npm, syslog and cli as OpenTelemetry does", () => {
    assert.deepEqual(severities(config.npm.levels), [
      ...[["error", 17], ["warn", 13], ["info", 9], ["http", 7], ["verbose", 6], ["debug", 5], ["silly", 1]],
    ]);
    assert.deepEqual(severities(config.syslog.levels), [
      ...[["emerg", 23], ["alert", 22], ["crit", 21], ["error", 17], ["warning", 13], ["notice", 10]],
      ...[["info", 9], ["debug", 5]],
    ]);
    assert.deepEqual(severities(config.cli.levels), [
      ...[["error", 17], ["warn", 13], ["help", 11], ["data", 10], ["info", 9], ["debug", 5], ["prompt", 4]],
      ...[["verbose", 3], ["input", 2], ["silly", 1]],
    ]);
  });

  it("maps custom levels by name, then by their place", () => {
    assert.deepEqual(severities({ doom: 0, error: 1, odd: 2, INFO: 3, low: 4, lower: 5 }), [
      ["doom", 18],
      ["error", 17],
      ["odd", 13],
      ["INFO", 9],
      ["low", 8],
      ["lower", 7],
    ]);
    assert.deepEqual(severities({ high: 0, middle: 10, low: 20 }), [["high", 17], ["middle", 9], ["low", 1]]);
    assert.deepEqual(severities({ only: 0 }), [["only", 17]]);
  });

  it("puts fields, default fields and those of children into attributes, and a label into logger.name", () => {
    const { logger, lines } = bridged({
      defaultMeta: { service: "user-service" },
      format: format.label({ label: "cam" }),
    });
    logger.info("one", { a: { b: 1 }, id: 7 });
    assert.equal(lines.last.body, "one");
    assert.deepEqual(lines.last.attributes, { service: "user-service", a: { b: 1 }, id: 7, "logger.name": "cam" });
    logger.child({ request: 1 }).warn("two");
    assert.deepEqual(lines.last.attributes, { request: 1, service: "user-service", "logger.name": "cam" });
    logger.log({ level: "info", message: "three", z: 1n });
    const { body, attributes } = lines.records[2] ?? lines.last;
    assert.deepEqual([body, attributes["z"]], ["three", 1]);
  });

  it("puts arguments into the message, with format.splat() and without", () => {
    for (const options of [{}, { format: format.splat() }, { format: format.combine(format.splat(), format.json()) }]) {
      const { logger, lines } = bridged(options);
      logger.info("%s took %d ms", "frame", 12);
      assert.equal(lines.last.body, "frame took 12 ms");
      logger.info("%s%% %j", 5, { in: 1 }, { extra: true });
      assert.deepEqual([lines.last.body, lines.last.attributes], ['5% {"in":1}', { extra: true }]);
      logger.info("%s", "50%complete");
      assert.equal(lines.last.body, "50%complete");
      logger.info("100% sure");
      assert.equal(lines.last.body, "100% sure");
    }
  });

  it("writes an error as exception.*, wherever it was given", () => {
    const metas = [undefined, { service: "s" }];
    for (
      const formats of [undefined, format.errors({ stack: true }), format.combine(format.splat(), format.simple())]
    ) {
      for (const defaultMeta of metas) {
        const { logger, lines } = bridged({ defaultMeta, ...(formats === undefined ? {} : { format: formats }) });
        const error = (): Error => Object.assign(new RangeError("far", { cause: new Error("why") }), { code: "E" });
        const calls: [string, (log: Logger) => void, string][] = [
          ["alone", (log) => log.error(error()), "far"],
          ["by level", (log) => log.log("error", error()), "far"],
          ["after a text", (log) => log.error("failed", error()), "failed"],
          ["as the message", (log) => log.log({ level: "error", message: error() as unknown as string }), "far"],
          ["as a field", (log) => log.error("failed", { error: error() }), "failed"],
          ["as an argument", (log) => log.error("failed with %s", error()), ""],
        ];
        for (const [where, call, body] of calls) {
          call(logger);
          const { body: written, attributes } = lines.last;
          const seen = Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== "exception.stacktrace"));
          if (where === "as an argument") assert.match(written, /^failed with .*far/);
          else assert.equal(written, body, where);
          assert.match(String(attributes["exception.stacktrace"]), /far|winston_test/, where);
          const { "exception.cause": cause, ...rest } = seen;
          assert.equal((cause as Record<string, unknown>)["exception.message"], "why", where);
          assert.deepEqual(rest, {
            ...defaultMeta,
            "exception.type": "RangeError",
            "exception.message": "far",
            "exception.code": "E",
          }, where);
        }
      }
    }
  });

  it("makes exception.* of the stack where winston has left nothing else of an error", () => {
    const { logger, lines } = bridged();
    logger.child({ request: 1 }).error(new RangeError("far", { cause: "why" }));
    const { "exception.stacktrace": stack, "exception.type": type, ...rest } = lines.last.attributes;
    assert.match(String(stack), /far|winston_test/);
    // JavaScriptCore does not put the class into the stack.
    assert.match(String(type), /^(?:RangeError|Error)$/);
    assert.deepEqual(rest, { request: 1, "exception.message": "far", "exception.cause": "why" });
  });

  it("runs formats of the user: filters and redaction hold, what is for people is left out", () => {
    const { logger, lines } = bridged({
      format: format.combine(
        format((info) => info["secret"] === true ? false : info)(),
        format((info) => ({ ...info, password: "***" }))(),
        format.timestamp(),
        format.ms(),
        format.colorize({ all: true }),
        format.cli(),
        format.printf(({ message }) => `plain ${message}`),
      ),
    });
    logger.info("hidden", { secret: true });
    logger.info("shown", { password: "p" });
    assert.deepEqual(lines.records.map(({ body, severityText, attributes }) => [body, severityText, attributes]), [
      ["shown", "INFO", { password: "***" }],
    ]);
    logger.info("own", { timestamp: "noon" });
    assert.equal(typeof lines.last.attributes["timestamp"], "string");
  });

  it("takes apart what format.metadata() gathers", () => {
    const { logger, lines } = bridged({ format: format.combine(format.timestamp(), format.metadata()) });
    logger.info("x", { a: 1 });
    assert.deepEqual(lines.last.attributes, { a: 1 });
    logger.error("failed", new Error("no"));
    const { body, attributes } = lines.records[1] ?? lines.last;
    assert.deepEqual([body, attributes["exception.message"], "stack" in attributes], ["failed", "no", false]);
    const plain = bridged();
    plain.logger.info("x", { metadata: { a: 1 } });
    assert.deepEqual(plain.lines.last.attributes, { metadata: { a: 1 } });
  });

  it("leaves transports, their levels, silence and filters as they are", () => {
    const [all, bad, silent, own] = [new Lines(), new Lines(), new Lines(), new Lines()];
    const keep = format((info) => info.message === "drop" ? false : info);
    const list = [
      into(all),
      into(bad, { level: "error" }),
      into(silent, { silent: true }),
      into(own, { format: format.combine(keep(), format.uncolorize(), format.simple()) }),
    ];
    const { logger } = bridged({ transports: list, format: format.json() });
    logger.info("one", { a: 1 });
    logger.error("two");
    logger.info("drop");
    logger.info("%s", "three");
    logger.error(new TypeError("four"));
    assert.deepEqual([all.bodies, bad.bodies, silent.raw, own.bodies], [
      ["one", "two", "drop", "three", "four"],
      ["two", "four"],
      [],
      ["one", "two", "three", "four"],
    ]);
    assert.deepEqual(own.records.map(({ attributes }) => attributes["exception.type"]), [
      ...[undefined, undefined, undefined, "TypeError"],
    ]);
    assert.deepEqual(logger.transports, list);
  });

  it("records an uncaught exception as winston's handler hands it on", () => {
    const { logger, lines } = bridged({ exitOnError: false });
    const { exceptions } = logger as unknown as { exceptions: { getAllInfo(error: Error): object } };
    const info = exceptions.getAllInfo(new TypeError("lost")) as { message: string };
    logger.log({ ...info, level: "error", exception: false });
    assert.match(lines.last.body, /lost/);
    assert.equal(lines.last.attributes["exception.type"], "TypeError");
    assert.equal("stack" in lines.last.attributes, false);
  });
});

describe("installing on winston", () => {
  it("restores formats exactly, and leaves those that came later", () => {
    const lines = new Lines();
    const own = format.simple();
    const [plain, withOwn] = [into(lines), into(lines, { format: own })];
    const mine = format.json();
    const logger = createLogger({ format: mine, transports: [plain, withOwn] });
    const keys = [logger, plain, withOwn].map((holder) => Object.keys(holder));
    const uninstall = PontemFormatter.install([winston(logger)], { serviceName: "svc" });
    const again = PontemFormatter.install([winston(logger), winston(logger.child({ a: 1 }))], { serviceName: "two" });
    logger.info("x");
    assert.deepEqual(lines.records.map(({ resource }) => resource["service.name"]), ["two", "two"]);
    again();
    uninstall();
    assert.equal(logger.format, mine);
    assert.equal(plain.format, undefined);
    assert.equal(withOwn.format, own);
    assert.deepEqual([logger, plain, withOwn].map((holder) => Object.keys(holder)), keys);
    const third = PontemFormatter.install([winston(logger)], { serviceName: "svc" });
    const later = format.json();
    logger.format = later;
    third();
    assert.equal(logger.format, later);
  });

  it("means the parent of a child logger", () => {
    const lines = new Lines();
    const logger = createLogger({ transports: [into(lines)] });
    const child = logger.child({ a: 1 });
    const uninstall = PontemFormatter.install([winston(child)], { serviceName: "svc" });
    child.info("x");
    logger.info("y");
    assert.deepEqual(lines.records.map(({ body, attributes }) => [body, attributes]), [["x", { a: 1 }], ["y", {}]]);
    uninstall();
    assert.equal(Object.hasOwn(child, "format"), false);
  });

  it("follows levels that configure() changes", () => {
    const { logger, lines, uninstall } = bridged();
    const { format: ours } = logger;
    logger.info("x");
    logger.configure({ levels: { high: 0, low: 1 }, level: "low", format: ours, transports: logger.transports });
    logger.log("low", "y");
    assert.deepEqual(lines.records.map(({ severityNumber }) => severityNumber), [9, 1]);
    uninstall();
  });

  it("picks up later transports when it is installed again", () => {
    const { logger, lines } = bridged({ format: format.json() });
    const late = new Lines();
    logger.add(into(late, { format: format.simple() }));
    logger.info("x");
    assert.deepEqual([lines.bodies, late.raw], [["x"], ["info: x\n"]]);
    PontemFormatter.install([winston(logger)], { serviceName: "svc" });
    logger.info("y");
    assert.deepEqual([lines.bodies, late.raw.length, late.last.body], [["x", "y"], 2, "y"]);
  });

  it("refuses a logger without transports before init has changed anything", () => {
    const world = new World();
    const logger = createLogger({ transports: [] });
    const before = logger.format;
    const other = new Lines();
    const good = createLogger({ transports: [into(other)] });
    const goodFormat = good.format;
    assert.throws(
      () => world.init({ stdlibLogging: [winston(good), winston(logger)] }),
      /without transports.*logger\.add/,
    );
    assert.equal(logger.format, before);
    assert.equal(good.format, goodFormat);
    assert.equal(world.disk.stat(DIRECTORY), undefined);
  });

  it("names what is no logger of winston, and takes the logger itself for a mistake", () => {
    for (const odd of [undefined, null, 3, {}, console, { format: {} }]) {
      assert.throws(() => winston(odd as never), /createLogger\(\)/);
    }
    assert.throws(
      () => new World().init({ stdlibLogging: [createLogger({ transports: [into(new Lines())] }) as never] }),
      /winston\(logger\).*bridge\/winston/,
    );
  });

  it("needs a service.name, from the options or from init", async () => {
    const lines = new Lines();
    const logger = createLogger({ transports: [into(lines)] });
    const pontem = createPontem();
    assert.throws(() => PontemFormatter.install([winston(logger)], { pontem }), /service\.name/);
    const world = started({ serviceName: "from-init", stdlibLogging: [winston(logger)] });
    logger.info("x");
    assert.equal(lines.last.resource["service.name"], "from-init");
    assert.deepEqual(world.lines(), []);
    await world.pontem.shutdown();
  });

  it("takes the SDK's own messages, on a level of the logger's", async () => {
    const lines = new Lines();
    const logger = createLogger({ levels: config.syslog.levels, transports: [into(lines)] });
    const world = started({ stdlibLogging: [winston(logger)] });
    world.pontem.init({ serviceName: "again" });
    assert.match(lines.last.body, /already called/);
    assert.deepEqual([lines.last.severityText, lines.last.attributes], ["WARN", { "logger.name": "pontem.sdk" }]);
    assert.deepEqual(world.said(), []);
    // With a listener winston does not throw, and the message would be gone.
    logger.on("error", () => {});
    logger.end();
    world.pontem.init({ serviceName: "again" });
    assert.match(world.said().join(), /already called/);
    await world.pontem.shutdown();
  });

  it("never lets an error of ours reach the service, but goes on to throw what a format of the user throws", () => {
    const { logger, lines } = bridged({ format: format((info) => Object.freeze(info))() });
    logger.info("frozen", {
      get a() {
        return 1;
      },
    });
    assert.equal(lines.last.body, "frozen");
    logger.info("hostile", {
      toJSON: () => assert.fail("asked"),
      deep: {
        get a() {
          return assert.fail("read");
        },
      },
    });
    assert.equal(lines.last.body, "hostile");
    const failing = bridged({ format: format(() => assert.fail("user"))() });
    assert.throws(() => failing.logger.info("x"), /user/);
  });
});
