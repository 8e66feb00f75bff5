/**
 * Names of the segments that DEBUG is kept in: `debug-<YYYYMMDDTHH>Z-<writer id>[-<part>].jsonl`, one a writer and hour, and further parts
 * when one is full. The id is new in each run, so that nothing is ever appended to what an earlier run left, torn end or not.
 *
 * @module
 */

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000;

/** Four digits of a year end here. */
const LAST_MS = Date.UTC(9999, 11, 31, 23);

/** A segment's name, taken apart. */
export interface SegmentName {
  /** Start of its hour, milliseconds since the Unix epoch. */
  readonly hour: number;
  /** Who wrote it. */
  readonly writer: string;
  /** Its place among those of the writer and hour, from 0. */
  readonly part: number;
}

/**
 * Start of an hour.
 *
 * @param ms A time.
 * @returns The start of its hour, within what a name can say.
 */
export function hourOf(ms: number): number {
  return Math.min(Math.max(0, Math.floor(ms / HOUR_MS) * HOUR_MS), LAST_MS);
}

/** Name of a segment. */
export function segmentName({ hour, writer, part }: SegmentName): string {
  const stamp = new Date(hour).toISOString().slice(0, 13).replaceAll("-", "");
  return `debug-${stamp}Z-${writer}${part === 0 ? "" : `-${part}`}.jsonl`;
}

const SEGMENT = /^debug-(\d{4})(\d\d)(\d\d)T(\d\d)Z-([0-9a-f]{1,64})(?:-([1-9]\d{0,8}))?\.jsonl$/;

/**
 * Takes a segment's name apart.
 *
 * @param name A file name without its directory.
 * @returns Its parts, `undefined` for any name that is not ours.
 */
export function parseSegment(name: string): SegmentName | undefined {
  const match = SEGMENT.exec(name);
  if (match === null) return undefined;
  const [, year, month, day, hours, writer = "", part = "0"] = match;
  const hour = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hours));
  const parsed = { hour, writer, part: Number(part) };
  // A 31st of February is no time of ours.
  return hour >= 0 && hour <= LAST_MS && segmentName(parsed) === name ? parsed : undefined;
}

/** The segment that a writer writes at this moment. */
export class CurrentSegment {
  readonly #directory: string;
  readonly #writer: string;
  #hour = -1;
  #part = 0;
  /** Its path; empty before the first {@link CurrentSegment.turn}. */
  path = "";

  /**
   * There is none before the first turn.
   *
   * @param directory Directory of the segments.
   * @param writer Id of the writer.
   */
  constructor(directory: string, writer: string) {
    this.#directory = directory;
    this.#writer = writer;
  }

  /**
   * Goes to the segment of an hour, earlier than the last one after a step of the clock.
   *
   * @param wallMs The time.
   * @returns Is it another one?
   */
  turn(wallMs: number): boolean {
    const hour = hourOf(wallMs);
    if (hour === this.#hour) return false;
    this.#hour = hour;
    this.#part = 0;
    this.#name();
    return true;
  }

  /** Goes to the next part of the hour: this one is full. */
  next(): void {
    this.#part++;
    this.#name();
  }

  #name(): void {
    this.path = `${this.#directory}/${segmentName({ hour: this.#hour, writer: this.#writer, part: this.#part })}`;
  }
}
