/**
 * Which entries of a push Loki refused. It says how many, or shows one of each kind; the rest follows from its own rules.
 *
 * @module
 */
import type { DeadLetter } from "../outcome.ts";

/** An entry of a push, as much as Loki's rules look at. */
export interface RefusedEntry {
  /** Its place in the batch. */
  readonly place: number;
  /** Seconds since the Unix epoch, whole. */
  readonly seconds: number;
  /** Bytes of line and metadata, about. */
  readonly bytes: number;
  /** Bytes of the line, exact where it is near a limit. */
  readonly lineBytes: number;
}

const TOTAL = /total ignored: ([0-9]+) out of ([0-9]+)/i;
const TIME = "([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:\\.[0-9]+)?Z)";
const TOO_OLD = new RegExp(`too old: .*?, oldest acceptable timestamp is: ${TIME}`, "gi");
const TOO_NEW = new RegExp(`too new: ${TIME}`, "gi");
const BEHIND = new RegExp(`too far behind, .*?, oldest acceptable timestamp is: ${TIME}`, "gi");
const TOO_LONG = /max entry size '([0-9]+)' bytes exceeded/gi;
/** Newer versions put the same texts together: `12 errors like: ...`. */
const LIKE = /([0-9]+) errors? like: /gi;

/**
 * Finds what was refused.
 *
 * @param text Loki's answer.
 * @param entries The push, in its order, which ascends in time.
 * @returns Places in the batch where Loki's rules tell them, else how many.
 */
export function refusal(text: string, entries: readonly RefusedEntry[]): DeadLetter["records"] {
  const total = TOTAL.exec(text);
  return total === null
    ? refusedAtDoor(text, entries)
    : refusedByStream(text, entries, Number(total[1]), Number(total[2]));
}

/** The distributor looks at each entry by itself, and passes on the others. */
function refusedAtDoor(text: string, entries: readonly RefusedEntry[]): DeadLetter["records"] {
  const likes = [...text.matchAll(LIKE)].reduce((sum, [, count]) => sum + Number(count), 0);
  const told = Math.max(likes, 1);
  // Times are shown without their fraction: of one within the last second nobody knows, and it is kept.
  const oldest = Math.max(...seconds(text, TOO_OLD));
  const newest = Math.min(...seconds(text, TOO_NEW));
  const longest = Math.min(...[...text.matchAll(TOO_LONG)].map(([, bytes]) => Number(bytes)));
  const refused = entries.filter((entry) =>
    entry.seconds <= oldest || entry.seconds >= newest || entry.lineBytes > longest
  );
  return refused.length < told ? { count: Math.min(told, entries.length) } : refused.map(({ place }) => place);
}

/** The stream refuses what is an hour behind its newest entry. In a push that ascends those are the first ones. */
function refusedByStream(
  text: string,
  entries: readonly RefusedEntry[],
  ignored: number,
  outOf: number,
): DeadLetter["records"] {
  // What the distributor had refused before did not come to the stream, and is not spoken of.
  const count = Math.min(ignored + Math.max(entries.length - outOf, 0), entries.length);
  const [limit] = seconds(text, BEHIND);
  if (limit === undefined || outOf !== entries.length) return { count };
  const least = entries.filter((entry) => entry.seconds < limit).length;
  const most = entries.filter((entry) => entry.seconds <= limit).length;
  if (count < least || count > most) return { count };
  return entries.slice(0, count).map(({ place }) => place);
}

function seconds(text: string, pattern: RegExp): number[] {
  return [...text.matchAll(pattern)].map(([, time = ""]) => Math.floor(Date.parse(time) / 1_000));
}
