/**
 * A machine in memory with rotated files, a shipper that removes them, and receivers that take what they are sent.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { DONE, type FileProgress, unpackProgress } from "../../src/ship/engine/progress.ts";
import type { WireRequest, WireResponse } from "../../src/ship/http_exchange.ts";
import { type ShipConfigInput, type ShipHealth, type Shipper, startShipper } from "../../src/ship/mod.ts";
import { type FileHandle, MemoryMachine, type MemoryRuntime, memoryRuntime, type Runtime } from "../../src/testing.ts";

/** Where services write. */
export const LOGS = "/logs";
/** Where the shipper has its state. */
export const STATE = "/ship";

/** A file that was put there. */
export interface PlacedFile {
  readonly path: string;
  /** What it is called in checkpoints. */
  readonly id: string;
  readonly bytes: number;
}

/** Such a machine. */
export class World {
  readonly machine: MemoryMachine = new MemoryMachine();
  /** How often each sink was sent each record, by its number. */
  readonly received: Map<string, Map<number, number>> = new Map();
  /** Receivers that take nothing at the moment. */
  readonly away: Set<string> = new Set();
  /** What was removed of {@link LOGS}, in order. */
  readonly removed: string[] = [];
  /** Files that were removed though no checkpoint on the device says that a sink has all of them. */
  readonly early: string[] = [];
  readonly sinks: readonly string[];
  readonly #files: Map<string, PlacedFile> = new Map();
  /** Slots of checkpoints as they are on the device. */
  readonly #durable: Map<string, Uint8Array> = new Map();
  #next = 0;
  /** Pieces that are being unpacked, by zlib, outside of this thread. */
  #unpacking = 0;

  constructor(...sinks: string[]) {
    this.sinks = sinks;
    const { fs } = memoryRuntime({ machine: this.machine });
    fs.makeDirectory(LOGS, 0o750);
    fs.syncDirectory("/");
  }

  /** How many records there are. */
  get records(): number {
    return this.#next;
  }

  /** What is in {@link LOGS}, without what shippers and writers tell each other. */
  get left(): string[] {
    return this.machine.disk.paths().filter((path) => path.startsWith(`${LOGS}/logs.`)).map((path) => path.slice(6));
  }

  /**
   * Puts a file there, as a writer that has synced it.
   *
   * @param name Its name; one that ends with `.gz` is compressed.
   * @param count How many records.
   * @param damage Changes its bytes; its records are not counted.
   */
  put(name: string, count: number, damage?: (bytes: Uint8Array) => Uint8Array): PlacedFile {
    const { fs } = memoryRuntime({ machine: this.machine });
    const first = damage === undefined ? this.#next : 1_000_000;
    const lines = Array.from({ length: count }, (_, i) => line(first + i, this.machine.clock.wallClock()));
    if (damage === undefined) this.#next += count;
    const plain = new TextEncoder().encode(lines.join(""));
    const whole = name.endsWith(".gz") ? gzipSync(plain) : plain;
    const bytes = damage?.(whole) ?? whole;
    const handle = fs.createNew(`${LOGS}/${name}`, 0o640);
    handle.write(bytes, 0, bytes.length);
    handle.syncData();
    handle.close();
    fs.syncDirectory(LOGS);
    const id = createHash("sha256").update(lines[0] ?? "").digest("hex").slice(0, 16);
    const file = { path: `${LOGS}/${name}`, id, bytes: bytes.length };
    this.#files.set(file.path, file);
    return file;
  }

  /** Writes on in the file that is written. */
  append(count: number): void {
    const handle = memoryRuntime({ machine: this.machine }).fs.openAppend(`${LOGS}/logs.jsonl`, 0o640);
    for (let i = 0; i < count; i++) {
      const bytes = new TextEncoder().encode(line(this.#next++, this.machine.clock.wallClock()));
      handle.write(bytes, 0, bytes.length);
    }
    handle.close();
  }

  config(more: Partial<ShipConfigInput> = {}): ShipConfigInput {
    return {
      sources: [LOGS],
      state: STATE,
      sinks: this.sinks.map((name) => ({
        type: "loki",
        name,
        url: `http://127.0.0.1:1/${name}`,
        gzip: false,
        batch: { maxAgeMs: 0 },
      })),
      deleteAfterShip: true,
      heartbeatMs: 0,
      startJitterMs: 0,
      ...more,
    };
  }

  /** A process whose removals are looked at. */
  process(): MemoryRuntime {
    const runtime = memoryRuntime({ machine: this.machine });
    const { fs } = runtime;
    const remove = fs.remove.bind(fs);
    fs.remove = (path) => {
      remove(path);
      this.#sawRemoval(path);
    };
    const openUpdate = fs.openUpdate.bind(fs);
    fs.openUpdate = (path) => this.#watch(openUpdate(path), path);
    const { compression } = runtime;
    const gunzipChunks = compression.gunzipChunks.bind(compression);
    compression.gunzipChunks = (...input) => this.#count(gunzipChunks(...input));
    return runtime;
  }

  async *#count(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = pieces[Symbol.asyncIterator]();
    try {
      for (;;) {
        this.#unpacking++;
        const { value, done } = await iterator.next().finally(() => this.#unpacking--);
        if (done === true) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  #watch(handle: FileHandle, path: string): FileHandle {
    if (!/\/checkpoint\.\d$/.test(path)) return handle;
    const syncData = handle.syncData.bind(handle);
    handle.syncData = () => {
      syncData();
      const node = this.machine.disk.find(path, false);
      if (node.kind === "file") this.#durable.set(path, node.content.bytes().slice());
    };
    return handle;
  }

  #sawRemoval(path: string): void {
    const file = this.#files.get(path);
    if (file === undefined) return;
    this.removed.push(path.slice(LOGS.length + 1));
    for (const sink of this.sinks) {
      const slots = [0, 1].map((slot) => this.#durable.get(`${STATE}/${sink}/checkpoint.${slot}`));
      const isKept = slots.some((bytes) => {
        const places = bytes && placesIn(bytes).get(file.id);
        return places?.main === DONE && places.error === DONE;
      });
      if (!isKept) this.early.push(`${path} of ${sink}`);
    }
  }

  /** Starts a shipper in a process. */
  start(runtime: Runtime, config: ShipConfigInput = this.config(), once = true): Promise<Shipper> {
    const transport = (request: WireRequest): Promise<WireResponse> => Promise.resolve(this.#take(request));
    return startShipper(config, { runtime, transport, once, patienceMs: 30_000, random: () => 0 });
  }

  /** Lets a shipper send what is there, to its end; time goes on meanwhile. */
  async finish(runtime: MemoryRuntime, config: ShipConfigInput = this.config()): Promise<ShipHealth> {
    const shipper = await this.start(runtime, config);
    assert.equal(await this.pass(shipper.done), "settled");
    return await this.pass(shipper.stop()) ?? assert.fail();
  }

  /** Lets time go on until something has come true. */
  async pass<T>(promise: Promise<T>, isOver: () => boolean = () => false): Promise<T | undefined> {
    let isSettled = false;
    const noted = promise.finally(() => isSettled = true);
    noted.catch(() => {});
    while (!isSettled && !isOver()) await this.turn();
    return isSettled ? await noted : undefined;
  }

  /** Lets time go on, when what is unpacked outside of this thread has arrived. */
  async turn(ms = 50): Promise<void> {
    do await new Promise((resolve) => setImmediate(resolve)); while (this.#unpacking > 0);
    await this.machine.clock.advanceAsync(ms);
  }

  /** Lets time go on in steps. */
  async turns(count: number, ms: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.turn(ms);
  }

  #take({ url, body }: WireRequest): WireResponse {
    const sink = new URL(url).pathname.split("/")[1] ?? "";
    if (this.away.has(sink)) return { status: 503, headers: new Headers(), body: null };
    const { streams } = JSON.parse(new TextDecoder().decode(body)) as { streams: { values: [string, string][] }[] };
    const counts = this.received.get(sink) ?? new Map<number, number>();
    this.received.set(sink, counts);
    for (const [, text] of streams.flatMap(({ values }) => values)) {
      const { attributes: { i } } = JSON.parse(text) as { attributes: { i?: number } };
      if (i !== undefined) counts.set(i, (counts.get(i) ?? 0) + 1);
    }
    return { status: 204, headers: new Headers(), body: null };
  }

  /** Every sink has every record. */
  assertNothingLost(what = ""): void {
    for (const sink of this.sinks) {
      const counts = this.received.get(sink) ?? new Map<number, number>();
      for (let i = 0; i < this.#next; i++) {
        assert.ok(counts.has(i), `${what}: record ${i} of ${this.#next} is not at ${sink}`);
      }
    }
  }

  /** What the shipper says about itself, by its records in {@link STATE}. */
  get notes(): string[] {
    return this.ownRecords.map(({ body }) => body);
  }

  /** The records of the shipper about itself. */
  get ownRecords(): { readonly body: string; readonly attributes: Readonly<Record<string, unknown>> }[] {
    const paths = this.machine.disk.paths().filter((path) => /^\/ship\/logs\/(?:.*\/)?logs\.jsonl/.test(path));
    return paths.flatMap((path) => {
      const node = this.machine.disk.find(path, false);
      const text = node.kind === "file" ? new TextDecoder().decode(node.content.bytes()) : "";
      return text.split("\n").slice(0, -1).map((one) =>
        JSON.parse(one) as { body: string; attributes: Record<string, unknown> }
      );
    });
  }

  /** Records that were sent so far, copies counted. */
  get sent(): number {
    return [...this.received.values()].flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
  }
}

function line(i: number, ms: number): string {
  const timestamp = new Date(ms).toISOString().replace("Z", "000Z");
  const isError = i % 5 === 4;
  return `${
    JSON.stringify({
      timestamp,
      severityNumber: isError ? 17 : 9,
      severityText: isError ? "ERROR" : "INFO",
      body: "scored",
      attributes: { i },
      resource: { "service.name": "scoring" },
    })
  }\n`;
}

/** Where the cursors are, by the id of the file, in a slot that is whole. */
function placesIn(bytes: Uint8Array): ReadonlyMap<string, FileProgress> {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20);
  const state = JSON.parse(new TextDecoder().decode(bytes.subarray(28, 28 + length))) as {
    files: Record<string, unknown>;
  };
  return unpackProgress(state.files);
}
