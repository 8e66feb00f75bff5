import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { exceptionBody, exceptionEntries } from "../../src/record/exception.ts";
import { started } from "../sdk/support.ts";

type Attributes = Readonly<Record<string, unknown>>;

class SensorError extends Error {
  code = "E_SENSOR";
  errno = -5;
  syscall = "read";
  status = 503;
  retry = true;
  detail = { port: 3 };
  handler = (): void => {};
}

describe("exceptionEntries", () => {
  it("has type, message and stack, then own properties", () => {
    const error = new SensorError("no answer");
    assert.deepEqual([...exceptionEntries(error)], [
      ["exception.type", "SensorError"],
      ["exception.message", "no answer"],
      ["exception.stacktrace", error.stack],
      ["exception.code", "E_SENSOR"],
      ["exception.errno", -5],
      ["exception.syscall", "read"],
      ["exception.status", 503],
      ["exception.retry", true],
      ["exception.detail", { port: 3 }],
    ]);
  });

  it("takes the name that was set before the class", () => {
    assert.equal(exceptionEntries(new TypeError("x")).get("exception.type"), "TypeError");
    assert.equal(exceptionEntries(new DOMException("x", "AbortError")).get("exception.type"), "AbortError");
    assert.equal(
      exceptionEntries(Object.assign(new SensorError("x"), { name: "Named" })).get("exception.type"),
      "Named",
    );
    assert.equal(exceptionEntries(Object.assign(new Error("x"), { name: { odd: 1 } })).get("exception.type"), "Error");
  });

  it("does not let a property take the place of what is known", () => {
    const entries = exceptionEntries(Object.assign(new Error("x"), { type: "system", stacktrace: 1, code: 2 }));
    assert.equal(entries.get("exception.type"), "Error");
    assert.match(String(entries.get("exception.stacktrace")), /x/);
    assert.equal(entries.get("exception.code"), 2);
  });

  it("keeps 32 own properties", () => {
    const error = Object.assign(new Error("x"), Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${i}`, i])));
    assert.equal([...exceptionEntries(error).keys()].filter((key) => /^exception\.p\d/.test(key)).length, 32);
  });

  it("leaves out what cannot be read", () => {
    const get = (): never => {
      throw 1;
    };
    // The stack first: Node 20 formats it, with name and message, when it is replaced.
    const hostile = Object.defineProperties(new Error("x"), {
      stack: { get },
      name: { get },
      message: { get },
      cause: { get },
      code: { enumerable: true, get },
    });
    assert.deepEqual([...exceptionEntries(hostile)], [["exception.type", "Error"], ["exception.message", ""]]);
    assert.equal(exceptionBody(hostile), "Error");
  });
});

describe("exceptionBody", () => {
  it("is the message, or the class where there is none", () => {
    assert.equal(exceptionBody(new SensorError("no answer")), "no answer");
    assert.equal(exceptionBody(new SensorError()), "SensorError");
  });
});

describe("an error in a record", () => {
  it("as the body gives its message as text and exception.*", () => {
    const world = started();
    world.pontem.logger.error(new SensorError("no answer"), { port: 3 });
    const record = world.records()[0];
    assert.equal(record?.body, "no answer");
    assert.deepEqual(Object.keys(record?.attributes ?? {}).slice(0, 4), [
      "exception.type",
      "exception.message",
      "exception.stacktrace",
      "exception.code",
    ]);
    assert.equal(record?.attributes["port"], 3);
  });

  it("as the attributes gives exception.* beside the body's text, cause and all", () => {
    const attributes = started().attributesOf(
      new SensorError("no answer", { cause: new RangeError("inner") }),
      "read failed",
    );
    assert.equal(attributes["exception.message"], "no answer");
    assert.equal((attributes["exception.cause"] as Attributes)["exception.message"], "inner");
  });

  it("as a value: the first is flat, the second nests under its key", () => {
    const attributes = started().attributesOf({
      port: 3,
      error: new SensorError("first"),
      other: new RangeError("second"),
    });
    assert.equal(attributes["exception.message"], "first");
    assert.equal(attributes["exception.code"], "E_SENSOR");
    assert.equal("error" in attributes, false);
    const other = attributes["other"] as Attributes;
    assert.equal(other["exception.type"], "RangeError");
    assert.equal(other["exception.message"], "second");
  });

  it("as a value beside an error as the body nests under its key", () => {
    const attributes = started().attributesOf({ error: new RangeError("second") }, new SensorError("first"));
    assert.equal(attributes["exception.message"], "first");
    assert.equal((attributes["error"] as Attributes)["exception.message"], "second");
  });

  it("as the attributes of an error nests too, so that the two do not mix", () => {
    const attributes = started().attributesOf(new RangeError("second"), new SensorError("first"));
    assert.equal(attributes["exception.message"], "first");
    assert.equal(attributes["exception.type"], "SensorError");
    assert.equal((attributes["error"] as Attributes)["exception.message"], "second");
  });

  it("nested deeper keeps its place", () => {
    const attributes = started().attributesOf({ list: [new SensorError("deep")] });
    assert.equal(((attributes["list"] as Attributes[])[0] as Attributes)["exception.message"], "deep");
  });

  it("gives way where the caller spelled a key out, before or after it", () => {
    const before = started().attributesOf({ "exception.message": "mine", error: new SensorError("theirs") });
    const after = started().attributesOf({ error: new SensorError("theirs"), "exception.message": "mine" });
    const body = started().attributesOf({ "exception.message": "mine" }, new SensorError("theirs"));
    for (const attributes of [before, after, body]) {
      assert.equal(attributes["exception.message"], "mine");
      assert.equal(attributes["exception.type"], "SensorError");
    }
  });

  it("carries its cause within, and a cycle of causes ends in a marker", () => {
    const first: Error = new Error("first");
    first.cause = new Error("second", { cause: first });
    const attributes = started().attributesOf(first);
    const second = attributes["exception.cause"] as Attributes;
    assert.equal(second["exception.message"], "second");
    const again = second["exception.cause"] as Attributes;
    assert.equal(again["exception.cause"], "[Circular]");
  });

  it("carries a cause that is no error", () => {
    assert.deepEqual(started().attributesOf(new Error("x", { cause: { code: 1 } }))["exception.cause"], { code: 1 });
  });

  it("carries the errors of an AggregateError", () => {
    const attributes = started().attributesOf(new AggregateError([new RangeError("a"), "b"], "many"));
    assert.equal(attributes["exception.type"], "AggregateError");
    const [a, b] = attributes["exception.errors"] as [Attributes, unknown];
    assert.equal(a["exception.message"], "a");
    assert.equal(b, "b");
  });
});
