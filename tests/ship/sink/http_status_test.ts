import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commonOutcome, MAX_RETRY_AFTER_MS, reasonOf, retryAfterMs } from "../../../src/ship/sink/http_status.ts";
import { answer } from "../support_exchange.ts";

const NOW = Date.parse("2026-11-24T22:22:13Z");

describe("R10, R11, R12: what answers over HTTP have in common", () => {
  const rows: readonly (readonly [status: number, kind: string])[] = [
    [200, "hold"],
    [204, "hold"],
    [260, "hold"],
    [301, "hold"],
    [302, "hold"],
    [307, "hold"],
    [400, "split"],
    [401, "hold"],
    [403, "hold"],
    [404, "hold"],
    [405, "hold"],
    [407, "hold"],
    [408, "retry"],
    [413, "split"],
    [415, "hold"],
    [422, "split"],
    [425, "retry"],
    [429, "retry"],
    [500, "retry"],
    [501, "retry"],
    [502, "retry"],
    [503, "retry"],
    [504, "retry"],
    [599, "retry"],
  ];
  for (const [status, kind] of rows) {
    it(`${status}: ${kind}`, () => {
      const outcome = commonOutcome(answer(status, "why"), NOW);
      assert.deepEqual(outcome, { kind, reason: `HTTP ${status}: why` });
    });
  }

  it("a page of a proxy says nothing of the records", () => {
    for (const page of ["<html><body>400</body>", "\n<!DOCTYPE html>", "<?xml version='1.0'?>"]) {
      assert.equal(commonOutcome(answer(400, page), NOW).kind, "hold");
    }
  });

  it("a pause that is asked for goes into the outcome", () => {
    const outcome = commonOutcome(answer(503, "busy", { "Retry-After": "7" }), NOW);
    assert.deepEqual(outcome, { kind: "retry", reason: "HTTP 503: busy", afterMs: 7_000 });
  });
});

describe("R10: Retry-After", () => {
  const after = (value: string, more: Record<string, string> = {}): number | undefined =>
    retryAfterMs(answer(429, "", { "Retry-After": value, ...more }), NOW);

  it("seconds", () => {
    assert.equal(after("0"), 0);
    assert.equal(after(" 120 "), 120_000);
    assert.equal(after("3600"), MAX_RETRY_AFTER_MS);
    assert.equal(after("99999999999999999999"), MAX_RETRY_AFTER_MS);
  });

  it("a date, against the answer's own where there is one", () => {
    assert.equal(after("Tue, 24 Nov 2026 22:23:13 GMT"), 60_000);
    assert.equal(after("Tue, 24 Nov 2026 22:00:00 GMT"), 0);
    assert.equal(after("Tue, 24 Nov 2037 22:00:00 GMT"), MAX_RETRY_AFTER_MS);
    const date = { Date: "Thu, 24 Nov 2033 10:00:00 GMT" };
    assert.equal(after("Thu, 24 Nov 2033 10:00:30 GMT", date), 30_000);
    assert.equal(after("Tue, 24 Nov 2026 22:23:13 GMT", { Date: "yesterday" }), 60_000);
  });

  it("anything else is none", () => {
    for (const value of ["", "-5", "1.5", "soon", "2026-11-24", "1e3", "Tue, 99 Xyz 2026 22:23:13 GMT"]) {
      assert.equal(after(value), undefined, value);
    }
    assert.equal(retryAfterMs(answer(429), NOW), undefined);
  });
});

describe("an answer in one line", () => {
  it("shows no control characters and not much", () => {
    const shown = reasonOf(answer(400, `a\n\tb \u001b[31mred\u202e \ud800${"x".repeat(1_000)}`));
    assert.match(shown, /^HTTP 400: a b \\u001b\[31mred\\u202e \ufffdx+$/);
    assert.ok(shown.length < 350);
    assert.equal(reasonOf(answer(502)), "HTTP 502");
    assert.equal(reasonOf(answer(502, " \n")), "HTTP 502");
  });
});
