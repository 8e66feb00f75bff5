import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { gzipFile } from "../../src/emit/gzip.ts";

/** Compresses on a CPU on which a slice takes so many milliseconds for each KiB. */
async function gzip(
  data: Uint8Array,
  msPerKiB: number | ((slice: number) => number) = 0,
): Promise<{ readonly packed: Uint8Array; readonly slices: number[] }> {
  const { fs, host, compression } = memoryRuntime();
  const source = fs.createNew("/source", 0o640);
  if (data.length > 0) source.write(data, 0, data.length);
  const target = fs.createNew("/target", 0o640);
  const slices: number[] = [];
  const slow = {
    ...compression,
    crc32: (part: Uint8Array, seed: number) => compression.crc32(part, seed),
    deflateSlice: (part: Uint8Array, dictionary: Uint8Array | undefined) => {
      slices.push(part.length);
      const ms = typeof msPerKiB === "number" ? msPerKiB : msPerKiB(slices.length);
      host.clock.block(part.length / 1024 * ms);
      return compression.deflateSlice(part, dictionary);
    },
  };
  let done = false;
  const work = gzipFile(host, slow, source, target, () => false).finally(() => done = true);
  while (!done) await host.clock.settle();
  await work;
  return { packed: fs.readFile("/target"), slices };
}

async function unpack(packed: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe("gzip in slices", () => {
  it("unpacks to the same bytes, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.integer({ min: 1, max: 120 }), async (piece, times) => {
        const data = new Uint8Array(piece.length * times);
        for (let i = 0; i < times; i++) data.set(piece, i * piece.length);
        assert.deepEqual(await unpack((await gzip(data)).packed), data);
      }),
      { numRuns: 30 },
    );
  });

  it("is right where slices and windows meet", async () => {
    for (const size of [0, 1, 32_767, 32_768, 32_769, 131_071, 131_072, 131_073, 262_144, 300_000]) {
      const data = Uint8Array.from({ length: size }, (_, i) => (i * 31) % 251 ^ (i >> 9));
      assert.deepEqual(await unpack((await gzip(data)).packed), data, String(size));
    }
  });

  it("takes smaller slices on a slow CPU, so that none holds the event loop for 5 ms more than a few times", async () => {
    const data = new Uint8Array(2_000_000).fill(97);
    const { packed, slices } = await gzip(data, 0.1);
    const times = slices.map((size) => size / 1024 * 0.1);
    assert.ok(times.filter((ms) => ms > 5).length <= 2, String(times.slice(0, 5)));
    assert.ok((times.at(-2) ?? 0) <= 5);
    assert.deepEqual(await unpack(packed), data);
  });

  it("takes larger slices again after it was held up", async () => {
    const data = new Uint8Array(4_000_000).fill(97);
    const { packed, slices } = await gzip(data, (slice) => slice >= 3 && slice < 8 ? 1 : 0.001);
    assert.equal(Math.min(...slices.slice(0, 9)), 8_192);
    assert.equal(slices.at(-2), 131_072);
    assert.deepEqual(await unpack(packed), data);
  });

  it("lets other work run between slices, and stops when it is told to", async () => {
    const { fs, host, compression } = memoryRuntime();
    const source = fs.createNew("/source", 0o640);
    source.write(new Uint8Array(1_000_000), 0, 1_000_000);
    let asked = 0;
    const work = gzipFile(host, compression, source, fs.createNew("/target", 0o640), () => ++asked > 3);
    let turns = 0;
    const count = (): void =>
      host.setImmediate(() => {
        if (turns++ < 20) count();
      });
    count();
    const failed = assert.rejects(work, /abandoned/);
    await host.clock.settle();
    await failed;
    assert.equal(asked, 4);
  });
});
