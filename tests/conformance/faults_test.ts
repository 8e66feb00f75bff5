import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import type { FileSystem } from "../../src/port/file_system.ts";
import { errorCode } from "../../src/port/file_system.ts";
import { runtimeName, tempDir } from "../support/runtime.ts";

const LIMITED = fileURLToPath(new URL("./fixture/limited.ts", import.meta.url));
const NOBODY = 65_534;

/** Runs as somebody whom permission bits hold back. */
function unprivileged(call: () => void): void {
  if (process.geteuid?.() !== 0) return call();
  process.seteuid?.(NOBODY);
  try {
    call();
  } finally {
    process.seteuid?.(0);
  }
}

/** What both kinds of file system do when a directory may not be written, and a file not be opened. */
function refusesByMode(fs: FileSystem, dir: string): void {
  assert.throws(() => fs.openAppend(`${dir}/new`, 0o640), { code: "EACCES" });
  assert.throws(() => fs.openAppend(`${dir}/file`, 0o640), { code: "EACCES" });
  assert.throws(() => fs.rename(`${dir}/file`, `${dir}/other`), { code: "EACCES" });
  assert.throws(() => fs.remove(`${dir}/file`), { code: "EACCES" });
  assert.throws(() => fs.makeDirectory(`${dir}/sub/deep`, 0o750), { code: "EACCES" });
  assert.equal(fs.stat(`${dir}/file`)?.kind, "file");
}

describe("faults of the kernel", () => {
  it("is told of a full device", async () => {
    if (!existsSync("/dev/full")) return;
    const { fs } = detectRuntime();
    const file = fs.openAppend("/dev/full", 0o640);
    const data = new Uint8Array(10);
    assert.throws(() => file.write(data, 0, 10), (error) => errorCode(error) === "ENOSPC");
    await assert.rejects(() => file.writeAsync(data, 0, 10), (error) => errorCode(error) === "ENOSPC");
    file.close();
  });

  it("is told of missing permission", () => {
    const { fs } = detectRuntime();
    const dir = tempDir();
    fs.openAppend(`${dir}/file`, 0o640).close();
    chmodSync(`${dir}/file`, 0o400);
    chmodSync(dir, 0o555);
    unprivileged(() => refusesByMode(fs, dir));
    chmodSync(dir, 0o755);
  });

  it("is told how much of a write landed before it failed", () => {
    const dir = tempDir();
    const flags = runtimeName() === "deno" ? ["run", "-A", "--no-config"] : [];
    // Without the trap the limit is a signal, as for any program.
    const script = 'trap "" XFSZ; ulimit -f 60; exec "$0" "$@"';
    const { stdout, stderr } = spawnSync("/bin/sh", ["-c", script, process.execPath, ...flags, LIMITED, dir], {
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    for (const { told, landed, code } of Object.values(JSON.parse(stdout) as Record<string, Told>)) {
      assert.equal(code, "EFBIG");
      assert.equal(told, landed, "what it was told is what is there");
      assert.ok(landed > 0 && landed < 100_000, `${landed}`);
    }
  });
});

interface Told {
  readonly told: number;
  readonly landed: number;
  readonly code: string;
}

describe("faults of the in-memory kernel", () => {
  it("is told of a full device, after what fits was taken", async () => {
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

  it("is told of missing permission", () => {
    const { fs, machine } = memoryRuntime();
    fs.makeDirectory("/dir", 0o755);
    fs.openAppend("/dir/file", 0o640).close();
    machine.disk.chmod("/dir/file", 0o400);
    machine.disk.chmod("/dir", 0o555);
    refusesByMode(fs, "/dir");
  });
});
