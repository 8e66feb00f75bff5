/**
 * The bytes of a file from an offset on: as they stand, or unpacked.
 *
 * @module
 */
import { tryClose } from "../emit/small_file.ts";
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";

/** One read, in bytes. */
const READ_BYTES = 65_536;
/** One read of a compressed file: small, so that little is lost before a broken place. */
const PACKED_BYTES = 16_384;

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
  readonly #buffer = new Uint8Array(READ_BYTES);
  #position: number;

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
    const bytes = this.#handle.read(this.#buffer, this.#position);
    this.#position += bytes;
    return Promise.resolve(bytes === 0 ? undefined : this.#buffer.subarray(0, bytes));
  }

  /** Closes the file; of one that was read only, a fault of that is nobody's concern. */
  close(): void {
    tryClose(this.#handle);
  }
}

/** The source of a compressed file. What stands before the offset is unpacked and passed over. */
export class PackedSource implements ByteSource {
  readonly #handle: FileHandle;
  readonly #pieces: AsyncIterator<Uint8Array>;
  #skip: number;

  /**
   * Takes an open file.
   *
   * @param runtime The ports.
   * @param handle The file; closed by {@link PackedSource.close}.
   * @param offset Where to begin, in the uncompressed content.
   */
  constructor(runtime: Runtime, handle: FileHandle, offset: number) {
    this.#handle = handle;
    this.#skip = offset;
    this.#pieces = runtime.compression.gunzipChunks(packedBytes(handle))[Symbol.asyncIterator]();
  }

  /** Reads on. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const { value, done } = await this.#pieces.next();
      if (done === true) return undefined;
      if (value.length <= this.#skip) {
        this.#skip -= value.length;
        continue;
      }
      const rest = value.subarray(this.#skip);
      this.#skip = 0;
      return rest;
    }
  }

  /** Stops unpacking and closes the file. */
  close(): void {
    // It ends by itself: the handle is closed when nothing reads any more.
    const close = (): void => tryClose(this.#handle);
    void this.#pieces.return?.().then(close, close);
  }
}

/**
 * The bytes of a compressed file as they stand, in small pieces.
 *
 * @param handle The open file; it stays open.
 */
export function* packedBytes(handle: FileHandle): Generator<Uint8Array, void, undefined> {
  for (let position = 0;;) {
    // New for each read: the decompressor may hold it while the next one is read.
    const buffer = new Uint8Array(PACKED_BYTES);
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
    for await (const _ of compression.gunzipChunks(packedBytes(handle))) continue;
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
