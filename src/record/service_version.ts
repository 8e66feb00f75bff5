/**
 * Version of the service, when the options do not give it: from the manifest whose name is the service's, else from the nearest one above
 * the main module that has a version, else what the build embedded. Never an error, never a prompt.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";

const MANIFESTS: readonly string[] = ["deno.json", "jsr.json", "package.json"];
/** Directories above the main module that are looked at. */
const MAX_DIRECTORIES = 16;
/** A larger manifest is none. */
const MAX_BYTES = 1_048_576;

/**
 * Looks the version up.
 *
 * @param fs Where manifests are read.
 * @param host Knows the main module and what may be read.
 * @param serviceName Name of the service.
 * @returns The version, `undefined` when there is none.
 */
export function detectServiceVersion(
  fs: Pick<FileSystem, "readFile" | "statFollow">,
  host: Pick<Host, "mainModule" | "mayRead" | "embeddedVersion">,
  serviceName: string,
): string | undefined {
  const main = host.mainModule();
  let nearest: string | undefined;
  let directory = main?.slice(0, Math.max(0, main.lastIndexOf("/"))) ?? "";
  for (let i = 0; i < MAX_DIRECTORIES && main !== undefined; i++) {
    for (const name of MANIFESTS) {
      const manifest = readManifest(fs, host, `${directory}/${name}`);
      if (manifest === undefined) continue;
      if (manifest.name !== undefined && plain(manifest.name) === plain(serviceName)) return manifest.version;
      nearest ??= manifest.version;
    }
    if (directory === "") break;
    directory = directory.slice(0, directory.lastIndexOf("/"));
  }
  return nearest ?? host.embeddedVersion();
}

interface Manifest {
  readonly name: string | undefined;
  readonly version: string;
}

function readManifest(
  fs: Pick<FileSystem, "readFile" | "statFollow">,
  host: Pick<Host, "mayRead">,
  path: string,
): Manifest | undefined {
  try {
    if (!host.mayRead(path)) return undefined;
    const stat = fs.statFollow(path);
    if (stat === undefined || stat.kind !== "file" || stat.size > MAX_BYTES) return undefined;
    const value: unknown = JSON.parse(new TextDecoder().decode(fs.readFile(path)));
    if (typeof value !== "object" || value === null) return undefined;
    const { name, version } = value as { name?: unknown; version?: unknown };
    if (typeof version !== "string" || version === "" || version.length > 256) return undefined;
    return { name: typeof name === "string" ? name : undefined, version };
  } catch {
    return undefined; // Comments, a half-written file, anything: a version is worth no message.
  }
}

/** A name without its scope; case and the kind of separator do not matter, as in Python's package metadata. */
function plain(name: string): string {
  return name.replace(/^@[^/]+\//, "").toLowerCase().replace(/[-_.]+/g, "-");
}
