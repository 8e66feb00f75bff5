/**
 * What a test of a service needs: a runtime in memory with a clock that moves only when told.
 *
 * @example Log into memory
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const runtime = memoryRuntime({ env: { PONTEM_DEVICE_ID: "device-7" } });
 * assert.equal(runtime.host.env("PONTEM_DEVICE_ID"), "device-7");
 * ```
 *
 * @module
 */
export { FakeClock } from "./adapter/memory/clock.ts";
export { MemoryDisk } from "./adapter/memory/disk.ts";
export type { PowerLossOptions } from "./adapter/memory/disk.ts";
export type { Fault, FaultOperation } from "./adapter/memory/fault.ts";
export { MemoryFileSystem } from "./adapter/memory/fs.ts";
export { MemoryHost } from "./adapter/memory/host.ts";
export type { MemoryEnd, MemoryHostContext } from "./adapter/memory/host.ts";
export type { Content, DirectoryNode, Entry, FileNode, Inode, LostTail, SymlinkNode } from "./adapter/memory/inode.ts";
export { MemoryMachine, memoryRuntime } from "./adapter/memory/mod.ts";
export type { MemoryRuntime, MemoryRuntimeOptions } from "./adapter/memory/mod.ts";
export { MemoryPipe } from "./adapter/memory/pipe.ts";
export type * from "./port/mod.ts";
