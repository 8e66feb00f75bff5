/**
 * Picks the port set of the runtime at hand.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { bunRuntime } from "./bun/mod.ts";
import { denoRuntime } from "./deno/mod.ts";
import { nodeRuntime } from "./node/mod.ts";

let detected: Runtime | undefined;

/**
 * Detects the runtime, once. The order matters: Deno and Bun both pretend to be Node as well.
 *
 * @returns The ports of this runtime.
 * @throws {Error} When it is none of Deno, Bun and Node.
 */
export function detectRuntime(): Runtime {
  detected ??= detect();
  return detected;
}

function detect(): Runtime {
  const { Deno, Bun } = globalThis as { Deno?: { version?: { deno?: string } }; Bun?: { version?: string } };
  if (Deno?.version?.deno !== undefined) return denoRuntime();
  if (Bun?.version !== undefined) return bunRuntime();
  return nodeRuntime();
}
