/**
 * An instance on a machine in memory, and what lies on its disk.
 *
 * @module
 */
import assert from "node:assert/strict";
import { MemoryFileSystem } from "../../src/adapter/memory/fs.ts";
import { MemoryMachine, type MemoryRuntime, type MemoryRuntimeOptions } from "../../src/adapter/memory/mod.ts";
import { builtins } from "../../src/adapter/node/builtin.ts";
import { NodeCompression } from "../../src/adapter/node/compression.ts";
import type { ChannelName } from "../../src/emit/layout.ts";
import type { FileSystem } from "../../src/port/file_system.ts";
import type { Runtime } from "../../src/port/host.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import type { Pontem, ShutdownResult } from "../../src/pontem.ts";
import { createPontem } from "../../src/sdk.ts";

/** The emit directory on the disk in memory. */
export const DIR = "/logs";

/** A name that a rotated file may have. */
export const ROTATED: RegExp = /^(logs|metrics)\.jsonl\.\d+\.gz$/;

/** A process in memory with an instance. */
export interface Service {
  /** The instance. */
  readonly pontem: Pontem;
  /** Its process. */
  readonly runtime: MemoryRuntime;
  /** Its machine. */
  readonly machine: MemoryMachine;
}

/** Options of {@linkcode service}. */
export interface ServiceOptions extends Omit<InitOptions, "serviceName" | "runtime"> {
  /** The machine. @default {a new one} */
  readonly machine?: MemoryMachine;
  /** Options of the process. @default {{}} */
  readonly process?: Omit<MemoryRuntimeOptions, "machine">;
  /** Called with the process before `init`. @default {nothing} */
  readonly before?: (runtime: MemoryRuntime) => void;
  /** Called after every operation on the file system. @default {nothing} */
  readonly watch?: (operation: Operation) => void;
  /** Name of the service. @default {"svc"} */
  readonly serviceName?: string;
}

/** Starts an instance in a process of its own. */
export function service(options: ServiceOptions = {}): Service {
  const { machine = new MemoryMachine(), process, before, watch, ...init } = options;
  const runtime = machine.start(process);
  before?.(runtime);
  const pontem = createPontem({
    serviceName: "svc",
    emitDir: DIR,
    diagnostics: () => {},
    runRecord: false,
    ...init,
    runtime: watch === undefined ? runtime : watched(runtime, watch),
  });
  return { pontem, runtime, machine };
}

/** A view of the disk that no fault reaches. */
export function look(machine: MemoryMachine): MemoryFileSystem {
  return new MemoryFileSystem(machine.disk);
}

/** A record as it was read. */
export interface Read {
  /** Its body. */
  readonly body: string;
  /** Its severity text. */
  readonly severityText: string;
  /** Its attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Its time. */
  readonly timestamp: string;
}

/** Unpacks gzip data as a reader would. */
export function gunzip(data: Uint8Array): Uint8Array {
  return new NodeCompression(builtins()).gunzip(data);
}

/** The content of a file, unpacked if its name says so. */
export function content(machine: MemoryMachine, path: string): string {
  const data = look(machine).readFile(path);
  return new TextDecoder().decode(path.endsWith(".gz") ? gunzip(data) : data);
}

/** Names in the emit directory, sorted. */
export function names(machine: MemoryMachine, directory: string = DIR): string[] {
  const fs = look(machine);
  return fs.stat(directory) === undefined ? [] : fs.list(directory).sort();
}

/** Rotated files of a channel, oldest first, then its active file: what a reader sees. */
export function filesOf(machine: MemoryMachine, channel: ChannelName = "logs"): string[] {
  const found = names(machine).filter((name) => name === `${channel}.jsonl` || name.startsWith(`${channel}.jsonl.`));
  const stamp = (name: string): number => name === `${channel}.jsonl` ? Infinity : Number(name.split(".")[2]);
  return found.sort((a, b) => stamp(a) - stamp(b)).map((name) => `${DIR}/${name}`);
}

/** Lines of a file; each must be whole. */
export function linesOf(machine: MemoryMachine, path: string): string[] {
  const text = content(machine, path);
  assert.ok(text === "" || text.endsWith("\n"), `torn end of ${path}: ${JSON.stringify(text.slice(-60))}`);
  return text === "" ? [] : text.slice(0, -1).split("\n");
}

/** Records of a channel that a reader sees, in its order. */
export function read(machine: MemoryMachine, channel: ChannelName = "logs"): Read[] {
  return filesOf(machine, channel).flatMap((path) => linesOf(machine, path)).map((line) => JSON.parse(line) as Read);
}

/** The attribute `i` of every record that has one, in the order of reading. */
export function numbers(machine: MemoryMachine): number[] {
  return read(machine).flatMap(({ attributes }) => typeof attributes["i"] === "number" ? [attributes["i"]] : []);
}

/** Whole numbers from 0 on. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Logs records whose attribute `i` runs from `from` to `to - 1`. */
export function logMany({ pontem }: Pick<Service, "pontem">, from: number, to: number, attributes: object = {}): void {
  for (let i = from; i < to; i++) pontem.logger.info("x", { i, ...attributes });
}

/** Ends an instance on a clock that stands still. */
export async function end(
  { pontem, machine }: Pick<Service, "pontem" | "machine">,
  timeoutMs: number = 5_000,
): Promise<ShutdownResult> {
  let done = false;
  const closing = pontem.shutdown({ timeoutMs }).finally(() => done = true);
  for (let turn = 0; !done && turn < 100; turn++) {
    await machine.clock.settle();
    if (!done) await machine.clock.advanceAsync(100);
  }
  return await closing;
}

/** Checks that every record is accounted for. */
export function assertAccount({ pontem }: Pick<Service, "pontem">): void {
  const { accepted, written, droppedTotal, waiting } = pontem.stats().logs;
  assert.equal(accepted, written + droppedTotal + waiting, JSON.stringify(pontem.stats().logs));
}

/** What happened on the file system, in order: the operation and the paths it was given; for a handle, the path it was opened by. */
export interface Operation {
  /** The method. */
  readonly name: string;
  /** Its paths. */
  readonly paths: readonly string[];
}

/** The same ports, with a look at every operation once it is done. What the look throws is a fault of the disk to the code under test. */
export function watched(runtime: MemoryRuntime, after: (operation: Operation) => void): Runtime {
  const watch = <T extends object>(target: T, opened: string | undefined): T =>
    new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function" || typeof name !== "string") return member;
        return (...args: unknown[]): unknown => {
          const result: unknown = Reflect.apply(member, target, args);
          const paths = opened === undefined ? args.filter((arg) => typeof arg === "string") : [opened];
          after({ name, paths });
          const isHandle = typeof result === "object" && result !== null && "syncData" in result;
          return isHandle ? watch(result, paths[0] ?? "") : result;
        };
      },
    });
  return { fs: watch(runtime.fs as FileSystem, undefined), compression: runtime.compression, host: runtime.host };
}
