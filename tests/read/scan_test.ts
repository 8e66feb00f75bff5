// Which files a source stands for.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import type { FileSystem } from "../../src/port/file_system.ts";
import { expand } from "../../src/read/glob.ts";
import { type FoundFile, scan as scanSource } from "../../src/read/scan.ts";

function world(...paths: string[]): ReturnType<typeof memoryRuntime> {
  const runtime = memoryRuntime();
  for (const path of paths) {
    runtime.fs.makeDirectory(path.slice(0, path.lastIndexOf("/")) || "/", 0o750);
    if (!path.endsWith("/")) runtime.fs.createNew(path, 0o640).close();
  }
  return runtime;
}

function scan(source: string, fs: FileSystem, nowMs: number): FoundFile[] {
  return scanSource(source, { fs, nowMs, missed: () => {}, report: (message) => assert.fail(message) });
}

describe("a pattern", () => {
  it("stands for characters within one part of a path, and for no hidden name", () => {
    const { fs } = world(
      "/var/a/logs/",
      "/var/b/logs/",
      "/var/.c/logs/",
      "/var/b2/other/",
      "/var/b/x.log",
      "/var/b/logs/y.log",
    );
    assert.deepEqual(expand(fs, "/var/*/logs"), ["/var/a/logs", "/var/b/logs"]);
    assert.deepEqual(expand(fs, "/var/?/*.log"), ["/var/b/x.log"]);
    assert.deepEqual(expand(fs, "/var/.*/logs"), ["/var/.c/logs"]);
    assert.deepEqual(expand(fs, "/var/b*/"), ["/var/b", "/var/b2"]);
    assert.deepEqual(expand(fs, "/var/nothing*"), []);
    assert.deepEqual(expand(fs, "/*/b/[x].log"), []);
    assert.deepEqual(expand(fs, "/plain/path"), ["/plain/path"]);
  });

  it("stands for no more paths than are allowed", () => {
    const { fs } = world(...Array.from({ length: 20 }, (_, i) => `/a/${i}/`));
    assert.equal(expand(fs, "/a/*", 7).length, 7);
  });
});

describe("a directory", () => {
  it("R7: of an SDK has files of two channels and all writers, and nothing else counts", () => {
    const { fs, host } = world(
      "/e/logs.jsonl",
      "/e/metrics.jsonl",
      "/e/logs.jsonl.1700000000.gz",
      "/e/metrics.jsonl.1795558390212194315.gz",
      "/e/logs.jsonl.1700000001.gz.tmp",
      "/e/logs.jsonl.tmp",
      "/e/app.log",
      "/e/.pontem/writers/a/metrics.jsonl",
      "/e/.pontem/writers/a/logs.jsonl.1700000002",
      "/e/.pontem/writers/a/lock.json",
      "/e/.pontem/torn/logs.jsonl.1700000003",
      "/e/.pontem/debug/logs.jsonl",
    );
    const found = scan("/e", fs, host.wallClock());
    assert.deepEqual(found.map(({ path, ordinal }) => `${path.slice(3)} ${ordinal}`).sort(), [
      ".pontem/writers/a/logs.jsonl.1700000002 1700000002",
      ".pontem/writers/a/metrics.jsonl Infinity",
      "logs.jsonl Infinity",
      "logs.jsonl.1700000000.gz 1700000000",
      "metrics.jsonl Infinity",
      "metrics.jsonl.1795558390212194315.gz 1795558390",
    ]);
    assert.deepEqual([...new Set(found.map(({ directory }) => directory))], ["/e"]);
    assert.deepEqual(scan("/new", world("/new/.pontem/").fs, 0), []);
  });

  it("of others has logs and what rotation made of them", () => {
    const names = [
      "a.log",
      "a.log.1",
      "a.log.2.gz",
      "b.jsonl",
      "c.txt",
      "d-2026.log",
      "e.log-20260101",
      "e.log-20260101.gz",
    ];
    const { fs, host } = world(...[...names, "x.sh", "y.log.swp", "z.gz"].map((name) => `/var/log/${name}`));
    const found = scan("/var/log", fs, host.wallClock());
    assert.deepEqual(found.map(({ path }) => path.slice(9)).sort(), names);
    for (const { channel } of found) assert.equal(channel, undefined);
    assert.deepEqual(found.filter(({ finished }) => finished).map(({ path }) => path.slice(9)).sort(), [
      "a.log.2.gz",
      "e.log-20260101.gz",
    ]);
    // It may be written on for a while after it got its name.
    const later = scan("/var/log", fs, host.wallClock() + 60_000).filter(({ finished }) => finished);
    assert.deepEqual(later.map(({ path }) => path.slice(9)).sort(), [
      "a.log.1",
      "a.log.2.gz",
      "e.log-20260101",
      "e.log-20260101.gz",
    ]);
  });
});
