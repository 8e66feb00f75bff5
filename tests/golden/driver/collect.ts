/**
 * What a case left behind: its files, taken apart into lines.
 *
 * @module
 */
import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type Json, type JsonObject, parseJson } from "./json.ts";

/** One line. */
export interface Line {
  /** Its text without the line feed. */
  readonly raw: string;
  /** The object it is, or `{"$text"}`, or `{"$no_newline"}`. */
  readonly json: JsonObject;
  /** Its bytes with the line feed. */
  readonly bytes: number;
}

/** One file. */
export interface Found {
  /** Its path below the directory. */
  readonly path: string;
  /** Its lines, unpacked. */
  readonly lines: readonly Line[];
}

/** Everything below a directory. */
export interface Collected {
  /** Files by path, those of ours that only hold records of a writer among them. */
  readonly files: ReadonlyMap<string, Found>;
  /** Directories in which nothing lies, each with a slash at its end. */
  readonly empty: readonly string[];
  /** Texts that were cut off and kept aside. */
  readonly torn: readonly string[];
}

/** Files of a writer that is not, or was not, the only one. */
const OF_WRITER = /(?:^|\/)\.pontem\/writers\/[^/]+(?:\/adopted-[^/]+)*\/(?:logs|metrics)\.jsonl(?:\.\d+)?$/;

/**
 * Looks at a directory after the end of a case.
 *
 * @param directory The working directory of the case.
 * @returns All below it but `config/`.
 */
export function collect(directory: string): Collected {
  const files = new Map<string, Found>();
  const empty: string[] = [];
  const torn: string[] = [];
  const walk = (below: string): number => {
    let seen = 0;
    for (const name of readdirSync(join(directory, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      if (path === "config") continue;
      const ours = /(?:^|\/)\.pontem(?:\/|$)/.test(path);
      if (!ours) seen++;
      const stat = lstatSync(join(directory, path));
      if (stat.isDirectory()) {
        if (walk(path) === 0 && !ours) empty.push(`${path}/`);
      } else if (!ours || OF_WRITER.test(path)) {
        if (isFile(join(directory, path))) files.set(path, { path, lines: linesOf(contentOf(join(directory, path))) });
      } else if (/\/torn\/[^/]+$/.test(path)) {
        torn.push(readFileSync(join(directory, path), "utf8"));
      }
    }
    return seen;
  };
  walk("");
  return { files, empty, torn };
}

/** A link to nothing, or to a directory, is no file. */
function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function contentOf(path: string): string {
  const bytes = readFileSync(path);
  if (!path.endsWith(".gz")) return bytes.toString("utf8");
  try {
    return bytes.length === 0 ? "" : gunzipSync(bytes).toString("utf8");
  } catch {
    return '{"$damaged":true}\n';
  }
}

/**
 * Takes a text apart.
 *
 * @param text The text.
 * @returns Its lines.
 */
export function linesOf(text: string): Line[] {
  if (text === "") return [];
  const parts = text.split("\n");
  const last = parts.pop() ?? "";
  // A found file may hold one line a million times.
  const known = new Map<string, Line>();
  const lines = parts.map((raw) => {
    let line = known.get(raw);
    if (line === undefined) {
      line = { raw, json: objectOrText(raw), bytes: byteLength(raw) + 1 };
      if (known.size < 1000) known.set(raw, line);
    }
    return line;
  });
  if (last !== "") {
    lines.push({ raw: last, json: new Map([["$no_newline", strictOrText(last)]]), bytes: byteLength(last) });
  }
  return lines;
}

/** A line as the cases show it. */
function objectOrText(raw: string): JsonObject {
  const json = strictOrText(raw);
  return json instanceof Map ? json : new Map([["$text", raw]]);
}

function strictOrText(raw: string): Json {
  try {
    const json = parseJson(raw);
    return json instanceof Map ? json : raw;
  } catch {
    return raw;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
