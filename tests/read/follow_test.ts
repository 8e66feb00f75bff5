// Files through rename and compression: every record once, with the same uid, whether we look meanwhile or not.
import assert from "node:assert/strict";
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { createPontem } from "../../mod.ts";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { Follower, type FollowerOptions } from "../../src/read/follow.ts";
import type { FollowedFile } from "../../src/read/followed.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { tempDir } from "../support/runtime.ts";

const runtime = detectRuntime();

/** Reads like a shipper that keeps its place by the id of the file. */
class Reader {
  readonly sources: readonly string[];
  follower: Follower;
  readonly records: StoredRecord[] = [];
  readonly bad: BadLine[] = [];
  readonly messages: string[] = [];
  readonly #places: Map<string, number> = new Map();
  readonly #done: Set<string> = new Set();

  constructor(...sources: string[]) {
    this.sources = sources;
    this.follower = this.#make();
  }

  #make(more: Partial<FollowerOptions> = {}): Follower {
    return new Follower({ runtime, sources: this.sources, report: (message) => this.messages.push(message), ...more });
  }

  /** Another process, with the places of this one. */
  restart(): void {
    this.follower = this.#make({ known: new Set([...this.#places.keys(), ...this.#done]) });
  }

  async read(): Promise<readonly FollowedFile[]> {
    const files = await this.follower.look();
    for (const file of files) {
      const { id } = file.identity;
      if (this.#done.has(id)) continue;
      const cursor = this.follower.openCursor(file, this.#places.get(id) ?? 0);
      for (let state = "more"; state === "more";) {
        const chunk = await cursor.next(10_000);
        state = chunk.state;
        for (const item of chunk.items) isRecord(item) ? this.records.push(item) : this.bad.push(item);
        this.#places.set(id, chunk.end);
        if (state === "complete") this.#done.add(id);
      }
      cursor.close();
    }
    return files;
  }

  uids(): string[] {
    return this.records.map(({ uid }) => uid);
  }

  numbers(): unknown[] {
    return this.records.map(({ value }) => (value["attributes"] as Record<string, unknown> | undefined)?.["i"]);
  }

  assertOnce(count: number): void {
    assert.equal(new Set(this.uids()).size, this.records.length, "a record came twice");
    assert.deepEqual(this.numbers().map(Number).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
  }
}

function line(i: number, start = "2026-01-01T00:00:00"): string {
  return JSON.stringify({
    timestamp: `${start}.${String(i).padStart(6, "0")}Z`,
    severityNumber: 9,
    severityText: "INFO",
    body: "x",
    attributes: { i },
    resource: { "service.name": "svc" },
  }) + "\n";
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from }, (_, i) => line(from + i)).join("");
}

describe("following", () => {
  it("a service that rotates and compresses: every record once, looked at often or seldom, with restarts", async () => {
    for (const every of [1, 7, 1_000]) {
      const dir = tempDir();
      const pontem = createPontem({
        serviceName: "svc",
        emitDir: dir,
        rotation: { maxBytes: 20_000 },
        retention: { maxFiles: 1_000 },
        runRecord: false,
      });
      const reader = new Reader(dir);
      const count = 2_000;
      for (let i = 0; i < count; i++) {
        pontem.logger.info("x", { i });
        if (i % 100 !== 99) continue;
        pontem.flushSync();
        await new Promise((resolve) => setTimeout(resolve));
        if ((i / 100) % every < 1) await reader.read();
        if (i % 500 === 499) reader.restart();
      }
      await pontem.shutdown();
      await reader.read();
      await reader.read();
      assert.deepEqual([reader.bad, reader.messages], [[], []]);
      reader.assertOnce(count);
    }
  });

  it("the file that is read is renamed, then compressed, in the middle of reading", async () => {
    const dir = tempDir();
    writeFileSync(`${dir}/logs.jsonl`, lines(0, 500));
    const follower = new Follower({ runtime, sources: [dir] });
    const [file] = await follower.look();
    assert.ok(file !== undefined);
    const cursor = follower.openCursor(file, 0);
    const got: StoredRecord[] = [];
    const take = async (bytes: number): Promise<string> => {
      const { items, state } = await cursor.next(bytes);
      got.push(...items.filter(isRecord));
      return state;
    };
    await take(1);
    renameSync(`${dir}/logs.jsonl`, `${dir}/logs.jsonl.1700000000`);
    writeFileSync(`${dir}/logs.jsonl`, lines(500, 501));
    await take(1);
    cursor.close();
    assert.equal(await take(1), "gone");
    await follower.look();
    assert.deepEqual([file.path, file.finished, file.gz], [`${dir}/logs.jsonl.1700000000`, true, false]);
    await take(1);
    writeFileSync(`${dir}/logs.jsonl.1700000000.gz`, gzipSync(readFileSync(`${dir}/logs.jsonl.1700000000`)));
    const both = await follower.look();
    assert.equal(both.length, 2);
    rmSync(`${dir}/logs.jsonl.1700000000`);
    await follower.look();
    assert.deepEqual([file.path, file.gz], [`${dir}/logs.jsonl.1700000000.gz`, true]);
    cursor.close();
    while (await take(10_000) !== "complete");
    assert.deepEqual(got.map(({ line }) => `${line}\n`).join(""), lines(0, 500));
    assert.deepEqual(got.map(({ offset }) => offset), got.map((_, i) => i * line(0).length - deficit(i)));
  });

  it("each writer of a directory, and what it has rotated and not published", async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/.pontem/writers/ab`, { recursive: true });
    mkdirSync(`${dir}/.pontem/debug`);
    mkdirSync(`${dir}/.pontem/torn`);
    writeFileSync(`${dir}/logs.jsonl`, lines(0, 10));
    writeFileSync(`${dir}/.pontem/writers/ab/logs.jsonl`, lines(10, 20));
    writeFileSync(`${dir}/.pontem/writers/ab/logs.jsonl.1700000000`, lines(20, 30));
    writeFileSync(`${dir}/.pontem/writers/ab/logs.jsonl.1700000000.gz.new`, lines(30, 40));
    writeFileSync(`${dir}/.pontem/debug/debug-20260101T00Z-ab.jsonl`, lines(40, 50));
    writeFileSync(`${dir}/logs.jsonl.1`, lines(50, 60));
    writeFileSync(`${dir}/logs.jsonl.tmp`, lines(60, 70));
    const reader = new Reader(dir);
    const files = await reader.read();
    reader.assertOnce(30);
    assert.deepEqual(files.map(({ finished }) => finished), [true, false, false]);
  });

  it("what the Python SDK leaves behind", async () => {
    const services = fileURLToPath(
      new URL("../golden/python_written/services", import.meta.url).href.replace(/\/dist\/[^/]+\/tests\//, "/tests/"),
    );
    const reader = new Reader(`${services}/*/logs`);
    await reader.read();
    assert.equal(reader.records.length + reader.bad.length, 681);
    for (const { reason } of reader.bad) assert.equal(reason, "not_json");
    for (const record of reader.records) {
      assert.ok(record.seconds > 1_700_000_000, record.line);
      assert.equal(typeof record.resource["service.name"], "string", record.line);
    }
    const camera = reader.records.filter(({ resource, kind }) =>
      resource["service.name"] === "camera" && kind === "log"
    );
    const i = camera.flatMap(({ value }) => {
      const number = (value["attributes"] as Record<string, unknown>)["i"];
      return typeof number === "number" ? [number] : [];
    });
    assert.deepEqual(i, i.map((_, place) => place), "in the order of their files");
  });

  it("lines that cannot be read are told with their place, and reading goes on", async () => {
    const dir = tempDir();
    const parts = [
      lines(0, 1),
      "no json\n",
      "\0\0\0\n",
      `${"a".repeat(1_100_000)}\n`,
      "\n",
      lines(1, 2).replace("\n", "\r\n"),
      lines(2, 3).slice(0, 40),
    ];
    writeFileSync(`${dir}/logs.jsonl`, parts.join(""));
    const reader = new Reader(dir);
    await reader.read();
    assert.deepEqual(reader.bad.map(({ reason }) => reason), ["not_json", "nul", "too_long"]);
    renameSync(`${dir}/logs.jsonl`, `${dir}/logs.jsonl.1700000000`);
    await reader.read();
    assert.deepEqual(reader.bad.map(({ reason }) => reason), ["not_json", "nul", "too_long", "torn"]);
    let offset = 0;
    const places = parts.map((part) => (offset += part.length) - part.length);
    assert.deepEqual(reader.bad.map(({ offset }) => offset), [places[1], places[2], places[3], places[6]]);
    reader.assertOnce(2);
  });

  it("a compressed file that is cut or broken gives what it has", async () => {
    const whole = gzipSync(lines(0, 20_000));
    for (
      const [what, data] of [["cut", whole.subarray(0, whole.length >> 1)], [
        "wrong sum",
        flipped(whole, whole.length - 6),
      ]] as const
    ) {
      const dir = tempDir();
      const path = `${dir}/logs.jsonl.1700000000.gz`;
      writeFileSync(path, data);
      const reader = new Reader(dir);
      await reader.read();
      assert.deepEqual(reader.bad, [], "it may still be written");
      const longAgo = Date.now() / 1000 - 120;
      utimesSync(path, longAgo, longAgo);
      const follower = new Follower({ runtime, sources: [dir] });
      const [file] = await follower.look();
      assert.ok(file !== undefined);
      const cursor = follower.openCursor(file, 0);
      const got: (StoredRecord | BadLine)[] = [];
      for (let state = "more"; state === "more";) {
        const chunk = await cursor.next(1_000_000);
        got.push(...chunk.items);
        state = chunk.state;
      }
      const bad = got.flatMap((item) => isRecord(item) ? [] : [item.reason]);
      assert.deepEqual(bad, ["corrupt_gzip"], what);
      assert.ok(got.length > 5_000, `${what}: ${got.length}`);
    }
  });

  it("logs of others: replaced, cut and begun anew, with the same beginning, in the place of another", async () => {
    const dir = tempDir();
    const path = `${dir}/app.log`;
    const text = (name: string, count: number) =>
      `begin ${name}\n${Array.from({ length: count }, (_, i) => `${name} ${i}\n`).join("")}`;
    writeFileSync(path, text("one", 5));
    const reader = new Reader(`${dir}/*.log*`);
    await reader.read();
    // Copied and cut, as logrotate's copytruncate does it.
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    await reader.read();
    appendFileSync(path, text("two", 3));
    await reader.read();
    rmSync(path);
    writeFileSync(path, text("three", 4));
    await reader.read();
    const bodies = reader.records.map(({ line }) => line);
    assert.deepEqual(bodies, [text("one", 5), text("two", 3), text("three", 4)].join("").trimEnd().split("\n"));
  });

  it("files that begin alike are told apart once they differ, and after a restart they are who they were", async () => {
    const dir = tempDir();
    writeFileSync(`${dir}/a.log`, "start\nrunning\na 1\n");
    writeFileSync(`${dir}/b.log`, "start\nrunning\n");
    const reader = new Reader(dir);
    assert.equal((await reader.read()).length, 1);
    appendFileSync(`${dir}/b.log`, "b 1\n");
    assert.equal((await reader.read()).length, 2);
    reader.restart();
    await reader.read();
    rmSync(`${dir}/a.log`);
    reader.restart();
    appendFileSync(`${dir}/b.log`, "b 2\n");
    await reader.read();
    assert.deepEqual(reader.records.map(({ line }) => line), [
      "start",
      "running",
      "a 1",
      "start",
      "running",
      "b 1",
      "b 2",
    ]);
  });

  it("a number on the device that is given to another file is no rename", async () => {
    const dir = tempDir();
    writeFileSync(`${dir}/logs.jsonl`, lines(0, 5));
    const reader = new Reader(dir);
    await reader.read();
    const { ino } = statSync(`${dir}/logs.jsonl`);
    for (let i = 0; i < 50; i++) {
      rmSync(`${dir}/logs.jsonl`);
      writeFileSync(`${dir}/logs.jsonl`, lines(5 + i, 6 + i));
      if (statSync(`${dir}/logs.jsonl`).ino === ino) break;
      await reader.read();
    }
    await reader.read();
    assert.equal(new Set(reader.uids()).size, reader.records.length);
    assert.equal(reader.numbers().at(-1), reader.records.length - 1);
  });

  it("only errors, without building what is left out", async () => {
    const dir = tempDir();
    const all = Array.from(
      { length: 5_000 },
      (_, i) => i % 1_000 === 7 ? line(i).replace('Number":9', 'Number":17') : line(i),
    );
    writeFileSync(`${dir}/logs.jsonl`, all.join(""));
    const follower = new Follower({ runtime, sources: [dir] });
    const [file] = await follower.look();
    assert.ok(file !== undefined);
    const cursor = follower.openCursor(file, 0, { minSeverity: 17 });
    const got: unknown[] = [];
    for (let state = "more"; state === "more";) {
      const chunk = await cursor.next(100_000);
      got.push(...chunk.items.filter(isRecord).map(({ offset }) => offset));
      state = chunk.state;
    }
    let offset = 0;
    const offsets = all.map((text) => (offset += text.length) - text.length);
    assert.deepEqual(got, [7, 1_007, 2_007, 3_007, 4_007].map((i) => offsets[i]));
    assert.equal(cursor.offset, all.join("").length);
  });
});

function deficit(i: number): number {
  // Numbers below 10, 100, 1000 have fewer digits; the first line is of one digit.
  let bytes = 0;
  for (let n = 0; n < i; n++) bytes += line(0).length - line(n).length;
  return bytes;
}

function flipped(data: Uint8Array, place: number): Uint8Array {
  const copy = Buffer.from(data);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
