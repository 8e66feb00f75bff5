/**
 * The bytes of a file from an offset on: as they stand, or unpacked.
 *
 * @module
 */
import { tryClose } from "../emit/small_file.ts";
import type { Compression } from "../port/compression.ts";
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { giveBuffer, takeBuffer } from "./buffers.ts";

/** One read, in bytes. */
const READ_BYTES = 65_536;
/** So many unpacked bytes are given at once: who asks for little is not given much more. */
const GIVEN_BYTES = 131_072;

/** Pieces in which a file is unpacked. */
interface PieceSizes {
  /** One read of the file, in bytes. */
  readonly packed: number;
  /** The most bytes of unpacked content. */
  readonly content: number;
}

/** Few: each costs a turn of the thread that unpacks. To the end of 10 MB on Bun 46 ms, 55 ms with 16 and 128 KiB (`bench/read_bench.ts`). */
const LARGE: PieceSizes = { packed: 65_536, content: 262_144 };
/** The piece in which zlib finds damage is lost: so that little is. */
const SMALL: PieceSizes = { packed: 4_096, content: 16_384 };

/** Bytes in order. */
export interface ByteSource {
  /**
   * Reads on.
   *
   * @returns The next bytes, which may be overwritten by the next read; `undefined` when there are none now.
   * @throws {Error} When a compressed file is broken or cut, after all bytes that could be unpacked.
   */
  next(): Promise<Uint8Array | undefined>;
  /** Gives up what it holds. */
  close(): void;
}

/** The source of a file that is not compressed; it goes on when the file grows. */
export class PlainSource implements ByteSource {
  readonly #handle: FileHandle;
  readonly #buffer = takeBuffer(READ_BYTES);
  #position: number;
  /** Has somebody bytes of the buffer? */
  #isLent = false;
  #isClosed = false;

  /**
   * Takes an open file.
   *
   * @param handle The file; closed by {@link PlainSource.close}.
   * @param offset Where to begin.
   */
  constructor(handle: FileHandle, offset: number) {
    this.#handle = handle;
    this.#position = offset;
  }

  /** Reads on. */
  next(): Promise<Uint8Array | undefined> {
    const bytes = this.#handle.read(this.#buffer.subarray(0, READ_BYTES), this.#position);
    this.#position += bytes;
    this.#isLent = bytes > 0;
    return Promise.resolve(bytes === 0 ? undefined : this.#buffer.subarray(0, bytes));
  }

  /** Closes the file; of one that was read only, a fault of that is nobody's concern. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isLent) giveBuffer(this.#buffer);
    tryClose(this.#handle);
  }
}

/**
 * The source of a compressed file. What stands before the offset is unpacked and passed over. A file that turns out to be damaged is unpacked
 * once more in small pieces, for what the large ones lost.
 */
export class PackedSource implements ByteSource {
  readonly #compression: Compression;
  readonly #handle: FileHandle;
  readonly #parts: AsyncGenerator<Uint8Array, void, undefined>;
  /** Where the next part begins. */
  #offset: number;
  #isClosed = false;

  /**
   * Takes an open file.
   *
   * @param runtime The ports.
   * @param handle The file; closed by {@link PackedSource.close}.
   * @param offset Where to begin, in the uncompressed content.
   */
  constructor({ compression }: Runtime, handle: FileHandle, offset: number) {
    this.#compression = compression;
    this.#handle = handle;
    this.#offset = offset;
    this.#parts = this.#unpack();
  }

  /** Reads on. */
  async next(): Promise<Uint8Array | undefined> {
    const { value } = await this.#parts.next();
    return value ?? undefined;
  }

  /** Stops unpacking and closes the file. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // It ends by itself: the handle is closed when nothing reads any more.
    const close = (): void => tryClose(this.#handle);
    void this.#parts.return().then(close, close);
  }

  async *#unpack(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#pass(LARGE);
    } catch (error) {
      if (this.#isClosed || !isDamage(error)) throw error;
      yield* this.#pass(SMALL);
    }
  }

  /** Unpacks from the start, and gives what was not given yet. */
  async *#pass({ packed, content }: PieceSizes): AsyncGenerator<Uint8Array, void, undefined> {
    let start = 0;
    for await (const piece of this.#compression.gunzipChunks(packedBytes(this.#handle, packed), content)) {
      if (this.#isClosed) return;
      const end = start + piece.length;
      while (this.#offset < end) {
        const from = this.#offset - start;
        const part = piece.subarray(from, from + GIVEN_BYTES);
        this.#offset += part.length;
        yield part;
      }
      start = end;
    }
  }
}

/**
 * The bytes of a compressed file as they stand.
 *
 * @param handle The open file; it stays open.
 * @param pieceBytes The most bytes of a piece.
 */
export function* packedBytes(handle: FileHandle, pieceBytes: number): Generator<Uint8Array, void, undefined> {
  for (let position = 0;;) {
    // New for each read: the decompressor may hold it while the next one is read.
    const buffer = new Uint8Array(pieceBytes);
    const bytes = handle.read(buffer, position);
    if (bytes === 0) return;
    position += bytes;
    yield buffer.subarray(0, bytes);
  }
}

/**
 * Can a compressed file be unpacked to its end, and does it then have the length and the sum that it says?
 *
 * @param runtime The ports.
 * @param path The file.
 * @throws {Error} When it cannot be read.
 */
export async function isWholeGzip({ fs, compression }: Runtime, path: string): Promise<boolean> {
  const handle = fs.openRead(path);
  try {
    for await (const _ of compression.gunzipChunks(packedBytes(handle, LARGE.packed), LARGE.content)) continue;
    return true;
  } catch (error) {
    if (!isDamage(error)) throw error;
    return false;
  } finally {
    tryClose(handle);
  }
}

/** Is it zlib's word for data that is no gzip or was cut? */
export function isDamage(error: unknown): boolean {
  return /^Z_|^ERR_.*(?:TRAILING|BROTLI|ZLIB)/.test(errorCode(error)) || errorCode(error) === "UNKNOWN";
}
