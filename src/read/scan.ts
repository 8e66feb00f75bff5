/**
 * Finds the files of a source: of an emit directory the files of both channels and all writers, of any other directory the logs in it.
 *
 * @module
 */
import { activeName, type ChannelName, CHANNELS, Layout, parseRotated } from "../emit/layout.ts";
import { listIfThere, nameOf } from "../emit/small_file.ts";
import type { FileStat, FileSystem } from "../port/file_system.ts";
import { expand } from "./glob.ts";

/** Files of one source that are looked at; those beyond are left out and reported. */
export const MAX_FILES = 10_000;

/** A file as it was found. */
export interface FoundFile {
  /** The emit directory, or the directory it lies in. */
  readonly directory: string;
  /** Where it lies. */
  readonly path: string;
  /** What it holds; `undefined` for a log of others. */
  readonly channel: ChannelName | undefined;
  /** Is it compressed? */
  readonly gz: boolean;
  /** Will it not grow any more? */
  readonly finished: boolean;
  /** Its place in time, `Infinity` for one that is written. */
  readonly ordinal: number;
  /** What it is. */
  readonly stat: FileStat;
}

/** Names of logs of others: a log, or what rotation made of it. */
const LOG_NAME = /\.(?:log|jsonl|ndjson|txt)(?:[.-]\d[\d.-]*)?(?:\.gz)?$/;
/** What rotation puts behind a name. */
const ROTATED_LOG = /(?:[.-]\d[\d.-]*|\.gz)$/;

/**
 * Finds the files of a source.
 *
 * @param fs The file system.
 * @param source A directory, a file or a pattern of either, absolute.
 * @returns The files, in no order.
 */
export function scan(fs: FileSystem, source: string): FoundFile[] {
  const found: FoundFile[] = [];
  for (const path of expand(fs, source)) {
    const stat = fs.statFollow(path);
    if (stat?.kind === "directory") found.push(...scanDirectory(fs, path));
    else if (stat?.kind === "file") found.push(logOfOthers(path, stat));
  }
  return found;
}

function scanDirectory(fs: FileSystem, directory: string): FoundFile[] {
  const names = listIfThere(fs, directory);
  const ours = names.flatMap((name) => ourFile(fs, directory, directory, name));
  if (ours.length > 0 || names.includes(".pontem")) return [...ours, ...writersFiles(fs, directory)];
  return names.flatMap((name) => {
    if (!LOG_NAME.test(name)) return [];
    const path = `${directory}/${name}`;
    const stat = fs.stat(path);
    return stat?.kind === "file" ? [logOfOthers(path, stat)] : [];
  });
}

/** Files of writers that do not hold the lease, and what was rotated and is not published yet. */
function writersFiles(fs: FileSystem, directory: string): FoundFile[] {
  const { writers } = new Layout(directory);
  if (fs.stat(writers)?.kind !== "directory") return [];
  return listIfThere(fs, writers).flatMap((id) => {
    const writer = `${writers}/${id}`;
    if (fs.stat(writer)?.kind !== "directory") return [];
    return listIfThere(fs, writer).flatMap((name) => ourFile(fs, directory, writer, name));
  });
}

/** A file of a channel; none for any other name, and for what is no regular file: a link could lead anywhere. */
function ourFile(fs: FileSystem, directory: string, where: string, name: string): FoundFile[] {
  const active = CHANNELS.find((channel) => activeName(channel) === name);
  const rotated = active === undefined ? parseRotated(name) : undefined;
  const channel = active ?? rotated?.channel;
  if (channel === undefined) return [];
  const path = `${where}/${name}`;
  const stat = fs.stat(path);
  if (stat?.kind !== "file") return [];
  const [gz, finished, ordinal] = rotated === undefined
    ? [false, false, Infinity]
    : [rotated.gz, true, rotated.ordinal];
  return [{ directory, path, channel, gz, finished, ordinal, stat }];
}

function logOfOthers(path: string, stat: FileStat): FoundFile {
  const name = nameOf(path);
  const finished = ROTATED_LOG.test(name);
  return {
    directory: path.slice(0, -name.length - 1) || "/",
    path,
    channel: undefined,
    gz: name.endsWith(".gz"),
    finished,
    ordinal: finished ? stat.mtimeMs / 1000 : Infinity,
    stat,
  };
}

/** Where a file stands on its device; where there are no numbers, its path. */
export function placeOf({ stat, path }: Pick<FoundFile, "stat" | "path">): string {
  return stat.ino === 0 ? path : `${stat.dev}:${stat.ino}`;
}
