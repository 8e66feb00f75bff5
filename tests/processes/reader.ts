/**
 * An emit directory as a reader sees it, on the real disk.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A record as it was read; of a metric, the name stands in `name`. */
export interface Line {
  /** Text of a log record. */
  readonly body: string;
  /** Its severity. */
  readonly severityText: string;
  /** Name of a metric. */
  readonly name: string;
  /** Value of a metric. */
  readonly value: number;
  /** Attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Resource. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/**
 * Names of a channel's files in the order of their stamps, the active one last; what others put there is left out.
 *
 * @param dir The emit directory.
 * @param channel Whose files.
 * @returns The names.
 */
export function fileNames(dir: string, channel: "logs" | "metrics" = "logs"): string[] {
  const stamp = (name: string): number => Number(name.split(".")[2] ?? Infinity);
  return readdirSync(dir).filter((name) =>
    new RegExp(`^${channel}\\.jsonl(\\.(\\d{1,11}|\\d{19})(\\.gz)?)?$`).test(name) &&
    lstatSync(`${dir}/${name}`).isFile()
  ).sort((a, b) => stamp(a) - stamp(b));
}

/**
 * Content of a file, unpacked.
 *
 * @param path The file.
 * @returns Its text, which ends with a whole line.
 */
export function fileText(path: string): string {
  const data = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(data) : data).toString();
  assert.ok(text === "" || text.endsWith("\n"), `Torn end of "${path}": ${JSON.stringify(text.slice(-80))}`);
  return text;
}

/**
 * Records of a channel in a reader's order, one file at a time.
 *
 * @param dir The emit directory.
 * @param channel Which.
 * @returns The records; a line that is none throws.
 */
export function* records(dir: string, channel: "logs" | "metrics" = "logs"): Generator<Line> {
  for (const name of fileNames(dir, channel)) {
    const text = fileText(`${dir}/${name}`);
    if (text === "") continue;
    for (const line of text.slice(0, -1).split("\n")) {
      let record: Line;
      try {
        record = JSON.parse(line) as Line;
      } catch {
        throw new SyntaxError(`No record in "${name}": ${JSON.stringify(line.slice(0, 200))}`);
      }
      yield record;
    }
  }
}

/**
 * Records about runs that are over.
 *
 * @param dir The emit directory.
 * @returns Them, in a reader's order.
 */
export function runRecords(dir: string): Line[] {
  return [...records(dir)].filter(({ body }) => body.startsWith("previous run"));
}
