import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CHANNELS, FIRST_STAMP, parseRotated, rotatedName } from "../../src/emit/layout.ts";

describe("names of rotated files", () => {
  it("are read as they are written", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNELS),
        fc.integer({ min: FIRST_STAMP, max: 99_999_999_999 }),
        fc.boolean(),
        (channel, seconds, gz) => {
          const stamp = String(seconds);
          assert.deepEqual(parseRotated(rotatedName(channel, stamp, gz)), { channel, stamp, ordinal: seconds, gz });
        },
      ),
    );
  });

  it("of the Python SDK are known by their nanoseconds", () => {
    assert.deepEqual(parseRotated("metrics.jsonl.1795558390212194315.gz"), {
      channel: "metrics",
      stamp: "1795558390212194315",
      ordinal: 1_795_558_390,
      gz: true,
    });
  });

  it("are not those of others, nor of the active files", () => {
    const others = [
      "logs.jsonl",
      "logs.jsonl.",
      "logs.jsonl.gz",
      "logs.jsonl.1",
      "logs.jsonl.2.gz",
      "logs.jsonl.999.gz",
      "logs.jsonl.0999",
      "logs.jsonl.1000.gz.tmp",
      "logs.jsonl.1000.GZ",
      "logs.jsonl.1000 ",
      "logs.jsonl.1000\n",
      "logs.jsonl.123456789012",
      "logs.jsonl.12345678901234567890",
      "traces.jsonl.1000",
      "Logs.jsonl.1000",
      "logs_jsonl.1000",
      "logs.jsonl.0x1000",
      "logs.jsonl.1000.5",
      "logs.jsonl.١٠٠٠",
    ];
    for (const name of others) assert.equal(parseRotated(name), undefined, name);
  });
});
