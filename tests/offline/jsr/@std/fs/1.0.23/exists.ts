/**
 * Asks whether a path exists.
 *
 * @module
 */

import { stat } from "node:fs/promises";

/** Options for {@linkcode exists}. */
export interface ExistsOptions {
  /**
   * Whether the path must be a directory, or a link to one.
   *
   * @default {false}
   */
  isDirectory?: boolean;
  /**
   * Whether the path must be a file, or a link to one.
   *
   * @default {false}
   */
  isFile?: boolean;
}

/**
 * Tells whether the path exists.
 *
 * @param path The path.
 * @param options What else must hold.
 * @returns `true` if the path exists and every option holds.
 * @throws {TypeError} If both `isDirectory` and `isFile` are asked for.
 */
export async function exists(path: string | URL, options?: ExistsOptions): Promise<boolean> {
  if (options?.isDirectory && options.isFile) {
    throw new TypeError("ExistsOptions.options.isDirectory and ExistsOptions.options.isFile must not be true together");
  }
  try {
    const found = await stat(path);
    if (options?.isDirectory && !found.isDirectory()) return false;
    if (options?.isFile && !found.isFile()) return false;
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return false;
    throw error;
  }
}
