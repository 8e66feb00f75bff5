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
/** More lines than these are not looked at to tell files apart that begin alike. */
export const MAX_HEAD_LINES = 64;

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
 * @returns The start; `undefined` when there is no whole line yet.
 */
export async function readHead(runtime: Runtime, handle: FileHandle, gz: boolean): Promise<Head | undefined> {
  const bytes = gz ? await packedHead(runtime, handle) : plainHead(handle);
  const ends: number[] = [];
  for (let start = 0; ends.length < MAX_HEAD_LINES;) {
    const end = bytes.indexOf(NEWLINE, start) + 1;
    if (end === 0) break;
    ends.push(end);
    start = end;
  }
  if (ends.length === 0 && bytes.length === HEAD_BYTES) ends.push(HEAD_BYTES);
  const last = ends.at(-1);
  return last === undefined ? undefined : { bytes: bytes.subarray(0, last), ends };
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

function plainHead(handle: FileHandle): Uint8Array {
  const buffer = new Uint8Array(HEAD_BYTES);
  let bytes = 0;
  while (bytes < HEAD_BYTES) {
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
    for await (const piece of runtime.compression.gunzipChunks(packedBytes(handle))) {
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
