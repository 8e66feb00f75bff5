/**
 * Is a rotated file a copy of another one, as a crash between the new name and the removal of the old one leaves it? Told by length and
 * CRC-32: of a compressed file both stand in its last 8 bytes, so that nothing has to be unpacked.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import type { FileHandle, FileStat, FileSystem } from "../port/file_system.ts";
import { tryClose } from "./small_file.ts";

/** Header and trailer of a gzip file. */
const LEAST_GZIP = 18;
const TRAILER = 8;
const STEP_BYTES = 262_144;

/**
 * Compares a plain file with another one.
 *
 * @param fs The file system.
 * @param compression For the checksum.
 * @param plain The plain file.
 * @param other The other file.
 * @param gz Is the other one compressed?
 * @returns Whether the other one holds the same; false when one of them is not a file.
 */
export function hasSameContent(
  fs: FileSystem,
  compression: Compression,
  plain: string,
  other: string,
  gz: boolean,
): boolean {
  const [a, b] = [fs.stat(plain), fs.stat(other)];
  if (a?.kind !== "file" || b?.kind !== "file") return false;
  if (!gz && a.ino !== 0 && a.ino === b.ino && a.dev === b.dev) return true;
  const end = gz ? reading(fs, other, (handle) => trailer(handle, b)) : { size: b.size, crc: undefined };
  if (end === undefined || end.size !== a.size % 2 ** 32) return false;
  const crc = (path: string): number => reading(fs, path, (handle) => checksum(handle, compression));
  return crc(plain) === (end.crc ?? crc(other));
}

function reading<T>(fs: FileSystem, path: string, read: (handle: FileHandle) => T): T {
  const handle = fs.openRead(path);
  try {
    return read(handle);
  } finally {
    tryClose(handle);
  }
}

function trailer(handle: FileHandle, { size }: FileStat): { readonly size: number; readonly crc: number } | undefined {
  const bytes = new Uint8Array(TRAILER);
  if (size < LEAST_GZIP || handle.read(bytes, size - TRAILER) !== TRAILER) return undefined;
  const view = new DataView(bytes.buffer);
  return { crc: view.getUint32(0, true), size: view.getUint32(4, true) };
}

function checksum(handle: FileHandle, compression: Compression): number {
  const bytes = new Uint8Array(STEP_BYTES);
  let crc = 0;
  let position = 0;
  for (let read = handle.read(bytes, 0); read > 0; read = handle.read(bytes, position)) {
    crc = compression.crc32(bytes.subarray(0, read), crc);
    position += read;
  }
  return crc;
}
