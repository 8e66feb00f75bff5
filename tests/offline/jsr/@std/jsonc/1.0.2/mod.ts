/**
 * Stand-in for `@std/jsonc`, used where JSR cannot be reached: same name, same signature, only what the project uses.
 *
 * @module
 */

export * from "./parse.ts";
