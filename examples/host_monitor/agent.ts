/**
 * The part of the agent: writes a config file so that a reader sees the old one or the new one, never half of it.
 *
 * @module
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a config file in one step.
 *
 * @param configDir The config directory.
 * @param namespace Name of the file without `.json`.
 * @param values What it shall hold.
 */
export async function writeConfig(configDir: string, namespace: string, values: object): Promise<void> {
  await mkdir(configDir, { recursive: true });
  const temporary = join(configDir, `.${namespace}.json.new`);
  await writeFile(temporary, `${JSON.stringify(values, null, 2)}\n`);
  await rename(temporary, join(configDir, `${namespace}.json`));
}
