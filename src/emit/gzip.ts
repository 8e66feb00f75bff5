/**
 * Gzip of a file in slices: one member, made of raw deflate slices that each end in a sync flush. A slice of 128 KiB takes about a
 * millisecond; one that takes more than 3 ms halves the next ones (a slow CPU), so that the event loop is never held for 5 ms, and they grow
 * again when they are quick: small slices pack badly.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import type { FileHandle } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { writeAll } from "./small_file.ts";

/** First, smallest slice in bytes. */
const SLICE = { first: 131_072, least: 8_192 } as const;
/** A slice that takes longer is too large, in milliseconds. */
const SLOW_MS = 3;
/** After a slice that takes less the next one may be larger again: what held it up was somebody else's work. */
const QUICK_MS = 1;
/** How much of what came before helps to compress a slice (the window of deflate). */
const WINDOW = 32_768;

/** Header of RFC 1952: deflate, no name, no time, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);

/**
 * Compresses a file.
 *
 * @param host Clock and turns of the event loop.
 * @param compression Deflate.
 * @param source The file, open for reading.
 * @param target The new file, open for writing.
 * @param abandoned Asked before each slice; true stops with an error.
 */
export async function gzipFile(
  host: Host,
  compression: Compression,
  source: FileHandle,
  target: FileHandle,
  abandoned: () => boolean,
): Promise<void> {
  // Window and slice lie in one buffer, so that the window is a view and not a copy of its own.
  const buffer = new Uint8Array(WINDOW + SLICE.first);
  let slice: number = SLICE.first;
  let window = 0;
  let position = 0;
  let crc = 0;
  writeAll(target, HEADER);
  for (;;) {
    if (abandoned()) throw new Error("Compression was abandoned");
    const started = host.now();
    const read = source.read(buffer.subarray(window, window + slice), position);
    if (read === 0) break;
    const part = buffer.subarray(window, window + read);
    crc = compression.crc32(part, crc);
    writeAll(target, compression.deflateSlice(part, window === 0 ? undefined : buffer.subarray(0, window)));
    position += read;
    const end = window + read;
    const keep = Math.min(WINDOW, end);
    buffer.copyWithin(0, end - keep, end);
    window = keep;
    const took = host.now() - started;
    if (took > SLOW_MS) slice = Math.max(SLICE.least, slice / 2);
    else if (took < QUICK_MS) slice = Math.min(SLICE.first, slice * 2);
    await new Promise<void>((resolve) => host.setImmediate(resolve));
  }
  const trailer = new DataView(new ArrayBuffer(10));
  trailer.setUint8(0, 3);
  trailer.setUint32(2, crc, true);
  trailer.setUint32(6, position % 2 ** 32, true);
  writeAll(target, new Uint8Array(trailer.buffer));
}
