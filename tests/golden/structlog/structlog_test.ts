// Every case recorded from structlog 26.1.0, in memory. own.json holds questions of ours and random steps, answered by structlog in the same way.
import { describe, it, test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Json, JsonNumber, type JsonObject, parseJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { loadStructlogCases, type StructlogCase, structlogCase } from "./case.ts";
import { check, type Checked } from "./check.ts";
import { whyNoCounterpart } from "./no_counterpart.ts";
import { RULES } from "./rules.ts";
import { differencesText, namedCases, README } from "./table.ts";

const CASES = ["../structlog.json", "own.json"].flatMap((file) => loadStructlogCases(new URL(file, import.meta.url)));
const outcomes = new Map<StructlogCase, Promise<Checked>>();

function outcomeOf(golden: StructlogCase): Promise<Checked> {
  const outcome = outcomes.get(golden) ?? check(golden);
  outcomes.set(golden, outcome);
  return outcome;
}

for (const golden of CASES) {
  const why = whyNoCounterpart(golden);
  if (why !== undefined) test(`structlog ${golden.id} (${why})`, { skip: why }, () => {});
  else {
    test(`structlog ${golden.id}`, async () => {
      const { problems, rules } = await outcomeOf(golden);
      assert.deepEqual(problems, [], `rules: ${rules.join(", ")}`);
    });
  }
}

const running = CASES.filter((golden) => whyNoCounterpart(golden) === undefined);

describe("rules", () => {
  it("are each met by a case", async () => {
    const met = new Set((await Promise.all(running.map(outcomeOf))).flatMap(({ rules }) => rules));
    assert.deepEqual(Object.keys(RULES).filter((rule) => !met.has(rule as keyof typeof RULES)), []);
  });

  it("are needed: most cases have none, and are what structlog does to the letter", async () => {
    const without = (await Promise.all(running.map(outcomeOf))).filter(({ rules }) => rules.length === 0);
    assert.ok(without.length > running.length / 3, `${without.length} of ${running.length}`);
  });
});

test("README.md says what differs, case by case (table.ts writes it)", async () => {
  assert.equal(readFileSync(README, "utf8"), await differencesText(namedCases()));
});

describe("the comparison fails", () => {
  it("when structlog did something else, in every case that no rule touches", async () => {
    for (const golden of running) {
      const { rules } = await outcomeOf(golden);
      if (rules.length > 0 || golden.arrived.length === 0) continue;
      const arrived = golden.arrived.map((entry, i) =>
        i === golden.arrived.length - 1 ? changed(objectOf(entry)) : entry
      );
      const { problems } = await check({ ...golden, arrived });
      assert.notDeepEqual(problems, [], golden.id);
    }
  });

  it("when an entry is missing, is one too many, or a step should raise", async () => {
    const golden = caseOf(
      '[["get_logger",{},"log"],["log","log","info","a"],["log","log","info","b"]]',
      '[{"event":"a"},{"event":"b"}]',
    );
    assert.deepEqual(await check(golden), { problems: [], rules: [] });
    const [a, b] = golden.arrived as [Json, Json];
    for (const arrived of [[a], [b], [b, a], [a, b, b], []]) {
      assert.notDeepEqual((await check({ ...golden, arrived })).problems, [], JSON.stringify(arrived.length));
    }
    assert.notDeepEqual((await check({ ...golden, raises: true })).problems, []);
  });

  it("with a step or a processor that the driver does not know", async () => {
    for (const steps of ['[["dance"]]', '[["processor","dance"],["get_logger",{},"log"]]']) {
      assert.match((await check(caseOf(steps, "[]"))).problems.join(), /has to learn it/);
    }
  });
});

function caseOf(steps: string, expect: string): StructlogCase {
  return structlogCase(new Map([["id", "t"], ["steps", parseJson(steps)], ["expect", parseJson(expect)]]));
}

/** The same entry, but for one value. */
function changed(entry: JsonObject): JsonObject {
  return new Map([...[...entry].filter(([key]) => !key.startsWith("$")), ["event", new JsonNumber("404")]]);
}
