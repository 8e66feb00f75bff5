import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkLevels, longestPrefix, MAX_PREFIXES, parseLevels, readLevels } from "../../src/log/level_table.ts";
import { seed } from "../support/soak.ts";

/** So many prefixes with the same level. */
function many(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, "DEBUG"]));
}

describe("longestPrefix", () => {
  it("agrees with a look at every prefix (seed printed on failure)", () => {
    const part = fc.constantFrom("a", "b", "ab", "");
    const name = fc.array(fc.tuple(part, fc.constantFrom(".", ":", "/", "-")), { maxLength: 4 })
      .map((parts) => parts.flat().join(""));
    fc.assert(
      fc.property(fc.dictionary(name, fc.integer({ min: 1, max: 24 })), name, (levels, wanted) => {
        const prefixes = new Map(Object.entries(levels).filter(([prefix]) => prefix !== ""));
        const fitting = [...prefixes.keys()].filter((prefix) =>
          wanted === prefix || (wanted.startsWith(prefix) && ".:/".includes(wanted.charAt(prefix.length)))
        );
        const longest = fitting.sort((a, b) => b.length - a.length)[0];
        assert.equal(longestPrefix(prefixes, wanted)?.prefix, longest);
        assert.equal(longestPrefix(prefixes, wanted)?.level, longest === undefined ? undefined : levels[longest]);
      }),
      { seed: seed() },
    );
  });
});

describe("the option levels", () => {
  it("takes levels of all forms, and cuts what separates off the end", () => {
    const { prefixes } = checkLevels({ camera: "DEBUG", "net.": "warning", "a/": 7, ["__proto__"]: "error" }) ?? {};
    assert.deepEqual([...prefixes ?? []], [["camera", 5], ["net", 13], ["a", 7], ["__proto__", 17]]);
    assert.equal(checkLevels(undefined), undefined);
  });

  it("refuses anything else and says what to give", () => {
    for (const odd of [null, 5, "camera=DEBUG", [], () => {}]) {
      assert.throws(() => checkLevels(odd), { name: "TypeError", message: /"levels": expected an object such as/ });
    }
    assert.throws(() => checkLevels({ camera: "LOUD" }), {
      name: "TypeError",
      message: /expected one of TRACE.* for "camera", got "LOUD"/,
    });
    assert.throws(() => checkLevels({ "": "DEBUG" }), /The option "level" is for all loggers/);
    assert.throws(() => checkLevels({ "..": "DEBUG" }), TypeError);
    assert.equal(checkLevels(many(MAX_PREFIXES))?.prefixes.size, MAX_PREFIXES);
    assert.throws(() => checkLevels(many(MAX_PREFIXES + 1)), { name: "RangeError", message: /up to 100 prefixes/ });
  });
});

describe("PONTEM_LOG_LEVELS", () => {
  it("is a list of members, of which the malformed are counted and left out", () => {
    const cases: readonly [string, Record<string, number>, number][] = [
      ["", {}, 0],
      ["camera=DEBUG,net=WARN", { camera: 5, net: 13 }, 0],
      [" camera = debug , , net:tcp=17 ", { camera: 5, "net:tcp": 17 }, 0],
      ["a=b=INFO", { "a=b": 9 }, 0],
      ["camera=DEBUG,camera=ERROR", { camera: 17 }, 0],
      ["camera,=WARN,net=LOUD,disk=,x=99,ok=INFO", { ok: 9 }, 5],
    ];
    for (const [text, levels, malformed] of cases) {
      const parsed = parseLevels(text);
      assert.deepEqual([Object.fromEntries(parsed.prefixes), parsed.malformed], [levels, malformed], text);
    }
  });

  it(`counts what is beyond ${MAX_PREFIXES} as malformed`, () => {
    const text = Object.keys(many(MAX_PREFIXES + 3)).map((name) => `${name}=DEBUG`).join();
    const { prefixes, malformed } = parseLevels(`${text},p0=WARN`);
    assert.deepEqual([prefixes.size, malformed, prefixes.get("p0")], [MAX_PREFIXES, 3, 13]);
  });

  it("takes any text without throwing (seed printed on failure)", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.constantFrom("a", "=", ",", "DEBUG", "5")).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (any) => {
        const { prefixes, malformed } = parseLevels(any);
        const members = any.split(",").filter((member) => member.trim() !== "").length;
        assert.ok(prefixes.size + malformed <= members);
        for (const [prefix, level] of prefixes) assert.ok(prefix !== "" && level >= 1 && level <= 24);
      }),
      { seed: seed() },
    );
  });
});

describe("a config value of levels", () => {
  const UNTIL = "2026-01-31T12:00:00Z";

  it("is a level, levels by prefix, or both with an end", () => {
    const cases: readonly [unknown, number | undefined, Record<string, number>, number | undefined][] = [
      [undefined, undefined, {}, undefined],
      [null, undefined, {}, undefined],
      ["debug", 5, {}, undefined],
      [13, 13, {}, undefined],
      [{ camera: "DEBUG", net: "5" }, undefined, { camera: 5, net: 5 }, undefined],
      [{}, undefined, {}, undefined],
      [{ level: "WARN" }, 13, {}, undefined],
      [{ levels: { camera: 5 }, until: UNTIL }, undefined, { camera: 5 }, Date.parse(UNTIL)],
      [{ level: "INFO", levels: { a: 1 }, until: 1_769_860_800_000 }, 9, { a: 1 }, 1_769_860_800_000],
      [{ level: "INFO", until: "2026-01-31T14:00:00.5+02:00" }, 9, {}, Date.parse(UNTIL) + 500],
    ];
    for (const [value, level, prefixes, until] of cases) {
      const table = readLevels(value);
      assert.ok(typeof table !== "string", JSON.stringify(value));
      assert.deepEqual([table.level, Object.fromEntries(table.prefixes), table.until], [level, prefixes, until]);
    }
  });

  it("is refused with what is wrong, without a value of the file", () => {
    const odd: readonly unknown[] = [
      "SECRET",
      0,
      25,
      true,
      [],
      ["DEBUG"],
      { camera: "SECRET" },
      { "": "DEBUG" },
      { level: "SECRET" },
      { levels: "SECRET" },
      { levels: null },
      { levels: { camera: "SECRET" } },
      { levels: {}, until: "SECRET" },
      // No zone, seconds for milliseconds, no time of a calendar.
      { levels: {}, until: "2026-01-31T12:00:00" },
      { levels: {}, until: 1_769_860_800 },
      { levels: {}, until: "2026-13-31T12:00:00Z" },
      { levels: {}, until: Infinity },
      { levels: {}, untill: UNTIL },
      many(MAX_PREFIXES + 1),
      { levels: many(MAX_PREFIXES + 1) },
    ];
    for (const value of odd) {
      const problem = readLevels(value);
      assert.ok(typeof problem === "string" && /^expected /.test(problem), JSON.stringify(value));
      assert.doesNotMatch(problem, /SECRET/);
    }
    assert.match(String(readLevels({ levels: {}, untill: 5 })), /did you mean "until"\?/);
  });

  it("is read or refused whatever it is (seed printed on failure)", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const table = readLevels(value);
        if (typeof table === "string") return;
        assert.ok(
          [undefined, ...table.prefixes.values(), table.level].every((level) =>
            level === undefined || level >= 1 && level <= 24
          ),
        );
      }),
      { seed: seed() },
    );
  });
});
