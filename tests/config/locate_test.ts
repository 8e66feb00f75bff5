import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "@std/jsonc";
import fc from "fast-check";
import { locateProblem, placeOf } from "../../src/config/locate.ts";

/** Line, column and reason of the first problem, as one text. */
function problemOf(text: string): string | undefined {
  const problem = locateProblem(text);
  if (problem === undefined) return undefined;
  const { line, column } = placeOf(text, problem.offset);
  return `${line}:${column} ${problem.reason}`;
}

function isJsonc(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A JSON text in which some blanks are comments and some closing marks follow a comma. */
const jsoncText = fc.tuple(
  fc.json({ maxDepth: 4 }),
  fc.integer({ min: 0, max: 4 }),
  fc.array(fc.constantFrom(" ", "\n", "\r\n", "\t", "// a } b\n", "/* { , */"), { minLength: 1, maxLength: 5 }),
).map(([text, spaces, gaps]) => {
  let count = 0;
  return JSON.stringify(JSON.parse(text), null, spaces).replaceAll("\n", () => gaps[count++ % gaps.length] ?? "\n");
});

/** Such a text with some characters replaced by others. */
const damagedText = fc.tuple(
  jsoncText,
  fc.nat(),
  fc.nat(3),
  fc.constantFrom(...[
    "",
    ",",
    ":",
    "{",
    "}",
    "[",
    "]",
    '"',
    "\\",
    "/",
    "/*",
    "*/",
    "//",
    "1",
    "-",
    ".",
    "e",
    "x",
    "\n",
    "\0",
  ]),
).map(([text, where, length, inserted]) => {
  const at = where % (text.length + 1);
  return text.slice(0, at) + inserted + text.slice(at + length);
});

describe("locateProblem", () => {
  const good = [
    "{}",
    " [ ] ",
    '{"a":[1,-0,0.5,1e9,2E-3,"x",true,false,null,{}]}',
    '{"a":1,}',
    "[1,2,]",
    '// first\n{"a": /* in */ 1} // last',
    "/**/{}/***/",
    '{"\\u00e9\\n\\"\\/": "\\\\"}',
    '"\u2028\ud800"',
    "\r\n{\r\n}\r\n",
  ];
  for (const text of good) {
    it(`finds nothing in ${JSON.stringify(text)}`, () => assert.equal(problemOf(text), undefined));
  }

  const bad: readonly (readonly [string, string])[] = [
    ["", "1:1 the file ends too early"],
    ["{", "1:2 the file ends too early"],
    ['{\n  "a": 1,\n', "3:1 the file ends too early"],
    ['{"a": nul}', "1:7 a value was expected"],
    ['{"a": NaN}', "1:7 a value was expected"],
    ['{"a": -Infinity}', "1:7 a value was expected"],
    ['{"a": +1}', "1:7 a value was expected"],
    ['{"a": 01}', '1:8 "," or "}" was expected'],
    ['{"a": 1.}', '1:8 "," or "}" was expected'],
    ['{"a": }', "1:7 a value was expected"],
    ['{"a": 1 "b": 2}', '1:9 "," or "}" was expected'],
    ['{"a" 1}', '1:6 ":" was expected'],
    ["{a: 1}", '1:2 a key in double quotes or "}" was expected'],
    ["{,}", '1:2 a key in double quotes or "}" was expected'],
    ['{"a":1,,}', '1:8 a key in double quotes or "}" was expected'],
    ["[,]", '1:2 a value or "]" was expected'],
    ["[1}", '1:3 "," or "]" was expected'],
    ["]", "1:1 a value was expected"],
    ["{} {}", "1:4 nothing more was expected"],
    ["{}x", "1:3 nothing more was expected"],
    ['{"a": "b\n"}', "1:7 this string is not closed"],
    ['{"a": "b', "1:7 this string is not closed"],
    ['{"a": "\t"}', "1:8 a control character must be escaped"],
    ['{"a": "\\x41"}', "1:8 this escape is not one of JSON"],
    ['{"a": "\\u12g4"}', "1:8 this escape is not one of JSON"],
    ["{} /* open", "1:4 this comment is not closed"],
    ["{} / {}", "1:4 nothing more was expected"],
    ["{'a': 1}", '1:2 a key in double quotes or "}" was expected'],
    ["\ufeff{}", "1:1 a value was expected"],
    ["{\0}", '1:2 a key in double quotes or "}" was expected'],
  ];
  for (const [text, expected] of bad) {
    it(`says "${expected}" of ${JSON.stringify(text)}`, () => assert.equal(problemOf(text), expected));
  }

  it("agrees with the parser on every JSONC text", () => {
    fc.assert(fc.property(jsoncText, (text) => {
      assert.ok(isJsonc(text));
      assert.equal(problemOf(text), undefined);
    }));
  });

  it("agrees with the parser on every damaged JSONC text", () => {
    fc.assert(
      fc.property(damagedText, (text) => {
        assert.equal(problemOf(text) === undefined, isJsonc(text), `on ${JSON.stringify(text)}`);
      }),
      { numRuns: 3000 },
    );
  });

  it("finds the first problem: what is before it lacks nothing but a continuation", () => {
    fc.assert(
      fc.property(damagedText, (text) => {
        const problem = locateProblem(text);
        if (problem === undefined) return;
        const before = locateProblem(text.slice(0, problem.offset));
        // Within a string it is the string that lacks its end.
        if (before === undefined || before.reason === "this string is not closed") return;
        assert.deepEqual(before, { offset: problem.offset, reason: "the file ends too early" }, JSON.stringify(text));
      }),
      { numRuns: 3000 },
    );
  });

  it("takes any nesting without a deep stack", () => {
    assert.equal(problemOf("[".repeat(100_000)), "1:100001 the file ends too early");
    assert.equal(problemOf("[".repeat(100_000) + "]".repeat(100_000)), undefined);
  });
});

describe("placeOf", () => {
  it("counts LF, CRLF and CR as one end of line", () => {
    const text = "a\nb\r\nc\rd";
    assert.deepEqual(placeOf(text, 0), { line: 1, column: 1 });
    assert.deepEqual(placeOf(text, text.indexOf("b")), { line: 2, column: 1 });
    assert.deepEqual(placeOf(text, text.indexOf("c")), { line: 3, column: 1 });
    assert.deepEqual(placeOf(text, text.indexOf("d") + 1), { line: 4, column: 2 });
  });

  it("counts characters, not code units", () => {
    assert.deepEqual(placeOf("\u{1f600}x", 2), { line: 1, column: 2 });
  });
});
