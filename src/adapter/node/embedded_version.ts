/**
 * The version that the build of a compiled program put in.
 *
 * @module
 */

// Replaced by `bun build --define PONTEM_SERVICE_VERSION='"1.2.3"'`, or a global that the program's first module sets.
declare const PONTEM_SERVICE_VERSION: unknown;

/**
 * Reads the embedded version.
 *
 * @returns The version, `undefined` when the build gave none.
 */
export function embeddedVersion(): string | undefined {
  if (typeof PONTEM_SERVICE_VERSION !== "string") return undefined;
  return PONTEM_SERVICE_VERSION === "" ? undefined : PONTEM_SERVICE_VERSION;
}
