/**
 * A lock between processes, held for microseconds: while a rotation stamp is given out, and while a lease changes hands. A holder that was
 * killed is told by its identity, and blocks nobody.
 *
 * @module
 */
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host, ProcessIdentity } from "../port/host.ts";
import { FILE_MODE } from "./layout.ts";
import { directoryOf, readJson, tryClose, tryRemove, writeAll } from "./small_file.ts";

/** How long the lock is waited for, in milliseconds. Then work goes on without it: what it guards is safe without, only less orderly. */
export const LOCK_WAIT_MS = 50;
/** One step of waiting, in milliseconds. */
const STEP_MS = 1;

/**
 * Runs `work` while holding the lock.
 *
 * @param fs The file system.
 * @param host For waiting and for who we are.
 * @param path The lock file.
 * @param work What is done; synchronous and short.
 * @returns What `work` returns.
 */
export function withLock<T>(fs: FileSystem, host: Host, path: string, work: () => T): T {
  const held = take(fs, host, path);
  try {
    return work();
  } finally {
    if (held) tryRemove(fs, path);
  }
}

function take(fs: FileSystem, host: Host, path: string): boolean {
  for (let waited = 0;; waited += STEP_MS) {
    if (create(fs, host, path)) return true;
    if (isStale(fs, host, path)) {
      tryRemove(fs, path);
      if (create(fs, host, path)) return true;
    }
    if (waited >= LOCK_WAIT_MS) {
      // Nobody holds it for so long: its holder cannot be asked (another pid namespace) and is gone or stopped.
      tryRemove(fs, path);
      return create(fs, host, path);
    }
    host.sleep(STEP_MS);
  }
}

function create(fs: FileSystem, host: Host, path: string): boolean {
  try {
    const handle = fs.createNew(path, FILE_MODE);
    try {
      writeAll(handle, new TextEncoder().encode(JSON.stringify(host.identity)));
    } catch {
      /* on a full disk it is held all the same, only nobody can tell by whom */
    } finally {
      tryClose(handle);
    }
    return true;
  } catch (error) {
    if (wasTakenAway(fs, path, errorCode(error))) return false;
    throw error;
  }
}

/** Is it another one's, or was it taken away while it was made, by one that had waited long enough for its last holder? */
function wasTakenAway(fs: FileSystem, path: string, code: string | undefined): boolean {
  return code === "EEXIST" || code === "ESTALE" || (code === "ENOENT" && fs.stat(directoryOf(path)) !== undefined);
}

function isStale(fs: FileSystem, host: Host, path: string): boolean {
  const holder = readJson(fs, path);
  return holder !== undefined && typeof holder["pid"] === "number" &&
    host.isAlive(holder as unknown as ProcessIdentity) === false;
}
