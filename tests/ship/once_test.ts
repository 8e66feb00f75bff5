// When a shipper that sends what is there may end. A machine in memory.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { World } from "./world.ts";

describe("a shipper that sends what is there", () => {
  it("does not end while a lane is still reading, however long that takes", async () => {
    const w = new World("site");
    w.put("logs.jsonl.1736900000.gz", 10);
    const { fs, host, compression } = w.process();
    let unpack = (): void => {};
    const mayUnpack = new Promise<void>((resolve) => unpack = resolve);
    let unpacked = 0;
    const slow = Object.assign(Object.create(compression) as typeof compression, {
      // The first time is for the identity of the file.
      gunzipChunks: async function* (chunks: Iterable<Uint8Array>, pieceBytes?: number) {
        if (unpacked++ > 0) await mayUnpack;
        yield* compression.gunzipChunks(chunks, pieceBytes);
      },
    });
    const shipper = await w.start({ fs, host, compression: slow });
    let how = "";
    void shipper.done.then((end) => how = end);
    for (let i = 0; i < 100; i++) await w.turn();
    assert.deepEqual([how, w.sent, unpacked > 1], ["", 0, true]);
    unpack();
    await w.pass(shipper.done);
    assert.deepEqual([how, w.sent], ["settled", 10]);
    await w.pass(shipper.stop());
  });
});
