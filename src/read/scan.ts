/**
 * Finds the files of a source: of an emit directory the files of both channels and all writers, of any other directory the logs in it.
 *
 * @module
 */
import { activeName, type ChannelName, CHANNELS, Layout, parseRotated } from "../emit/layout.ts";
import { listIfThere, nameOf } from "../emit/small_file.ts";
import { errorCode, type FileStat, type FileSystem } from "../port/file_system.ts";
import { expand } from "./glob.ts";

/** Files that are followed; those beyond are left out and reported. */
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
/** A log of others may be written on under its new name until its writer is told; so long after the last write it is finished, in milliseconds. */
const SETTLED_MS = 60_000;

/** Surroundings of a scan. */
export interface ScanOptions {
  /** The file system. */
  readonly fs: FileSystem;
  /** The time, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** A file was listed and is not there any more: it may have another name by now. */
  readonly missed: () => void;
  /** Takes what cannot be looked at. */
  readonly report: (message: string) => void;
}

/**
 * Finds the files of a source.
 *
 * @param source A directory, a file or a pattern of either, absolute.
 * @param options Surroundings.
 * @returns The files, in no order.
 */
export function scan(source: string, options: ScanOptions): FoundFile[] {
  const found: FoundFile[] = [];
  for (const path of expand(options.fs, source)) {
    const stat = statOf(path, options, true);
    if (stat?.kind === "directory") found.push(...scanDirectory(path, options));
    else if (stat?.kind === "file") found.push(logOfOthers(path, stat, options.nowMs));
  }
  return found;
}

/** `undefined` for what is not there, and for what cannot be looked at. */
function statOf(path: string, { fs, report }: ScanOptions, follow: boolean = false): FileStat | undefined {
  try {
    return follow ? fs.statFollow(path) : fs.stat(path);
  } catch (error) {
    report(`Cannot look at ${JSON.stringify(path)}: ${errorCode(error)}`);
    return undefined;
  }
}

function scanDirectory(directory: string, options: ScanOptions): FoundFile[] {
  const { fs, nowMs } = options;
  const names = new Set(listIfThere(fs, directory));
  const { writers, own } = new Layout(directory);
  if ([...names].some((name) => channelOf(name) !== undefined) || names.has(nameOf(own))) {
    const ofWriters = writersFiles(directory, writers, options);
    // Files go from here to a writer and back: one that moves while we look is in one of the three lists.
    for (const name of listIfThere(fs, directory)) names.add(name);
    return [...ofWriters, ...[...names].flatMap((name) => ourFile(directory, directory, name, options))];
  }
  return [...names].flatMap((name) => {
    if (!LOG_NAME.test(name)) return [];
    const path = `${directory}/${name}`;
    const stat = statOf(path, options);
    if (stat === undefined) options.missed();
    return stat?.kind === "file" ? [logOfOthers(path, stat, nowMs)] : [];
  });
}

/** Files of writers that do not hold the lease, and what was rotated and is not published yet. */
function writersFiles(directory: string, writers: string, options: ScanOptions): FoundFile[] {
  const { fs } = options;
  if (statOf(writers, options)?.kind !== "directory") return [];
  return listIfThere(fs, writers).flatMap((id) => {
    const writer = `${writers}/${id}`;
    if (statOf(writer, options)?.kind !== "directory") return [];
    return listIfThere(fs, writer).flatMap((name) => ourFile(directory, writer, name, options));
  });
}

/** What a name of an emit directory says; `undefined` for any other name. */
function channelOf(name: string): Pick<FoundFile, "channel" | "gz" | "finished" | "ordinal"> | undefined {
  const active = CHANNELS.find((channel) => activeName(channel) === name);
  if (active !== undefined) return { channel: active, gz: false, finished: false, ordinal: Infinity };
  const rotated = parseRotated(name);
  return rotated && { channel: rotated.channel, gz: rotated.gz, finished: true, ordinal: rotated.ordinal };
}

/** A file of a channel; none for what is no regular file: a link could lead anywhere. */
function ourFile(directory: string, where: string, name: string, options: ScanOptions): FoundFile[] {
  const named = channelOf(name);
  if (named === undefined) return [];
  const path = `${where}/${name}`;
  const stat = statOf(path, options);
  if (stat === undefined) options.missed();
  return stat?.kind === "file" ? [{ directory, path, ...named, stat }] : [];
}

function logOfOthers(path: string, stat: FileStat, nowMs: number): FoundFile {
  const name = nameOf(path);
  const isRotated = ROTATED_LOG.test(name);
  const gz = name.endsWith(".gz");
  return {
    directory: path.slice(0, -name.length - 1) || "/",
    path,
    channel: undefined,
    gz,
    finished: gz || (isRotated && nowMs - stat.mtimeMs >= SETTLED_MS),
    ordinal: isRotated ? stat.mtimeMs / 1000 : Infinity,
    stat,
  };
}

/** Where a file stands on its device; where there are no numbers, its path. */
export function placeOf({ stat, path }: Pick<FoundFile, "stat" | "path">): string {
  return stat.ino === 0 ? path : `${stat.dev}:${stat.ino}`;
}
