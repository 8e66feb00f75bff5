/**
 * The one suite every runtime must pass.
 *
 * @module
 */
import { compressionConformance } from "./compression.ts";
import { contentConformance } from "./content.ts";
import { hostConformance } from "./host.ts";
import { namesConformance } from "./names.ts";
import type { MakeWorld } from "./world.ts";

/**
 * Runs the whole suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function runtimeConformance(name: string, make: MakeWorld): void {
  contentConformance(name, make);
  namesConformance(name, make);
  compressionConformance(name, make);
  hostConformance(name, make);
}
