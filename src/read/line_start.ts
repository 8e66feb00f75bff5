/**
 * A place to go on reading from.
 *
 * @module
 */
import type { FileHandle } from "../port/file_system.ts";
import { MAX_LINE_BYTES } from "./split.ts";

const NEWLINE = 10;
/** One read back, in bytes. */
const STEP_BYTES = 65_536;

/**
 * The start of the line at a place that was kept. Mostly it is the place itself; when the power failed after a reader had come to it, the file
 * may be shorter now, or hold other lines there.
 *
 * @param handle The open file; it stays open.
 * @param offset The place.
 * @returns The place, or the start of the last line before it.
 */
export function lineStart(handle: FileHandle, offset: number): number {
  if (offset === 0) return 0;
  const buffer = new Uint8Array(STEP_BYTES);
  let end = Math.min(offset, handle.stat().size);
  const lowest = Math.max(0, end - MAX_LINE_BYTES);
  // Mostly one byte is all that is looked at.
  for (let step = 1; end > lowest; step = STEP_BYTES) {
    const start = Math.max(lowest, end - step);
    const bytes = handle.read(buffer.subarray(0, end - start), start);
    const place = buffer.subarray(0, bytes).lastIndexOf(NEWLINE);
    if (place >= 0) return start + place + 1;
    end = start;
  }
  return end === 0 ? 0 : offset;
}
