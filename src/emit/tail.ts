/**
 * The end of a file after a crash or a loss of power: a line that was cut, or blocks of NUL bytes that the file system put there. The torn
 * part is cut off before anything is appended, kept aside and counted, so that it never swallows the next record.
 *
 * @module
 */
import type { FileHandle, FileSystem } from "../port/file_system.ts";
import { NEWLINE } from "./block.ts";

/** How much of the end is looked at in one read. */
const STEP_BYTES = 65_536;
/** Most bytes of a torn tail that are kept aside; a longer one is cut off all the same. */
const MAX_KEPT = 1_048_576;

/**
 * Takes what was cut off.
 *
 * @param bytes The torn line, NUL bytes at its end left out.
 * @param cut How many bytes were cut off, NUL bytes included.
 */
export type KeepTorn = (bytes: Uint8Array, cut: number) => void;

/**
 * Cuts a torn tail off.
 *
 * @param fs The file system, to open the file a second time for the cut.
 * @param path The file.
 * @param handle The open file.
 * @param size Its size.
 * @param keep Takes the torn bytes.
 * @returns The size after the cut.
 */
export function healTail(fs: FileSystem, path: string, handle: FileHandle, size: number, keep: KeepTorn): number {
  if (size === 0) return 0;
  const last = new Uint8Array(1);
  if (handle.read(last, size - 1) === 1 && last[0] === NEWLINE) return size;
  const end = lastLineEnd(handle, size);
  keep(withoutNulTail(readRange(handle, end, Math.min(size, end + MAX_KEPT))), size - end);
  const update = fs.openUpdate(path);
  try {
    update.truncate(end);
    update.syncData();
  } finally {
    update.close();
  }
  return end;
}

/** One past the last newline, 0 when there is none. */
function lastLineEnd(handle: FileHandle, size: number): number {
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - STEP_BYTES);
    const at = readRange(handle, start, end).lastIndexOf(NEWLINE);
    if (at !== -1) return start + at + 1;
    end = start;
  }
  return 0;
}

function readRange(handle: FileHandle, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  let filled = 0;
  while (filled < bytes.length) {
    const read = handle.read(bytes.subarray(filled), start + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}

function withoutNulTail(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}
