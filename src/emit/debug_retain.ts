/**
 * Which segments of DEBUG are removed, whoever wrote them: any process of the directory does it for all. Names of others and links are never
 * touched.
 *
 * By age, counted from the end of a segment's hour, so that each record is kept for as long as promised, and an hour longer at most. A system
 * clock that jumps must not delete everything, so it is asked as little as possible:
 * - The age of a segment is taken once, when it is seen first; from then on it grows with the monotonic clock.
 * - What is seen first while running is new since the last look, whatever its stamp says: it is no older than that look.
 * - At the start only the system clock can tell. When all segments are too old by it, the machine was off for long, or the clock is wrong,
 *   which looks just the same. Then they stay for an hour of this run, and are measured again by what the clock says then.
 * - A stamp in the future counts as age 0.
 *
 * By size: all segments together stay below the bound; of several processes each may write an eighth beyond it, when they look in the same moment. Those stamped in the future go first, then the oldest; by count likewise.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { HOUR_MS, parseSegment } from "./debug_segment.ts";
import { listIfThere } from "./small_file.ts";

/** Segments that are kept at most: a service that starts again and again leaves many small ones. */
export const MAX_SEGMENTS = 2_000;

/** Surroundings of the retention. */
export interface DebugRetentionOptions {
  /** Where the segments lie. */
  readonly fs: FileSystem;
  /** Clocks. */
  readonly host: Pick<Host, "now" | "wallClock">;
  /** Their directory. */
  readonly directory: string;
  /** Age from which they go. */
  readonly retentionHours: number;
  /** Bytes of all of them. */
  readonly maxBytes: number;
  /** Path of the segment that is being written here, which stays. */
  readonly active: () => string;
  /** Is called for each segment that was removed. */
  readonly removed: (bytes: number) => void;
}

interface Segment {
  readonly name: string;
  readonly path: string;
  readonly hour: number;
  readonly part: number;
  readonly size: number;
}

/** How old a segment was when it was seen first. */
interface FirstSight {
  readonly ageMs: number;
  /** By the monotonic clock. */
  readonly at: number;
}

/** The retention of one process. */
export class DebugRetention {
  readonly #options: DebugRetentionOptions;
  #seen: ReadonlyMap<string, FirstSight> = new Map();
  /** By the monotonic clock. */
  #lookedAt = -Infinity;
  /** Segments whose age at the start is in doubt, and until when. */
  #doubt: { readonly names: ReadonlySet<string>; readonly until: number } | undefined;

  /** @param options Surroundings. */
  constructor(options: DebugRetentionOptions) {
    this.#options = options;
  }

  /**
   * Removes what is beyond the bounds.
   *
   * @param room Bytes that are about to be written.
   */
  look(room: number): void {
    const segments = this.#find();
    this.#measure(segments);
    const left = this.#removeOld(segments);
    this.#removeMost(left, room);
  }

  #find(): Segment[] {
    const { fs, directory } = this.#options;
    const segments: Segment[] = [];
    // Through a link in its place something else would be listed, and removed.
    if (fs.stat(directory)?.kind !== "directory") return segments;
    for (const name of listIfThere(fs, directory)) {
      const parsed = parseSegment(name);
      if (parsed === undefined) continue;
      const path = `${directory}/${name}`;
      const stat = fs.stat(path);
      if (stat?.kind === "file") segments.push({ name, path, ...parsed, size: stat.size });
    }
    return segments.sort((a, b) => a.hour - b.hour || a.part - b.part || (a.name < b.name ? -1 : 1));
  }

  #measure(segments: readonly Segment[]): void {
    const { host } = this.#options;
    const [now, wall] = [host.now(), host.wallClock()];
    const isStart = this.#lookedAt === -Infinity;
    const doubted = this.#doubt !== undefined && now >= this.#doubt.until ? this.#doubt.names : undefined;
    if (doubted !== undefined) this.#doubt = undefined;
    const seen = new Map<string, FirstSight>();
    for (const { name, hour } of segments) {
      const stamped = Math.max(0, wall - (hour + HOUR_MS));
      const known = this.#seen.get(name);
      if (doubted?.has(name)) seen.set(name, { ageMs: stamped, at: now });
      else seen.set(name, known ?? { ageMs: Math.min(stamped, now - this.#lookedAt), at: now });
    }
    this.#seen = seen;
    this.#lookedAt = now;
    if (isStart && segments.length > 0 && segments.every((segment) => this.#isOld(segment, now))) {
      this.#doubt = { names: new Set(seen.keys()), until: now + HOUR_MS };
    }
  }

  #isOld({ name }: Segment, now: number): boolean {
    const sight = this.#seen.get(name);
    return sight !== undefined && sight.ageMs + (now - sight.at) >= this.#options.retentionHours * HOUR_MS;
  }

  #removeOld(segments: readonly Segment[]): Segment[] {
    const now = this.#options.host.now();
    return segments.filter((segment) => {
      if (!this.#isOld(segment, now) || this.#doubt?.names.has(segment.name) === true) return true;
      return !this.#remove(segment);
    });
  }

  #removeMost(segments: readonly Segment[], room: number): void {
    const { host, maxBytes } = this.#options;
    // An hour of grace: a clock that is put right by seconds may leave a segment of the next hour.
    const future = host.wallClock() + HOUR_MS;
    const order = [...segments.filter(({ hour }) => hour > future), ...segments.filter(({ hour }) => hour <= future)];
    let bytes = segments.reduce((sum, { size }) => sum + size, 0);
    let count = segments.length;
    for (const segment of order) {
      if (bytes + room <= maxBytes && count < MAX_SEGMENTS) return;
      if (!this.#remove(segment)) continue;
      bytes -= segment.size;
      count--;
    }
  }

  /** False for what is being written here, and for what cannot be removed: it is looked at again. */
  #remove({ path, size }: Segment): boolean {
    const { fs, active, removed } = this.#options;
    if (path === active()) return false;
    try {
      fs.remove(path);
    } catch {
      // Mostly it is gone: another process looks as well.
      return fs.stat(path) === undefined;
    }
    removed(size);
    return true;
  }
}
