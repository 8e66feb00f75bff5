/**
 * Config on a runtime in memory, with everything it says at hand.
 *
 * @module
 */
import { type MemoryRuntime, memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { type Config, type ConfigControl, createConfig } from "../../src/config/config.ts";
import type { DiagnosticLevel, DiagnosticName, Diagnostics } from "../../src/port/diagnostics.ts";

/** Where the files of {@link World.write} go. */
export const DIRECTORY = "/config";

/** Diagnostics that keep what they are told. */
export class Recorder implements Diagnostics {
  /** `LEVEL message`, in order. */
  readonly said: string[] = [];
  readonly #keys = new Set<string>();

  report(name: DiagnosticName, level: DiagnosticLevel, message: string): void {
    this.said.push(`${name === "pontem.config" ? "" : `${name} `}${level} ${message}`);
  }

  once(key: string, name: DiagnosticName, level: DiagnosticLevel, message: string): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.report(name, level, message);
  }

  /** What was said since the last call, without DEBUG. */
  take(): string[] {
    return this.said.splice(0).filter((line) => !line.startsWith("DEBUG "));
  }
}

/** A machine with a config directory. */
export class World {
  readonly runtime: MemoryRuntime;
  readonly diagnostics: Recorder = new Recorder();
  readonly control: ConfigControl;
  readonly config: Config;

  constructor(env: Readonly<Record<string, string>> = { PONTEM_CONFIG_DIR: DIRECTORY }) {
    this.runtime = memoryRuntime({ env });
    this.runtime.fs.makeDirectory(DIRECTORY, 0o755);
    const { fs, host } = this.runtime;
    this.control = createConfig({ fs, host, diagnostics: this.diagnostics });
    this.config = this.control.config;
  }

  /** Writes a file in place; a relative name is one of the config directory. */
  write(name: string, content: string | Uint8Array): void {
    const { fs } = this.runtime;
    const path = name.startsWith("/") ? name : `${DIRECTORY}/${name}`;
    fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o755);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const file = fs.openAppend(path, 0o644);
    file.truncate(0);
    if (bytes.length > 0) file.write(bytes, 0, bytes.length);
    file.close();
  }

  /** Replaces a file in one step, as a careful writer does. */
  swap(name: string, content: string): void {
    this.write(`.${name}.new`, content);
    this.runtime.fs.rename(`${DIRECTORY}/.${name}.new`, `${DIRECTORY}/${name}`);
  }

  remove(name: string): void {
    this.runtime.fs.remove(`${DIRECTORY}/${name}`);
  }

  /** Runs something and tells how many operations of the file system it took. */
  operationsOf(action: () => void): number {
    const before = this.runtime.fs.operations;
    action();
    return this.runtime.fs.operations - before;
  }
}

/**
 * Makes a world with one file.
 *
 * @param name Its name.
 * @param content What is in it.
 * @returns The world.
 */
export function withFile(name: string, content: string): World {
  const world = new World();
  world.write(name, content);
  return world;
}
