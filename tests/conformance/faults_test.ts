import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { tempDir } from "../support/runtime.ts";
import { collect, fixtureCommand, shell, start } from "./child.ts";

/** What a handle said, and what is there. */
interface Told {
  readonly told: number;
  readonly landed: number;
  readonly code: string;
}

describe("faults of the kernel", () => {
  it("are told by their codes", async () => {
    const { stdout, stderr } = await collect(start(fixtureCommand("faults", ["-A"], [tempDir()])));
    assert.notEqual(stdout, "", stderr);
    const { codes, platform, known, alive } = JSON.parse(stdout);
    const { "full write": full, "full writeAsync": fullAsync, ...others } = codes;
    if (platform === "linux") assert.deepEqual([full, fullAsync], ["ENOSPC", "ENOSPC"]);
    assert.deepEqual(others, {
      link: "ELOOP",
      create: "EACCES",
      open: "EACCES",
      rename: "EACCES",
      remove: "EACCES",
      removeAsync: "EACCES",
      mkdir: "EACCES",
    });
    if (platform !== "linux") return;
    assert.deepEqual(known, ["pid", "startTicks", "pidNamespace", "bootId"]);
    assert.deepEqual(alive, [true, false]);
  });

  it("come after the part of a write that landed was told", async () => {
    const dir = tempDir();
    // Without the trap the limit is a signal, as for any program.
    const line = 'trap "" XFSZ; ulimit -f 60; exec "$@"';
    const { stdout, stderr } = await shell(line, fixtureCommand("limited", ["-A"], [dir]));
    assert.notEqual(stdout, "", stderr);
    const found = Object.entries(JSON.parse(stdout) as Record<string, Told>);
    assert.equal(found.length, 2);
    for (const [how, { told, landed, code }] of found) {
      assert.equal(code, "EFBIG", how);
      assert.equal(told, landed, how);
      assert.ok(landed > 0 && landed < 100_000, `${landed}`);
    }
  });
});

describe("faults of the in-memory kernel", () => {
  it("come after the part of a write that fits was taken", async () => {
    const { fs, machine } = memoryRuntime();
    machine.disk.capacity = 15;
    const file = fs.openAppend("/file", 0o640);
    const data = new Uint8Array(10);
    assert.equal(file.write(data, 0, 10), 10);
    assert.equal(file.write(data, 0, 10), 5);
    assert.throws(() => file.write(data, 0, 10), { code: "ENOSPC" });
    await assert.rejects(() => file.writeAsync(data, 0, 10), { code: "ENOSPC" });
    machine.disk.capacity = 16;
    assert.equal(file.write(data, 0, 10), 1);
    assert.equal(file.stat().size, 16);
  });

  it("are told by their codes", () => {
    const { fs, machine } = memoryRuntime();
    fs.makeDirectory("/dir", 0o755);
    fs.openAppend("/dir/file", 0o640).close();
    machine.disk.chmod("/dir/file", 0o400);
    machine.disk.chmod("/dir", 0o555);
    assert.throws(() => fs.openAppend("/dir/new", 0o640), { code: "EACCES" });
    assert.throws(() => fs.openAppend("/dir/file", 0o640), { code: "EACCES" });
    assert.throws(() => fs.rename("/dir/file", "/dir/other"), { code: "EACCES" });
    assert.throws(() => fs.remove("/dir/file"), { code: "EACCES" });
    assert.throws(() => fs.makeDirectory("/dir/sub/deep", 0o750), { code: "EACCES" });
    assert.equal(fs.stat("/dir/file")?.kind, "file");
  });
});
