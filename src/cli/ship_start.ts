/**
 * Starts the shipper of `pontem ship`: apart from the command, so that help and wrong options do not load all of it.
 *
 * @module
 */
import type { ShipConfig } from "../ship/config_types.ts";
import { startShipper } from "../ship/start.ts";
import { demandPermissions } from "./permissions.ts";
import type { CommandProcess } from "./process.ts";
import type { ConfigSource, RunningShipper } from "./ship.ts";
import { needsOf, readSource } from "./ship_source.ts";

/** Starts a shipper of a configuration. */
export type StartFromConfig = (
  config: ShipConfig,
  process: CommandProcess,
  once: boolean,
) => RunningShipper | Promise<RunningShipper>;

/**
 * Reads the configuration, asks for the permissions and starts.
 *
 * @param source Where the configuration comes from.
 * @param process The process.
 * @param once Is it to end when everything that is there is sent?
 * @param start Starts it.
 * @returns The shipper.
 * @throws {UsageError} When the configuration cannot be read or used.
 * @throws {Error} When it cannot start.
 */
export async function startFromSource(
  source: ConfigSource,
  process: CommandProcess,
  once: boolean,
  start: StartFromConfig = (config, { runtime }, once) => startShipper(config, { runtime, once, keepAlive: true }),
): Promise<RunningShipper> {
  const { fs, host } = process.runtime;
  const config = readSource(source, fs);
  demandPermissions(host.runtime, needsOf(config, fs));
  return await start(config, process, once);
}
