// A summary is made of far more lines than may stay in memory: they are given up as it goes on.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineBlock } from "../../../src/read/line_block.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../../src/read/stored_record.ts";
import { InFlight } from "../../../src/ship/engine/in_flight.ts";
import type { LaneReader } from "../../../src/ship/engine/lane_reader.ts";
import { SummaryIntake } from "../../../src/ship/engine/summary_intake.ts";
import { LineParser } from "../../../src/read/parse.ts";
import { ResourceCache } from "../../../src/read/resource_cache.ts";

const FILE = { id: "0123456789abcdef", path: "/logs/metrics.jsonl", resources: new ResourceCache() };

/** Records of a block: two of a counter, one that has no form that is known. */
function readBlock(second: number): { readonly block: LineBlock; readonly records: StoredRecord[] } {
  const line = (type: string) =>
    `{"timestamp":"2026-01-01T00:00:0${second}.000000Z","name":"n","type":"${type}","value":2,"attributes":{},"resource":{"service.name":"s"}}\n`;
  const bytes = new TextEncoder().encode(line("counter") + line("odd") + line("counter"));
  const block = LineBlock.join(second * 1_000, [bytes]);
  const items: (StoredRecord | BadLine)[] = [];
  new LineParser().parse(block, { file: FILE, isOurs: true, mtimeMs: 0 }, 0, items);
  return { block, records: items.filter(isRecord) };
}

describe("the intake of summaries", () => {
  it("gives up the lines of each read before the next one, and sends what is no summary whole", async () => {
    const blocks: LineBlock[] = [];
    const reader: Pick<LaneReader, "read"> = {
      read(window = new InFlight("summary")) {
        for (const before of blocks) assert.throws(() => before.bytes, /given up/);
        if (blocks.length < 3) {
          const { block, records } = readBlock(blocks.length);
          blocks.push(block);
          for (const record of records) window.add(record);
          window.scanned += block.bytes.length;
        }
        return Promise.resolve(window);
      },
    };
    const intake = new SummaryIntake({
      reader: reader as LaneReader,
      host: { now: () => 0 },
      intervalMs: { logs: 60_000, metrics: 60_000 },
      isLast: () => true,
    });
    const { records, summarised } = await intake.read();
    assert.equal(blocks.length, 3);
    assert.equal(summarised, 6);
    const values = records.map(({ value }) => [value["type"], value["value"]]);
    assert.deepEqual(values, [["counter", 12], ["odd", 2], ["odd", 2], ["odd", 2]]);
    assert.ok(records.every(({ isJson, line }) => isJson && line.endsWith("}}")));
  });
});
