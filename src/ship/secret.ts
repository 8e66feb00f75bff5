/**
 * Secrets: where they are read, and never shown.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { messageOf } from "../port/reason.ts";

/** Where a secret stands: in the environment, in a file, or, in code, as it is. */
export type SecretSource = string | { readonly env: string } | { readonly file: string };

/** A file is read again after this, in milliseconds: tokens are changed while the shipper runs. */
const FRESH_MS = 60_000;
/** A larger file is no secret, in bytes. */
const MAX_BYTES = 65_536;

/** A secret. What shows values shows `[secret]`. */
export class Secret {
  readonly #runtime: Runtime;
  readonly #source: SecretSource;
  #value: string | undefined;
  #readAt = -Infinity;

  /**
   * Reads nothing yet.
   *
   * @param runtime The ports.
   * @param source Where it stands.
   */
  constructor(runtime: Runtime, source: SecretSource) {
    this.#runtime = runtime;
    this.#source = source;
  }

  /**
   * The secret of this moment.
   *
   * @throws {Error} When it is not there; the message names the place, never the value.
   */
  get value(): string {
    const source = this.#source;
    if (typeof source === "string") return source;
    if ("env" in source) {
      const value = this.#runtime.host.env(source.env);
      if (value === undefined) {
        throw new Error(`The secret is not set: the environment variable ${source.env} is empty`);
      }
      return value;
    }
    const now = this.#runtime.host.now();
    if (this.#value === undefined || now - this.#readAt >= FRESH_MS) {
      this.#value = this.#read(source.file);
      this.#readAt = now;
    }
    return this.#value;
  }

  #read(path: string): string {
    const { fs } = this.#runtime;
    try {
      const size = fs.statFollow(path)?.size ?? 0;
      if (size > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
      const text = new TextDecoder().decode(fs.readFile(path)).replace(/\r?\n$/, "");
      if (text === "") throw new Error("it is empty");
      return text;
    } catch (error) {
      throw new Error(`The secret cannot be read from the file ${JSON.stringify(path)}: ${messageOf(error)}`);
    }
  }

  /** For what shows values. */
  toString(): string {
    return "[secret]";
  }

  /** For JSON. */
  toJSON(): string {
    return "[secret]";
  }
}
