/**
 * Check of the `runtime` option.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { show } from "./check.ts";

/**
 * Takes a port set.
 *
 * @param value What was given.
 * @returns The port set, `undefined` when none was given.
 * @throws {TypeError} When it is none.
 */
export function checkRuntime(value: unknown): Runtime | undefined {
  if (value === undefined) return undefined;
  const ports = value as Partial<Runtime> | null;
  if (
    typeof value === "object" && ports?.fs !== undefined && ports.host !== undefined && ports.compression !== undefined
  ) return value as Runtime;
  throw new TypeError(
    `Cannot use option "runtime": expected a port set with fs, host and compression, such as denoRuntime() from "@pontem/sdk/adapter/deno", got ${
      show(value)
    }`,
  );
}
