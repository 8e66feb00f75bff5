import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { Level, severityNumber, severityText } from "../../src/record/level.ts";

describe("Level", () => {
  it("has the numbers of OpenTelemetry and cannot be changed", () => {
    assert.deepEqual({ ...Level }, { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 });
    assert.ok(Object.isFrozen(Level));
  });
});

describe("severityNumber", () => {
  it("takes names in any case, and two synonyms", () => {
    for (const [name, number] of Object.entries(Level)) {
      for (const text of [name, name.toLowerCase(), name[0] + name.slice(1).toLowerCase()]) {
        assert.equal(severityNumber(text), number);
      }
    }
    assert.deepEqual(["WARNING", "warning", "Critical"].map(severityNumber), [13, 13, 21]);
  });

  it("takes whole numbers from 1 to 24", () => {
    for (let number = 1; number <= 24; number++) assert.equal(severityNumber(number), number);
  });

  it("takes nothing else", () => {
    const others: unknown[] = [
      0,
      25,
      -1,
      1.5,
      NaN,
      Infinity,
      9n,
      "9",
      "",
      "NOTICE",
      "toString",
      "__proto__",
      "INFO ",
      null,
      undefined,
      {},
      [],
      ["INFO"],
      true,
      Symbol("INFO"),
      Object("INFO"),
    ];
    for (const other of others) assert.equal(severityNumber(other), undefined, typeof other);
  });
});

describe("severityText", () => {
  it("is the name of the range of four", () => {
    const texts = Array.from({ length: 24 }, (_, i) => severityText(i + 1));
    assert.deepEqual(
      texts,
      ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((name) => [name, name, name, name]),
    );
  });
});
