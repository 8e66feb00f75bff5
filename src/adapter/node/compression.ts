/**
 * The compression port over `node:zlib`.
 *
 * @module
 */
import type { Compression } from "../../port/compression.ts";
import type { Builtins, ZlibModule } from "./builtin.ts";
import { gunzipStream } from "./gunzip_stream.ts";
import { GzipPacker } from "./gzip_packer.ts";

/** Compressors that wait for their next use, of all levels. A shipper has one batch or two under way for a sink. */
export const MAX_IDLE_PACKERS = 4;

/** Bytes of an unpacked piece, where none are asked for. */
const PIECE_BYTES = 131_072;

/** Compression of Node; Deno and Bun have the same module. */
export class NodeCompression implements Compression {
  readonly #builtins: Builtins;
  readonly #takesDictionary: boolean;
  readonly #idle: GzipPacker[] = [];

  /**
   * Makes the compression; the module is loaded by the first call.
   *
   * @param builtins The built-in modules of the runtime.
   * @param takesDictionary Whether the module makes use of a dictionary. Deno's ignores it (right output, about 5 % larger), but copies it, and
   * keeps the copy until a large collection of garbage: 0.5 MiB a second at 5,000 records a second.
   */
  constructor(builtins: Builtins, takesDictionary: boolean = true) {
    this.#builtins = builtins;
    this.#takesDictionary = takesDictionary;
  }

  /** Compresses one slice. */
  deflateSlice(part: Uint8Array, dictionary: Uint8Array | undefined): Uint8Array {
    const zlib = this.#zlib();
    const finishFlush = zlib.constants.Z_SYNC_FLUSH;
    // An empty dictionary is an error for zlib, not "none".
    const isUseful = this.#takesDictionary && dictionary !== undefined && dictionary.byteLength > 0;
    if (!isUseful) return zlib.deflateRawSync(part, { finishFlush });
    return zlib.deflateRawSync(part, { finishFlush, dictionary });
  }

  /** Continues a CRC-32. */
  crc32(data: Uint8Array, seed: number): number {
    // Node 22 forgets the seed of an empty buffer: zlib takes its null pointer for "start again".
    return data.byteLength === 0 ? seed : this.#zlib().crc32(data, seed);
  }

  /** Unpacks a gzip file. */
  gunzip(data: Uint8Array): Uint8Array {
    return this.#zlib().gunzipSync(data);
  }

  /** Unpacks gzip piece by piece. */
  gunzipChunks(
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    pieceBytes: number = PIECE_BYTES,
  ): AsyncIterable<Uint8Array> {
    return gunzipStream(this.#zlib(), chunks, pieceBytes);
  }

  /** Compresses to one gzip member. */
  async gzip(data: Uint8Array, level: number): Promise<Uint8Array> {
    const place = this.#idle.findIndex((idle) => idle.level === level);
    const [known] = place < 0 ? [] : this.#idle.splice(place, 1);
    const packer = known ?? new GzipPacker(this.#zlib(), level);
    try {
      return await packer.pack(data);
    } finally {
      if (packer.isUsable && this.#idle.length < MAX_IDLE_PACKERS) this.#idle.push(packer);
      else packer.close();
    }
  }

  #zlib(): ZlibModule {
    return this.#builtins.zlib;
  }
}
