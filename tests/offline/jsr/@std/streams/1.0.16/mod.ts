/**
 * Stand-in for `@std/streams`, used where JSR cannot be reached: same names, same signatures, only what the project uses.
 *
 * @module
 */

export * from "./text_line_stream.ts";
