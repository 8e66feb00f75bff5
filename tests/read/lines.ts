/**
 * Lines as the reader parses them.
 *
 * @module
 */
import { LineBlock } from "../../src/read/line_block.ts";
import type { LineScan } from "../../src/read/line_scan.ts";
import { LineParser, type LinePlace } from "../../src/read/parse.ts";
import type { BadLine, StoredRecord } from "../../src/read/stored_record.ts";

/** How lines are parsed. */
export interface ParseOptions extends LinePlace {
  /** Offset of the first line. */
  readonly offset?: number;
  /** Leaves out what is lower. */
  readonly minSeverity?: number;
  /** Looks at the lines. */
  readonly scan?: LineScan | undefined;
}

/**
 * Parses lines.
 *
 * @param lines Text or bytes without newlines.
 * @param options How.
 */
export function parseLines(
  lines: readonly (string | Uint8Array)[],
  { offset = 0, minSeverity = 0, scan, ...place }: ParseOptions,
): (StoredRecord | BadLine)[] {
  const bytes = lines.flatMap((line) => [...typeof line === "string" ? new TextEncoder().encode(line) : line, 10]);
  const items: (StoredRecord | BadLine)[] = [];
  if (bytes.length === 0) return items;
  new LineParser(scan).parse(new LineBlock(offset, Uint8Array.from(bytes)), place, minSeverity, items);
  return items;
}
