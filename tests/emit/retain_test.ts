import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { DIR, end, filesOf, logMany, look, names, numbers, service } from "./support.ts";

function put(machine: MemoryMachine, name: string, bytes: number): void {
  const fs = look(machine);
  fs.makeDirectory(DIR, 0o750);
  const handle = fs.createNew(`${DIR}/${name}`, 0o640);
  handle.write(new Uint8Array(bytes).fill(120), 0, bytes);
  handle.close();
}

function rotated(machine: MemoryMachine, channel = "logs"): string[] {
  return names(machine).filter((name) => new RegExp(`^${channel}\\.jsonl\\.\\d+(\\.gz)?$`).test(name));
}

describe("retention", () => {
  it("keeps the newest files, by default five of each channel", async () => {
    const svc = service({ rotation: { maxBytes: 400 } });
    for (let i = 0; i < 12; i++) {
      logMany(svc, i, i + 1, { pad: "p".repeat(300) });
      svc.pontem.metrics.setGauge("p".repeat(300), i);
      svc.pontem.flushSync();
      if (i % 4 === 0) await svc.machine.clock.settle();
    }
    await end(svc);
    assert.equal(rotated(svc.machine).length, 5);
    assert.equal(rotated(svc.machine, "metrics").length, 5);
    assert.deepEqual(numbers(svc.machine), [7, 8, 9, 10, 11]);
    const { files } = svc.pontem.stats();
    assert.equal(files.removedByRetention, 14);
    assert.ok(files.removedByRetentionBytes > 14 * 100, String(files.removedByRetentionBytes));
  });

  it("keeps to the bytes of all rotated files of a channel, with the newest in any case", async () => {
    const machine = new MemoryMachine();
    for (const [i, bytes] of [400, 300, 200, 100].entries()) put(machine, `logs.jsonl.${1_700_000_000 + i}.gz`, bytes);
    put(machine, "metrics.jsonl.1700000000.gz", 10_000);
    await end(service({ machine, retention: { maxTotalBytes: 600 } }));
    assert.deepEqual(rotated(machine), [1, 2, 3].map((i) => `logs.jsonl.${1_700_000_000 + i}.gz`));
    assert.deepEqual(rotated(machine, "metrics"), ["metrics.jsonl.1700000000.gz"]);
    await end(service({ machine, retention: { maxTotalBytes: 50 } }));
    assert.deepEqual(rotated(machine), ["logs.jsonl.1700000003.gz"]);
  });

  it("removes files that are too old, also while nothing is logged, but not the newest", async () => {
    const machine = new MemoryMachine();
    for (const i of [0, 1, 2]) {
      put(machine, `logs.jsonl.${1_700_000_000 + i}.gz`, 100);
      await machine.clock.advanceAsync(600_000);
    }
    const svc = service({ machine, retention: { maxAgeMs: 1_300_000 } });
    assert.equal(rotated(machine).length, 2);
    await machine.clock.advanceAsync(600_000);
    assert.deepEqual(rotated(machine), ["logs.jsonl.1700000002.gz"]);
    await machine.clock.advanceAsync(86_400_000);
    assert.deepEqual(rotated(machine), ["logs.jsonl.1700000002.gz"]);
    await end(svc);
  });

  it("counts what the Python SDK left, by time and not by name, plain or compressed", async () => {
    const machine = new MemoryMachine();
    const old = [
      "logs.jsonl.1695558389207348900.gz",
      "logs.jsonl.1695558390210488957",
      "logs.jsonl.1695558391",
      "logs.jsonl.1695558392.gz",
    ];
    for (const name of old) put(machine, name, 100);
    await end(service({ machine, retention: { maxFiles: 2 }, rotation: { gzip: false } }));
    assert.deepEqual(rotated(machine), ["logs.jsonl.1695558391", "logs.jsonl.1695558392.gz"]);
  });

  it("touches nothing that is not a rotated file", async () => {
    const machine = new MemoryMachine();
    const others = [
      "logs.jsonl.bak",
      "logs.jsonl.1695558389.gz.part",
      "logs.jsonl.x.gz",
      "other.jsonl.1695558389.gz",
      "logs.jsonl.1695558389.zst",
      "app.log",
      "logs.jsonl.12345678901234.gz",
    ];
    for (const name of others) put(machine, name, 100);
    const fs = look(machine);
    fs.makeDirectory(`${DIR}/logs.jsonl.1500000000.gz`, 0o750);
    fs.makeDirectory("/elsewhere", 0o750);
    const precious = fs.createNew("/elsewhere/precious", 0o640);
    precious.write(new Uint8Array(100), 0, 100);
    precious.close();
    machine.disk.symlink("/elsewhere/precious", `${DIR}/logs.jsonl.1500000001.gz`);
    machine.disk.symlink("/elsewhere", `${DIR}/logs.jsonl.1500000002`);
    const svc = service({
      machine,
      retention: { maxFiles: 1, maxAgeMs: 1, maxTotalBytes: 1 },
      rotation: { maxBytes: 400 },
    });
    for (let i = 0; i < 6; i++) {
      logMany(svc, i, i + 1, { pad: "p".repeat(300) });
      svc.pontem.flushSync();
      await machine.clock.advanceAsync(1_000);
    }
    await end(svc);
    for (const name of others) assert.notEqual(fs.stat(`${DIR}/${name}`), undefined, name);
    assert.equal(fs.stat(`${DIR}/logs.jsonl.1500000000.gz`)?.kind, "directory");
    assert.equal(fs.stat(`${DIR}/logs.jsonl.1500000001.gz`)?.kind, "symlink");
    assert.equal(fs.stat(`${DIR}/logs.jsonl.1500000002`)?.kind, "symlink");
    assert.equal(fs.stat("/elsewhere/precious")?.size, 100);
    assert.equal(
      filesOf(machine).filter((path) => fs.stat(path)?.kind === "file" && /\.\d{10}\.gz$/.test(path)).length,
      1,
    );
  });

  it("goes on when a file cannot be removed, and does not remove others in its place", async () => {
    const machine = new MemoryMachine();
    for (let i = 0; i < 6; i++) put(machine, `logs.jsonl.${1_700_000_000 + i}.gz`, 100);
    await end(
      service({
        machine,
        retention: { maxFiles: 3 },
        before: ({ fs }) => void fs.fail("remove", { code: "EPERM", path: `${DIR}/logs.jsonl.1700000000.gz` }),
      }),
    );
    assert.deepEqual(rotated(machine), [0, 3, 4, 5].map((i) => `logs.jsonl.${1_700_000_000 + i}.gz`));
  });

  it("bounds what waits to be compressed as well, while that is impossible", async () => {
    const svc = service({
      rotation: { maxBytes: 400 },
      retention: { maxFiles: 3 },
      before: ({ fs }) => void fs.fail("createNew", { code: "EMFILE", path: /\.gz\.tmp$/ }),
    });
    for (let i = 0; i < 20; i++) {
      logMany(svc, i, i + 1, { pad: "p".repeat(300) });
      svc.pontem.flushSync();
      await svc.machine.clock.advanceAsync(1_000);
    }
    const waiting = svc.machine.disk.paths().filter((path) => /writers.*\.jsonl\.\d+$/.test(path));
    assert.equal(waiting.length, 3);
    await end(svc);
  });
});
