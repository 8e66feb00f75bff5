/**
 * What of a bench's records is really on disk: every line is parsed, every record is looked for.
 *
 * @module
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Figures } from "./harness.ts";

/** The number of a record, where each logger puts it. */
interface Line {
  readonly frame?: number;
  readonly attributes?: { readonly frame?: number };
  readonly properties?: { readonly frame?: number };
}

/** Every record carries the resource; this value of it occurs nowhere else. */
const RESOURCE_VALUE = '"edge-7"';

/**
 * Reads every file of a directory, the packed ones too, but not what lies in directories.
 *
 * @param directory The directory.
 * @param records How many records were logged, numbered from 0.
 * @returns Records found (`delivered`), found twice (`doubled`), never found (`lost`), lines that are no JSON (`torn`), and bytes.
 * @throws {Error} If a line lacks the resource: then the candidates did not do the same work.
 */
export function delivered(directory: string, records: number): Figures {
  const seen = new Uint8Array(records);
  let found = 0, doubled = 0, torn = 0, bytes = 0;
  const see = (text: string): void => {
    let line: Line;
    try {
      line = JSON.parse(text) as Line;
    } catch {
      torn++;
      return;
    }
    const frame = line.frame ?? line.attributes?.frame ?? line.properties?.frame;
    if (frame === undefined) return;
    if (!text.includes(RESOURCE_VALUE)) throw new Error(`A line has no ${RESOURCE_VALUE}: ${text}`);
    if (seen[frame] === 0) found++;
    else doubled++;
    seen[frame] = 1;
  };
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    bytes += eachLine(join(directory, entry.name), see);
  }
  return { delivered: found, doubled, torn, lost: records - found, bytesPerRecord: bytes / Math.max(found, 1) };
}

/** Calls back for each line; what follows the last line feed is one too. */
function eachLine(path: string, see: (text: string) => void): number {
  if (path.endsWith(".gz")) {
    const whole = gunzipSync(readFileSync(path));
    splitLines(whole.toString("utf8"), see, true);
    return whole.length;
  }
  const fd = openSync(path, "r");
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(1 << 20);
  let rest = "";
  let bytes = 0;
  for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
    bytes += read;
    rest = splitLines(rest + decoder.decode(chunk.subarray(0, read), { stream: true }), see, false);
  }
  closeSync(fd);
  splitLines(rest, see, true);
  return bytes;
}

function splitLines(text: string, see: (text: string) => void, last: boolean): string {
  const lines = text.split("\n");
  const rest = last ? "" : lines.pop() ?? "";
  for (const line of lines) if (line !== "") see(line);
  return rest;
}
