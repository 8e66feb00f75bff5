// Compressors that are used again: how many there are, and what becomes of them after an error.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import * as zlib from "node:zlib";
import type { Builtins, ZlibModule } from "../../../src/adapter/node/builtin.ts";
import { MAX_IDLE_PACKERS, NodeCompression } from "../../../src/adapter/node/compression.ts";

const data = new TextEncoder().encode("one line\n".repeat(1_000));

/** A compression, and the streams that it made. */
function watched() {
  const made: zlib.Gzip[] = [];
  const watching = {
    ...zlib,
    createGzip: (options: zlib.ZlibOptions) => {
      const gzip = zlib.createGzip(options);
      made.push(gzip);
      return gzip;
    },
  } as ZlibModule;
  return { made, compression: new NodeCompression({ zlib: watching } as Builtins) };
}

describe("gzip of Node's zlib", () => {
  it("uses a compressor again, one for each level", async () => {
    const { made, compression } = watched();
    for (let i = 0; i < 5; i++) {
      for (const level of [1, 6]) {
        assert.deepEqual(zlib.gunzipSync(await compression.gzip(data, level)), Buffer.from(data));
      }
    }
    assert.equal(made.length, 2);
  });

  it(`keeps ${MAX_IDLE_PACKERS} that nobody uses`, async () => {
    const { made, compression } = watched();
    const all = (calls: number) => Promise.all(Array.from({ length: calls }, () => compression.gzip(data, 1)));
    await all(10);
    assert.equal(made.length, 10);
    assert.equal(made.filter(({ destroyed }) => destroyed).length, 10 - MAX_IDLE_PACKERS);
    await all(MAX_IDLE_PACKERS);
    assert.equal(made.length, 10);
    await all(MAX_IDLE_PACKERS + 1);
    assert.equal(made.length, 11);
  });

  it("does not use one again that has failed", async () => {
    const { made, compression } = watched();
    const failing = compression.gzip(data, 1);
    made[0]?.destroy(new Error("out of memory"));
    await assert.rejects(failing);
    assert.deepEqual(zlib.gunzipSync(await compression.gzip(data, 1)), Buffer.from(data));
    assert.equal(made.length, 2);
  });
});
