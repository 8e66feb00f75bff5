// Compressed files from an offset on: all of them, and of damaged ones as much as decodes.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { isDamage, PackedSource, PlainSource } from "../../src/read/byte_source.ts";
import { type FileHandle, memoryRuntime } from "../../src/testing.ts";
import { until } from "../support/until.ts";

const runtime = memoryRuntime();
const { compression, fs } = runtime;
fs.createNew("/file.gz", 0o640).close();
/** What a source gives at most at once. */
const GIVEN_BYTES = 131_072;

/** Lines of which gzip makes about a sixth. */
function lines(size: number): Buffer {
  let out = "";
  for (let i = 0; out.length < size; i++) {
    out += `{"severityNumber":9,"body":"${i * 7_919 % 1_000_003} and ${i ** 3 % 9_973}"}\n`;
  }
  return Buffer.from(out.slice(0, size));
}

function flipped(data: Uint8Array, place: number): Buffer {
  const copy = Buffer.from(data);
  copy[place] = (copy[place] ?? 0) ^ 0xff;
  return copy;
}

/** A file; what is done with it is counted. */
class PackedFile {
  /** Where reads began. */
  readonly reads: number[] = [];
  closed = 0;
  /** Called before each read. */
  onRead: () => void = () => {};
  data: Uint8Array;

  constructor(data: Uint8Array) {
    this.data = data;
  }

  /** How often it was read from its start. */
  get passes(): number {
    return this.reads.filter((position) => position === 0).length;
  }

  source(offset = 0): PackedSource {
    const handle: Pick<FileHandle, "read" | "close"> = {
      read: (into, position) => {
        this.reads.push(position);
        this.onRead();
        const part = this.data.subarray(position, position + into.length);
        into.set(part);
        return part.length;
      },
      close: () => this.closed++,
    };
    return new PackedSource(runtime, Object.assign(fs.openRead("/file.gz"), handle), offset);
  }
}

interface Given {
  readonly bytes: Buffer;
  readonly error: unknown;
}

async function given(source: PackedSource): Promise<Given> {
  const parts: Uint8Array[] = [];
  let error: unknown;
  try {
    for (let part = await source.next(); part !== undefined; part = await source.next()) {
      assert.ok(part.length > 0 && part.length <= GIVEN_BYTES, `a part of ${part.length} bytes`);
      parts.push(Uint8Array.from(part));
    }
  } catch (thrown) {
    error = thrown;
  }
  source.close();
  return { bytes: Buffer.concat(parts), error };
}

/** What one pass in pieces of these sizes gives. */
async function onePass(data: Uint8Array, packedBytes: number, contentBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  const split = function* (): Generator<Uint8Array> {
    for (let at = 0; at < data.length; at += packedBytes) yield data.subarray(at, at + packedBytes);
  };
  try {
    for await (const piece of compression.gunzipChunks(split(), contentBytes)) pieces.push(piece);
  } catch (error) {
    assert.ok(isDamage(error), String(error));
  }
  return Buffer.concat(pieces);
}

describe("a compressed file", () => {
  const content = lines(1_500_000);
  const whole = gzipSync(content);
  const members = Buffer.concat([gzipSync(content.subarray(0, 700_000)), gzipSync(content.subarray(700_000))]);

  it("is given from any offset on, in small parts, and unpacked once", async () => {
    for (const data of [whole, members]) {
      for (const offset of [0, 1, 262_144, 700_000, 1_499_999, 1_500_000, 1_500_001]) {
        const file = new PackedFile(data);
        const { bytes, error } = await given(file.source(offset));
        assert.equal(error, undefined);
        assert.ok(bytes.equals(content.subarray(offset)), `from ${offset}`);
        assert.equal(file.passes, 1);
      }
    }
  });

  it("R8: one that is cut gives all that stands before the cut", async () => {
    for (const data of [whole, members]) {
      for (const share of [0.01, 0.34, 0.465, 0.47, 0.7, 0.99]) {
        const cut = data.subarray(0, Math.floor(data.length * share));
        const { bytes, error } = await given(new PackedFile(cut).source());
        assert.ok(isDamage(error), String(error));
        assert.ok(bytes.equals(content.subarray(0, bytes.length)));
        const most = await onePass(cut, 1_024, 16_384);
        assert.ok(bytes.length >= most.length, `${share}: ${bytes.length} of ${most.length} bytes`);
      }
    }
  });

  for (
    const [what, damage] of [
      ["zeros", (data: Buffer, place: number) => Buffer.from(data).fill(0, place)],
      [
        "ones",
        (data: Buffer, place: number) => Buffer.from(data).fill(0xff, place, Math.min(place + 512, data.length)),
      ],
      ["a wrong byte", flipped],
    ] as const
  ) {
    it(`R8: one with ${what} in it gives no less than one pass, and all that decodes but for a small piece`, async () => {
      for (const data of [whole, members]) {
        for (const share of [0.001, 0.02, 0.2, 0.468, 0.9, 0.9999]) {
          const place = Math.floor(data.length * share);
          const bad = damage(data, place);
          const { bytes, error } = await given(new PackedFile(bad).source());
          const name = `${what} at ${share} of ${data === whole ? "one member" : "two"}`;
          assert.ok(isDamage(error), `${name}: ${error}`);
          for (const [packed, content] of [[16_384, 131_072], [65_536, 262_144]] as const) {
            const once = await onePass(bad, packed, content);
            assert.ok(bytes.subarray(0, once.length).equals(once), `${name}: ${bytes.length} of ${once.length} bytes`);
          }
          // Behind the place zlib may have taken something for content.
          const before = await onePass(data.subarray(0, place), 1_024, 16_384);
          const sure = Math.min(bytes.length, before.length);
          assert.ok(bytes.subarray(0, sure).equals(content.subarray(0, sure)), name);
          assert.ok(before.length - sure <= 16_384, `${name}: ${bytes.length} of ${before.length} bytes`);
        }
      }
    });
  }

  it("R8: a damaged one gives the same from an offset on, and nothing twice", async () => {
    const bad = Buffer.from(whole).fill(0xff, whole.length >> 1, (whole.length >> 1) + 512);
    const all = await given(new PackedFile(bad).source());
    for (const offset of [1, 300_000, all.bytes.length - 1, all.bytes.length, all.bytes.length + 1]) {
      const file = new PackedFile(bad);
      const { bytes, error } = await given(file.source(offset));
      assert.ok(isDamage(error));
      assert.ok(bytes.equals(all.bytes.subarray(offset)), `from ${offset}`);
      assert.equal(file.passes, 2);
    }
  });

  it("is given whole when what was cut off comes while it is unpacked", async () => {
    const file = new PackedFile(whole.subarray(0, whole.length >> 1));
    file.onRead = () => {
      if (file.passes === 2) file.data = whole;
    };
    const { bytes, error } = await given(file.source());
    assert.equal(error, undefined);
    assert.ok(bytes.equals(content));
  });

  it("throws what a read throws as it is, in the first pass and in the second", async () => {
    const fault = Object.assign(new Error("cannot read"), { code: "EIO" });
    for (const failing of [1, 2]) {
      const file = new PackedFile(whole.subarray(0, whole.length >> 1));
      file.onRead = () => {
        if (file.passes === failing && file.reads.at(-1) !== 0) throw fault;
      };
      const { error } = await given(file.source());
      assert.equal(error, fault);
      assert.equal(file.passes, failing);
    }
  });

  it("is closed when nothing reads any more, and not read on then", async () => {
    for (const when of ["before", "while passing over", "after a part"]) {
      const file = new PackedFile(whole);
      const source = file.source(when === "after a part" ? 0 : content.length);
      file.onRead = () => {
        assert.equal(file.closed, 0, "read after it was closed");
        if (when === "while passing over" && file.reads.length === 1) source.close();
      };
      if (when !== "before") assert.equal(await source.next() !== undefined, when === "after a part");
      if (when !== "while passing over") source.close();
      await until(() => file.closed > 0);
      assert.deepEqual([file.closed, file.passes], [1, when === "before" ? 0 : 1], when);
      assert.ok(!file.reads.includes(whole.length), when);
    }
  });

  it("is not unpacked once more when it was closed before the damage was found", async () => {
    let passes = 0;
    const damaged = Object.assign(Object.create(compression) as typeof compression, {
      gunzipChunks: async function* (): AsyncGenerator<Uint8Array> {
        passes++;
        yield content.subarray(0, 1_000);
        source.close();
        throw Object.assign(new Error("invalid block type"), { code: "Z_DATA_ERROR" });
      },
    });
    const handle = fs.openRead("/file.gz");
    const source = new PackedSource({ fs, host: runtime.host, compression: damaged }, handle, 0);
    assert.equal((await source.next())?.length, 1_000);
    await assert.rejects(source.next(), { code: "Z_DATA_ERROR" });
    assert.equal(passes, 1);
  });
});

describe("a file that is not compressed", () => {
  /** A source of a file of one kind of byte. */
  const source = (byte: number, length: number): PlainSource => {
    const path = `/plain-${byte}`;
    const handle = fs.openAppend(path, 0o640);
    handle.write(new Uint8Array(length).fill(byte), 0, length);
    handle.close();
    return new PlainSource(fs.openRead(path), 0);
  };

  it("is read into a buffer that nobody has", async () => {
    const lent: [byte: number, bytes: Uint8Array][] = [];
    for (let byte = 1; byte < 12; byte++) {
      const one = source(byte, 100);
      const bytes = await one.next();
      assert.ok(bytes !== undefined);
      // Some are read to their end; of others somebody still has what was read last.
      if (byte % 3 === 0) assert.equal(await one.next(), undefined);
      else lent.push([byte, bytes]);
      one.close();
      one.close();
      if (byte % 4 === 0) source(byte + 100, 10).close();
    }
    for (const [byte, bytes] of lent) assert.deepEqual(bytes, new Uint8Array(100).fill(byte));
  });
});
