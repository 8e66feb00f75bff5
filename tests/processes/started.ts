/**
 * A child process that runs on while the test does something else.
 *
 * @module
 */
import type { ChildOptions, ChildResult } from "../support/runtime.ts";

/** A process that has said what it was to say. */
export interface Started {
  /** Its process id. */
  readonly pid: number;
  /** How it ends. */
  readonly ended: Promise<ChildResult>;
}

/**
 * Waits until a child has said something.
 *
 * @param text What.
 * @param run Starts it, with this as option `onOutput`.
 * @returns The child.
 * @throws {Error} If it ends before.
 */
export function started(
  text: string,
  run: (onOutput: NonNullable<ChildOptions["onOutput"]>) => Promise<ChildResult>,
): Promise<Started> {
  return new Promise((resolve, reject) => {
    const ended = run((stdout, pid) => {
      if (stdout.includes(text)) resolve({ pid, ended });
    });
    ended.then(({ code, signal, stderr }) => {
      reject(new Error(`The child ended (${code ?? signal}) before it said "${text}"\n${stderr}`));
    }, reject);
  });
}
