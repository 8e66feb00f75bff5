/**
 * Files that lie in an emit directory before `init`: the rows `torn-tail`, `leftovers`, `retention-glob`, `symlink` and `writer-errors`.
 *
 * @module
 */
import { linesOf } from "../driver/collect.ts";
import { type Entry, isAtOrBelow, recordFile } from "./disk.ts";
import type { Item } from "./expectation.ts";
import type { World } from "./world.ts";

/**
 * Files of records become part of what is in the directory.
 *
 * @param world The process that has initialised.
 * @param directory Its emit directory.
 */
export function takeOver(world: World, directory: string): void {
  const { disk } = world.shared;
  const found = [...disk.entries].flatMap(([path, entry]) => {
    const file = recordFile(path);
    return file === undefined || file.directory !== directory ? [] : [{ path, entry, ...file }];
  });
  const paths = new Set(found.map(({ path }) => path));
  for (const { path, entry, name, isRotated } of found.toSorted((a, b) => orderOf(a.path) - orderOf(b.path))) {
    const records = disk.channel(directory, name);
    if (entry.kind === "file") {
      if (isRotated) world.apply("leftovers");
      if (!hasTwin(paths, path)) records.items.push(...itemsOf(world, entry, isRotated));
      disk.entries.delete(path);
    } else if (!isRotated) {
      world.apply(entry.kind === "link" ? "symlink" : "writer-errors");
      records.blocked = true;
    }
  }
}

/** Of a plain file and a compressed one of the same name the plain one is whole. */
function hasTwin(paths: ReadonlySet<string>, path: string): boolean {
  return path.endsWith(".gz") && paths.has(path.slice(0, -3));
}

function orderOf(path: string): number {
  const stamp = /\.jsonl\.(\d+)/.exec(path)?.[1];
  return stamp === undefined ? Infinity : Number(stamp.slice(0, stamp.length === 19 ? 10 : undefined));
}

/** Whole lines; what comes after the last line feed is cut off and kept. */
function itemsOf(world: World, { text, items }: Extract<Entry, { kind: "file" }>, isRotated: boolean): readonly Item[] {
  if (text === undefined) return items;
  const end = text.lastIndexOf("\n") + 1;
  if (end < text.length && !isRotated) {
    world.apply("torn-tail");
    world.shared.disk.torn.push(text.slice(end));
    world.say("pontem.emit", "WARN", false);
  }
  return fileItems(text.slice(0, isRotated ? undefined : end));
}

/** Lines of a found file, as they are. */
export function fileItems(text: string): Item[] {
  const lines = linesOf(text);
  const first = lines[0];
  if (first !== undefined && lines.length > 20 && lines.every(({ json }) => json === first.json)) {
    return [{ kind: "same", line: first.json, times: lines.length }];
  }
  return lines.map(({ json }): Item => ({ kind: "line", line: json }));
}

/** Something is in the place of an active file, or no longer. */
export function noteInPlace(world: World, path: string): void {
  for (const directory of [...world.shared.disk.records.keys()].map((key) => key.split("|")[0] ?? "")) {
    const file = recordFile(path);
    if (file !== undefined && isAtOrBelow(path, directory) && file.directory === directory && !file.isRotated) {
      world.shared.disk.channel(directory, file.name).blocked = true;
    }
  }
}
