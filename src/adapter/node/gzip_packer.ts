/**
 * A compressor that is used again. `zlib.gzip` makes one for each call, and the engine frees those in large collections of garbage only, with a buffer
 * each: a shipper with a backlog would hold tens of megabytes of them.
 *
 * @module
 */
import type { ZlibModule } from "./builtin.ts";

/** Output is made in pieces so large: most requests of a shipper are one piece, and each costs a turn of the event loop. */
const CHUNK_BYTES = 65_536;

/** Every stream that compresses can be reset; the types say so of those of deflate alone. */
type Gzip = ReturnType<ZlibModule["createGzip"]> & { reset(): void };

/** A compressor to gzip. */
export class GzipPacker {
  readonly #gzip: Gzip;
  readonly #finish: number;
  readonly #pieces: Uint8Array[] = [];
  #fail: (error: unknown) => void = () => {};
  #hasFailed = false;
  /** From 1, the quickest, to 9. */
  readonly level: number;

  /**
   * Makes one.
   *
   * @param zlib The module.
   * @param level From 1, the quickest, to 9.
   */
  constructor(zlib: ZlibModule, level: number) {
    this.level = level;
    this.#finish = zlib.constants.Z_FINISH;
    this.#gzip = zlib.createGzip({ level, chunkSize: CHUNK_BYTES }) as Gzip;
    this.#gzip.on("data", (piece: Uint8Array) => this.#pieces.push(piece));
    this.#gzip.on("error", (error: unknown) => this.#end(error));
  }

  #end(error: unknown): void {
    this.#hasFailed = true;
    this.#fail(error);
  }

  /** Can it be used? */
  get isUsable(): boolean {
    return !this.#hasFailed;
  }

  /**
   * Compresses to one gzip member. One call at a time.
   *
   * @param data What is compressed; it must stay as it is until then.
   * @returns The member.
   */
  pack(data: Uint8Array): Promise<Uint8Array> {
    const gzip = this.#gzip;
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      gzip.write(data);
      gzip.flush(this.#finish, (error?: unknown) => {
        if (error instanceof Error) return this.#end(error);
        const pieces = this.#pieces.splice(0);
        gzip.reset();
        resolve(joined(pieces));
      });
    });
  }

  /** Gives up what it holds. */
  close(): void {
    this.#gzip.destroy();
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(0)] = pieces;
  if (pieces.length < 2) return first;
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const piece of pieces) {
    whole.set(piece, end);
    end += piece.length;
  }
  return whole;
}
