// Every case of the Python SDK (structlog's are in structlog/), on the runtime of the test. Each has a process of its own; a pool starts some at a time, whichever test waits for them.
import { test } from "node:test";
import assert from "node:assert/strict";
import { loadCases } from "./driver/load.ts";
import { type Outcome, runCases, whySkipped } from "./driver/run_case.ts";
import type { GoldenCase } from "./driver/types.ts";

const AT_A_TIME = 3;
const FILES = ["pontem.json", "own.json"];

const running: GoldenCase[] = [];
const waiting = new Map<string, (outcome: Outcome) => void>();
const outcomes = new Map<string, Promise<Outcome>>();

for (const file of FILES) {
  for (const golden of loadCases(new URL(file, import.meta.url))) {
    const why = whySkipped(golden);
    if (why !== undefined) {
      test(`${golden.id} (${why})`, { skip: why }, () => {});
      continue;
    }
    running.push(golden);
    outcomes.set(golden.id, new Promise((resolve) => waiting.set(golden.id, resolve)));
    test(golden.id, async () => {
      start();
      const outcome = await outcomes.get(golden.id);
      assert.deepEqual(outcome?.problems, [], `rules: ${outcome?.rules.join(", ")}`);
    });
  }
}

let isStarted = false;

/** Started by the first test: a file that is only loaded runs nothing. */
function start(): void {
  if (isStarted) return;
  isStarted = true;
  void runCases(running, AT_A_TIME, (outcome) => waiting.get(outcome.id)?.(outcome), { withModel: true });
}
