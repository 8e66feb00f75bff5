import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { parseStrict } from "./strict_json.ts";

describe("parseStrict, which the other tests stand on", () => {
  it("reads every kind of value", () => {
    const value = parseStrict('{"a":[1,-0.5e+3,true,false,null,"x\\u0041\\n\\\\"],"":{},"__proto__":[]}') as Map<
      string,
      unknown
    >;
    assert.deepEqual([...value.keys()], ["a", "", "__proto__"]);
    assert.deepEqual(value.get("a"), [1, -500, true, false, null, "xA\n\\"]);
    assert.equal((parseStrict(`"${"\\u0000ab\\\\".repeat(5_000)}"`) as string).length, 20_000);
  });

  for (
    const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":1}',
      '{"a":1,}',
      "[1,]",
      "{a:1}",
      "'a'",
      "01",
      "1.",
      ".5",
      "+1",
      "NaN",
      "-Infinity",
      '"\n"',
      '"\\x"',
      '"\\u12"',
      '"a',
      "{}{}",
      '{"a" :1}',
      "undefined",
      "",
      `"${"x".repeat(9_000)}\t"`,
    ]
  ) {
    it(`refuses ${JSON.stringify(text.slice(-40))}`, () => assert.throws(() => parseStrict(text), SyntaxError));
  }
});
