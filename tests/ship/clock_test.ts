// A device whose clock begins in 1970: nothing is sent with such a time while there is hope, and nothing waits for ever.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLOCK_PATIENCE_MS, ClockWatch } from "../../src/ship/clock_watch.ts";
import type { Transport } from "../../src/ship/http_exchange.ts";
import { type ShipConfigInput, type ShipHealth, type Shipper, startShipper } from "../../src/ship/mod.ts";
import { MAX_PARTS } from "../../src/ship/kept_times.ts";
import { EARLIEST_MS, WrongTimes } from "../../src/ship/wrong_times.ts";
import type { FollowedFile } from "../../src/read/followed.ts";
import { ResourceCache } from "../../src/read/resource_cache.ts";
import { StoredRecord } from "../../src/read/stored_record.ts";
import { createPontem } from "../../src/sdk.ts";
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
  isRefusing = false;
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
    const headers = new Headers();
    if (this.isRefusing) return Promise.resolve({ status: 400, headers, body: new Response("invalid labels").body });
    const { streams } = JSON.parse(new TextDecoder().decode(body)) as { streams: { values: [string, string][] }[] };
    for (const [nanos, line] of streams.flatMap(({ values }) => values)) {
      this.received.set((JSON.parse(line) as { body: string }).body, Number(nanos) / 1e6);
    }
    return Promise.resolve({ status: 204, headers, body: null });
  };

  get wall(): number {
    return this.machine.clock.wallClock();
  }

  set(ms: number): void {
    this.machine.clock.step(ms - this.wall);
  }

  /** Sets the clock to the right time; by how much, in milliseconds. */
  setRight(): number {
    const stepMs = NOW_MS - this.wall;
    this.set(NOW_MS);
    return stepMs;
  }

  /** The service logs; what it says is in the record, and when. */
  log(body: string, file = "logs.jsonl", ms = this.wall, severity = 9): number {
    const handle = this.runtime.fs.openAppend(`/logs/${file}`, 0o640);
    const bytes = new TextEncoder().encode(`${log(0, { ms, body, severity }).line}\n`);
    handle.write(bytes, 0, bytes.length);
    handle.syncData();
    handle.close();
    this.runtime.fs.syncDirectory("/logs");
    return ms;
  }

  rotate(): void {
    this.runtime.fs.rename("/logs/logs.jsonl", `/logs/logs.jsonl.${this.#stamp++}`);
  }

  async ship(more: Partial<ShipConfigInput> = {}): Promise<void> {
    const { runtime } = this;
    this.#shipper = await startShipper({
      sources: ["/logs"],
      state: "/ship",
      sinks: [{ type: "loki", url: "http://127.0.0.1:1", gzip: false }],
      heartbeatMs: 0,
      startJitterMs: 0,
      ...more,
    }, { runtime, transport: this.#transport, random: () => 0 });
    await this.pass(5 * SECOND_MS);
  }

  /** The process ends without a word, and another one is there. */
  kill(): void {
    this.runtime.kill();
    this.runtime = memoryRuntime({ machine: this.machine });
  }

  /** Dead letters are sent again. */
  replay(): void {
    this.#shipper?.replay();
  }

  get health(): ShipHealth {
    return this.#shipper?.health() ?? assert.fail();
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
    const begun: number[] = [];
    const watch = new ClockWatch({
      host: { now: () => mono, wallClock: () => wall },
      wrongTimes: { look: () => {}, begin: (_, fromMs) => begun.push(fromMs), end: () => 0 },
      note: (_, body, attributes) => told.push([body, attributes["pontem.ship.step_ms"]]),
    });
    // The first look may take its time.
    [wall, mono] = [wall + 60_000, 60_000];
    watch.look([]);
    watch.look([]);
    assert.deepEqual(begun, [BOOT_MS]);
    assert.equal(watch.isUsable(), false);
    [wall, mono] = [BOOT_MS + CLOCK_PATIENCE_MS, CLOCK_PATIENCE_MS];
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
    const stepMs = device.setRight();
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

  it("is made good for what a logger tells late, before and after the clock was set", async () => {
    for (let phase = 0; phase < 1_000; phase += 130) {
      const device = new Device();
      const { runtime } = device;
      const pontem = createPontem({ runtime, emitDir: "/logs", serviceName: "s", runRecord: false, signals: false });
      await device.ship();
      await device.pass(phase);
      // The first file appears, or the last record comes, when the clock was set already: it looks for that once a second.
      for (let i = 0; i < 40; i++) {
        if (i === 20 || (phase > 500 && i === 0)) device.set(NOW_MS + i);
        pontem.logger.info(`${i}`);
        await device.pass(50);
      }
      await device.pass(20 * SECOND_MS);
      await device.stop();
      await pontem.shutdown();
      const times = device.times(...Array.from({ length: 40 }, (_, i) => `${i}`));
      assert.ok(
        times.every((time) => time !== undefined && Math.abs(time - NOW_MS) < 5 * SECOND_MS),
        `${phase}: ${times}`,
      );
    }
  });

  it("is made good for what waits in a request since the ten minutes were over, and for dead letters", async () => {
    for (const isRefusing of [false, true]) {
      const device = new Device();
      device.isAway = true;
      await device.ship();
      const logged = device.log("record");
      device.log("error", undefined, logged, 17);
      await device.pass(CLOCK_PATIENCE_MS + 20 * SECOND_MS);
      const stepMs = device.setRight();
      await device.pass(3 * SECOND_MS);
      device.isAway = false;
      device.isRefusing = isRefusing;
      await device.pass(1_000 * SECOND_MS);
      assert.equal((device.health.sinks[0]?.records.deadLettered ?? 0) >= 2, isRefusing);
      device.isRefusing = false;
      device.replay();
      await device.pass(20 * SECOND_MS);
      await device.stop();
      assert.deepEqual(device.times("record", "error"), [logged + stepMs, logged + stepMs]);
    }
  });

  it("that errors of an earlier start had is not made good: they are kept in a new file, but are not new", async () => {
    const device = new Device();
    device.isAway = true;
    const earlier = device.log("earlier", undefined, BOOT_MS, 17);
    device.rotate();
    await device.ship({ caps: { maxBytes: 1 } });
    await device.pass(5 * SECOND_MS);
    assert.equal(device.health.shedFiles, 1);
    device.set(NOW_MS);
    await device.pass(5 * SECOND_MS);
    device.isAway = false;
    await device.pass(1_000 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("earlier"), [earlier]);
  });

  it("makes no file too old", async () => {
    const device = new Device();
    await device.ship({ caps: { maxAgeMs: 86_400_000 } });
    const logged = device.log("record");
    device.rotate();
    device.log("next");
    await device.pass(5 * SECOND_MS);
    const stepMs = device.setRight();
    await device.pass(30 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("record", "next"), [logged + stepMs, logged + stepMs]);
    assert.equal(device.health.shedFiles, 0);
  });

  it("is watched on by the next process of the same start, and by none of another", async () => {
    for (const isSame of [true, false]) {
      const device = new Device();
      await device.ship();
      const before = device.log("before");
      await device.pass(3 * SECOND_MS);
      device.kill();
      if (!isSame) device.machine.powerLoss();
      if (!isSame) device.set(BOOT_MS + 60 * SECOND_MS);
      device.runtime = memoryRuntime({ machine: device.machine });
      await device.ship();
      const after = device.log("after");
      await device.pass(3 * SECOND_MS);
      const stepMs = device.setRight();
      await device.pass(20 * SECOND_MS);
      await device.stop();
      assert.deepEqual(device.times("after"), [after + stepMs]);
      assert.deepEqual(device.times("before"), [before + (isSame ? stepMs : 0)]);
    }
  });

  it("that runs over the date without being set changes no time", async () => {
    const device = new Device();
    device.set(EARLIEST_MS - 20 * SECOND_MS);
    await device.ship();
    const before = device.log("before");
    await device.pass(30 * SECOND_MS);
    const after = device.log("after");
    await device.pass(10 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("before", "after"), [before, after]);
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
    const stepMs = device.setRight();
    await device.pass(20 * SECOND_MS);
    await device.stop();
    assert.deepEqual(device.times("first", "second"), [first, second + stepMs]);
  });
});

describe("what was written while the clock was wrong", () => {
  const STEP_MS = 1_234_567_890_123;
  const [FROM_MS, TO_MS] = [10_000, 20_000];
  const file = (id: string, size: number, more: Partial<FollowedFile> = {}): FollowedFile =>
    ({ identity: { id, path: "/logs/logs.jsonl" }, size, finished: false, ...more }) as FollowedFile;
  const { host } = memoryRuntime();
  const open = (fs = memoryRuntime().fs) => {
    const told: string[] = [];
    return {
      fs,
      told,
      times: new WrongTimes({ fs, host, path: "/clock.json", ignored: new Set(), note: (_, body) => told.push(body) }),
    };
  };
  /** By how much two records of a file are moved, one at 0 and one at 1000. */
  const moved = (times: WrongTimes, id: string, ms = 12_345): number[] => {
    const records = [0, 1_000].map((offset) => {
      const { line, bytes, seconds, nanos } = log(offset, { ms });
      const kind = "log";
      const of = { id, path: "/logs/logs.jsonl", resources: new ResourceCache() };
      return new StoredRecord({ file: of, offset, bytes, line, kind, seconds, nanos, severityNumber: 9 });
    });
    times.date(records);
    times.date(records);
    return records.map(({ stepMs }) => stepMs);
  };

  it("moves a record to the nanosecond, once, and leaves its line", () => {
    const record = log(0, { ms: 12_999 });
    const { line, uid } = record;
    record.move(STEP_MS);
    assert.equal(record.unixNano, "1234567903122000000");
    assert.deepEqual([record.line, record.uid, record.stepMs], [line, uid, STEP_MS]);
  });

  it("is known by its place in the file and by its time, also to the next process", () => {
    const { fs, times } = open();
    const finished = { finished: true };
    times.begin([file("a", 500), file("b", 500), file("c", 500, finished), file("e", 500)], FROM_MS, false);
    const files = [
      file("a", 500),
      file("b", 2_000, finished),
      file("c", 500, finished),
      file("d", 900, { startMs: 11_000 }),
      file("e", 2_000),
      file("f", 2_000, { startMs: 1_000 }),
    ];
    assert.equal(times.end(files, TO_MS, STEP_MS), 3);
    assert.deepEqual(moved(times, "a"), [0, 0]);
    assert.deepEqual(moved(times, "b"), [0, STEP_MS]);
    assert.deepEqual(moved(times, "c"), [0, 0]);
    assert.deepEqual(moved(times, "d"), [STEP_MS, STEP_MS]);
    assert.deepEqual(moved(times, "e"), [0, STEP_MS]);
    // Its first record is from before: it was there, though nobody saw it.
    assert.deepEqual(moved(times, "f"), [0, 0]);
    // A logger is late by some seconds; what is further away had another clock.
    for (const ms of [FROM_MS - 4_000, TO_MS + 4_000]) assert.deepEqual(moved(times, "d", ms), [STEP_MS, STEP_MS]);
    for (const ms of [FROM_MS - 6_000, TO_MS + 6_000]) assert.deepEqual(moved(times, "d", ms), [0, 0]);
    // What is written late is found while it may come.
    for (let look = 0; look < 5; look++) times.look(files);
    times.look([...files.slice(1), file("a", 1_500), file("late", 10, { startMs: 19_000 })]);
    assert.deepEqual(moved(times, "a"), [0, STEP_MS]);
    assert.deepEqual(moved(times, "late"), [STEP_MS, STEP_MS]);
    for (let look = 0; look < 20; look++) times.look(files);
    times.look([file("later", 10, { startMs: 19_000 })]);
    assert.deepEqual(moved(times, "later"), [0, 0]);

    const next = open(fs).times;
    assert.deepEqual(moved(next, "e"), [0, STEP_MS]);
    // Its first look ends the parts: "d" has grown since, "e" is another file of that name, "b" has no end, "a" is gone.
    next.look([file("b", 700, finished), file("d", 1_000), file("e", 1_999)]);
    assert.deepEqual(["a", "b", "d", "e"].map((id) => moved(next, id)), [
      [0, 0],
      [0, STEP_MS],
      [STEP_MS, 0],
      [0, 0],
    ]);
  });

  it("belongs to the time in which it was written, where several had it", () => {
    const { times } = open();
    for (const step of [1, 2]) {
      times.begin(step === 1 ? [] : [file("a", 1_000)], FROM_MS, false);
      times.end([file("a", step * 1_000, { startMs: FROM_MS })], TO_MS, step * STEP_MS);
    }
    assert.deepEqual(moved(times, "a"), [STEP_MS, 2 * STEP_MS]);
    // One that ran over the date by itself.
    times.begin([], FROM_MS, false);
    assert.equal(times.end([file("a", 1_000), file("b", 1_000)], TO_MS, 1), 0);
    // A third time that is never set.
    times.begin([file("a", 1_000)], FROM_MS, false);
    assert.deepEqual(moved(times, "a"), [STEP_MS, 0]);
  });

  it(`is bounded: ${MAX_PARTS} parts of files, the newest; what is left out is told`, () => {
    const { fs, told, times } = open();
    const size = 1_234_567_890;
    const first = file("first00000000000", size);
    times.begin([], FROM_MS, false);
    times.end([first], TO_MS, STEP_MS);
    const many = Array.from({ length: MAX_PARTS }, (_, i) => file(`${i}`.padStart(16, "f"), size));
    times.begin([first], FROM_MS, false);
    assert.equal(times.end([first, ...many], TO_MS, STEP_MS), MAX_PARTS);
    assert.match(told.join(), /^The clock was set too often: the oldest records of a wrong time keep it$/);
    times.begin(many, FROM_MS, false);
    const { size: bytes } = fs.stat("/clock.json") ?? assert.fail();
    assert.ok(bytes < 65_536, `${bytes} bytes`);
    const next = open(fs);
    assert.deepEqual(moved(next.times, "first00000000000"), [0, 0]);
    const { id } = many[7]?.identity ?? assert.fail();
    assert.deepEqual(moved(next.times, id), [STEP_MS, STEP_MS]);
    assert.deepEqual(next.told, []);
    // What is gone takes no room.
    times.end([file("new", 10, { startMs: FROM_MS })], TO_MS, STEP_MS);
    assert.deepEqual(moved(times, id), [0, 0]);
    assert.deepEqual(moved(times, "new"), [STEP_MS, STEP_MS]);
  });

  it("is kept once there is room; a file that is damaged is forgotten; both are told", () => {
    const part = { id: "a", from: 0, to: null, seen: 0, fromMs: FROM_MS, toMs: TO_MS };
    for (
      const text of [
        "{",
        "[]",
        ...[1, [1], [{}], [part], [{ ...part, stepMs: -1 }]].map((parts) => JSON.stringify({ parts })),
      ]
    ) {
      const { fs } = memoryRuntime();
      const handle = fs.openAppend("/clock.json", 0o640);
      const bytes = new TextEncoder().encode(text);
      handle.write(bytes, 0, bytes.length);
      handle.close();
      const { told, times } = open(fs);
      assert.deepEqual(moved(times, "a"), [0, 0]);
      if (!text.startsWith('{"')) {
        assert.match(told.join(), /^What the clock was set by cannot be read, and is forgotten$/);
      }
    }
    const { fs, told, times } = open();
    const createNew = fs.createNew.bind(fs);
    fs.createNew = () => {
      throw Object.assign(new Error("No space"), { code: "ENOSPC" });
    };
    const files = [file("a", 2_000)];
    times.begin([], FROM_MS, false);
    times.end(files, TO_MS, STEP_MS);
    times.look(files);
    assert.match(
      told.join(),
      /^What the clock was set by is not kept yet, and would be forgotten .*: no space left[^,]*$/,
    );
    assert.deepEqual(moved(times, "a"), [STEP_MS, STEP_MS]);
    fs.createNew = createNew;
    times.look(files);
    assert.deepEqual(moved(open(fs).times, "a"), [STEP_MS, STEP_MS]);
  });
});
