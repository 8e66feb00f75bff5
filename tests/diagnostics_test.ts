import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { checkDiagnostics, type DiagnosticsOption, MAX_KEYS, OwnMessages, RATE } from "../src/diagnostics.ts";
import { started, World } from "./sdk/support.ts";

/** Messages with a clock and a standard error of the test's. */
function messages(option?: DiagnosticsOption) {
  const lines: string[] = [];
  const host = { ms: 0, now: () => host.ms, writeError: (line: string) => void lines.push(line) };
  const own = new OwnMessages(host);
  own.configure(option, host);
  own.start();
  return { own, lines, host };
}

describe("own messages", () => {
  it("go to standard error from WARN on, one line each, with level and name", () => {
    const { own, lines } = messages();
    for (const level of ["DEBUG", "INFO", "WARN", "ERROR", "FATAL"] as const) {
      own.report("pontem.emit", level, `at ${level}`);
    }
    assert.deepEqual(lines, ["WARN pontem.emit at WARN", "ERROR pontem.emit at ERROR", "FATAL pontem.emit at FATAL"]);
  });

  it('have a threshold per name; "pontem" stands for the others', () => {
    const { own, lines } = messages({ "pontem": "ERROR", "pontem.config": "DEBUG", "pontem.emit": "off" });
    for (const name of ["pontem.sdk", "pontem.emit", "pontem.config"] as const) {
      for (const level of ["DEBUG", "WARN", "FATAL"] as const) own.report(name, level, "x");
    }
    assert.deepEqual(lines, [
      "FATAL pontem.sdk x",
      "DEBUG pontem.config x",
      "WARN pontem.config x",
      "FATAL pontem.config x",
    ]);
    const off = messages({ "pontem": "off" });
    off.own.report("pontem.sdk", "FATAL", "x");
    assert.deepEqual(off.lines, []);
  });

  it("go to a function instead, of every level", () => {
    const told: unknown[] = [];
    const { own, lines } = messages((...message) => told.push(message));
    own.report("pontem.config", "DEBUG", "x");
    assert.deepEqual([told, lines], [[["pontem.config", "DEBUG", "x"]], []]);
  });

  it("are said once per key, and the keys are bounded", () => {
    const { own, lines, host } = messages();
    own.once("a", "pontem.sdk", "WARN", "first");
    own.once("a", "pontem.sdk", "WARN", "again");
    own.once("b", "pontem.sdk", "WARN", "other");
    assert.deepEqual(lines.splice(0), ["WARN pontem.sdk first", "WARN pontem.sdk other"]);
    for (let i = 2; i < MAX_KEYS + 50; i++) {
      host.ms += RATE.windowMs;
      own.once(`key${i}`, "pontem.sdk", "WARN", "x");
    }
    assert.equal(lines.length, MAX_KEYS - 2);
  });

  it("are limited in number, and the withheld ones are told afterwards", () => {
    const { own, lines, host } = messages();
    for (let i = 0; i < RATE.messages + 7; i++) own.report("pontem.sdk", "WARN", `${i}`);
    assert.equal(lines.splice(0).length, RATE.messages);
    host.ms = RATE.windowMs - 1;
    own.report("pontem.sdk", "WARN", "still withheld");
    assert.deepEqual(lines, []);
    host.ms = RATE.windowMs;
    own.report("pontem.sdk", "WARN", "next");
    assert.deepEqual(lines, ["WARN pontem.sdk 8 messages were withheld", "WARN pontem.sdk next"]);
  });

  it("do not count against the limit what nobody would see", () => {
    const { own, lines } = messages();
    for (let i = 0; i < 100; i++) own.report("pontem.sdk", "DEBUG", "x");
    own.report("pontem.sdk", "WARN", "seen");
    assert.deepEqual(lines, ["WARN pontem.sdk seen"]);
  });

  it("stay one line of harmless text", () => {
    const { own, lines } = messages();
    own.report("pontem.sdk", "WARN", "a\nb\r\t\u001b[31mred\u0007\u009b2J\u2028\u202ecod.exe\u2066é");
    assert.deepEqual(lines, [
      "WARN pontem.sdk a\\u000ab\\u000d\\u0009\\u001b[31mred\\u0007\\u009b2J\\u2028\\u202ecod.exe\\u2066é",
    ]);
  });

  it("survive a listener that throws, and one that asks for more messages", () => {
    let told = 0;
    const { own } = messages(() => {
      told++;
      own.report("pontem.sdk", "WARN", "from within");
      throw new Error("hostile");
    });
    own.report("pontem.sdk", "WARN", "x");
    own.report("pontem.sdk", "WARN", "y");
    assert.equal(told, 2);
  });
});

describe("the diagnostics option", () => {
  it("takes names and levels, or a function", () => {
    for (const option of [undefined, {}, { "pontem.sdk": "off" }, { pontem: "DEBUG" }, () => {}]) {
      assert.equal(checkDiagnostics(option), option);
    }
  });

  it("refuses the rest with the nearest name", () => {
    for (const option of [null, [], "off", 5, true]) {
      assert.throws(() => checkDiagnostics(option), {
        name: "TypeError",
        message: /^Cannot use option "diagnostics": expected a function or an object such as/,
      });
    }
    assert.throws(() => checkDiagnostics({ "pontem.emitt": "off" }), {
      name: "TypeError",
      message: /^Unknown name "pontem\.emitt" .*did you mean "pontem\.emit"\?/,
    });
    for (const level of ["warn", "TRACE", "", 5, null, undefined]) {
      assert.throws(() => checkDiagnostics({ "pontem.emit": level }), {
        name: "TypeError",
        message: /expected one of DEBUG, INFO, WARN, ERROR, FATAL, off for "pontem\.emit"/,
      });
    }
    assert.throws(() => new World().init({ diagnostics: "off" as unknown as DiagnosticsOption }), TypeError);
  });
});

describe("an instance's messages", () => {
  it("wait for init, the first of them, but those of the config", () => {
    const lines: string[] = [];
    const host = { now: () => 0, writeError: (line: string) => void lines.push(line) };
    const own = new OwnMessages(host);
    own.report("pontem.config", "WARN", "works without init");
    for (let i = 0; i < 100; i++) own.once(`${i}`, "pontem.sdk", "WARN", `held ${i}`);
    assert.deepEqual(lines.splice(0), ["WARN pontem.config works without init"]);
    own.configure({}, { ...host, now: () => RATE.windowMs })();
    assert.deepEqual(lines, [], "an init that failed");
    own.configure({}, { ...host, now: () => RATE.windowMs });
    own.start();
    assert.deepEqual(lines, Array.from({ length: RATE.messages }, (_, i) => `WARN pontem.sdk held ${i}`));
  });

  it("of before init go where init says", () => {
    const world = new World();
    world.pontem.logger.log("loud" as "INFO", "x");
    world.pontem.metrics.count("n", NaN);
    const told: string[] = [];
    world.init({ diagnostics: (name, level) => told.push(`${level} ${name}`) });
    assert.deepEqual(told, ["WARN pontem.sdk", "WARN pontem.sdk", "DEBUG pontem.sdk"]);
    assert.deepEqual(world.said(), []);
  });

  it("say at DEBUG where records go", () => {
    assert.deepEqual(started({ diagnostics: { pontem: "DEBUG" } }).said(), ["DEBUG pontem.sdk pontem emit dir: /logs"]);
    assert.deepEqual(started({ diagnostics: { pontem: "DEBUG" }, emitTarget: "stdout" }).said(), []);
  });

  it("never loop when the listener logs through the same instance", () => {
    const world = new World();
    let told = 0;
    world.init({
      diagnostics: (_name, _level, message) => {
        told++;
        world.pontem.logger.error(`sdk says: ${message}`);
        world.pontem.logger.log("loud" as "INFO", "asks for one more message");
      },
    });
    world.runtime.fs.fail("write", { code: "EIO", path: "/logs/logs.jsonl" });
    for (let i = 0; i < 50; i++) world.pontem.logger.error("x");
    world.pontem.init({ serviceName: "again" });
    assert.ok(told >= 2 && told <= 4, `${told}`);
    const { accepted, accounted } = world.balance();
    assert.equal(accepted, accounted);
    assert.equal(accepted, 50 + 2 * told);
  });

  it("never echo what was logged, when nothing can be written", () => {
    const world = started({}, { env: { PONTEM_DEVICE_ID: "secret-device" } });
    world.runtime.fs.fail("any", { code: "EIO" });
    world.pontem.logger.error("secret-body", { password: "secret-value" });
    world.pontem.metrics.count("secret-metric", NaN);
    world.pontem.flushSync();
    const said = world.said();
    assert.ok(said.length > 0);
    assert.ok(
      !said.join().includes("secret-body") && !said.join().includes("secret-value") &&
        !said.join().includes("secret-device"),
      said.join("\n"),
    );
  });

  it("come in two levels for faults: a full disk is FATAL, others are ERROR, the recovery WARN; each is said once", () => {
    for (const [code, level] of [["ENOSPC", "FATAL"], ["EIO", "ERROR"]] as const) {
      const world = started();
      const mend = world.runtime.fs.fail("write", { code, path: "/logs/logs.jsonl" });
      for (let i = 0; i < 5; i++) world.pontem.logger.error("x");
      mend();
      world.pontem.flushSync();
      const said = world.said();
      assert.equal(said.length, 2, said.join("\n"));
      assert.match(
        said[0] ?? "",
        new RegExp(`^${level} pontem\\.emit Cannot write to logs\\.jsonl in "/logs": .*Records wait`),
      );
      assert.match(said[1] ?? "", /^WARN pontem\.emit Writing logs\.jsonl goes on/);
    }
  });

  it("can be off", () => {
    const world = started({ diagnostics: { pontem: "off" } });
    world.pontem.init({ serviceName: "again" });
    world.runtime.fs.fail("write", { code: "EIO", path: "/logs/logs.jsonl" });
    world.pontem.logger.error("x");
    assert.deepEqual(world.said(), []);
  });
});
