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
import { detectRuntime } from "../../src/adapter/detect.ts";
import type { FileStat } from "../../src/port/file_system.ts";
import type { Runtime } from "../../src/port/host.ts";
import { Follower } from "../../src/read/follow.ts";
import { HEAD_BYTES } from "../../src/read/identity.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { tempDir } from "../support/runtime.ts";
import { line, lines, Reader } from "./reader.ts";

const runtime = detectRuntime();

describe("following", () => {
  it("R6: the file that is read is renamed, then compressed, in the middle of reading", async () => {
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
    let offset = 0;
    for (const record of got) {
      assert.equal(record.offset, offset);
      offset += record.bytes;
    }
  });

  it("R7: a file whose first line is longer than what is looked at of a file", async () => {
    const dir = tempDir();
    const long = line(0).replace('"x"', JSON.stringify("y".repeat(HEAD_BYTES)));
    // What was looked at before it must not matter: this one is larger.
    writeFileSync(`${dir}/logs.jsonl.1600000000`, lines(10, 1_000));
    writeFileSync(`${dir}/logs.jsonl.1700000000`, long + line(1));
    writeFileSync(`${dir}/other.log`, `2026-01-01T00:00:00Z ${"z".repeat(HEAD_BYTES)}\nnext\n`);
    const reader = new Reader(dir, `${dir}/other.log`);
    await reader.read();
    assert.deepEqual(reader.messages, []);
    assert.deepEqual(reader.bad, []);
    assert.deepEqual(reader.records.map(({ bytes }) => bytes).filter((bytes) => bytes > 1_000), [
      long.length,
      HEAD_BYTES + 22,
    ]);
    assert.deepEqual(reader.records.slice(-4).map(({ kind }) => kind), ["log", "log", "text", "text"]);
  });

  it("R7: an error without a newline at the end of a log of others is in one cursor, as any other", async () => {
    const dir = tempDir();
    writeFileSync(
      `${dir}/app.log.1`,
      '{"time":1736937000,"severityNumber":9}\n{"time":1736937001,"severityNumber":21}',
    );
    utimesSync(`${dir}/app.log.1`, 1_736_937_001, 1_736_937_001);
    const follower = new Follower({ runtime, sources: [`${dir}/app.log.1`] });
    const [file] = await follower.look();
    assert.ok(file !== undefined);
    for (const [filter, severities] of [[{}, [9, 21]], [{ minSeverity: 17 }, [21]]] as const) {
      const { items, state } = await follower.openCursor(file, 0, filter).next(10_000);
      assert.deepEqual(items.map((item) => isRecord(item) && item.severityNumber), severities);
      assert.equal(state, "complete");
    }
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
      new URL("../golden/python-written/services", import.meta.url).href.replace(/\/dist\/[^/]+\/tests\//, "/tests/"),
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

  it("R7, R8: lines that cannot be read are told with their place, and reading goes on", async () => {
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

  it("R8: a compressed file that is cut or broken gives what it has", async () => {
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

  it("a cursor that is closed while it reads gives nothing of that read, and does not say that it is done", async () => {
    for (const name of ["logs.jsonl.1700000000", "logs.jsonl.1700000000.gz"]) {
      const dir = tempDir();
      const content = lines(0, 500);
      writeFileSync(`${dir}/${name}`, name.endsWith(".gz") ? gzipSync(content) : content);
      const follower = new Follower({ runtime, sources: [dir] });
      const [file] = await follower.look();
      assert.ok(file !== undefined);
      const cursor = follower.openCursor(file, 0);
      const reading = cursor.next(1_000_000);
      cursor.close();
      cursor.close();
      const { items, end, state } = await reading;
      assert.deepEqual([items.length, end, state], [0, 0, "more"]);
      const got: string[] = [];
      for (let now = "more"; now === "more";) {
        const chunk = await cursor.next(10_000);
        now = chunk.state;
        got.push(...chunk.items.filter(isRecord).map(({ line }) => `${line}\n`));
      }
      assert.equal(got.join(""), content);
      cursor.close();
    }
  });

  it("R7: plain and compressed side by side are one file, and the compressed one may be cut", async () => {
    for (const share of [0, 0.5, 1]) {
      const dir = tempDir();
      const path = `${dir}/logs.jsonl.1700000000`;
      const packed = gzipSync(lines(0, 2_000));
      writeFileSync(path, lines(0, 2_000));
      writeFileSync(`${path}.gz`, packed.subarray(0, packed.length * share));
      const longAgo = Date.now() / 1000 - 120;
      utimesSync(`${path}.gz`, longAgo, longAgo);
      const reader = new Reader(dir);
      assert.equal((await reader.read()).length, 1);
      assert.deepEqual(reader.bad, []);
      reader.assertOnce(2_000);
      writeFileSync(`${path}.gz`, packed);
      rmSync(path);
      reader.restart();
      assert.equal((await reader.read())[0]?.gz, true);
      reader.assertOnce(2_000);
    }
  });

  it("R7: logs of others: replaced, cut and begun anew, with the same beginning, in the place of another", async () => {
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

  it("R7: files that begin alike are told apart once they differ, and after a restart they are who they were", async () => {
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

  it("R7: a number on the device that is given to another file is no rename", async () => {
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

  it("R7: a number on the device that the next active file was given is no growth", async () => {
    const dir = tempDir();
    // Files get numbers as a file system gives them that takes the lowest free one.
    const numbers = new Map<number, number>();
    const reader = new Reader(dir);
    reader.follower = new Follower({ runtime: withNumbers((ino) => numbers.get(ino) ?? ino), sources: [dir] });
    const path = `${dir}/logs.jsonl`;
    writeFileSync(path, lines(0, 5));
    const first = statSync(path).ino;
    await reader.read();
    renameSync(path, `${path}.1700000000`);
    writeFileSync(`${path}.1700000000.gz`, gzipSync(readFileSync(`${path}.1700000000`)));
    writeFileSync(path, lines(5, 30));
    numbers.set(statSync(path).ino, first);
    rmSync(`${path}.1700000000`);
    await reader.read();
    reader.assertOnce(30);
  });

  it("R6: a file that is renamed while names are listed is not gone", async () => {
    const dir = tempDir();
    const path = `${dir}/logs.jsonl`;
    writeFileSync(path, lines(0, 5));
    let rename = (): void => {};
    const fs = new Proxy(runtime.fs, {
      get(target, key): unknown {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== "function") return value;
        if (key !== "list") return value.bind(target) as unknown;
        return (directory: string): string[] => {
          const names = target.list(directory);
          rename();
          rename = () => {};
          return names;
        };
      },
    });
    const reader = new Reader(dir);
    reader.follower = new Follower({ runtime: { ...runtime, fs }, sources: [dir] });
    const [file] = await reader.read();
    rename = () => {
      renameSync(path, `${path}.1700000000`);
      writeFileSync(path, lines(5, 8));
    };
    const files = await reader.read();
    assert.equal(files[0], file);
    assert.deepEqual([file?.gone, file?.path], [false, `${path}.1700000000`]);
    reader.assertOnce(8);
  });

  it("R7: a log of others that is written on under its new name loses nothing", async () => {
    const dir = tempDir();
    const path = `${dir}/app.log`;
    writeFileSync(path, "2026-01-01T00:00:00Z begin\none\n");
    const reader = new Reader(dir);
    await reader.read();
    renameSync(path, `${path}.1`);
    const [file] = await reader.read();
    assert.equal(file?.finished, false);
    appendFileSync(`${path}.1`, "two\n");
    await reader.read();
    const longAgo = Date.now() / 1000 - 120;
    utimesSync(`${path}.1`, longAgo, longAgo);
    await reader.read();
    assert.equal(file?.finished, true);
    assert.deepEqual(reader.records.map(({ line }) => line.split(" ").at(-1)), ["begin", "one", "two"]);
  });

  it("R7: a log of others that is copied and cut while it is being read goes on in the copy", async () => {
    const dir = tempDir();
    const path = `${dir}/app.log`;
    const text = Array.from({ length: 20_000 }, (_, i) => `one ${i}\n`).join("");
    writeFileSync(path, text);
    const follower = new Follower({ runtime, sources: [dir] });
    const [file] = await follower.look();
    assert.ok(file !== undefined);
    const cursor = follower.openCursor(file, 0);
    const got: string[] = [];
    const take = async (): Promise<string> => {
      const { items, state } = await cursor.next(1_000);
      got.push(...items.filter(isRecord).map(({ line }) => `${line}\n`));
      return state;
    };
    await take();
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, "two 0\n");
    const both = await follower.look();
    assert.deepEqual(both.map(({ path }) => path), [`${path}.1`, path]);
    assert.equal(both[0], file);
    while (await take() === "more");
    cursor.close();
    assert.equal(got.join(""), text);
  });

  it("R7: logs of others that all begin alike are new ones, whether the last one is there or gone", async () => {
    const dir = tempDir();
    const path = `${dir}/app.log`;
    const reader = new Reader(dir);
    const told: string[] = [];
    for (let i = 0; i < 6; i++) {
      const body = [`time,value`, `${i},1`, `${i},2`];
      told.push(...body);
      writeFileSync(path, `${body.slice(0, 1).join("\n")}\n`);
      await reader.read();
      appendFileSync(path, `${body.slice(1).join("\n")}\n`);
      await reader.read();
      if (i % 3 === 0) renameSync(path, `${path}.${i}`);
      if (i % 3 === 1) rmSync(path);
      if (i % 2 === 0) await reader.read();
    }
    assert.deepEqual(reader.records.map(({ line }) => line), told);
  });

  it("R7: a log of others that begins like the one before it, which is gone or was begun anew, is another one", async () => {
    for (const isSeenGone of [true, false]) {
      const dir = tempDir();
      const path = `${dir}/app.log`;
      const reader = new Reader(dir);
      writeFileSync(path, "time,value\n1,1\n2,2\n");
      await reader.read();
      if (isSeenGone) {
        rmSync(path);
        await reader.read();
      }
      writeFileSync(path, "time,value\n");
      await reader.read();
      appendFileSync(path, "3,3\n4,4\n5,5\n");
      await reader.read();
      const all = reader.records.map(({ line }) => line);
      assert.deepEqual(all, ["time,value", "1,1", "2,2", "time,value", "3,3", "4,4", "5,5"]);
    }
  });

  it("after a power loss it goes on at the last whole line that is there", async () => {
    const dir = tempDir();
    const path = `${dir}/logs.jsonl`;
    writeFileSync(path, lines(0, 10));
    const reader = new Reader(dir);
    await reader.read();
    truncateSync(path, lines(0, 8).length);
    reader.restart();
    await reader.read();
    appendFileSync(path, lines(10, 12));
    reader.restart();
    await reader.read();
    assert.deepEqual(reader.numbers(), [...Array.from({ length: 12 }, (_, i) => i)]);
    assert.deepEqual(reader.bad, []);
  });

  it("no more files than are allowed, and each message once", async () => {
    const dir = tempDir();
    for (let i = 0; i < 5; i++) writeFileSync(`${dir}/logs.jsonl.${1_700_000_000 + i}`, lines(i, i + 1));
    const messages: string[] = [];
    const report = (message: string): void => void messages.push(message);
    const follower = new Follower({ runtime, sources: [dir], maxFiles: 3, report });
    await follower.look();
    const files = await follower.look();
    assert.deepEqual(files.map(({ ordinal }) => ordinal - 1_700_000_000), [0, 1, 2]);
    assert.deepEqual(messages, ["Cannot follow more than 3 files: the newest are left out"]);
  });

  it("two files with the same content are one, and that is told", async () => {
    const dir = tempDir();
    for (const service of ["a", "b"]) {
      mkdirSync(`${dir}/${service}`);
      writeFileSync(`${dir}/${service}/logs.jsonl.1700000000`, lines(0, 3));
    }
    const reader = new Reader(`${dir}/*`);
    await reader.read();
    await reader.read();
    reader.assertOnce(3);
    assert.equal(reader.messages.length, 1);
    assert.match(reader.messages[0] ?? "", /b\/logs.jsonl.1700000000" begins like another file/);
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

/** The ports of this runtime, with other numbers of files on their device. */
function withNumbers(number: (ino: number) => number): Runtime {
  const renumbered = (stat: FileStat | undefined): FileStat | undefined => stat && { ...stat, ino: number(stat.ino) };
  const { fs } = runtime;
  return {
    ...runtime,
    fs: new Proxy(fs, {
      get(target, key): unknown {
        if (key === "stat" || key === "statFollow") return (path: string) => renumbered(target[key](path));
        if (key === "openRead") {
          return (path: string) => {
            const handle = target.openRead(path);
            return {
              read: handle.read.bind(handle),
              stat: () => renumbered(handle.stat()),
              close: handle.close.bind(handle),
            };
          };
        }
        const value = Reflect.get(target, key, target) as unknown;
        return typeof value === "function" ? value.bind(target) as unknown : value;
      },
    }),
  };
}

function flipped(data: Uint8Array, place: number): Uint8Array {
  const copy = Buffer.from(data);
  copy[place] = (copy[place] ?? 0) ^ 1;
  return copy;
}
