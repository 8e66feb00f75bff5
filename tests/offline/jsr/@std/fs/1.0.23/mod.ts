/**
 * Stand-in for `@std/fs`, used where JSR cannot be reached: same names, same signatures, only what the project uses.
 *
 * @module
 */

export * from "./ensure_dir.ts";
export * from "./exists.ts";
export * from "./walk.ts";
