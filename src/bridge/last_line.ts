/**
 * The line that a bridge handed to its logger last. Some loggers write by the console; where that is bridged too, a record must not be put into
 * another one. The very line is compared, not its form: text of somebody else that looks like a record stays text.
 *
 * @module
 */

let last = "";

/**
 * Remembers a line.
 *
 * @param line A line without a line feed.
 * @returns The line.
 */
export function handedOn(line: string): string {
  return last = line;
}

/**
 * Is this the line that was handed on last?
 *
 * @param data Arguments of a method of the console.
 */
export function isLastLine(data: readonly unknown[]): boolean {
  return data.length === 1 && data[0] === last && last !== "";
}
