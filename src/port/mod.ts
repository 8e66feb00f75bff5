/**
 * The ports: what the core needs of a runtime. Types only.
 *
 * @module
 */
export type { Compression } from "./compression.ts";
export type { DiskRoom, FileHandle, FileStat, FileSystem } from "./file_system.ts";
export type {
  AsyncStorage,
  EndSignal,
  ExitListeners,
  Host,
  ProcessIdentity,
  Runtime,
  RuntimeFigures,
  StandardOutput,
  Timer,
} from "./host.ts";
