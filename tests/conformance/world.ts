/**
 * What the conformance suite needs beside the ports: things a test sets up that the core never does.
 *
 * @module
 */
import assert from "node:assert/strict";
import { lstatSync, statfsSync, symlinkSync } from "node:fs";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import type { FileHandle } from "../../src/port/file_system.ts";
import { errorCode } from "../../src/port/file_system.ts";
import type { Runtime } from "../../src/port/host.ts";
import { tempDir } from "../support/runtime.ts";

/** A runtime in a directory of its own. */
export interface World {
  /** The ports under test. */
  readonly runtime: Runtime;
  /** An empty directory. */
  readonly dir: string;
  /** Makes a symbolic link. */
  symlink(target: string, path: string): void;
  /** Permission bits of a file. */
  mode(path: string): number;
  /** Can the room of the disk be told? On Deno with `--allow-sys=statfs` only. */
  readonly hasRoom: boolean;
}

/** Makes a fresh world. */
export type MakeWorld = () => World;

/**
 * Worlds over a real adapter.
 *
 * @param make Makes the ports.
 * @returns Makes a world in a temporary directory.
 */
export function realWorld(make: () => Runtime): MakeWorld {
  return () => ({
    runtime: make(),
    dir: tempDir(),
    symlink: (target, path) => symlinkSync(target, path),
    mode: (path) => lstatSync(path).mode & 0o7777,
    hasRoom: mayStatfs(),
  });
}

/**
 * Worlds over the in-memory adapter.
 *
 * @returns Makes a world.
 */
export function memoryWorld(): MakeWorld {
  return () => {
    const runtime = memoryRuntime();
    runtime.fs.makeDirectory("/work", 0o750);
    const { disk } = runtime.machine;
    disk.capacity = 1_000_000;
    return {
      runtime,
      dir: "/work",
      symlink: (target, path) => disk.symlink(target, path),
      mode: (path) => disk.mode(path),
      hasRoom: true,
    };
  };
}

/** Asked of the runtime itself, not of the code under test. */
function mayStatfs(): boolean {
  try {
    return statfsSync("/").bsize > 0;
  } catch {
    return false;
  }
}

/**
 * Text as bytes.
 *
 * @param text The text.
 * @returns Its UTF-8 bytes.
 */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/**
 * Bytes as text.
 *
 * @param data UTF-8 bytes.
 * @returns The text.
 */
export function text(data: Uint8Array): string {
  return new TextDecoder().decode(data);
}

/**
 * Writes a text whole.
 *
 * @param handle Where.
 * @param content The text.
 */
export function put(handle: FileHandle, content: string): void {
  const data = bytes(content);
  for (let start = 0; start < data.byteLength;) start += handle.write(data, start, data.byteLength);
}

/**
 * Insists on an error with a code.
 *
 * @param code The code.
 * @param call What is to throw.
 */
export function throwsCode(code: string, call: () => unknown): void {
  assert.throws(call, (error) => {
    assert.equal(errorCode(error), code);
    assert.ok(error instanceof Error);
    return true;
  });
}
