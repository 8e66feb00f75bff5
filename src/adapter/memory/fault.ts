/**
 * Faults on order: which operation fails, on which path, when and how often.
 *
 * @module
 */
import type { FileHandle, FileSystem } from "../../port/file_system.ts";
import { codedError } from "../node/file_handle.ts";

/**
 * What can fail: the methods of the file system and of its handles. `"write"`, `"syncData"` and `"remove"` stand for the asynchronous forms too,
 * `"any"` for everything.
 */
export type FaultOperation =
  | Exclude<keyof FileSystem, "resolve" | "removeAsync" | "room">
  | Exclude<keyof FileHandle, "writeAsync" | "syncDataAsync">
  | "any";

/** A fault. */
export interface Fault {
  /** Code of the error, such as `"ENOSPC"`. */
  readonly code: string;
  /**
   * Which paths: an exact one, or those a pattern matches. For a rename or link either name counts; for a handle the path it was opened by.
   *
   * @default {every path}
   */
  readonly path?: string | RegExp;
  /**
   * How many matching calls go well before.
   *
   * @default {0}
   */
  readonly after?: number;
  /**
   * How many calls fail then.
   *
   * @default {Infinity}
   */
  readonly times?: number;
}

/** An ordered fault and how far it is. */
interface Ordered extends Fault {
  readonly operation: FaultOperation;
  passed: number;
  failed: number;
}

/** The faults of one process. */
export class Faults {
  readonly #ordered = new Set<Ordered>();
  /** How many operations were begun. */
  operations = 0;

  /**
   * Orders a fault.
   *
   * @param operation What fails.
   * @param fault How.
   * @returns Takes the fault back.
   */
  add(operation: FaultOperation, fault: Fault): () => void {
    const ordered: Ordered = { ...fault, operation, passed: 0, failed: 0 };
    this.#ordered.add(ordered);
    return () => this.#ordered.delete(ordered);
  }

  /**
   * Throws where a fault was ordered.
   *
   * @param operation What is about to happen.
   * @param paths To which paths.
   * @throws {Error} With the code of the fault.
   */
  check(operation: FaultOperation, ...paths: string[]): void {
    this.operations += 1;
    for (const fault of this.#ordered) {
      if (fault.operation !== operation && fault.operation !== "any") continue;
      if (!paths.some((path) => matches(fault.path, path))) continue;
      if (fault.passed < (fault.after ?? 0)) {
        fault.passed += 1;
        continue;
      }
      if (fault.failed >= (fault.times ?? Number.POSITIVE_INFINITY)) continue;
      fault.failed += 1;
      throw codedError(fault.code, `injected fault, ${operation} '${paths.join("' -> '")}'`);
    }
  }
}

function matches(pattern: string | RegExp | undefined, path: string): boolean {
  if (pattern === undefined) return true;
  return typeof pattern === "string"
    ? pattern === path
    : new RegExp(pattern.source, pattern.flags.replace("g", "")).test(path);
}
