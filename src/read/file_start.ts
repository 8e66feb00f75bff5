/**
 * What the start of a file tells: who it is, and from when its records are.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { type Head, headId, PROBE_BYTES } from "./identity.ts";
import { LineBlock } from "./line_block.ts";
import { LineParser, NO_FILE } from "./parse.ts";

/** The start of a file. */
export interface FileStart {
  /** Ids of its first line, its first two lines and so on; none when it has no whole line yet. */
  readonly ids: readonly string[];
  /** Its first bytes. */
  readonly probe: Uint8Array;
  /** The time of its first record, milliseconds since the Unix epoch; `-Infinity` when it tells none. */
  readonly startMs: number;
  /** All of it that was looked at. */
  readonly bytes: Uint8Array;
}

/**
 * Looks at a start.
 *
 * @param runtime The ports.
 * @param head The bytes.
 */
export function fileStart(runtime: Runtime, head: Head): FileStart {
  const first = head.ends[0] ?? 0;
  return {
    ids: head.ends.map((_, place) => headId(runtime, head, place + 1)),
    // A copy: a part of the head would keep all of it.
    probe: head.bytes.slice(0, Math.min(first, PROBE_BYTES)),
    startMs: startMs(head.bytes.subarray(0, first)),
    bytes: head.bytes,
  };
}

function startMs(firstLine: Uint8Array): number {
  if (firstLine.length === 0) return -Infinity;
  const place = { file: NO_FILE, isOurs: false, mtimeMs: -Infinity };
  const record = new LineParser().parseRecord(new LineBlock(0, firstLine), place);
  return record === undefined || Number.isNaN(record.seconds)
    ? -Infinity
    : record.seconds * 1000 + Math.floor(record.nanos / 1e6);
}
