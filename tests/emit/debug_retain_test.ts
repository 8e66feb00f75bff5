import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { DebugRetention, MAX_SEGMENTS } from "../../src/emit/debug_retain.ts";
import { HOUR_MS, hourOf, segmentName } from "../../src/emit/debug_segment.ts";

const DIR = "/logs/.pontem/debug";

/** A directory of segments in memory, and the retention of one process. */
class Place {
  readonly runtime = memoryRuntime();
  readonly clock = this.runtime.machine.clock;
  active = "";
  removedBytes = 0;
  retention = this.restarted();

  constructor() {
    this.runtime.fs.makeDirectory(DIR, 0o750);
  }

  /** The retention of a new run. */
  restarted(retentionHours = 24, maxBytes = 1_000): DebugRetention {
    return this.retention = new DebugRetention({
      fs: this.runtime.fs,
      host: this.runtime.host,
      directory: DIR,
      retentionHours,
      maxBytes,
      active: () => this.active,
      removed: (bytes) => void (this.removedBytes += bytes),
    });
  }

  /** Makes a segment whose hour began so many hours before the current one by the system clock. */
  add(hoursAgo: number, bytes = 1, writer = "a", part = 0): string {
    const hour = hourOf(this.clock.wallClock()) - hoursAgo * HOUR_MS;
    const name = segmentName({ hour, writer, part });
    this.put(name, bytes);
    return name;
  }

  put(name: string, bytes = 1): void {
    const handle = this.runtime.fs.createNew(`${DIR}/${name}`, 0o640);
    handle.write(new Uint8Array(bytes), 0, bytes);
    handle.close();
  }

  names(): string[] {
    return this.runtime.fs.list(DIR).sort();
  }

  /** Passes hours, with a look at the end of each. */
  hours(count: number): void {
    for (let hour = 0; hour < count; hour++) {
      this.clock.advance(HOUR_MS);
      this.retention.look(0);
    }
  }
}

describe("retention of DEBUG by age", () => {
  it("counts from the end of the hour, at the start and while running", () => {
    const place = new Place();
    // The clock shows half past.
    const old = place.add(26);
    const edge = place.add(24, 1, "b");
    const young = place.add(1);
    place.retention.look(0);
    assert.deepEqual(place.names(), [edge, young].sort());
    place.clock.advance(HOUR_MS / 2 - 1);
    place.retention.look(0);
    assert.deepEqual(place.names(), [edge, young].sort());
    place.clock.advance(1);
    place.retention.look(0);
    assert.deepEqual(place.names(), [young]);
    place.hours(22);
    assert.deepEqual(place.names(), [young]);
    place.hours(1);
    assert.deepEqual(place.names(), []);
    assert.equal(place.removedBytes, 3);
    assert.ok(old < edge);
  });

  it("keeps to other hours", () => {
    const place = new Place();
    place.restarted(2);
    place.add(3);
    const kept = place.add(2);
    place.retention.look(0);
    assert.deepEqual(place.names(), [kept]);
  });

  it("does not follow a clock that is set while running, whichever way", () => {
    for (const step of [-400, -1, 1, 30, 10_000]) {
      const place = new Place();
      const [a, b] = [place.add(5), place.add(1)];
      place.retention.look(0);
      place.clock.step(step * 24 * HOUR_MS);
      // One that came after the last look, by a writer with the clock of before, and one with that of now.
      const c = place.add(step * 24, 1, "c");
      const d = place.add(0, 1, "d");
      place.hours(19);
      assert.deepEqual(place.names(), [a, b, c, d].sort(), String(step));
      place.hours(1);
      assert.deepEqual(place.names(), [b, c, d].sort(), String(step));
      // By the looks, the last two came within the first of these hours; nothing else is known of them.
      place.hours(3);
      assert.deepEqual(place.names(), [b, c, d].sort(), String(step));
      place.hours(3);
      assert.deepEqual(place.names(), [], String(step));
    }
  });

  it("waits for an hour of the run when all would go at the start, and then asks the clock again", () => {
    const wrong = new Place();
    const kept = [wrong.add(3), wrong.add(2)];
    wrong.clock.step(5 * 24 * HOUR_MS);
    wrong.retention.look(0);
    wrong.clock.advance(HOUR_MS - 1);
    wrong.retention.look(0);
    assert.deepEqual(wrong.names(), kept);
    // Put right meanwhile.
    wrong.clock.step(-5 * 24 * HOUR_MS);
    wrong.clock.advance(1);
    wrong.retention.look(0);
    assert.deepEqual(wrong.names(), kept);
    wrong.hours(21);
    assert.deepEqual(wrong.names(), [kept[1]]);

    const off = new Place();
    off.add(3);
    off.clock.advance(5 * 24 * HOUR_MS);
    off.retention.look(0);
    const own = off.add(0, 1, "0");
    off.clock.advance(HOUR_MS - 1);
    off.retention.look(0);
    assert.equal(off.names().length, 2);
    off.clock.advance(1);
    off.retention.look(0);
    assert.deepEqual(off.names(), [own]);
  });

  it("removes what is too old at once when something else is not", () => {
    const place = new Place();
    place.add(100);
    const young = place.add(2);
    place.retention.look(0);
    assert.deepEqual(place.names(), [young]);
  });

  it("takes a stamp in the future for now", () => {
    const place = new Place();
    const future = place.add(-500);
    place.retention.look(0);
    place.hours(23);
    assert.deepEqual(place.names(), [future]);
    place.hours(1);
    assert.deepEqual(place.names(), []);
  });
});

describe("retention of DEBUG by size", () => {
  it("keeps all within the bound with the room that is asked for: the future goes first, then the oldest", () => {
    const place = new Place();
    const [a, b, c] = [place.add(5, 300), place.add(4, 300), place.add(3, 300, "b")];
    const next = place.add(-1, 100, "e");
    place.add(-2, 100, "f");
    place.retention.look(0);
    assert.deepEqual(place.names(), [a, b, c, next].sort());
    place.retention.look(300);
    assert.deepEqual(place.names(), [b, c, next].sort());
    place.retention.look(700);
    assert.deepEqual(place.names(), [next]);
    assert.equal(place.removedBytes, 1_000);
  });

  it("orders the parts of an hour, and leaves the segment that is being written", () => {
    const place = new Place();
    const names = [0, 2, 9, 10].map((part) => place.add(0, 100, "a", part));
    place.active = `${DIR}/${names[0]}`;
    place.retention.look(700);
    assert.deepEqual(place.names(), [names[0], names[2], names[3]].sort());
    place.retention.look(1_000);
    assert.deepEqual(place.names(), [names[0]]);
  });

  it(`keeps no more than ${MAX_SEGMENTS} segments`, () => {
    const place = new Place();
    place.restarted(24, 2 ** 40);
    for (let i = 0; i < MAX_SEGMENTS + 10; i++) place.add(1, 1, "a", i);
    place.retention.look(0);
    assert.equal(place.names().length, MAX_SEGMENTS - 1);
  });
});

describe("retention of DEBUG", () => {
  it("touches nothing that is not ours, and follows no link", () => {
    const place = new Place();
    const { fs } = place.runtime;
    const name = segmentName({ hour: 0, writer: "a", part: 0 });
    const others = ["notes.txt", "debug.jsonl", `${name}.gz`, `x${name}`];
    for (const other of others) place.put(other, 5_000);
    place.add(1);
    fs.makeDirectory(`${DIR}/${segmentName({ hour: 0, writer: "d", part: 0 })}`, 0o750);
    const { disk } = place.runtime.machine;
    disk.symlink(`${DIR}/notes.txt`, `${DIR}/${segmentName({ hour: 0, writer: "e", part: 0 })}`);
    place.retention.look(1_000);
    assert.equal(place.names().length, others.length + 2);
    assert.deepEqual(others.filter((other) => fs.stat(`${DIR}/${other}`) === undefined), []);
    // A link in the place of the directory leads to what may be anybody's.
    const elsewhere = place.add(1);
    fs.rename(DIR, "/elsewhere");
    disk.symlink("/elsewhere", DIR);
    place.retention.look(1_000);
    assert.ok(place.names().includes(elsewhere));
  });

  it("goes on when a segment cannot be removed, and when another process was faster", () => {
    const place = new Place();
    const [a, b, c] = [place.add(40, 400), place.add(30, 400, "b"), place.add(1, 400)];
    const takeBack = place.runtime.fs.fail("remove", { code: "EACCES", path: `${DIR}/${a}` });
    place.retention.look(200);
    assert.deepEqual(place.names(), [a, c].sort());
    takeBack();
    place.runtime.fs.fail("remove", { code: "ENOENT", path: `${DIR}/${b}` });
    place.retention.look(200);
    assert.deepEqual(place.names(), [c]);
  });
});
