import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  content,
  DIR,
  end,
  filesOf,
  linesOf,
  logMany,
  look,
  names,
  numbers,
  ROTATED,
  type Service,
  service,
  upTo,
} from "./support.ts";

/** Length of the line of a record of this instance. */
function lineBytes(attributes: object): number {
  const svc = service();
  svc.pontem.logger.info("x", attributes);
  svc.pontem.flushSync();
  return look(svc.machine).readFile(`${DIR}/logs.jsonl`).length;
}

function write(machine: MemoryMachine, path: string, text: string): void {
  const fs = look(machine);
  fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o750);
  const handle = fs.createNew(path, 0o640);
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 0) handle.write(bytes, 0, bytes.length);
  handle.close();
}

function stamps(machine: MemoryMachine): number[] {
  return filesOf(machine).filter((path) => path.endsWith(".gz")).map((path) => Number(path.split(".").at(-2)));
}

/** Logs one record and rotates. */
async function rotateOnce({ pontem, machine }: Service): Promise<void> {
  pontem.logger.info("x", { pad: "p".repeat(400) });
  pontem.flushSync();
  await machine.clock.settle();
}

const SMALL = { rotation: { maxBytes: 400 }, retention: { maxFiles: 1_000 } };

describe("rotation", () => {
  it("happens between records: a file is as full as whole lines make it, and no fuller", async () => {
    const line = lineBytes({ i: 1, pad: "ä€😀" });
    for (const [maxBytes, perFile] of [[line * 3, 3], [line * 3 + 1, 3], [line * 4 - 1, 3]] as const) {
      const svc = service({ rotation: { maxBytes }, retention: { maxFiles: 1_000 } });
      logMany(svc, 0, 10, { pad: "ä€😀" });
      await end(svc);
      const counts = filesOf(svc.machine).map((path) => linesOf(svc.machine, path).length);
      assert.deepEqual(counts, [perFile, perFile, perFile, 1], `maxBytes ${maxBytes}`);
      assert.deepEqual(numbers(svc.machine), upTo(10));
    }
  });

  it("gives a record that alone is larger a file of its own", async () => {
    const svc = service({ rotation: { maxBytes: 1_000 }, retention: { maxFiles: 1_000 } });
    logMany(svc, 0, 2);
    logMany(svc, 2, 3, { pad: "€".repeat(20_000) });
    logMany(svc, 3, 5);
    await end(svc);
    const counts = filesOf(svc.machine).map((path) => linesOf(svc.machine, path).length);
    assert.deepEqual(counts, [2, 1, 2]);
    assert.deepEqual(numbers(svc.machine), upTo(5));
  });

  it("keeps to the size when many records are written at once, and over a restart", async () => {
    const machine = new MemoryMachine();
    for (let run = 0; run < 3; run++) {
      const svc = service({ machine, rotation: { maxBytes: 5_000 }, retention: { maxFiles: 1_000 } });
      logMany(svc, run * 500, run * 500 + 500, { pad: "z".repeat(run * 7) });
      await end(svc);
    }
    const sizes = filesOf(machine).map((path) => content(machine, path).length);
    assert.ok(sizes.every((size) => size <= 5_000), String(sizes));
    assert.ok(sizes.slice(0, -1).every((size) => size > 5_000 - 250), String(sizes));
    assert.deepEqual(numbers(machine), upTo(1_500));
  });

  it("happens at an age, when a record comes, and leaves an empty file alone", async () => {
    const svc = service({ rotation: { everyMs: 60_000 } });
    logMany(svc, 0, 1);
    await svc.machine.clock.advanceAsync(59_000);
    logMany(svc, 1, 2);
    await svc.machine.clock.advanceAsync(2_000);
    assert.deepEqual(stamps(svc.machine), []);
    logMany(svc, 2, 3);
    await svc.machine.clock.advanceAsync(1_000);
    assert.equal(stamps(svc.machine).length, 1);
    await svc.machine.clock.advanceAsync(600_000);
    assert.equal(stamps(svc.machine).length, 1);
    await end(svc);
    assert.deepEqual(filesOf(svc.machine).map((path) => linesOf(svc.machine, path).length), [2, 1]);
  });

  it("names files by the second, and by an ordinal within one", async () => {
    const svc = service(SMALL);
    const now = Math.floor(svc.runtime.host.wallClock() / 1000);
    for (let i = 0; i < 3; i++) await rotateOnce(svc);
    await svc.machine.clock.advanceAsync(100_000);
    await rotateOnce(svc);
    assert.deepEqual(stamps(svc.machine), [now, now + 1, now + 2, now + 100]);
    await end(svc);
  });

  for (
    const [what, step] of [["stepped back a year", -366 * 86_400_000], ["at 1970", -1_736_937_000_000 + 5_000]] as const
  ) {
    it(`goes on counting with a clock that is ${what}`, async () => {
      const svc = service(SMALL);
      await rotateOnce(svc);
      const first = stamps(svc.machine)[0] ?? 0;
      svc.runtime.host.stepClock(step);
      for (let i = 0; i < 2; i++) await rotateOnce(svc);
      assert.deepEqual(stamps(svc.machine), [first, first + 1, first + 2]);
      await end(svc);
    });
  }

  it("starts from 1970 when the clock does, but beyond what logrotate counts with", async () => {
    const machine = new MemoryMachine();
    machine.clock.step(-1_736_937_000_000 + 5_000);
    const svc = service({ ...SMALL, machine });
    for (let i = 0; i < 2; i++) await rotateOnce(svc);
    assert.deepEqual(stamps(machine), [1_000, 1_001]);
    await end(svc);
  });

  it("never gives a stamp again, not even after a shipper took all files and the clock went back", async () => {
    const machine = new MemoryMachine();
    const first = service({ ...SMALL, machine });
    await rotateOnce(first);
    await rotateOnce(first);
    await end(first);
    const given = stamps(machine);
    for (const path of filesOf(machine)) look(machine).remove(path);
    machine.clock.step(-3_600_000);
    const second = service({ ...SMALL, machine });
    await rotateOnce(second);
    assert.deepEqual(stamps(machine), [(given[1] ?? 0) + 1]);
    await end(second);
  });

  it("goes on from the highest name when its own memory is gone", async () => {
    const machine = new MemoryMachine();
    write(machine, `${DIR}/logs.jsonl.1900000000.gz`, "stranger");
    const svc = service({ ...SMALL, machine });
    await rotateOnce(svc);
    assert.deepEqual(stamps(machine), [1_900_000_000, 1_900_000_001]);
    await end(svc);
  });

  it("takes Python's nanoseconds for seconds", async () => {
    const machine = new MemoryMachine();
    write(machine, `${DIR}/logs.jsonl.1795558389207348900.gz`, "python");
    const svc = service({ ...SMALL, machine });
    await rotateOnce(svc);
    assert.deepEqual(names(machine).filter((name) => /\.\d{10}\.gz$/.test(name)), ["logs.jsonl.1795558390.gz"]);
    await end(svc);
  });

  it("is not led astray by odd names", async () => {
    const odd = [
      "logs.jsonl.99999999999.gz",
      "logs.jsonl.123456789012.gz",
      "logs.jsonl.gz",
      "logs.jsonl.1e3",
      "logs.jsonl.-5",
      "logs.jsonl.5.gz.tmp",
      "xlogs.jsonl.7",
    ];
    const machine = new MemoryMachine();
    for (const name of odd) write(machine, `${DIR}/${name}`, name);
    const svc = service({ ...SMALL, machine });
    const now = Math.floor(svc.runtime.host.wallClock() / 1000);
    await rotateOnce(svc);
    await end(svc);
    assert.deepEqual(names(machine).filter((name) => !odd.includes(name) && name.startsWith("logs.")), [
      `logs.jsonl.${now}.gz`,
    ]);
    for (const name of odd) assert.equal(new TextDecoder().decode(look(machine).readFile(`${DIR}/${name}`)), name);
  });

  it("does not write over a stranger's file that has the next name", async () => {
    const svc = service(SMALL);
    await rotateOnce(svc);
    const next = (stamps(svc.machine)[0] ?? 0) + 1;
    svc.pontem.logger.info("x", { pad: "p".repeat(400), mine: true });
    svc.pontem.flushSync();
    // The plain file has its stamp; its compressed name is taken before it gets there.
    write(svc.machine, `${DIR}/logs.jsonl.${next}.gz`, "stranger");
    await svc.machine.clock.settle();
    await end(svc);
    assert.equal(new TextDecoder().decode(look(svc.machine).readFile(`${DIR}/logs.jsonl.${next}.gz`)), "stranger");
    assert.match(content(svc.machine, `${DIR}/logs.jsonl.${next + 1}.gz`), /"mine":true/);
  });

  it("shows nothing but finished files under names that match logs.jsonl.*, at any moment", async () => {
    const seen = new Set<string>();
    const problems: unknown[] = [];
    const machine = new MemoryMachine();
    const view = look(machine);
    let operations = 0;
    const watch = (): void => {
      operations++;
      if (view.stat(DIR) === undefined) return;
      for (const name of view.list(DIR)) {
        if (name === ".pontem" || name === "logs.jsonl" || name === "metrics.jsonl") continue;
        if (seen.has(name)) continue;
        seen.add(name);
        // Whole and unpackable from the first moment on. What is thrown here would be taken for a fault of the disk.
        try {
          assert.match(name, ROTATED);
          assert.notEqual(content(machine, `${DIR}/${name}`), "");
        } catch (error) {
          problems.push(error);
        }
      }
    };
    for (let run = 0; run < 2; run++) {
      const svc = service({ rotation: { maxBytes: 600 }, retention: { maxFiles: 4 }, machine, watch });
      for (let i = 0; i < 12; i++) {
        logMany(svc, i, i + 1);
        svc.pontem.metrics.count("m");
        svc.pontem.flushSync();
        if (i % 2 === 0) await machine.clock.settle();
      }
      if (run === 0) svc.runtime.kill();
      else await end(svc);
    }
    assert.deepEqual(problems, []);
    assert.ok(seen.size >= 6, String(seen.size));
    assert.ok(operations > 300, String(operations));
  });

  it("makes files of mode 0640 in directories of mode 0750", async () => {
    const svc = service(SMALL);
    logMany(svc, 0, 2, { pad: "p".repeat(300) });
    svc.pontem.metrics.count("m");
    await end(svc);
    const { disk } = svc.machine;
    for (const path of disk.paths()) assert.equal(disk.mode(path), 0o640, path);
    for (const path of [DIR, `${DIR}/.pontem`, `${DIR}/.pontem/writers`]) assert.equal(disk.mode(path), 0o750, path);
  });

  it("leaves no names behind when the disk is full, however often it is tried", async () => {
    // The next record is one too many for the file.
    const svc = service({ rotation: { maxBytes: lineBytes({ i: 0 }) * 2 + 1 }, retention: { maxFiles: 100 } });
    logMany(svc, 0, 2);
    svc.pontem.flushSync();
    const files = svc.machine.disk.paths().length;
    svc.machine.disk.capacity = 0;
    for (let i = 2; i < 30; i++) {
      logMany(svc, i, i + 1);
      const before = svc.runtime.host.now();
      svc.pontem.flushSync();
      assert.ok(svc.runtime.host.now() - before < 5, "a full disk must not make a call wait");
      await svc.machine.clock.advanceAsync(6_000);
    }
    assert.ok(svc.machine.disk.paths().length <= files + 2, String(svc.machine.disk.paths()));
    svc.machine.disk.capacity = Infinity;
    await svc.machine.clock.advanceAsync(6_000);
    await end(svc);
    assert.deepEqual(numbers(svc.machine), upTo(30));
    assert.equal(
      names(svc.machine).filter((name) => name.startsWith("logs.jsonl.")).length,
      filesOf(svc.machine).length - 1,
    );
  });
});
