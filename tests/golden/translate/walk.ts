/**
 * Walking through the steps of a case.
 *
 * @module
 */
import type { Json } from "../driver/json.ts";
import type { Step } from "../driver/types.ts";
import type { World } from "./world.ts";

/** What a step does to the state. Throws `Raised` where it raises in TypeScript. */
export type Walker = (world: World, ...args: readonly (Json | undefined)[]) => void;

/** Steps by their names. */
export type Walkers = Readonly<Record<string, Walker>>;

/** Walks through steps. */
export function walkAll(world: World, steps: readonly Step[]): void {
  for (const step of steps) world.shared.walk(world, step);
}
