/**
 * Files and directories while the steps of a case are walked through. Paths are absolute; the working directory of the case is `$DIR`.
 *
 * @module
 */
import type { JsonObject } from "../driver/json.ts";
import type { Channel, Item } from "./expectation.ts";

/** Names of rotated files that are the SDK's. */
const ROTATED = /^(logs|metrics)\.jsonl\.(?:\d{1,11}|\d{19})(?:\.gz)?$/;
const ACTIVE = /^(logs|metrics)\.jsonl$/;

/** Rotation and retention where nothing else is said. */
export const DEFAULTS = { maxBytes: 10_485_760, maxFiles: 5 } as const;

/** Something that lies on the disk. */
export type Entry =
  | { readonly kind: "directory"; readonly mode: number | undefined; readonly isOurs: boolean }
  | {
    readonly kind: "file";
    readonly text: string | undefined;
    readonly mode: number | undefined;
    readonly items: readonly Item[];
  }
  | { readonly kind: "link"; readonly target: string };

/** The records of one kind in one directory. */
export interface Records {
  /** Records in their order, those of found files first. */
  items: Item[];
  /** Largest file. */
  maxBytes: number;
  /** Most rotated files. */
  maxFiles: number;
  /** Did the last writer end with `shutdown`? */
  finished: boolean;
  /** How records are compared. */
  order: Channel["order"];
  /** Does something stand in the place of the active file that cannot be written to? */
  blocked: boolean;
}

/** The disk. */
export class Disk {
  /** What lies where. */
  readonly entries: Map<string, Entry> = new Map([["$DIR", { kind: "directory", mode: undefined, isOurs: false }]]);
  /** Records by directory and kind. */
  readonly records: Map<string, Records> = new Map();
  /** Texts that were cut off. */
  readonly torn: string[] = [];

  /** The records of a directory. */
  channel(directory: string, name: "logs" | "metrics"): Records {
    const key = `${directory}|${name}`;
    let records = this.records.get(key);
    if (records === undefined) {
      records = { items: [], ...DEFAULTS, finished: false, order: "exact", blocked: false };
      this.records.set(key, records);
    }
    return records;
  }

  /** Makes a directory and those above it. */
  makeDirectory(path: string, mode: number | undefined, isOurs: boolean): void {
    const parts = path.split("/");
    for (let n = 1; n <= parts.length; n++) {
      const part = parts.slice(0, n).join("/");
      if (part === "" || part === "/var" || part === "/var/lib" || this.entries.has(part)) continue;
      this.entries.set(part, { kind: "directory", mode: undefined, isOurs });
    }
    if (mode !== undefined) this.entries.set(path, { kind: "directory", mode, isOurs });
  }

  /** Removes what lies at a path and below; records that were written there are gone. */
  remove(path: string): void {
    for (const known of [...this.entries.keys()]) if (isAtOrBelow(known, path)) this.entries.delete(known);
    for (const [key, records] of this.records) {
      const [directory = "", name = ""] = key.split("|");
      if (!isAtOrBelow(`${directory}/${name}.jsonl`, path)) continue;
      records.items = [];
      records.blocked = false;
    }
  }

  /** Does anything lie directly in a directory, records too? */
  isEmpty(path: string): boolean {
    const prefix = `${path}/`;
    if ([...this.entries.keys()].some((known) => known.startsWith(prefix))) return false;
    return ![...this.records].some(([key, { items }]) => key.startsWith(`${path}|`) && items.length > 0);
  }

  /** The names or paths below a directory, those of the active files too. */
  paths(directory: string): string[] {
    const below = [...this.entries].filter(([path]) => path.startsWith(`${directory}/`)).map(([path, { kind }]) =>
      kind === "directory" ? `${path}/` : path
    );
    const active = [...this.records].flatMap(([key, { items }]) => {
      const [where = "", name = ""] = key.split("|");
      return isAtOrBelow(where, directory) && items.length > 0 ? [`${where}/${name}.jsonl`] : [];
    });
    return [...below, ...active].sort();
  }
}

/** Is a path this one or below it? */
export function isAtOrBelow(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}/`);
}

/**
 * Is a path that of a file of records?
 *
 * @param path The path.
 * @returns Its directory, its kind and whether it is rotated.
 */
export function recordFile(
  path: string,
): { readonly directory: string; readonly name: "logs" | "metrics"; readonly isRotated: boolean } | undefined {
  const slash = path.lastIndexOf("/");
  const file = path.slice(slash + 1);
  const match = ACTIVE.exec(file) ?? ROTATED.exec(file);
  if (match === null) return undefined;
  return {
    directory: path.slice(0, Math.max(0, slash)),
    name: match[1] as "logs" | "metrics",
    isRotated: !ACTIVE.test(file),
  };
}

/** An absolute path, without `.` and `..`. */
export function absolute(path: string, cwd: string): string {
  const parts: string[] = [];
  const whole = path.startsWith("/") || path === "$DIR" || path.startsWith("$DIR/") ? path : `${cwd}/${path}`;
  for (const part of whole.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && (part !== "" || parts.length === 0)) parts.push(part);
  }
  return parts.join("/");
}

/** An item of one line. */
export function lineItem(line: JsonObject): Item {
  return { kind: "line", line };
}
