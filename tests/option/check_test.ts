import { describe, it } from "node:test";
import assert from "node:assert/strict";
import {
  checkBoolean,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptionalInteger,
  checkText,
  nearest,
  show,
} from "../../src/option/check.ts";

describe("checkObject", () => {
  it("takes an object of known names, and nothing for an empty one", () => {
    assert.deepEqual(checkObject({ a: 1 }, "init()", ["a", "b"]), { a: 1 });
    assert.deepEqual(checkObject(undefined, "init()", ["a"]), {});
  });

  it("refuses what is no object", () => {
    for (const value of [null, [], "a", 1, true, () => {}, Symbol("s"), 1n]) {
      assert.throws(() => checkObject(value, "init()", ["a", "b"]), {
        name: "TypeError",
        message: /^Cannot use init\(\): expected an object with the options a, b, got /,
      });
    }
  });

  it("refuses a name that does not exist, and names the nearest", () => {
    assert.throws(() => checkObject({ flushInterval: 1 }, "init()", ["flushIntervalMs", "signals"]), {
      name: "TypeError",
      message:
        'Unknown option "flushInterval" in init(): did you mean "flushIntervalMs"? Options: flushIntervalMs, signals',
    });
    assert.throws(() => checkObject(JSON.parse('{"__proto__":{}}'), "init()", ["a"]), /Unknown option "__proto__"/);
  });

  it("keeps the message one short line, whatever the name", () => {
    for (const name of ["a\nb\u001b[31m", "n".repeat(1_000_000), "\u202egnp"]) {
      try {
        checkObject({ [name]: 1 }, "init()", ["a"]);
        assert.fail("taken");
      } catch (error) {
        const { message } = error as Error;
        assert.match(message, /^[\x20-\x7e]{1,300}$/);
        assert.match(message, /^Unknown option "/);
      }
    }
  });
});

describe("checkInteger", () => {
  it("takes whole numbers within bounds, the bounds included", () => {
    for (const value of [1, 5, 10]) assert.equal(checkInteger({ n: value }, "n", "", 1, 10, 7), value);
    assert.equal(checkInteger({}, "n", "", 1, 10, 7), 7);
    assert.equal(checkOptionalInteger({}, "n", "", 1, 10), undefined);
    assert.equal(checkOptionalInteger({ n: 3 }, "n", "", 1, 10), 3);
  });

  it("refuses others by kind and by value", () => {
    for (const value of ["5", 1.5, NaN, Infinity, null, 5n, true, [5], {}]) {
      assert.throws(() => checkInteger({ n: value }, "n", "queue.", 1, 10, 7), {
        name: "TypeError",
        message: /^Cannot use option "queue\.n": expected a whole number from 1 to 10, got /,
      });
    }
    for (const value of [0, 11, -1]) {
      assert.throws(() => checkOptionalInteger({ n: value }, "n", "", 1, 10), {
        name: "RangeError",
        message: `Cannot use option "n": expected a whole number from 1 to 10, got ${value}`,
      });
    }
  });
});

describe("checkBoolean, checkChoice, checkText", () => {
  it("take what they are for", () => {
    assert.equal(checkBoolean({ b: false }, "b", "", true), false);
    assert.equal(checkBoolean({}, "b", "", true), true);
    assert.equal(checkChoice<"x" | false>({ c: false }, "c", "", ["x", false], "x"), false);
    assert.equal(checkText({ t: "a" }, "t", 3), "a");
    assert.equal(checkText({}, "t", 3), undefined);
    assert.equal(checkText({ t: "" }, "t", 3), undefined, "an empty text is none");
  });

  it("refuse the rest", () => {
    for (const value of [0, 1, "true", null]) {
      assert.throws(() => checkBoolean({ b: value }, "b", "", true), {
        name: "TypeError",
        message: /option "b": expected true or false, got /,
      });
    }
    for (const value of ["y", true, null, 0]) {
      assert.throws(() => checkChoice<"x" | false>({ c: value }, "c", "", ["x", false], "x"), {
        name: "TypeError",
        message: /expected "x" or false, got /,
      });
    }
    for (const value of ["long", "\0", 5, null]) {
      assert.throws(() => checkText({ t: value }, "t", 3), {
        name: "TypeError",
        message: /expected a text of 1 to 3 characters/,
      });
    }
  });
});

describe("show", () => {
  it("is short and on one line", () => {
    const shown = [
      "text",
      "line\nbreak\u009b\u202e",
      "x".repeat(1_000),
      5,
      NaN,
      -0,
      null,
      undefined,
      true,
      5n,
      Symbol("s\n"),
      [],
      {},
      Object.create(null),
      () => {},
    ].map(show);
    assert.ok(shown.every((text) => /^[\x20-\x7e]{1,100}$/.test(text)), shown.join("\n"));
    assert.deepEqual(shown.slice(0, 1), ['"text"']);
  });
});

describe("nearest", () => {
  const names = ["serviceName", "serviceVersion", "emitDir", "emitTarget", "configDir", "flushIntervalMs"];
  for (
    const [given, expected] of [
      ["servicename", "serviceName"],
      ["service_name", "serviceName"],
      ["emit_dir", "emitDir"],
      ["target", "emitTarget"],
      ["flushIntervalMS", "flushIntervalMs"],
      ["confgDir", "configDir"],
    ] as const
  ) {
    it(`of ${given} is ${expected}`, () => assert.equal(nearest(given, names), expected));
  }
});
