/**
 * Unpacks gzip piece by piece over `node:zlib`, which all three runtimes have. The stream's own iterator would throw away what was unpacked
 * before an error; here it is given first.
 *
 * @module
 */
import type { ZlibModule } from "./builtin.ts";

type Gunzip = ReturnType<ZlibModule["createGunzip"]>;

/**
 * Unpacks.
 *
 * @param zlib The module.
 * @param chunks The compressed bytes.
 * @param pieceBytes Bytes of a piece of content.
 * @returns The content, in pieces.
 */
export async function* gunzipStream(
  zlib: ZlibModule,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  pieceBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const output = new Output(zlib.createGunzip({ chunkSize: pieceBytes }));
  const fed = output.feed(chunks);
  try {
    for (let piece = await output.next(); piece !== undefined; piece = await output.next()) yield piece;
  } finally {
    output.close();
    await fed;
  }
}

/** What comes out of the stream, in order, and at its end the error. */
class Output {
  readonly #gunzip: Gunzip;
  readonly #waiting: Uint8Array[] = [];
  #isAsked = false;
  #isOver = false;
  #error: unknown;
  #wake: () => void = () => {};
  #drained: () => void = () => {};

  constructor(gunzip: Gunzip) {
    this.#gunzip = gunzip;
    gunzip.on("data", (piece: Uint8Array) => {
      this.#waiting.push(piece);
      // One that is asked for does not wait: to stop for each and go on cost Bun a tenth of the time.
      if (!this.#isAsked) gunzip.pause();
      this.#isAsked = false;
      this.#wake();
    });
    gunzip.on("error", (error: unknown) => {
      // What it held while it was paused; by itself it would throw that away.
      for (let piece: Uint8Array | null = gunzip.read(); piece !== null; piece = gunzip.read()) {
        this.#waiting.push(piece);
      }
      this.#end(error);
    });
    gunzip.on("end", () => this.#end(undefined));
    gunzip.on("drain", () => this.#drained());
    gunzip.on("close", () => {
      this.#drained();
      this.#end(undefined);
    });
  }

  #end(error: unknown): void {
    if (!this.#isOver) this.#error = error;
    this.#isOver = true;
    this.#wake();
  }

  /** Writes what is to be unpacked; never rejects. */
  async feed(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
    const gunzip = this.#gunzip;
    try {
      for await (const chunk of chunks) {
        if (this.#isOver) return;
        if (gunzip.write(chunk)) continue;
        await new Promise<void>((resolve) => this.#drained = resolve);
      }
      gunzip.end();
    } catch (error) {
      this.#end(error);
      gunzip.destroy();
    }
  }

  /** The next piece; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#waiting.length === 0 && !this.#isOver) {
      this.#isAsked = true;
      this.#gunzip.resume();
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const piece = this.#waiting.shift();
    if (piece === undefined && this.#error !== undefined) throw this.#error;
    return piece;
  }

  close(): void {
    this.#isOver = true;
    this.#gunzip.destroy();
  }
}
