/**
 * Plain rotated files beside the active ones: a crash leaves them, of the Python SDK above all, and so does a run without compression.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import type { FileSystem } from "../port/file_system.ts";
import { type Layout, parseRotated, rotatedName } from "./layout.ts";
import type { Publisher } from "./publish.ts";
import { hasSameContent } from "./same_content.ts";
import { listIfThere } from "./small_file.ts";

/** A compressed leftover larger than this is not unpacked to be looked at. */
const MAX_PEEK_BYTES = 67_108_864;

/** Surroundings. */
export interface LeftoverOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** To look into compressed leftovers. */
  readonly compression: Compression;
  /** Names. */
  readonly layout: Layout;
  /** Directory of this writer. */
  readonly directory: string;
  /** Takes what is still to be compressed. */
  readonly publisher: Publisher;
}

/**
 * Has plain rotated files compressed.
 *
 * @param options Surroundings.
 */
export function finishPlain(options: LeftoverOptions): void {
  const { fs, layout, directory, publisher } = options;
  const names = new Set(listIfThere(fs, layout.directory));
  for (const name of names) {
    const parsed = parseRotated(name);
    const path = `${layout.directory}/${name}`;
    if (parsed === undefined || parsed.gz || fs.stat(path)?.kind !== "file") continue;
    const compressed = rotatedName(parsed.channel, parsed.stamp, true);
    if (names.has(compressed) && !resolveBoth(options, path, `${layout.directory}/${compressed}`)) continue;
    const mine = `${directory}/${name}`;
    fs.rename(path, mine);
    publisher.add(mine);
  }
}

/**
 * Plain and compressed file of one name: of two that hold the same one goes, and so does a half written `.gz`. True when the plain one is
 * still to be compressed; beside a whole `.gz` that holds something else it gets another stamp.
 */
function resolveBoth(options: LeftoverOptions, plain: string, compressed: string): boolean {
  const { fs, compression } = options;
  const whole = isWhole(options, compressed);
  if (whole !== false && hasSameContent(fs, compression, plain, compressed, true)) {
    fs.remove(plain);
    return false;
  }
  if (whole === false) fs.remove(compressed);
  return true;
}

/** Can it be unpacked? `undefined` when that is not tried: it is too large, or no file. */
function isWhole({ fs, compression }: LeftoverOptions, compressed: string): boolean | undefined {
  const stat = fs.stat(compressed);
  if (stat?.kind !== "file" || stat.size > MAX_PEEK_BYTES) return undefined;
  const data = fs.readFile(compressed);
  try {
    compression.gunzip(data);
    return true;
  } catch {
    return false;
  }
}
