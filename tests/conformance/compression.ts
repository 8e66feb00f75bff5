/**
 * What every compression port must do.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { crc32, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Compression } from "../../src/port/compression.ts";
import type { MakeWorld } from "./world.ts";
import { bytes, text } from "./world.ts";

const HEADER = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
const FINAL_BLOCK = [3, 0];
const WINDOW = 32_768;

/** Joins slices into one gzip member, as the emit stage does. */
function member(compression: Compression, slices: readonly Uint8Array[], withDictionary: boolean): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from(HEADER)];
  let crc = 0;
  let size = 0;
  let dictionary: Uint8Array | undefined;
  for (const slice of slices) {
    parts.push(compression.deflateSlice(slice, withDictionary ? dictionary : undefined));
    crc = compression.crc32(slice, crc);
    size += slice.byteLength;
    dictionary = slice.subarray(-WINDOW);
  }
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc, true);
  trailer.setUint32(4, size, true);
  return Buffer.concat([...parts, Uint8Array.from(FINAL_BLOCK), new Uint8Array(trailer.buffer)]);
}

/** Lines like those of a log, of about `size` bytes. */
function lines(size: number): Uint8Array {
  let out = "";
  for (let i = 0; out.length < size; i += 1) out += `{"severityNumber":9,"body":"frame ${i * 7919 % 10_007} done"}\n`;
  return bytes(out.slice(0, size));
}

function split(data: Uint8Array, slice: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  for (let start = 0; start < data.byteLength; start += slice) slices.push(data.subarray(start, start + slice));
  return slices;
}

/** Bytes that no compressor makes smaller, the same each time (xorshift32, Marsaglia). */
function noise(size: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length: size }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}

/** Lets the event loop turn. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/**
 * Runs the suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function compressionConformance(name: string, make: MakeWorld): void {
  describe(`compression of ${name}`, () => {
    const { runtime: { compression } } = make();

    for (const withDictionary of [false, true]) {
      for (const size of [0, 1, 65_536, 1_048_576]) {
        it(`joins slices of ${size} bytes into one member, ${withDictionary ? "with" : "without"} dictionary`, () => {
          const data = lines(size);
          const zipped = member(compression, size === 0 ? [data] : split(data, 131_072), withDictionary);
          assert.deepEqual(Buffer.from(compression.gunzip(zipped)), Buffer.from(data));
          assert.deepEqual(gunzipSync(zipped), Buffer.from(data));
          if (size > 1) assert.ok(zipped.byteLength < size / 3, `${zipped.byteLength} of ${size} bytes`);
        });
      }
    }

    it("unpacks with a streaming decompressor, which takes one member only", async () => {
      const data = lines(300_000);
      const zipped = member(compression, split(data, 100_000), true);
      const stream = new Blob([Uint8Array.from(zipped)]).stream().pipeThrough(new DecompressionStream("gzip"));
      assert.deepEqual(Buffer.from(await new Response(stream).arrayBuffer()), Buffer.from(data));
    });

    it("joins slices of any content", () => {
      const property = fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.boolean(),
        (slices, dictionary) => {
          const zipped = member(compression, slices, dictionary);
          assert.deepEqual(gunzipSync(zipped), Buffer.concat(slices));
        },
      );
      // The message of a failure holds the seed.
      fc.assert(property, { numRuns: 200 });
    });

    it("has the CRC of gzip, in parts or in one", () => {
      const data = bytes("123456789");
      assert.equal(compression.crc32(data, 0), 0xcbf43926);
      assert.equal(compression.crc32(data.subarray(4), compression.crc32(data.subarray(0, 4), 0)), 0xcbf43926);
      assert.equal(compression.crc32(new Uint8Array(0), 0), 0);
      assert.equal(compression.crc32(new Uint8Array(0), 0xcbf43926), 0xcbf43926);
      const large = lines(100_001);
      assert.equal(compression.crc32(large, 0), crc32(large, 0));
    });

    it("unpacks several members and refuses bad or cut data", () => {
      const one = gzipSync(bytes("one\n"));
      const two = gzipSync(bytes("two\n"));
      assert.equal(text(compression.gunzip(Buffer.concat([one, two]))), "one\ntwo\n");
      const wrong = Buffer.from(one);
      wrong[wrong.length - 8] = (wrong[wrong.length - 8] ?? 0) ^ 1;
      for (const bad of [one.subarray(0, -3), one.subarray(0, 12), Buffer.concat([one, two.subarray(0, -1)]), wrong]) {
        assert.throws(() => compression.gunzip(bad));
      }
      assert.throws(() => compression.gunzip(bytes("plain text")));
    });

    it("unpacks piece by piece, whatever the pieces", async () => {
      const data = lines(1_000_000);
      const members = Buffer.concat([gzipSync(data.subarray(0, 400_000)), gzipSync(data.subarray(400_000))]);
      for (const size of [1, 1000, 65_536, members.length]) {
        const zipped = size === 1 ? gzipSync(bytes("one\n")) : members;
        const pieces: Uint8Array[] = [];
        for await (const piece of compression.gunzipChunks(split(zipped, size))) pieces.push(piece);
        assert.deepEqual(Buffer.concat(pieces), size === 1 ? Buffer.from("one\n") : Buffer.from(data));
      }
    });

    it("unpacks into pieces as large as they may be, and loses no more than one to bad data", async () => {
      const data = lines(1_000_000);
      const zipped = gzipSync(data);
      const bad = Buffer.concat([zipped.subarray(0, zipped.length >> 1), Buffer.alloc(4_096, 0xff)]);
      let before = 0;
      for (const most of [262_144, 16_384]) {
        let count = 0;
        for await (const piece of compression.gunzipChunks([zipped], most)) {
          assert.ok(piece.length <= most, `${piece.length} bytes`);
          count++;
        }
        assert.equal(count, Math.ceil(data.length / most));
        const pieces: Uint8Array[] = [];
        await assert.rejects(async () => {
          for await (const piece of compression.gunzipChunks([bad], most)) {
            pieces.push(piece);
            // Others wait meanwhile: they are not lost either.
            await turns(20);
          }
        });
        const got = Buffer.concat(pieces).length;
        assert.ok(got >= 450_000 - most && got >= before, `${got} bytes`);
        before = got;
      }
    });

    it("gives what decodes before bad or cut data throws", async () => {
      const data = lines(1_000_000);
      const zipped = gzipSync(data);
      const flipped = Buffer.from(zipped);
      flipped[zipped.length - 8] = (flipped[zipped.length - 8] ?? 0) ^ 1;
      const broken = Buffer.concat([zipped.subarray(0, zipped.length >> 1), Buffer.alloc(4_096, 0xff)]);
      for (const [bad, least] of [[zipped.subarray(0, -3), 850_000], [flipped, 850_000], [broken, 300_000]] as const) {
        const pieces: Uint8Array[] = [];
        await assert.rejects(async () => {
          for await (const piece of compression.gunzipChunks(split(bad, 1_024))) pieces.push(piece);
        });
        const got = Buffer.concat(pieces);
        assert.ok(got.length >= least, `${got.length} bytes`);
        // What zlib took for content at the broken place may be there as well.
        assert.deepEqual(got.subarray(0, least), Buffer.from(data.subarray(0, least)));
      }
    });

    it("lets a consumer stop early, and passes on what its source throws", async () => {
      const zipped = gzipSync(lines(3_000_000));
      let given = 0;
      const source = function* (): Generator<Uint8Array> {
        for (const piece of split(zipped, 1_024)) {
          given += piece.length;
          yield piece;
        }
      };
      for await (const piece of compression.gunzipChunks(source())) {
        assert.ok(piece.length > 0);
        // However long it takes over a piece, only a few others are made.
        await turns(200);
        break;
      }
      assert.ok(given < zipped.length / 2, `${given} of ${zipped.length} bytes were asked for`);
      const failing = function* (): Generator<Uint8Array> {
        yield zipped.subarray(0, 1_024);
        throw new Error("cannot read");
      };
      await assert.rejects(async () => {
        for await (const _ of compression.gunzipChunks(failing()));
      }, /cannot read/);
    });

    it("compresses to one member", async () => {
      const data = lines(100_000);
      for (const level of [1, 6]) {
        const zipped = await compression.gzip(data, level);
        assert.deepEqual(gunzipSync(zipped), Buffer.from(data));
        assert.ok(zipped.length < data.length / 3);
      }
    });

    it("compresses many at a time and one after the other, and what it gave stays as it is", async () => {
      const given: [data: Uint8Array, zipped: Uint8Array][] = [];
      for (const sizes of [[1], [0], [3_000_000, 0, 70_000, 1, 500_000, 2], [200_000], [0, 100], [10]]) {
        const round = await Promise.all(sizes.map(async (size, place) => {
          // Text that cannot be made much smaller, so that the output is large, and text that can.
          const data = place === 2 ? noise(size) : lines(size);
          return [data, await compression.gzip(data, 1 + place % 2)] as [Uint8Array, Uint8Array];
        }));
        given.push(...round);
      }
      for (const [data, zipped] of given) assert.deepEqual(gunzipSync(zipped), Buffer.from(data));
    });

    it("leaves its input alone", () => {
      const data = lines(1000);
      const copy = data.slice();
      compression.deflateSlice(data, copy);
      assert.deepEqual(data, copy);
    });
  });
}
