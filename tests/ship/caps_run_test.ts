// The caps on files in memory: what is asked of the disk, what is kept, and what is counted.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FollowedFile } from "../../src/read/followed.ts";
import { type CapLimits, type CappedSink, Caps } from "../../src/ship/caps.ts";
import { MAX_ERROR_BYTES } from "../../src/ship/kept_errors.ts";
import { type CursorName, DONE } from "../../src/ship/engine/progress.ts";
import { SinkRunner } from "../../src/ship/engine/sink_runner.ts";
import type { SinkRunnerOptions } from "../../src/ship/engine/sink_runner_options.ts";
import { Selection } from "../../src/ship/select.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";
import { FakeFile, LINE_BYTES } from "./engine/files.ts";
import { ScriptedSink } from "./engine/support.ts";

const KEPT = "/ship/site/shed/logs.jsonl";
const BOTH: readonly CursorName[] = ["main", "error"];

/** A sink that has not begun: what it has settled is what it is told. */
function runner(
  runtime: MemoryRuntime,
  settled: readonly FakeFile[],
  more: Partial<SinkRunnerOptions> = {},
): SinkRunner {
  const progress = { main: DONE, error: DONE, summary: DONE };
  return new SinkRunner({
    name: "site",
    sink: new ScriptedSink(),
    host: runtime.host,
    selection: new Selection(),
    wanted: () => BOTH,
    limits: { maxRecords: 100, maxBytes: 10_000 },
    maxAgeMs: 5_000,
    concurrency: 1,
    makeBackoff: () => ({ next: () => 1_000, reset: () => {} }),
    isOpen: () => true,
    isLast: () => false,
    state: { files: new Map(settled.map(({ identity }) => [identity.id, progress])), counters: {} },
    save: () => true,
    deadLetters: { refused: () => {}, unreadable: () => {} },
    note: () => {},
    open: (file, offset, filter) => (file as FakeFile).open(offset, filter),
    ...more,
  });
}

class World {
  readonly runtime: MemoryRuntime = memoryRuntime();
  readonly files: FakeFile[] = [];
  readonly notes: string[] = [];
  /** How often the room of a disk was asked for. */
  asked = 0;

  constructor() {
    const { fs } = this.runtime;
    fs.makeDirectory("/logs", 0o750);
    for (const sink of ["site", "other"]) fs.makeDirectory(`/ship/${sink}/shed`, 0o750);
    const room = fs.room.bind(fs);
    fs.room = (path) => {
      this.asked++;
      return room(path);
    };
  }

  /** Rotated files, the oldest first, as they lie on the disk. */
  rotated(...files: FakeFile[]): void {
    for (const file of files) {
      this.files.push(file.rotate(this.files.length));
      this.put(file.path, file.size);
    }
  }

  put(path: string, bytes: number): void {
    const handle = this.runtime.fs.openAppend(path, 0o640);
    handle.write(new Uint8Array(bytes).fill(10), 0, bytes);
    handle.close();
  }

  caps(runners: readonly CappedSink[], limits: Partial<CapLimits>): Caps {
    const { fs, host } = this.runtime;
    return new Caps({
      fs,
      host,
      limits: { keepFreeBytes: 0, ...limits },
      runners,
      open: (file: FollowedFile, offset, filter = {}) => (file as FakeFile).open(offset, filter),
      keepDirectory: (sink) => `/ship/${sink}/shed`,
      note: (level, body) => void this.notes.push(`${level} ${body}`),
    });
  }

  get left(): string[] {
    return this.runtime.fs.list("/logs").sort();
  }

  get kept(): string[] {
    return this.keptFor("site");
  }

  keptFor(sink: string): string[] {
    const { fs } = this.runtime;
    const path = `/ship/${sink}/shed/logs.jsonl`;
    const bytes = fs.stat(path) === undefined ? new Uint8Array() : fs.readFile(path);
    // Behind the line that the file is known by.
    return new TextDecoder().decode(bytes).split("\n").slice(1, -1);
  }

  /** Leaves so much room on the disk. */
  leave(bytes: number): void {
    const { disk } = this.runtime.machine;
    disk.capacity = 1e9;
    disk.capacity = 1e9 - disk.free + bytes;
  }
}

describe("the caps on a look", () => {
  it("ask for the room of a disk once for all files that go together; none goes without need", async () => {
    const world = new World();
    world.rotated(...Array.from({ length: 10 }, (_, i) => new FakeFile(`f${i}`).log(10)));
    const sink = runner(world.runtime, []);
    const caps = world.caps([sink], { keepFreeBytes: 2_500 });
    world.leave(2_500);
    await caps.run(world.files);
    assert.deepEqual([world.asked, world.left.length], [1, 10]);
    world.leave(500);
    await caps.run(world.files);
    assert.deepEqual(world.left, ["f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9"]);
    assert.equal(world.asked, 2);
    assert.deepEqual([caps.shedFiles, caps.removedFiles, sink.account.shed], [2, 0, 20]);
  });

  it("give nothing up for its size where no bound is set, however much waits", async () => {
    const world = new World();
    world.rotated(new FakeFile("old").log(10), new FakeFile("young").log(10));
    for (const file of world.files) Object.defineProperty(file, "size", { value: 2e12 });
    const sink = runner(world.runtime, []);
    const caps = world.caps([sink], {});
    await caps.run(world.files);
    assert.deepEqual(world.left, ["old", "young"]);
    assert.equal(sink.account.shed, 0);
    const bounded = world.caps([sink], { maxBytes: 3e12 });
    await bounded.run(world.files);
    assert.deepEqual(world.left, ["young"]);
  });

  it("take settled files before older ones", async () => {
    const world = new World();
    const [old, settled, young] = [new FakeFile("old").log(10), new FakeFile("settled").log(10), new FakeFile("young")];
    world.rotated(old, settled, young.log(10));
    const sink = runner(world.runtime, [settled]);
    const caps = world.caps([sink], { maxBytes: 2_000 });
    await caps.run(world.files);
    assert.deepEqual(world.left, ["old", "young"]);
    assert.deepEqual([caps.shedFiles, caps.removedFiles, sink.account.shed], [0, 1, 0]);
  });

  it("count a file as removed, not as shed, that was settled while another one was read", async () => {
    const world = new World();
    const [first, second] = [new FakeFile("first").log(10), new FakeFile("second").log(10)];
    world.rotated(first, second);
    const settled: FakeFile[] = [];
    const sink: CappedSink = {
      name: "site",
      save: () => true,
      bar: () => {},
      hasUpTo: () => false,
      isSettled: (file) => settled.includes(file as FakeFile),
      isBusyWith: () => {
        settled.push(second);
        return false;
      },
      lacks: () => true,
      shed: () => {},
    };
    const caps = world.caps([sink], { maxBytes: 100 });
    await caps.run(world.files);
    assert.deepEqual([world.left, caps.shedFiles, caps.removedFiles], [[], 1, 1]);
  });

  it("keep errors with one write, in their order", async () => {
    const world = new World();
    const file = new FakeFile("f").log(3).log(2, 17).log(3).log(1, 21);
    world.rotated(file);
    const sink = runner(world.runtime, []);
    const { fs } = world.runtime;
    let opened = 0;
    const openAppend = fs.openAppend.bind(fs);
    fs.openAppend = (path, mode) => {
      opened++;
      return openAppend(path, mode);
    };
    await world.caps([sink], { maxBytes: 0 }).run(world.files);
    assert.equal(opened, 1);
    assert.deepEqual(world.kept, [3, 4, 8].map((place) => (file.items[place] as { readonly line: string }).line));
    assert.deepEqual([world.left, sink.account.shed], [[], 6]);
  });

  it("keep errors on the device before their file goes", async () => {
    const world = new World();
    world.rotated(new FakeFile("f").log(2).log(2, 17));
    await world.caps([runner(world.runtime, [])], { maxBytes: 0 }).run(world.files);
    const { machine } = world.runtime;
    machine.powerLoss();
    const { fs } = memoryRuntime({ machine });
    assert.equal(new TextDecoder().decode(fs.readFile(KEPT)).split("\n").length, 1 + 2 + 1);
  });

  it("shed errors beyond the bound of what is kept, and count them", async () => {
    const world = new World();
    const file = new FakeFile("f").log(5, 17);
    world.rotated(file);
    const { line } = file.items[0] as { readonly line: string };
    const bytes = new TextEncoder().encode(`${line}\n`).length;
    world.put(KEPT, MAX_ERROR_BYTES - 2 * bytes - 1);
    const sink = runner(world.runtime, []);
    await world.caps([sink], { maxBytes: 0 }).run(world.files);
    assert.equal(world.runtime.fs.stat(KEPT)?.size, MAX_ERROR_BYTES);
    assert.deepEqual([sink.account.shed, world.left], [3, []]);
  });

  it("count as shed what a sink was to have, and nothing else", async () => {
    const world = new World();
    const [metrics, logs] = [
      new FakeFile("m", "metrics").log(3, 13),
      new FakeFile("l").log(4).bad().log(2, 13).log(1, 17),
    ];
    world.rotated(metrics, logs);
    const all = runner(world.runtime, []);
    const selection = new Selection({ minSeverity: 13 });
    const chosen = runner(world.runtime, [], {
      name: "other",
      selection,
      wanted: ({ channel }) => channel === "metrics" ? [] : BOTH,
    });
    await world.caps([all, chosen], { maxBytes: 0 }).run(world.files);
    assert.deepEqual(world.left, []);
    // The error is kept; a line that cannot be read might have been for anybody.
    assert.deepEqual([all.account.shed, chosen.account.shed, world.kept.length], [3 + 4 + 1 + 2, 1 + 2, 1]);
  });

  it("neither count nor keep what a sink has settled", async () => {
    const world = new World();
    const file = new FakeFile("f").log(5).log(3, 17);
    world.rotated(file);
    const progress = { main: 2 * LINE_BYTES, error: 7 * LINE_BYTES, summary: 0 };
    const state = { files: new Map([[file.identity.id, progress]]), counters: {} };
    const sink = runner(world.runtime, [], { state });
    await world.caps([sink], { maxBytes: 0 }).run(world.files);
    assert.deepEqual([world.left, world.kept.length, sink.account.shed], [[], 1, 3]);
  });

  it("keep an error for each sink that lacks it, and for no other; the room is for all together", async () => {
    const world = new World();
    const file = new FakeFile("f").log(3, 17);
    world.rotated(file);
    const progress = { main: DONE, error: 2 * LINE_BYTES, summary: DONE };
    const state = { files: new Map([[file.identity.id, progress]]), counters: {} };
    const sinks = [runner(world.runtime, []), runner(world.runtime, [], { name: "other", state })];
    const lines = file.items.map((item) => (item as { readonly line: string }).line);
    await world.caps(sinks, { maxBytes: 0 }).run(world.files);
    assert.deepEqual([world.keptFor("site"), world.keptFor("other")], [lines, lines.slice(2)]);
    assert.deepEqual(sinks.map(({ account }) => account.shed), [0, 0]);
    const full = new World();
    full.rotated(new FakeFile("f").log(3, 17));
    full.put("/ship/other/shed/logs.jsonl", MAX_ERROR_BYTES / 2);
    const others = ["site", "other"].map((name) => runner(full.runtime, [], { name }));
    await full.caps(others, { maxBytes: 0 }).run(full.files);
    assert.deepEqual(others.map(({ account }) => account.shed), [0, 3]);
  });

  it("keep no error that no sink was to have", async () => {
    const world = new World();
    world.rotated(new FakeFile("f").log(2, 17));
    const sink = runner(world.runtime, [], { selection: new Selection({ where: { "service.name": "other" } }) });
    await world.caps([sink], { maxBytes: 0 }).run(world.files);
    assert.deepEqual([world.left, world.kept, sink.account.shed], [[], [], 0]);
  });

  it("leave no torn line where a disk is full, and count its errors as shed", async () => {
    const world = new World();
    world.rotated(new FakeFile("full").log(5, 17), new FakeFile("free").log(1, 17));
    world.put(KEPT, 1);
    const sink = runner(world.runtime, []);
    world.leave(LINE_BYTES * 2);
    await world.caps([sink], { maxBytes: 100 }).run(world.files);
    assert.deepEqual([sink.account.shed, world.runtime.fs.stat(KEPT)?.size, world.left], [5, 1, ["free"]]);
    // The file that went has made room.
    await world.caps([sink], { maxBytes: 0 }).run(world.files.slice(1));
    assert.deepEqual([sink.account.shed, world.kept.length, world.left], [5, 2, []]);
  });
});
