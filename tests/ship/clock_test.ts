// A device whose clock begins in 1970: nothing is sent with such a time while there is hope, and nothing waits for ever.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLOCK_PATIENCE_MS, ClockWatch, EARLIEST_MS } from "../../src/ship/clock_watch.ts";
import type { Transport } from "../../src/ship/http_exchange.ts";
import { type Shipper, startShipper } from "../../src/ship/mod.ts";
import { MAX_STEP_FILES, MAX_STEPS, WrongTimes } from "../../src/ship/wrong_times.ts";
import type { FollowedFile, LineCursor } from "../../src/read/followed.ts";
import { isRecord } from "../../src/read/stored_record.ts";
import { MemoryMachine, memoryRuntime } from "../../src/testing.ts";
import { log } from "./sink/loki_support.ts";

const BOOT_MS = 20_000;
const NOW_MS = Date.UTC(2026, 5, 1);
const SECOND_MS = 1_000;

/** A device with a service that logs and a shipper that sends. */
class Device {
  readonly machine = new MemoryMachine();
  /** Time in milliseconds of what was received, by the body of the record. */
  readonly received = new Map<string, number>();
  isAway = false;
  runtime = memoryRuntime({ machine: this.machine });
  /** No clock makes a file that is older than this. */
  #stamp = 1_001;
  #shipper: Shipper | undefined;

  constructor() {
    this.runtime.fs.makeDirectory("/logs", 0o750);
    this.set(BOOT_MS);
  }

  readonly #transport: Transport = ({ body }) => {
    if (this.isAway) return Promise.reject(new Error("ENETUNREACH"));
    const { streams } = JSON.parse(new TextDecoder().decode(body)) as { streams: { values: [string, string][] }[] };
    for (const [nanos, line] of streams.flatMap(({ values }) => values)) {
      this.received.set((JSON.parse(line) as { body: string }).body, Number(nanos) / 1e6);
    }
    return Promise.resolve({ status: 204, headers: new Headers(), body: null });
  };

  get wall(): number {
    return this.machine.clock.wallClock();
  }

  set(ms: number): void {
    this.machine.clock.step(ms - this.wall);
  }

  /** The service logs; what it says is in the record, and when. */
  log(body: string, file = "logs.jsonl", ms = this.wall): number {
    const handle = this.runtime.fs.openAppend(`/logs/${file}`, 0o640);
    const bytes = new TextEncoder().encode(`${log(0, { ms, body }).line}\n`);
    handle.write(bytes, 0, bytes.length);
    handle.close();
    return ms;
  }

  rotate(): void {
    this.runtime.fs.rename("/logs/logs.jsonl", `/logs/logs.jsonl.${this.#stamp++}`);
  }

  async ship(): Promise<void> {
    const { runtime } = this;
    this.#shipper = await startShipper({
      sources: ["/logs"],
      state: "/ship",
      sinks: [{ type: "loki", url: "http://127.0.0.1:1", gzip: false }],
      heartbeatMs: 0,
      startJitterMs: 0,
    }, { runtime, transport: this.#transport, random: () => 0 });
    await this.pass(5 * SECOND_MS);
  }

  /** The process ends without a word, and another one is there. */
  kill(): void {
    this.runtime.kill();
    this.runtime = memoryRuntime({ machine: this.machine });
  }

  async stop(): Promise<void> {
    await this.#shipper?.stop();
  }

  pass(ms: number): Promise<void> {
    return this.machine.clock.advanceAsync(ms);
  }

  /** Times as they were received, to the millisecond. */
  times(...bodies: string[]): (number | undefined)[] {
    return bodies.map((body) => this.received.get(body));
  }

  /** The records of the shipper about itself that say how the clock was set. */
  get told(): Readonly<Record<string, unknown>>[] {
    const node = this.machine.disk.find("/ship/logs/logs.jsonl", false);
    const text = node.kind === "file" ? new TextDecoder().decode(node.content.bytes()) : "";
    return text.split("\n").filter((line) => line.includes('"The clock was set"')).map((line) =>
      (JSON.parse(line) as { attributes: Readonly<Record<string, unknown>> }).attributes
    );
  }
}

describe("R24: a wrong clock", () => {
  it("is waited for, for ten minutes, and told once", () => {
    let [wall, mono] = [BOOT_MS, 0];
    const told: (readonly [string, unknown])[] = [];
    const watch = new ClockWatch({
      host: { now: () => mono, wallClock: () => wall },
      wrongTimes: { begin: () => {}, end: () => 0 },
      note: (_, body, attributes) => told.push([body, attributes["pontem.ship.step_ms"]]),
    });
    watch.look([]);
    watch.look([]);
    assert.equal(watch.isUsable(), false);
    [wall, mono] = [wall + CLOCK_PATIENCE_MS, CLOCK_PATIENCE_MS];
    assert.equal(watch.isUsable(), true);
    [wall, mono] = [NOW_MS, CLOCK_PATIENCE_MS];
    watch.look([]);
    watch.look([]);
    // It may begin anew while the shipper runs, and there is hope for as long again.
    [wall, mono] = [BOOT_MS, 2 * CLOCK_PATIENCE_MS];
    watch.look([]);
    assert.equal(watch.isUsable(), false);
    assert.deepEqual(told, [
      ["The clock is wrong: nothing is sent until it is set, or for ten minutes", undefined],
      ["The clock was set", NOW_MS - BOOT_MS - CLOCK_PATIENCE_MS],
      ["The clock was set", BOOT_MS - NOW_MS - CLOCK_PATIENCE_MS],
      ["The clock is wrong: nothing is sent until it is set, or for ten minutes", undefined],
    ]);
    assert.ok(NOW_MS > EARLIEST_MS);
  });

  for (const isSet of [true, false]) {
    it(isSet ? "holds every lane until it is set" : "that is never set holds nothing for ever", async () => {
      const machine = new MemoryMachine();
      machine.clock.step(BOOT_MS - machine.clock.wallClock());
      const runtime = memoryRuntime({ machine });
      runtime.fs.makeDirectory("/logs", 0o750);
      const lines = [9, 17].map((severity) =>
        `{"timestamp":"1970-01-01T00:00:10.000000Z","severityNumber":${severity},"severityText":"X","body":"b","attributes":{},"resource":{}}\n`
      );
      const handle = runtime.fs.openAppend("/logs/logs.jsonl.1700000000", 0o640);
      const bytes = new TextEncoder().encode(lines.join(""));
      handle.write(bytes, 0, bytes.length);
      handle.close();
      const shipper = await startShipper({
        sources: ["/logs"],
        state: "/ship",
        sinks: [{ type: "file", path: "/out.jsonl" }],
        heartbeatMs: 0,
        startJitterMs: 0,
      }, { runtime });
      const acked = (): number => shipper.health().sinks[0]?.records.acked ?? 0;
      await machine.clock.advanceAsync(CLOCK_PATIENCE_MS / 2);
      assert.equal(acked(), 0);
      const { state, reason } = shipper.health().sinks[0]?.lanes["error_backlog"] ?? {};
      assert.deepEqual([state, reason], ["closed", "the clock is wrong"]);
      if (isSet) machine.clock.step(NOW_MS - machine.clock.wallClock());
      await machine.clock.advanceAsync(isSet ? 20_000 : CLOCK_PATIENCE_MS / 2 + 20_000);
      assert.ok(acked() >= 2, String(acked()));
      await shipper.stop();
    });
  }

  it("gives what was written meanwhile the time that it should have had, before and after a rotation", async () => {
    const device = new Device();
    const earlier = device.log("earlier");
    device.log("of a file that is finished", "logs.jsonl.1000", 15 * SECOND_MS);
    await device.ship();
    const meanwhile = device.log("meanwhile");
    device.log("of 1999", undefined, Date.UTC(1999, 0, 1));
    await device.pass(30 * SECOND_MS);
    device.rotate();
    await device.pass(3 * SECOND_MS);
    const rotated = device.log("after a rotation");
    await device.pass(300);
    const stepMs = NOW_MS - device.wall;
    device.set(NOW_MS);
    device.log("the first with the right time");
    await device.pass(20 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("meanwhile", "after a rotation", "the first with the right time"), [
      meanwhile + stepMs,
      rotated + stepMs,
      NOW_MS,
    ]);
    // Who wrote that, in which start of the device?
    assert.deepEqual(device.times("earlier", "of a file that is finished"), [earlier, 15 * SECOND_MS]);
    assert.deepEqual(device.times("of 1999"), [Date.UTC(1999, 0, 1)]);
    const [told] = device.told;
    assert.equal(told?.["pontem.ship.step_ms"], stepMs);
    // Two of the service, and one of the shipper, which has told that the clock is wrong.
    assert.equal(told?.["pontem.ship.files"], 3);
  });

  it("is not forgotten by the next process, nor by the next start of the device", async () => {
    const device = new Device();
    device.isAway = true;
    const expected = new Map<string, number>();
    for (const start of [1, 2, 3]) {
      // The same wrong times each time. The clock of the third start is never set.
      device.set(BOOT_MS);
      await device.ship();
      const logged = device.log(`start ${start}`);
      device.rotate();
      device.log(`start ${start}, next file`);
      await device.pass(20 * SECOND_MS);
      const stepMs = start === 3 ? 0 : NOW_MS + start * 86_400_000 - device.wall;
      expected.set(`start ${start}`, logged + stepMs).set(`start ${start}, next file`, logged + stepMs);
      device.machine.clock.step(stepMs);
      await device.pass(5 * SECOND_MS);
      device.kill();
    }
    device.set(NOW_MS + 10 * 86_400_000);
    device.isAway = false;
    await device.ship();
    await device.pass(30 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times(...expected.keys()), [...expected.values()]);
  });

  it("that is set to another wrong time leaves what was written before that alone", async () => {
    const device = new Device();
    await device.ship();
    const first = device.log("first");
    await device.pass(5 * SECOND_MS);
    device.set(Date.UTC(1980, 0, 1));
    await device.pass(5 * SECOND_MS);
    const second = device.log("second");
    await device.pass(5 * SECOND_MS);
    const stepMs = NOW_MS - device.wall;
    device.set(NOW_MS);
    await device.pass(20 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("first", "second"), [first, second + stepMs]);
  });
});

describe("what was written while the clock was wrong", () => {
  const STEP = { fromMs: 10_000, toMs: 20_000, stepMs: 1_234_567_890_123 };
  const file = (id: string, size: number, finished = false): FollowedFile =>
    ({ identity: { id }, size, finished }) as FollowedFile;
  const open = (fs = memoryRuntime().fs) => {
    const told: string[] = [];
    return { fs, told, times: new WrongTimes({ fs, path: "/clock.json", note: (_, body) => told.push(body) }) };
  };
  /** Times and steps of two records of a file, at 0 and at 1000. */
  const read = async (times: WrongTimes, id: string): Promise<unknown[]> => {
    const items = [log(0, { ms: 12_345 }), log(1_000, { ms: 19_999 })];
    const cursor: LineCursor = {
      offset: 7,
      next: () => Promise.resolve({ items, end: 2_000, state: "more" }),
      close: () => {},
    };
    const dated = times.dated(file(id, 2_000), cursor);
    assert.equal(dated.offset, 7);
    const chunk = await dated.next(1);
    return chunk.items.map((item) => isRecord(item) && [item.unixNano, item.stepMs]);
  };

  it("is kept exactly, and the line as it is", async () => {
    const { fs, times } = open();
    times.begin([file("a", 500), file("b", 500), file("c", 500, true)]);
    assert.equal(times.end([file("a", 1_000), file("b", 2_000, true), file("c", 500, true), file("d", 900)], STEP), 3);
    for (const each of [times, open(fs).times]) {
      assert.deepEqual(await read(each, "a"), [["12345000000", 0], ["19999000000", 0]]);
      assert.deepEqual(await read(each, "b"), [["12345000000", 0], ["1234567910122000000", STEP.stepMs]]);
      assert.deepEqual(await read(each, "c"), [["12345000000", 0], ["19999000000", 0]]);
      assert.deepEqual(await read(each, "d"), [["1234567902468000000", STEP.stepMs], ["19999000000", 0]]);
    }
    const record = log(0, { ms: 12_345 });
    assert.equal(record.later(STEP.stepMs).line, record.line);
    assert.equal(record.later(STEP.stepMs).uid, record.uid);
  });

  it(`is bounded: ${MAX_STEPS} settings of ${MAX_STEP_FILES} files, the newest`, async () => {
    const { fs, told, times } = open();
    const ids = Array.from({ length: MAX_STEP_FILES + 1 }, (_, i) => `${i}`.padStart(16, "f"));
    for (let step = 0; step <= MAX_STEPS; step++) {
      times.begin([]);
      const files = ids.map((id) => file(`${id.slice(0, -2)}${step}${id.slice(-1)}`, 2_000));
      const all = step === 0 ? [file("first", 2_000)] : files;
      assert.equal(times.end(all, STEP), Math.min(all.length, MAX_STEP_FILES));
    }
    assert.deepEqual(told, []);
    const { size } = fs.stat("/clock.json") ?? assert.fail();
    assert.ok(size < 65_536, `${size} bytes`);
    assert.deepEqual(await read(open(fs).times, "first"), [["12345000000", 0], ["19999000000", 0]]);
    assert.equal(times.end([file("a", 1)], STEP), 0);
  });

  it("is forgotten where the file is damaged or cannot be written, which is told", async () => {
    for (const steps of [1, [1], [{}], [{ ...STEP, parts: 1 }], [{ ...STEP, stepMs: -1, parts: [["a", [0, null]]] }]]) {
      const { fs } = memoryRuntime();
      const handle = fs.openAppend("/clock.json", 0o640);
      const bytes = new TextEncoder().encode(JSON.stringify({ steps }));
      handle.write(bytes, 0, bytes.length);
      handle.close();
      assert.deepEqual(await read(open(fs).times, "a"), [["12345000000", 0], ["19999000000", 0]]);
    }
    const { fs, told, times } = open();
    fs.createNew = () => {
      throw Object.assign(new Error("No space"), { code: "ENOSPC" });
    };
    times.begin([]);
    assert.equal(times.end([file("a", 2_000)], STEP), 1);
    assert.match(
      told.join(),
      /^What the clock was set by is not kept, and is forgotten with this process: no space left/,
    );
    assert.deepEqual(await read(times, "a"), [["1234567902468000000", STEP.stepMs], [
      "1234567910122000000",
      STEP.stepMs,
    ]]);
  });
});
