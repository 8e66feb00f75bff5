/**
 * Codes for errors of Deno's own files: those that Rust has a name of its own for come with the number in the message only.
 *
 * @module
 */
import { errorCode } from "../../port/file_system.ts";
import type { OsModule } from "../node/builtin.ts";

/** Gives errors their codes. */
export class ErrorCodes {
  readonly #os: () => OsModule;
  #names: Map<number, string> | undefined;

  /**
   * Makes the table; it is filled when an error needs it.
   *
   * @param os Loads the `node:os` module.
   */
  constructor(os: () => OsModule) {
    this.#os = os;
  }

  /**
   * Calls, and gives an error that is thrown its code.
   *
   * @param call What may throw.
   * @returns What it returned.
   */
  run<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.add(error);
    }
  }

  /**
   * Gives an error its code.
   *
   * @param error The error.
   * @returns The same error.
   */
  add(error: unknown): unknown {
    if (!(error instanceof Error) || errorCode(error) !== "UNKNOWN") return error;
    const number = /\(os error (\d+)\)/.exec(error.message)?.[1];
    const code = number === undefined ? undefined : this.#name(Number(number));
    return code === undefined ? error : Object.assign(error, { code });
  }

  #name(number: number): string | undefined {
    if (this.#names === undefined) {
      this.#names = new Map();
      // Of two names for one number, such as EAGAIN and EWOULDBLOCK, the first is the usual one.
      for (const [name, value] of Object.entries(this.#os().constants.errno)) {
        if (!this.#names.has(value)) this.#names.set(value, name);
      }
    }
    return this.#names.get(number);
  }
}
