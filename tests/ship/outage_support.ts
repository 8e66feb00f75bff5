/**
 * A device in virtual time: a service that logs, a shipper beside it, and a receiver that can be away.
 *
 * @module
 */
import assert from "node:assert/strict";
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createPontem } from "../../mod.ts";
import type { Pontem } from "../../src/pontem.ts";
import { LANES } from "../../src/ship/lane.ts";
import type { Transport } from "../../src/ship/http_exchange.ts";
import type { ShipConfigInput, Shipper } from "../../src/ship/mod.ts";
import { startShipper } from "../../src/ship/mod.ts";
import { type FileSystem, MemoryMachine, type MemoryRuntime, type Runtime } from "../../src/testing.ts";
import { random } from "../support/soak.ts";

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000;
/** What time is passed in. Unless it is watched closely, nothing fires until its end: the shipper looks twice then, not each second. */
export const STEP_MS = 600_000;
/** A page, the least that a device writes, and what the journal adds to an overwrite of one: measured on ext4, see checkpoint.ts. */
const PAGE_BYTES = 4_096;
const JOURNAL_BYTES = 150;

/** What a device is like. */
export interface DeviceOptions {
  /** Where everything lies. */
  readonly dir: string;
  /** A file system in place of the memory. */
  readonly fs?: FileSystem | undefined;
  /** The shipper's configuration beside sources, state and sink. */
  readonly config: Partial<ShipConfigInput>;
  /** Bounds of a batch. */
  readonly batchBytes: number;
  /** Bytes of a file. */
  readonly fileBytes: number;
  /** Seed. */
  readonly seed: number;
}

/** A request that reached the wire. */
export interface Request {
  /** When, milliseconds of the virtual clock. */
  readonly atMs: number;
  /** Lane of its records. */
  readonly lane: string;
  /** Was it taken? */
  readonly isTaken: boolean;
}

/** A device. */
export class Device {
  readonly machine: MemoryMachine = new MemoryMachine();
  readonly logs: string;
  readonly state: string;
  readonly requests: Request[] = [];
  /** How often each record of the service has arrived. */
  readonly times: Uint8Array = new Uint8Array(10_000_000);
  /** How many records of the service have arrived, each counted once. */
  arrived = 0;
  /** Records of the shipper that arrived. */
  readonly own: { body: string; attributes: Record<string, unknown> }[] = [];
  /** Numbers of the service's errors, in the order of their arrival, with how many records had arrived before. */
  readonly errors: { readonly i: number; readonly before: number }[] = [];
  /** Bytes that checkpoints brought onto the device. */
  checkpointBytes = 0;
  /** Is the receiver there? */
  isUp = false;
  /** Away, does it refuse every connection, or take some and not answer? */
  refuses = false;
  /** What the shipper is told of the room of the disk: what it is, nothing, or so many bytes. */
  room: "true" | "unknown" | number = "true";
  /** Records that the service has logged. */
  written = 0;
  /** Numbers of those that are errors. */
  readonly writtenErrors: Set<number> = new Set();
  readonly #options: DeviceOptions;
  readonly #next: () => number;
  readonly #service: MemoryRuntime;
  readonly pontem: Pontem;
  shipper: Shipper | undefined;
  #shipping: MemoryRuntime | undefined;
  #unsynced = 0;

  /** @param options What it is like. */
  constructor(options: DeviceOptions) {
    this.#options = options;
    this.#next = random(options.seed);
    this.logs = `${options.dir}/logs`;
    this.state = `${options.dir}/ship`;
    this.#service = this.machine.start();
    this.fs.makeDirectory(this.logs, 0o750);
    this.pontem = createPontem({
      serviceName: "camera",
      emitDir: this.logs,
      emitTarget: "file",
      rotation: { maxBytes: options.fileBytes, gzip: false },
      runRecord: false,
      signals: false,
      crashRecord: false,
      runtime: this.#runtime(this.#service),
    });
  }

  /** Where its files lie. */
  get fs(): FileSystem {
    return this.#options.fs ?? this.#service.fs;
  }

  #runtime(process: MemoryRuntime): Runtime {
    const { fs = process.fs } = this.#options;
    return { fs, host: process.host, compression: process.compression };
  }

  /** Starts the shipper. */
  async start(): Promise<void> {
    const { config, batchBytes } = this.#options;
    this.#shipping = this.machine.start();
    const runtime = this.#runtime(this.#shipping);
    this.shipper = await startShipper({
      sources: [this.logs],
      state: this.state,
      sinks: [{ type: "loki", name: "site", url: "http://127.0.0.1:1", gzip: false, batch: { maxBytes: batchBytes } }],
      startJitterMs: 0,
      ...config,
    }, {
      runtime: { ...runtime, fs: this.#counting(runtime.fs) },
      transport: this.#transport,
      random: this.#next,
    });
  }

  /** Stops the shipper as a service manager does. */
  async stop(): Promise<void> {
    const stopping = this.shipper?.stop({ timeoutMs: 1_000 });
    await this.machine.clock.advanceAsync(2_000);
    await this.turns();
    await stopping;
  }

  /** Kills the shipper at once. */
  kill(): void {
    this.#shipping?.kill();
    this.shipper = undefined;
  }

  /** What the checkpoints write, by page. */
  #counting(fs: FileSystem): FileSystem {
    const count = (handle: ReturnType<FileSystem["openUpdate"]>) =>
      new Proxy(handle, {
        get: (target, name) => {
          if (name === "write") {
            return (data: Uint8Array, start: number, end: number) => {
              this.#unsynced = Math.max(this.#unsynced, end - start);
              return target.write(data, start, end);
            };
          }
          if (name === "syncData") {
            return () => {
              this.checkpointBytes += Math.ceil(this.#unsynced / PAGE_BYTES) * PAGE_BYTES + JOURNAL_BYTES;
              this.#unsynced = 0;
              target.syncData();
            };
          }
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    return new Proxy(fs, {
      get: (target, name) => {
        if (name === "room" && this.room !== "true") {
          const { room } = this;
          return () => room === "unknown" ? undefined : { freeBytes: room, freeInodes: undefined };
        }
        if (name === "openUpdate") {
          return (path: string) =>
            path.includes("/checkpoint.") ? count(target.openUpdate(path)) : target.openUpdate(path);
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** Away, it refuses the connection, or takes it and does not answer. */
  readonly #transport: Transport = ({ body }, signal) => {
    const text = new TextDecoder().decode(body);
    const found = /"lane":"(\w+)"/.exec(text.slice(0, 2_000))?.[1];
    // Not the part of the text: with it the engine would keep the text.
    const lane = LANES.find((known) => known === found) ?? "other";
    this.requests.push({ atMs: this.machine.clock.now(), lane, isTaken: this.isUp });
    if (this.isUp) {
      this.#take(text);
      return Promise.resolve({ status: 204, headers: { get: () => null }, body: null });
    }
    if (this.refuses || this.#next() < 0.5) {
      return Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    }
    return new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  };

  #take(text: string): void {
    const { streams } = JSON.parse(text) as { streams: { values: [string, string][] }[] };
    for (const [, line] of streams.flatMap(({ values }) => values)) {
      const record = JSON.parse(line) as {
        severityNumber: number;
        body: string;
        attributes: Record<string, unknown>;
        resource: Record<string, unknown>;
      };
      const { attributes, resource, severityNumber } = record;
      if (resource["service.name"] !== "camera") {
        this.own.push(record);
        continue;
      }
      const i = attributes["i"] as number;
      const times = this.times[i] ?? 0;
      if (severityNumber >= 17 && times === 0) this.errors.push({ i, before: this.arrived });
      if (times === 0) this.arrived++;
      this.times[i] = times + 1;
    }
  }

  /**
   * The service logs: half of it DEBUG, the rest INFO, but for a few errors.
   *
   * @param count How many records.
   * @param errorPart Part of them that are errors.
   * @param textBytes Bytes of their text.
   */
  log(count: number, errorPart: number = 0.005, textBytes: number = 60): void {
    for (let n = 0; n < count; n++) {
      const i = this.written++;
      const attributes = { i, text: "x".repeat(textBytes) };
      const dice = this.#next();
      if (dice < errorPart) {
        this.writtenErrors.add(i);
        this.pontem.logger.error("cannot read the sensor", attributes);
      } else if (dice < 0.5) this.pontem.logger.debug("frame", attributes);
      else this.pontem.logger.info("scored", attributes);
    }
    this.pontem.flushSync();
  }

  /**
   * Passes time.
   *
   * @param ms How long; a multiple of {@link STEP_MS}.
   * @param perHour Records that the service logs an hour.
   * @param isClose Second by second, as it is, or in steps?
   */
  async pass(ms: number, perHour: number, isClose = false): Promise<void> {
    const { clock } = this.machine;
    for (let left = ms; left > 0; left -= STEP_MS) {
      this.log(Math.round(perHour * STEP_MS / HOUR_MS));
      if (isClose) await clock.advanceAsync(STEP_MS);
      else {
        clock.block(STEP_MS - 2_000);
        await clock.advanceAsync(2_000);
      }
      await this.turns();
    }
  }

  /** Work that takes many turns of promises ends; on real files also what comes in a later turn of the event loop. */
  async turns(): Promise<void> {
    for (let i = 0; i < 4; i++) {
      if (this.#options.fs !== undefined) await new Promise((resolve) => setTimeout(resolve));
      await this.machine.clock.settle();
    }
  }

  /** Bytes of the service's files, rotated and written, and of what was rotated of the shipper's own records. */
  get bytes(): number {
    return bytesIn(this.fs, this.logs, /^(logs|metrics)\.jsonl/) +
      bytesIn(this.fs, `${this.state}/logs`, /^logs\.jsonl\./);
  }

  /** Passes time until the shipper has nothing to do. */
  async drain(): Promise<void> {
    const { clock } = this.machine;
    for (let i = 0, quiet = 0; i < 50_000; i++) {
      await clock.advanceAsync(1_000);
      await this.turns();
      const sink = this.shipper?.health().sinks[0];
      // The error lane is not among what waits: it has had its turn by then.
      quiet = sink !== undefined && sink.waitingBytes === 0 && sink.records.pending === 0 ? quiet + 1 : 0;
      if (quiet > 20) return;
    }
    assert.fail(JSON.stringify(this.shipper?.health()));
  }
}

/** Bytes in use of the heap after a cleaning; `undefined` where the engine cannot be told to clean up. */
export function heapBytes(): number | undefined {
  const { Bun } = globalThis as { readonly Bun?: { gc(isNow: boolean): void } };
  if (Bun !== undefined) Bun.gc(true);
  else {
    setFlagsFromString("--expose-gc");
    const clean = runInNewContext("typeof gc === 'function' ? gc : undefined") as (() => void) | undefined;
    if (clean === undefined) return undefined;
    clean();
  }
  return process.memoryUsage().heapUsed;
}

/** Bytes of files whose names match. */
function bytesIn(fs: FileSystem, dir: string, name: RegExp): number {
  if (fs.stat(dir) === undefined) return 0;
  let bytes = 0;
  for (const entry of fs.list(dir)) if (name.test(entry)) bytes += fs.stat(`${dir}/${entry}`)?.size ?? 0;
  return bytes;
}
