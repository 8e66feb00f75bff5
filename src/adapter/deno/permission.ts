/**
 * Permissions of Deno, asked without a prompt. With a terminal on standard input every operation without permission would stop the
 * service and wait for somebody to press a key, so the adapter asks before each operation on a path or a variable.
 *
 * @module
 */
import type { DenoNamespace } from "./namespace.ts";
import { isGranted, isWhollyGranted } from "./namespace.ts";
import { codedError } from "../node/file_handle.ts";

/** Kinds of access to a path. */
export type Access = "read" | "write";

/** Below these Deno wants every permission (`--allow-all`), while `querySync` answers for reading and writing alone. */
const GUARDED = /^\/(?:proc|sys|dev)(?:\/|$)/;
/** Except for these. */
const HARMLESS: ReadonlySet<string> = new Set(["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"]);
const EVERYTHING = ["read", "write", "env", "sys", "net", "run", "ffi", "import"] as const;

/** Asks for permissions. */
export class DenoPermissions {
  readonly #deno: DenoNamespace;

  /**
   * Makes the questions.
   *
   * @param deno Deno's namespace.
   */
  constructor(deno: DenoNamespace) {
    this.#deno = deno;
  }

  /**
   * May a path be used without a prompt? A question takes 1.4 microseconds.
   *
   * @param access How it is used.
   * @param path Absolute path.
   * @returns Whether it may.
   */
  allows(access: Access, path: string): boolean {
    // For its directory first: Deno remembers every path that it is asked for, and each rotation makes new ones.
    const directory = path.slice(0, path.lastIndexOf("/")) || "/";
    if (
      !isWhollyGranted(this.#deno, { name: access, path: directory }) && !isGranted(this.#deno, { name: access, path })
    ) return false;
    return !GUARDED.test(path) || HARMLESS.has(path) || EVERYTHING.every((name) => isGranted(this.#deno, { name }));
  }

  /**
   * May the room of the disk that a path is on be asked for without a prompt?
   *
   * @param path Absolute path.
   * @returns Whether it may.
   */
  allowsRoom(path: string): boolean {
    return isGranted(this.#deno, { name: "sys", kind: "statfs" }) && this.allows("read", path);
  }

  /**
   * May an environment variable be read without a prompt?
   *
   * @param variable Name of the variable.
   * @returns Whether it may.
   */
  allowsEnv(variable: string): boolean {
    return isGranted(this.#deno, { name: "env", variable });
  }

  /**
   * Throws where a path may not be used.
   *
   * @param access How it is used.
   * @param path Absolute path.
   * @throws {Error} With code `"NOT_CAPABLE"`.
   */
  demand(access: Access, path: string): void {
    if (this.allows(access, path)) return;
    throw codedError("NOT_CAPABLE", `no ${access} access to "${path}". Run again with --allow-${access}=${path}`);
  }
}
