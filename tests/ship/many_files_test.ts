// Thousands of files that wait: all of them are sent, and a start after a kill knows of all of them.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FileProgress, packProgress, unpackProgress } from "../../src/ship/engine/progress.ts";
import { type Shipper, startShipper } from "../../src/ship/mod.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";
import { keepFigures, sized } from "../support/soak.ts";

const FILES = sized(3_000, 5_000);
const RECORDS_EACH = 4;
const RECORDS = FILES * RECORDS_EACH;
const WINDOW_BYTES = 20_000;
/** A record takes 190 bytes and more; three lanes have one window each. */
const WINDOWS = 3 * Math.ceil(WINDOW_BYTES / 190);

function recordLine(i: number): string {
  const isError = i % 50 === 7;
  const record = {
    timestamp: `${new Date(1_736_000_000_000 + i * 1_000).toISOString().slice(0, -1)}000Z`,
    severityNumber: isError ? 17 : 9,
    severityText: isError ? "ERROR" : "INFO",
    body: "scored",
    attributes: { i },
    resource: { "service.name": "camera" },
  };
  return `${JSON.stringify(record)}\n`;
}

/** A machine with many rotated files, and a receiver that stops to answer when told. */
class World {
  readonly #first: MemoryRuntime = memoryRuntime();
  readonly times: Uint8Array = new Uint8Array(RECORDS);
  readonly warnings: string[] = [];
  #answers = 0;

  constructor() {
    const { fs } = this.#first;
    fs.makeDirectory("/logs/.pontem", 0o750);
    for (let n = 0; n < FILES; n++) {
      const lines = Array.from({ length: RECORDS_EACH }, (_, k) => recordLine(n * RECORDS_EACH + k)).join("");
      const handle = fs.createNew(`/logs/logs.jsonl.${1_736_000_000 + n}`, 0o640);
      const bytes = new TextEncoder().encode(lines);
      handle.write(bytes, 0, bytes.length);
      handle.close();
    }
  }

  get arrived(): number {
    return this.times.filter((times) => times > 0).length;
  }

  get doubled(): number {
    return this.times.reduce((sum, times) => sum + Math.max(0, times - 1), 0);
  }

  readonly #transport = ({ body }: { readonly body: Uint8Array | undefined }) => {
    if (this.#answers-- <= 0) return new Promise<never>(() => {});
    const { streams } = JSON.parse(new TextDecoder().decode(body)) as { streams: { values: [string, string][] }[] };
    for (const [, line] of streams.flatMap(({ values }) => values)) {
      const { attributes, resource, severityNumber, body } = JSON.parse(line) as {
        attributes: { i: number };
        resource: Record<string, unknown>;
        severityNumber: number;
        body: string;
      };
      if (resource["service.name"] === "camera") this.times[attributes.i] = (this.times[attributes.i] ?? 0) + 1;
      else if (severityNumber >= 13 && !body.startsWith("previous run")) this.warnings.push(body);
    }
    return Promise.resolve({ status: 204, headers: { get: () => null }, body: null });
  };

  /** Ships until the receiver has answered so often, or all is sent; then the process is killed. */
  async ship(answers: number): Promise<void> {
    const process = this.#first.machine.start();
    this.#answers = answers;
    const shipper = await startShipper({
      sources: ["/logs"],
      state: "/ship",
      sinks: [{
        type: "loki",
        name: "site",
        url: "http://127.0.0.1:1",
        gzip: false,
        batch: { maxBytes: WINDOW_BYTES },
      }],
      heartbeatMs: 0,
      startJitterMs: 0,
    }, { runtime: process, transport: this.#transport });
    for (let i = 0; i < 10_000 && this.#answers > -2 && !isDone(shipper); i++) {
      await process.machine.clock.advanceAsync(1_000);
      for (let turns = 0; turns < 10; turns++) await process.machine.clock.settle();
    }
    process.kill();
  }
}

function isDone(shipper: Shipper): boolean {
  const { files, sinks: [sink] } = shipper.health();
  const { acked = 0, pending = 0 } = sink?.records ?? {};
  return files > FILES && acked >= RECORDS && pending === 0 && sink?.waitingBytes === 0;
}

describe(`${FILES} files that wait`, () => {
  it("all arrive, and what is doubled after a kill was on its way", async () => {
    const world = new World();
    let before = 0;
    for (let kill = 1; kill <= 3; kill++) {
      await world.ship(40);
      assert.ok(world.arrived > before, `nothing more arrived: ${world.arrived}`);
      before = world.arrived;
      assert.ok(world.doubled <= kill * WINDOWS, `${world.doubled} doubled after ${kill} kills`);
    }
    assert.ok(before < RECORDS);
    await world.ship(Infinity);
    assert.equal(world.arrived, RECORDS);
    const { doubled } = world;
    assert.ok(doubled <= 3 * WINDOWS, `${doubled} doubled`);
    // All files are settled and still there: the next start sends none of them again.
    await world.ship(Infinity);
    assert.equal(world.doubled, doubled);
    assert.deepEqual(world.warnings, []);
    keepFigures("many files", { files: FILES, doubled });
  });
});

describe("progress in a checkpoint", () => {
  const id = (i: number): string => i.toString(16).padStart(16, "0");

  it("is what it was, in any number of files", () => {
    const files = new Map<string, FileProgress>();
    for (let i = 0; i < 1_000; i++) {
      files.set(id(i), { main: i % 3 === 0 ? -1 : i % 3 === 1 ? 0 : i * 1_000_003, error: -1, summary: i % 2 });
    }
    const packed: unknown = JSON.parse(JSON.stringify(packProgress(files)));
    assert.deepEqual(unpackProgress(packed as Record<string, unknown>), new Map(files));
    assert.deepEqual(unpackProgress(packProgress(new Map())), new Map());
  });

  it("takes seventeen bytes for a file that is settled", () => {
    const files = new Map(Array.from({ length: 5_000 }, (_, i) => [id(i), { main: -1, error: -1, summary: 0 }]));
    assert.ok(JSON.stringify(packProgress(files)).length < 5_000 * 17 + 100);
  });

  it("leaves out what is odd", () => {
    const odd = { "1,x,0": id(1), "1,2,3": 7, "": "", "4,5,6": ` ${id(2)} `, "7": id(3) };
    assert.deepEqual(
      unpackProgress(odd),
      new Map([[id(2), { main: 4, error: 5, summary: 6 }], [id(3), { main: 7, error: 0, summary: 0 }]]),
    );
  });
});
