/**
 * Names in an emit directory. The two active files and their rotated forms lie in it; everything else of ours lies under `.pontem/`, so that
 * nothing else ever matches `logs.jsonl.*` or `metrics.jsonl.*`.
 *
 * ```text
 * logs.jsonl  metrics.jsonl                active files, written by the holder of the lease
 * logs.jsonl.<unix seconds>.gz             rotated
 * .pontem/lease                            id of the writer whose files the active ones are
 * .pontem/lock                             held for microseconds while names are given and leases change
 * .pontem/ordinal                          last rotation stamp
 * .pontem/writers/<id>/run.json            who the writer is, how it ended
 * .pontem/writers/<id>/logs.jsonl          active file of a writer that does not hold the lease
 * .pontem/writers/<id>/logs.jsonl.<stamp>  rotated, not yet compressed
 * .pontem/torn/                            torn lines that were cut off
 * .pontem/ship/<id>.json                   what a shipper has settled, see `shipper_contract.ts`
 * .pontem/debug/debug-<hour>Z-<id>.jsonl   TRACE and DEBUG, where they are kept at home; never shipped, see `debug_writer.ts`
 * ```
 *
 * @module
 */

/** A channel: one kind of record and its files. */
export type ChannelName = "logs" | "metrics";

/** Both channels. */
export const CHANNELS: readonly ChannelName[] = ["logs", "metrics"];

/** Mode of files and of directories. */
export const FILE_MODE = 0o640;
/** Mode of directories. */
export const DIRECTORY_MODE = 0o750;

/** Name of the active file of a channel. */
export function activeName(channel: ChannelName): string {
  return `${channel}.jsonl`;
}

/** A rotated file's name, taken apart. */
export interface RotatedName {
  /** Whose file it is. */
  readonly channel: ChannelName;
  /** The digits as they stand in the name. */
  readonly stamp: string;
  /** Its place in time: unix seconds; the Python SDK's nanoseconds are turned to seconds. */
  readonly ordinal: number;
  /** Is it compressed? */
  readonly gz: boolean;
}

/** The first stamp, and so at least four digits: `logs.jsonl.1` and its like are what logrotate makes, also where a clock starts in 1970. */
export const FIRST_STAMP = 1_000;

/** Unix seconds as we write them, or the 19 digits of nanoseconds that the Python SDK writes. Names of others are never ours. */
const ROTATED = /^(logs|metrics)\.jsonl\.([1-9]\d{3,10}|\d{19})(\.gz)?$/;

/**
 * Takes a rotated file's name apart.
 *
 * @param name A file name without its directory.
 * @returns Its parts, `undefined` when it is no rotated file of a channel.
 */
export function parseRotated(name: string): RotatedName | undefined {
  const match = ROTATED.exec(name);
  if (match === null) return undefined;
  const stamp = match[2] ?? "";
  const ordinal = stamp.length === 19 ? Number(stamp.slice(0, 10)) : Number(stamp);
  return { channel: match[1] as ChannelName, stamp, ordinal, gz: match[3] !== undefined };
}

/** Name of a rotated file. */
export function rotatedName(channel: ChannelName, stamp: string, gz: boolean): string {
  return `${activeName(channel)}.${stamp}${gz ? ".gz" : ""}`;
}

/** Paths of one emit directory. */
export class Layout {
  /** The emit directory, absolute. */
  readonly directory: string;
  /** Our own directory in it. */
  readonly own: string;
  /** Directory of the writers. */
  readonly writers: string;
  /** Who holds the active files. */
  readonly lease: string;
  /** Short lock. */
  readonly lock: string;
  /** Last rotation stamp. */
  readonly ordinal: string;
  /** Torn lines that were cut off. */
  readonly torn: string;
  /** TRACE and DEBUG that are kept at home. */
  readonly debug: string;
  /** What shippers have settled. */
  readonly ship: string;

  /** @param directory The emit directory, absolute. */
  constructor(directory: string) {
    this.directory = directory;
    this.own = `${directory}/.pontem`;
    this.writers = `${this.own}/writers`;
    this.lease = `${this.own}/lease`;
    this.lock = `${this.own}/lock`;
    this.ordinal = `${this.own}/ordinal`;
    this.torn = `${this.own}/torn`;
    this.debug = `${this.own}/debug`;
    this.ship = `${this.own}/ship`;
  }

  /** Directory of a writer. */
  writer(id: string): string {
    return `${this.writers}/${id}`;
  }
}
