/**
 * Makes directories.
 *
 * @module
 */

import { mkdir, stat } from "node:fs/promises";

/**
 * Makes sure that the directory exists, and its parents too.
 *
 * @param dir The directory.
 * @returns A promise that resolves once the directory is there.
 * @throws {Error} If something that is not a directory has its name.
 */
export async function ensureDir(dir: string | URL): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    const found = await stat(dir).catch(() => undefined);
    if (found === undefined) throw error;
    if (!found.isDirectory()) {
      throw new Error(`Failed to ensure directory exists: expected 'dir', got '${found.isFile() ? "file" : "other"}'`);
    }
  }
}
