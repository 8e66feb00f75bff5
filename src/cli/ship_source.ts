/**
 * Gets the configuration of `pontem ship`, and tells what it needs of Deno.
 *
 * @module
 */
import { reason } from "../port/reason.ts";
import { show } from "../option/check.ts";
import type { FileSystem } from "../port/file_system.ts";
import { checkShipConfig } from "../ship/config.ts";
import { ShipConfigError } from "../ship/config_error.ts";
import { parseShipConfig } from "../ship/config_file.ts";
import type { ShipConfig } from "../ship/config_types.ts";
import type { SinkConfig } from "../ship/resolved_sink.ts";
import { UsageError } from "./options.ts";
import type { Needs } from "./permissions.ts";
import type { ConfigSource } from "./ship.ts";

/** A configuration that is larger is none, in bytes. */
export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * Reads and checks the configuration.
 *
 * @param source Where it comes from.
 * @param fs Reads the file.
 * @returns The configuration.
 * @throws {UsageError} When it cannot be read or used; the message names file, line, key and what helps.
 */
export function readSource(
  source: ConfigSource,
  fs: Pick<FileSystem, "readFile" | "resolve" | "statFollow">,
): ShipConfig {
  try {
    if ("value" in source) return checkShipConfig(source.value);
    return parseShipConfig(readText(source.path, fs), { path: source.path });
  } catch (error) {
    if (error instanceof ShipConfigError) throw new UsageError(error.message);
    throw error;
  }
}

function readText(path: string, fs: Pick<FileSystem, "readFile" | "resolve" | "statFollow">): string {
  const what = `Cannot read the configuration ${show(path)}`;
  try {
    const full = fs.resolve(path);
    const { kind, size } = fs.statFollow(full) ?? { kind: "file", size: 0 };
    if (kind === "directory") throw new UsageError(`${what}: it is a directory. Name the file in it`);
    if (size > MAX_CONFIG_BYTES) throw new UsageError(`${what}: it is larger than ${MAX_CONFIG_BYTES} bytes`);
    return new TextDecoder().decode(fs.readFile(full));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${what}: ${reason(error)}. Check the path after "--config", and who may read it`);
  }
}

/**
 * What a configuration needs of Deno.
 *
 * @param config The configuration.
 * @param fs Makes paths absolute.
 * @returns Directories, hosts and variables.
 */
export function needsOf(config: ShipConfig, fs: Pick<FileSystem, "resolve">): Needs {
  const { state, sources, sinks, health } = config;
  // The directory of a pattern: up to the first part that is one.
  const roots = sources.map((source) => fs.resolve(source).replace(/\/[^/]*[*?].*$/, "") || "/");
  const outputs = sinks.flatMap((sink) => sink.type === "file" ? [directoryOf(fs.resolve(sink.path))] : []);
  const directories = [fs.resolve(state), ...roots, ...outputs];
  const named = sinks.flatMap(secretsOf);
  return {
    read: [
      ...directories,
      ...[...named.flatMap((secret) => "file" in secret ? [secret.file] : []), ...sinks.flatMap(tlsFilesOf)].map((
        path,
      ) => fs.resolve(path)),
    ],
    write: directories,
    net: [
      ...sinks.flatMap(hostsOf),
      ...(health === undefined ? [] : [`${health.host}:${health.port}`]),
    ],
    env: named.flatMap((secret) => "env" in secret ? [secret.env] : []),
    run: sinks.flatMap(({ when }) => when?.command?.slice(0, 1) ?? []),
  };
}

function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function hostsOf(sink: SinkConfig): string[] {
  if (sink.type === "file" || sink.type === "stdout") return [];
  if (sink.type === "cloudwatch" && sink.endpoint === undefined) return [`logs.${sink.region}.amazonaws.com:443`];
  const { hostname, port, protocol } = new URL((sink.type === "cloudwatch" ? sink.endpoint : sink.url) ?? "");
  return [`${hostname}:${port !== "" ? port : protocol === "https:" ? "443" : "80"}`];
}

function tlsFilesOf(sink: SinkConfig): string[] {
  if (sink.type === "file" || sink.type === "stdout") return [];
  return Object.values(sink.tls ?? {}).filter((path) => path !== undefined);
}

/** Secrets stand at different keys of each sink, but always look the same. */
function secretsOf(sink: SinkConfig): ({ readonly env: string } | { readonly file: string })[] {
  const found: ({ readonly env: string } | { readonly file: string })[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { env, file } = value as { readonly env?: unknown; readonly file?: unknown };
    if (typeof env === "string") found.push({ env });
    else if (typeof file === "string") found.push({ file });
    else Object.values(value).forEach(look);
  };
  const { where: _where, ...rest } = sink;
  look(rest);
  return found;
}
