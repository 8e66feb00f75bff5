/**
 * Who a file is, through rename and compression: it is known by its content.
 *
 * @module
 */
import type { FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { packedBytes } from "./byte_source.ts";
import type { ResourceCache } from "./resource_cache.ts";

/** A file, known by its content. */
export interface FileIdentity {
  /** 16 hexadecimal digits: the start of the SHA-256 of its first whole line, or of more lines where several files begin alike. */
  readonly id: string;
  /** Where it was last seen: absolute path. */
  readonly path: string;
  /** Resources of its records. */
  readonly resources: ResourceCache;
}

/** So much of the start of a file is looked at, in bytes. */
export const HEAD_BYTES = 65_536;
/** One read of a compressed file, in bytes: small, so that little is lost when it is damaged here. */
const PACKED_BYTES = 16_384;
/** More lines than these are not looked at to tell files apart that begin alike. */
export const MAX_HEAD_LINES = 64;

/** So many of the first bytes tell, without a hash, that a file is not the one that it was: they hold the time of the first record. */
export const PROBE_BYTES = 256;

const NEWLINE = 10;

/** The start of a file. */
export interface Head {
  /** Its first bytes: whole lines, or a part of a line that is longer than all that is looked at. */
  readonly bytes: Uint8Array;
  /** Where its lines end. */
  readonly ends: readonly number[];
}

/**
 * Reads the start of a file.
 *
 * @param runtime The ports.
 * @param handle The open file; it stays open.
 * @param gz Is it compressed?
 * @returns The start; without a line when there is no whole one yet.
 */
export async function readHead(runtime: Runtime, handle: FileHandle, gz: boolean): Promise<Head> {
  const bytes = gz ? await packedHead(runtime, handle) : readStart(handle, HEAD_BYTES);
  const ends: number[] = [];
  for (let start = 0; ends.length < MAX_HEAD_LINES;) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    if (end === 0) break;
    ends.push(end);
    start = end;
  }
  if (ends.length === 0 && bytes.length === HEAD_BYTES) ends.push(HEAD_BYTES);
  return { bytes: bytes.subarray(0, ends.at(-1) ?? 0), ends };
}

/**
 * Does a file that is not compressed begin with these bytes?
 *
 * @param handle The open file; it stays open.
 * @param probe The bytes.
 */
export function beginsWith(handle: FileHandle, probe: Uint8Array): boolean {
  const bytes = readStart(handle, probe.length);
  return bytes.length === probe.length && bytes.every((byte, place) => byte === probe[place]);
}

/**
 * Ids that a file may have: that of its first line, then of more and more lines.
 *
 * @param runtime The ports.
 * @param head Its start.
 * @param lines How many lines.
 * @returns The id.
 */
export function headId(runtime: Runtime, head: Head, lines: number): string {
  return runtime.host.sha256(head.bytes.subarray(0, head.ends[lines - 1])).slice(0, 16);
}

function readStart(handle: FileHandle, length: number): Uint8Array {
  const buffer = new Uint8Array(length);
  let bytes = 0;
  while (bytes < length) {
    const read = handle.read(buffer.subarray(bytes), bytes);
    if (read === 0) break;
    bytes += read;
  }
  return buffer.subarray(0, bytes);
}

async function packedHead(runtime: Runtime, handle: FileHandle): Promise<Uint8Array> {
  const buffer = new Uint8Array(HEAD_BYTES);
  let bytes = 0;
  try {
    for await (const piece of runtime.compression.gunzipChunks(packedBytes(handle, PACKED_BYTES), HEAD_BYTES)) {
      const part = piece.subarray(0, HEAD_BYTES - bytes);
      buffer.set(part, bytes);
      bytes += part.length;
      if (bytes === HEAD_BYTES) break;
    }
  } catch {
    // What could be unpacked is the start all the same.
  }
  return buffer.subarray(0, bytes);
}
