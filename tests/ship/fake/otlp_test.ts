// The fakes answer as the real ones did.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type FakeOtlp, fakeOtlp } from "./otlp.ts";
import { oneLog, OTLP_ROWS, sendRow } from "./otlp_rows.ts";

for (const mode of ["collector", "fluent-bit"] as const) {
  describe(`R27: a fake of ${mode}`, () => {
    let fake: FakeOtlp;
    before(async () => {
      fake = await fakeOtlp({ mode, success: 200 });
    });
    after(() => fake.close());

    for (const row of OTLP_ROWS) {
      it(row.name, async () => {
        fake.forget();
        const [status, text, stored] = mode === "collector" ? row.collector : row.fluentBit;
        const [gotStatus, gotText] = await sendRow(fake.url, row);
        assert.equal(gotStatus, status);
        assert.ok(text === "" ? gotText === "" : gotText.includes(text), gotText);
        // Fluent Bit takes what is announced as gzip and is none; nobody is to send that.
        assert.equal(fake.logs.length, stored);
      });
    }
  });
}

describe("what a fake tells beside its answers", () => {
  it("what does not follow the protocol, though receivers take it", async () => {
    const fake = await fakeOtlp();
    const send = (record: Readonly<Record<string, unknown>>) =>
      sendRow(fake.url, { ...OTLP_ROWS[0] as (typeof OTLP_ROWS)[number], body: oneLog(record) });
    for (
      const record of [{ time_unix_nano: "1" }, { severityNumber: "INFO" }, {
        body: { stringValue: "x", intValue: "1" },
      }]
    ) {
      fake.forget();
      assert.equal((await send(record))[0], 200);
      assert.equal(fake.violations.length, 1);
    }
    await fake.close();
  });
});
