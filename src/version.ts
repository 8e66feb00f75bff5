/**
 * Version of this package, for messages and metrics.
 *
 * @module
 */

/** The version; a test holds it and the manifest together. */
export const VERSION = "0.1.0";
