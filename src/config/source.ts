/**
 * One namespace: its newest good values, what its file was when they were read, and what has been said about it.
 *
 * @module
 */
import type { DiagnosticLevel } from "../port/diagnostics.ts";
import type { FileStat } from "../port/file_system.ts";
import { equalJson, type JsonObject } from "./json_value.ts";
import { load, type Loaded, type LoadPorts } from "./load.ts";
import { namespaceFile, quoteName } from "./namespace.ts";
import { type LookupReporter, Snapshot } from "./snapshot.ts";

/** How a source speaks. */
export type Say = (level: DiagnosticLevel, message: string) => void;

/**
 * Coarsest step of modification times that is reckoned with (FAT has 2 s). A file read within that time of its last
 * change could be changed again without a trace, so it is read once more when the time is over.
 */
const COARSE_MTIME_MS = 2000;
const EMPTY: JsonObject = Object.freeze({});
const WHAT = { malformed: "Invalid JSON in", unreadable: "Cannot read" } as const;

/** Most keys of a namespace whose kind is complained about; later ones are let pass. */
export const MAX_KIND_WARNINGS = 1000;

/** The state of one namespace. */
export class ConfigSource {
  readonly namespace: string;
  readonly #ports: LoadPorts;
  readonly #directory: () => string;
  readonly #reporter: LookupReporter;
  readonly #say: Say;
  #current: Snapshot;
  /** Of the content that was read last; `"unknown"` makes the next check read, `undefined` is a missing file. */
  #stat: FileStat | "unknown" | undefined = "unknown";
  #hasGood = false;
  #confirmAt = Infinity;
  #checkedAt = -Infinity;
  #said: string | undefined;

  constructor(namespace: string, ports: LoadPorts, directory: () => string, say: Say) {
    this.namespace = namespace;
    this.#ports = ports;
    this.#directory = directory;
    this.#say = say;
    this.#reporter = lookupReporter(namespace, say);
    this.#current = new Snapshot(namespace, "", EMPTY, this.#reporter);
  }

  /** The newest good values, as of the last read or check. The same object while they are the same. */
  get current(): Snapshot {
    return this.#current;
  }

  /** Reads the file, whatever is known about it. */
  read(): Snapshot {
    const directory = this.#directory();
    const path = namespaceFile(directory, this.namespace);
    // Good values of another directory say nothing about this one.
    if (path !== this.#current.path) this.#hasGood = false;
    this.#checkedAt = this.#ports.host.now();
    const loaded = load(this.#ports, directory, path);
    if (loaded.kind === "good") this.#hasGood = true;
    if (loaded.kind === "missing") this.#hasGood = false;
    if (loaded.kind === "good") this.#take(path, loaded.root);
    else if (!this.#hasGood) this.#take(path, EMPTY);
    this.#remember(loaded);
    this.#report(path, loaded);
    return this.#current;
  }

  /**
   * Reads the file if it is not what it was.
   *
   * @param everyMs Does nothing when the last look is not that long ago.
   */
  check(everyMs: number): Snapshot {
    const now = this.#ports.host.now();
    if (now - this.#checkedAt < everyMs) return this.#current;
    this.#checkedAt = now;
    const path = namespaceFile(this.#directory(), this.namespace);
    const unchanged = path === this.#current.path && now < this.#confirmAt && this.#isUnchanged(path);
    return unchanged ? this.#current : this.read();
  }

  /** Tells whether the current values are from a file in this directory. */
  isIn(directory: string): boolean {
    return namespaceFile(directory, this.namespace) === this.#current.path;
  }

  /** Makes the next check look, and read. */
  expire(): void {
    this.#checkedAt = -Infinity;
    this.#stat = "unknown";
  }

  #isUnchanged(path: string): boolean {
    const known = this.#stat;
    if (known === "unknown") return false;
    let now: FileStat | undefined;
    try {
      if (!this.#ports.host.mayRead(path)) return false;
      now = this.#ports.fs.statFollow(path);
    } catch {
      return false;
    }
    if (now === undefined || known === undefined) return now === known;
    return now.mtimeMs === known.mtimeMs && now.size === known.size && now.ino === known.ino && now.dev === known.dev;
  }

  #remember(loaded: Loaded): void {
    this.#stat = loaded.kind === "missing" ? undefined : loaded.stat ?? "unknown";
    this.#confirmAt = Infinity;
    if (loaded.kind === "missing" || loaded.stat === undefined) return;
    const { host } = this.#ports;
    const isFresh = Math.abs(host.wallClock() - loaded.stat.mtimeMs) <= COARSE_MTIME_MS;
    if (isFresh) this.#confirmAt = host.now() + COARSE_MTIME_MS;
  }

  #take(path: string, root: JsonObject): void {
    if (path === this.#current.path && equalJson(root, this.#current.asObject())) return;
    this.#current = new Snapshot(this.namespace, path, root, this.#reporter);
  }

  /** Once per state: what is wrong now is said again only after it was different meanwhile. */
  #report(path: string, loaded: Loaded): void {
    if (loaded.kind === "good") {
      this.#said = undefined;
      return;
    }
    const state = loaded.kind === "missing" ? path : `${path}\n${loaded.problem}`;
    if (state === this.#said) return;
    this.#said = state;
    if (loaded.kind === "missing") {
      this.#say("DEBUG", `No agent config at ${path}, using defaults`);
    } else {
      const outcome = this.#hasGood ? "keeping the last good values" : "using defaults";
      this.#say("WARN", `${WHAT[loaded.kind]} ${path}, ${outcome} (${loaded.problem})`);
    }
  }
}

/**
 * Makes the reporter of a namespace's look-ups.
 *
 * @param namespace The namespace.
 * @param say How it speaks.
 * @returns A reporter that remembers what it has said, up to {@link MAX_KIND_WARNINGS}.
 */
export function lookupReporter(namespace: string, say: Say): LookupReporter {
  const kinds = new Map<string, string>();
  let badKey = false;
  return {
    otherKind(key, found, wanted): void {
      if (kinds.get(key) === found || kinds.size >= MAX_KIND_WARNINGS) return;
      kinds.set(key, found);
      say(
        "WARN",
        `Config value ${quoteName(key)} of namespace ${
          quoteName(namespace)
        } is of kind ${found}, its fallback of kind ` +
          `${wanted}: using the value as it is. Correct the file or the fallback`,
      );
    },
    badKey(key): void {
      if (badKey) return;
      badKey = true;
      say(
        "WARN",
        `Cannot look up a key of type ${typeof key} in config namespace ${quoteName(namespace)}, using the fallback. ` +
          "Pass a string",
      );
    },
  };
}
