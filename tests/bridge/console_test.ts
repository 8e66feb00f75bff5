import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { format } from "node:util";
import fc from "fast-check";
import { type ConsoleObject, createPontem, PontemFormatter } from "../../mod.ts";
import { MAX_GROUPS, MAX_LABELS, METHODS } from "../../src/bridge/console_calls.ts";
import { MAX_ARGUMENTS } from "../../src/bridge/console_message.ts";
import { started, World } from "../sdk/support.ts";
import { seed } from "../support/soak.ts";
import { read } from "./wire.ts";

type Method = (...data: unknown[]) => void;

/** A console that keeps what it is given, by stream. */
class OwnConsole {
  [name: string]: unknown;
  readonly out: string[] = [];
  readonly err: string[] = [];
  /** Methods called with what is no line. */
  readonly plain: string[] = [];

  constructor() {
    for (const name of METHODS) {
      const lines = ["error", "warn", "assert", "trace"].includes(name) ? this.err : this.out;
      this[name] = (...data: unknown[]) => {
        if (data.length === 1 && String(data[0]).startsWith("{")) lines.push(String(data[0]));
        else this.plain.push(name);
      };
    }
  }
}

function bridged(world: World = started()) {
  const own = new OwnConsole();
  const console = own as unknown as Console & ConsoleObject;
  const uninstall = PontemFormatter.install([console], { pontem: world.pontem });
  const taken = (lines: string[]) =>
    lines.splice(0).map(read).map(({ severityText, body, attributes: { "logger.name": name, ...attributes } }) => {
      assert.equal(name, "console");
      return Object.keys(attributes).length === 0 ? [severityText, body] : [severityText, body, attributes];
    });
  return { own, console, uninstall, world, out: () => taken(own.out), err: () => taken(own.err) };
}

describe("the bridged console", () => {
  it("keeps each method's stream, with a level of its own", () => {
    const { console, out, err } = bridged();
    console.debug("a");
    console.log("b");
    console.info("c");
    console.warn("d");
    console.error("e");
    assert.deepEqual(out(), [["DEBUG", "a"], ["INFO", "b"], ["INFO", "c"]]);
    assert.deepEqual(err(), [["WARN", "d"], ["ERROR", "e"]]);
  });

  it("writes one line a call, whatever is said", () => {
    const { own, console, out } = bridged();
    console.log("two\nlines %s", "and\r\nmore");
    console.log();
    console.log("");
    assert.deepEqual(out(), [["INFO", "two\nlines and\r\nmore"], ["INFO", ""], ["INFO", ""]]);
    assert.deepEqual(own.plain, []);
  });

  it("takes a plain object at the end as attributes", () => {
    const { console, out } = bridged();
    console.log("model loaded", { model: "v3", n: { deep: [1] } });
    console.log("%s of %d", "one", 2, { rest: true });
    console.log("%j", { json: 1 });
    console.log({ alone: 1 });
    console.log({ first: 1 }, "text");
    console.log("no plain one", [1], new Map([["k", 1]]));
    assert.deepEqual(out(), [
      ["INFO", "model loaded", { model: "v3", n: { deep: [1] } }],
      ["INFO", "one of 2", { rest: true }],
      ["INFO", '{"json":1}'],
      ["INFO", "{ alone: 1 }", { alone: 1 }],
      ["INFO", "{ first: 1 } text"],
      ["INFO", "no plain one [ 1 ] Map(1) { 'k' => 1 }"],
    ]);
  });

  it("hides in texts what option redact hides in attributes", () => {
    const { own, console, out } = bridged(started({ redact: ["password"] }));
    const secret = { name: "n", password: "SECRET" };
    class Account {
      readonly password = "SECRET";
      readonly self = this;
    }
    console.log(secret);
    console.log("a", secret, "b");
    console.log("%o %O %j", secret, [secret], { deep: secret });
    console.dir(new Account());
    console.log(new Map([["password", "SECRET"]]), new Set([secret]), Object.assign(() => {}, { password: "SECRET" }));
    console.group("group", secret, 1);
    console.error("%o", Object.assign(new Error("e"), { password: "SECRET" }));
    assert.doesNotMatch([...own.out, ...own.err].join(), /SECRET/);
    const X = "[Redacted]";
    const shown = `{ name: 'n', password: '${X}' }`;
    const [alone, between, formatted] = out();
    assert.deepEqual(alone, ["INFO", shown, { name: "n", password: X }]);
    assert.deepEqual(between, ["INFO", `a ${shown} b`]);
    assert.equal(formatted?.[1], `${shown} [ ${shown} ] {"deep":{"name":"n","password":"${X}"}}`);
    console.log(new Date(0), 1, [2], undefined, new Map([["k", 1]]));
    assert.equal(out()[0]?.[1], "1970-01-01T00:00:00.000Z 1 [ 2 ] undefined { k: 1 }");
  });

  it("takes the first error wherever it stands", () => {
    const { console, own } = bridged();
    const error = Object.assign(new RangeError("boom"), { code: "E" });
    console.error("failed:", error, { job: 7 });
    console.error(error);
    console.error("%s happened", error);
    console.error("two", error, new TypeError("other"));
    const records = own.err.map(read);
    assert.deepEqual(records.map(({ body }) => body), [
      "failed:",
      "boom",
      "RangeError: boom happened",
      "two TypeError: other",
    ]);
    for (const { attributes } of records) {
      assert.deepEqual([attributes["exception.type"], attributes["exception.code"]], ["RangeError", "E"]);
    }
    assert.deepEqual(Object.keys(records[0]?.attributes ?? {}).slice(0, 3), ["job", "logger.name", "exception.type"]);
  });

  it("formats as util.format does", () => {
    const { console, own } = bridged();
    const part = fc.oneof(
      fc.constantFrom("%s", "%d", "%i", "%f", "%c", "%%", "%", "%x", "a", " ", "100%"),
      fc.string({ maxLength: 4 }),
    );
    const value = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.boolean(),
      fc.constantFrom(null, undefined, -0, "-0", "12px", " 7 ", "0x10"),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.array(value, { maxLength: 5 }), (parts, values) => {
        const text = parts.join("");
        // JSON and inspected texts are ours.
        fc.pre(!/%[joO]/.test(text));
        console.log(text, ...values);
        const { body } = read(own.out.splice(0)[0] ?? "");
        // A lone surrogate is escaped in the line, and the same after parsing.
        assert.equal(body, format(text, ...values));
      }),
      { seed: seed(), numRuns: 500 },
    );
    class Named {
      toString(): string {
        return "my text";
      }
    }
    console.log("%s %s %o %O %j", new Named(), { a: 1 }, [1], [2], { b: 2 });
    console.log("%d %i", Symbol("s"), new Date(5));
    assert.deepEqual(own.out.map((line) => read(line).body), [
      'my text { a: 1 } [ 1 ] [ 2 ] {"b":2}',
      `NaN ${parseInt(String(new Date(5)))}`,
    ]);
  });

  it("is bounded in its arguments", () => {
    const { console, out } = bridged();
    console.log(...Array.from({ length: MAX_ARGUMENTS + 3 }, () => "x"));
    const [[, body] = []] = out();
    assert.match(String(body), /^(x ){256}\[Truncated: 3 more arguments\]$/);
  });

  it("has groups as an attribute, and bounds them", () => {
    const { own, console, out } = bridged();
    console.group("load %s", "model");
    console.log("a");
    console.groupCollapsed();
    console.log("b");
    console.groupEnd();
    console.groupEnd();
    console.groupEnd();
    console.log("c");
    assert.deepEqual(out(), [
      ["INFO", "load model"],
      ["INFO", "a", { "console.group": ["load model"] }],
      ["INFO", "b", { "console.group": ["load model", ""] }],
      ["INFO", "c"],
    ]);
    assert.deepEqual(own.plain, ["groupEnd"], "one that was begun before");
    for (let i = 0; i < MAX_GROUPS + 5; i++) console.group();
    console.log("deep");
    for (let i = 0; i < 6; i++) console.groupEnd();
    console.log("less deep");
    const lengths = out().map(([, , more]) => (more as { "console.group": string[] })["console.group"].length);
    assert.deepEqual(lengths, [MAX_GROUPS, MAX_GROUPS - 1]);
  });

  it("keeps the rows of a table as data", () => {
    const { console, out } = bridged();
    console.table([{ a: 1, b: 2 }, { a: 3 }], ["a"]);
    console.table({ x: { a: 1 }, y: 5 });
    console.table("no table");
    assert.deepEqual(out(), [
      ["INFO", "table", { "console.table": [{ a: 1 }, { a: 3 }] }],
      ["INFO", "table", { "console.table": { x: { a: 1 }, y: 5 } }],
      ["INFO", "no table"],
    ]);
  });

  it("says an assertion that fails, and only that", () => {
    const { console, err } = bridged();
    console.assert(true, "fine");
    console.assert(false);
    console.assert(0 as unknown as boolean, "got %d", 5, { more: 1 });
    console.assert(null as unknown as boolean, { only: 1 });
    assert.deepEqual(err(), [
      ["ERROR", "Assertion failed"],
      ["ERROR", "Assertion failed: got 5", { more: 1 }],
      ["ERROR", "Assertion failed", { only: 1 }],
    ]);
  });

  it("counts, and forgets the oldest of too many labels", () => {
    const { console, out, err } = bridged();
    console.count();
    console.count("a%s");
    console.count();
    console.countReset();
    console.count();
    console.countReset("none");
    const counted = (label: string, n: number) => [
      "INFO",
      `${label}: ${n}`,
      { "console.label": label, "console.count": n },
    ];
    assert.deepEqual(out(), [counted("default", 1), counted("a%s", 1), counted("default", 2), counted("default", 1)]);
    assert.deepEqual(err(), [["WARN", 'Count for "none" does not exist']]);
    for (let i = 0; i < MAX_LABELS; i++) console.count(`n${i}`);
    console.count("a%s");
    console.count(`n${MAX_LABELS - 1}`);
    assert.deepEqual(out().slice(-2), [counted("a%s", 1), counted(`n${MAX_LABELS - 1}`, 2)]);
  });

  it("measures time by the clock of the instance", () => {
    const { console, world, out, err } = bridged();
    console.time("load");
    world.runtime.host.advance(1_234.5);
    console.timeLog("load", "half", { done: 0.5 });
    world.runtime.host.advance(100);
    console.time("load");
    console.timeEnd("load");
    console.timeEnd("load");
    assert.deepEqual(out(), [
      ["INFO", "load: 1234.5 ms half", { done: 0.5, "console.label": "load", duration_ms: 1234.5 }],
      ["INFO", "load: 1334.5 ms", { "console.label": "load", duration_ms: 1334.5 }],
    ]);
    assert.deepEqual(err(), [["WARN", 'Timer "load" exists already'], ["WARN", 'Timer "load" does not exist']]);
    for (let i = 0; i <= MAX_LABELS; i++) console.time(`t${i}`);
    console.timeEnd("t0");
    console.timeEnd("t1");
    assert.deepEqual([out().length, err().length], [1, 1]);
  });

  it("shows where trace was called from, and what dir is given", () => {
    const { console, own, out } = bridged();
    console.dir("100% %s");
    console.dir([1, { b: 2 }], { depth: 0 });
    console.dirxml("a", 1);
    assert.deepEqual(out(), [["INFO", "100% %s"], ["INFO", "[ 1, { b: 2 } ]"], ["INFO", "a 1"]]);
    console.trace("here %d", 1);
    console.trace();
    const [first, second] = own.err.map(read);
    assert.deepEqual([first?.severityText, first?.body, second?.body], ["TRACE", "here 1", "Trace"]);
    const lines = String(first?.attributes["stack_info"]).split("\n");
    assert.equal(lines[0], "Stack (most recent call first):");
    assert.match(lines[1] ?? "", /console_test/);
    assert.doesNotMatch(lines.join(), /console_calls|bridge\/console\.ts/);
  });
});

describe("values that fight back", () => {
  it("never make the console throw, and leave a line each", () => {
    const { console, own, out } = bridged();
    const hostile = {
      get broken(): never {
        throw new Error("no");
      },
      fine: 1,
    };
    console.log("getter", hostile);
    console.group("g");
    console.log("getter in a group", hostile);
    console.groupEnd();
    const more = { "console.group": ["g"] };
    assert.deepEqual(out(), [
      ["INFO", "getter", { broken: "[Throws Error]", fine: 1 }],
      ["INFO", "g"],
      ["INFO", "getter in a group", { broken: "[Throws Error]", fine: 1, ...more }],
    ]);
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const unspeakable = { toString: () => hostile.broken };
    for (const value of [revoked.proxy, unspeakable, Object.create(null), () => {}, Symbol("s")]) {
      for (const method of METHODS) (console as unknown as Record<string, Method>)[method]?.(value, "%s", value);
    }
    // Where it cannot be looked at, the original has its way with it.
    assert.ok(own.plain.length < 20, own.plain.join());
    for (const line of [...own.out, ...own.err]) read(line);
  });

  it("may log while they are written", () => {
    const { console, own } = bridged();
    const chatty = {
      toJSON: () => {
        console.log("from within");
        return { written: true };
      },
    };
    console.log("outer", chatty);
    assert.deepEqual(own.out.map((line) => read(line).body), ["from within", "outer"]);
  });
});

describe("installing on a console", () => {
  it("and taking out restores it exactly", () => {
    const own = new OwnConsole();
    const hidden = () => {};
    Object.defineProperty(own, "debug", { value: hidden, writable: false, enumerable: false, configurable: true });
    const inherited = Object.create({ table: () => {} }, Object.getOwnPropertyDescriptors(own)) as OwnConsole;
    delete inherited["table"];
    const before = Object.getOwnPropertyDescriptors(inherited);
    const keys = Reflect.ownKeys(inherited);
    const uninstall = PontemFormatter.install([inherited as unknown as ConsoleObject], { serviceName: "s" });
    assert.notEqual(inherited["debug"], hidden);
    assert.equal(Object.getOwnPropertyDescriptor(inherited, "debug")?.enumerable, false);
    assert.equal((inherited["log"] as Method).name, "log");
    uninstall();
    assert.deepEqual(Object.getOwnPropertyDescriptors(inherited), before);
    assert.deepEqual(Reflect.ownKeys(inherited).toSorted(), keys.toSorted());
    assert.equal(Object.hasOwn(inherited, "table"), false);
  });

  it("of this process does too", () => {
    const look = () => METHODS.map((name) => Object.getOwnPropertyDescriptor(console, name));
    const [before, keys] = [look(), Reflect.ownKeys(console)];
    const uninstall = PontemFormatter.install([console], { serviceName: "s" });
    const changed = look().filter((descriptor, i) => descriptor?.value !== before[i]?.value);
    uninstall();
    assert.equal(changed.length, METHODS.length);
    assert.deepEqual(look(), before);
    assert.deepEqual(Reflect.ownKeys(console), keys);
  });

  it("twice is once", () => {
    const { own, console, uninstall, world } = bridged();
    const again = PontemFormatter.install([console, console], { pontem: world.pontem });
    console.log("a");
    assert.equal(own.out.length, 1);
    assert.equal(read(own.out.splice(0)[0] ?? "").body, "a");
    uninstall();
    console.log("b");
    assert.equal(own.out.length, 1, "the first is no longer in force");
    again();
    console.log("c");
    assert.deepEqual(own.plain, ["log"]);
  });

  it("leaves a method that somebody has put over ours", () => {
    const { own, console, uninstall } = bridged();
    const ours = console.log;
    const theirs = (...data: unknown[]) => ours("theirs", ...data);
    console.log = theirs;
    uninstall();
    assert.equal(console.log, theirs);
    console.log("a");
    assert.deepEqual([own.plain, own.out], [["log"], []]);
  });

  it("leaves a frozen one, and one with few methods, as they are", () => {
    const lines: unknown[] = [];
    const take = (...data: unknown[]) => void lines.push(...data);
    const few = { log: take, info: take, debug: take, warn: take, error: take };
    PontemFormatter.install([few], { serviceName: "s" })();
    assert.deepEqual(Object.keys(few), ["log", "info", "debug", "warn", "error"]);
    const frozen = Object.freeze({ ...few });
    PontemFormatter.install([frozen], { serviceName: "s" });
    frozen.log("plain");
    assert.deepEqual(lines, ["plain"]);
  });

  it("needs a service name", () => {
    const own = new OwnConsole();
    const before = own["log"];
    const pontem = createPontem();
    assert.throws(() => PontemFormatter.install([own as unknown as ConsoleObject], { pontem }), /service\.name/);
    assert.equal(own["log"], before);
  });
});

describe("the SDK's own messages on a bridged console", () => {
  it("are lines on standard error, of warnings only, and never calls of the service", () => {
    const own = new OwnConsole();
    const world = new World().init({ stdlibLogging: [own as unknown as ConsoleObject] });
    assert.deepEqual([own.out, own.err, world.said()], [[], [], []]);
    world.init();
    const [record] = own.err.map(read);
    assert.deepEqual([record?.severityText, record?.attributes], ["WARN", { "logger.name": "pontem.sdk" }]);
    assert.deepEqual([own.err.length, world.said()], [1, []]);
  });

  it("can be asked for down to DEBUG", () => {
    const own = new OwnConsole();
    new World().init({ stdlibLogging: [own as unknown as ConsoleObject], diagnostics: { pontem: "DEBUG" } });
    assert.deepEqual(own.out.map((line) => read(line).body), ["pontem emit dir: /logs"]);
  });

  it("that come out of a call of the console do not loop", () => {
    const own = new OwnConsole();
    const world = new World().init({ stdlibLogging: [own as unknown as ConsoleObject] });
    const console = own as unknown as Console;
    own["error"] = ((before) => (...data: unknown[]) => {
      world.init();
      before(...data);
    })(own["error"] as Method);
    console.error("a");
    assert.equal(own.err.length, 2);
  });
});
