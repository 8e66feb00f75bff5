/**
 * What this host is doing: from node:os everywhere, and from /proc and /sys where they can be read.
 *
 * @module
 */
import { readdirSync, readFileSync, statfsSync } from "node:fs";
import { cpus, freemem, loadavg, totalmem } from "node:os";

/** Bytes in use, of how many. */
export interface Usage {
  /** Bytes in use. */
  readonly used: number;
  /** All bytes. */
  readonly total: number;
}

/** One reading. */
export interface Host {
  /** Load of the last minute. */
  readonly load1m: number;
  /** Memory. */
  readonly memory: Usage;
  /** Milliseconds since the start of the host, for each core. */
  readonly cores: readonly { readonly busy: number; readonly total: number }[];
  /** The file system of the directory. */
  readonly disk: Usage | undefined;
  /** Bytes moved since the start of the host, by device and direction. */
  readonly counters: ReadonlyMap<string, number>;
  /** Degrees Celsius, by sensor. */
  readonly temperatures: ReadonlyMap<string, number>;
}

const SECTOR_BYTES = 512;
const failed = new Map<string, unknown>();

/**
 * Reads the host.
 *
 * @param dir A directory of the file system that is looked at.
 * @returns The reading.
 */
export function readHost(dir: string): Host {
  return {
    load1m: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    memory: { used: totalmem() - freemem(), total: totalmem() },
    cores: cpus().map(({ times: { user, nice, sys, idle, irq } }) => {
      const busy = user + nice + sys + irq;
      return { busy, total: busy + idle };
    }),
    disk: attempt(dir, () => {
      const { blocks, bfree, bsize } = statfsSync(dir);
      return { used: (blocks - bfree) * bsize, total: blocks * bsize };
    }),
    counters: new Map([...networkBytes(), ...diskBytes()]),
    temperatures: temperatures(),
  };
}

/**
 * Tells what could not be read so far.
 *
 * @returns Paths and why.
 */
export function unreadable(): { readonly path: string; readonly error: unknown }[] {
  return [...failed].map(([path, error]) => ({ path, error }));
}

/** Not every host has everything: what fails once is left out from then on. */
function attempt<T>(path: string, read: () => T): T | undefined {
  if (failed.has(path)) return undefined;
  try {
    return read();
  } catch (error) {
    failed.set(path, error);
    return undefined;
  }
}

function fields(path: string): string[][] {
  const text = attempt(path, () => readFileSync(path, "utf8")) ?? "";
  return text.split("\n").map((line) => line.trim().split(/[\s:]+/));
}

/** `eth0: <bytes received> <7 others> <bytes sent> ...`, below two lines of heading. */
function networkBytes(): [name: string, bytes: number][] {
  return fields("/proc/net/dev").slice(2).filter((line) => line.length > 9 && Number(line[1]) > 0).flatMap((line) => [
    [`${line[0]}.received`, Number(line[1])],
    [`${line[0]}.sent`, Number(line[9])],
  ]);
}

/** `<major> <minor> <name> <reads> <merged> <sectors read> <ms> <writes> <merged> <sectors written> ...` */
function diskBytes(): [name: string, bytes: number][] {
  return fields("/proc/diskstats").filter((line) => line.length > 9 && Number(line[3]) > 0).flatMap((line) => [
    [`${line[2]}.read`, Number(line[5]) * SECTOR_BYTES],
    [`${line[2]}.written`, Number(line[9]) * SECTOR_BYTES],
  ]);
}

function temperatures(): Map<string, number> {
  const root = "/sys/class/thermal";
  const found = new Map<string, number>();
  for (const zone of attempt(root, () => readdirSync(root)) ?? []) {
    if (!zone.startsWith("thermal_zone")) continue;
    const milli = attempt(`${root}/${zone}/temp`, () => Number(readFileSync(`${root}/${zone}/temp`, "utf8")));
    if (milli !== undefined && Number.isFinite(milli)) found.set(zone, milli / 1_000);
  }
  return found;
}
