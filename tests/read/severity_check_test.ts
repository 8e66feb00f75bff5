// Which lines an error cursor looks at: all that may be severe, and few others.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { mayHoldSeverity } from "../../src/read/severity_check.ts";
import { many } from "../support/soak.ts";

function may(text: string): boolean {
  return mayHoldSeverity(text, 17);
}

describe("a look at many lines", () => {
  it("finds what is severe, in any form of JSON", () => {
    for (const text of ['"severityNumber":17', '{"severityNumber": \t 21}', 'NN"Number":17', 'severityNumber":24\n']) {
      assert.ok(may(text), text);
    }
    for (const text of ['"severityNumber":9,', '"severityNumber":16', "Number", 'Number":', "NuNumber", ""]) {
      assert.ok(!may(text), text);
    }
  });

  it("never passes over one", async () => {
    await many("look for severity", 200, (parameters) => {
      const part = fc.oneof(fc.string(), fc.constantFrom("N", 'Number":', "9", "17", "\n"));
      fc.assert(
        fc.property(fc.array(part), fc.array(part), fc.integer({ min: 17, max: 24 }), (before, after, severity) => {
          assert.ok(may(`${before.join("")}"severityNumber":${severity},${after.join("")}`));
        }),
        parameters,
      );
    });
  });
});
