import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { describe, it } from "node:test";
import process from "node:process";
import { gunzipSync } from "node:zlib";
import type { Pontem } from "../../src/pontem.ts";
import { createPontem } from "../../src/sdk.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import { tempDir } from "../support/runtime.ts";

function start(dir: string, options: Partial<InitOptions> = {}): Pontem & { readonly messages: string[] } {
  const messages: string[] = [];
  const pontem = createPontem({
    serviceName: "svc",
    emitDir: dir,
    signals: false,
    diagnostics: (_name, level, message) => level === "DEBUG" || messages.push(`${level} ${message}`),
    ...options,
  });
  return { ...pontem, messages };
}

function numbers(text: string): number[] {
  assert.ok(text.endsWith("\n"));
  return text.slice(0, -1).split("\n").map((line) => (JSON.parse(line) as { attributes: { i: number } }).attributes.i);
}

const windows = process.platform === "win32";

describe("on real files", () => {
  it("names, modes and content are what the memory says they are", async () => {
    const dir = `${tempDir()}/a/b`;
    const pontem = start(dir, { rotation: { maxBytes: 2_000 }, retention: { maxFiles: 3 } });
    for (let i = 0; i < 100; i++) {
      pontem.logger.info("x", { i });
      if (i % 5 === 0) pontem.flushSync();
    }
    pontem.metrics.count("m");
    await pontem.shutdown();
    const names = readdirSync(dir).sort();
    assert.equal(names.filter((name) => /^logs\.jsonl\.\d{10}\.gz$/.test(name)).length, 3);
    assert.deepEqual(names.filter((name) => !name.endsWith(".gz")), [".pontem", "logs.jsonl", "metrics.jsonl"]);
    const text =
      names.filter((name) => name.startsWith("logs.jsonl.")).map((name) =>
        gunzipSync(readFileSync(`${dir}/${name}`)).toString()
      ).join("") + readFileSync(`${dir}/logs.jsonl`, "utf8");
    const found = numbers(text);
    assert.deepEqual(found, Array.from({ length: found.length }, (_, i) => 100 - found.length + i));
    if (!windows) {
      // Asking for the umask takes a permission on Deno; a file made with all bits tells it as well.
      writeFileSync(`${dir}/all`, "", { mode: 0o777 });
      const mask = ~lstatSync(`${dir}/all`).mode;
      for (const name of names) {
        assert.equal(lstatSync(`${dir}/${name}`).mode & 0o777, (name === ".pontem" ? 0o750 : 0o640) & ~mask, name);
      }
      assert.equal(lstatSync(dir).mode & 0o777, 0o750 & ~mask);
    }
    assert.deepEqual(pontem.messages, []);
  });

  it("a link, a directory, a pipe in the place of the active file is refused, and records wait until it is gone", {
    skip: windows,
  }, async () => {
    const places: Readonly<Record<string, (path: string) => void>> = {
      link: (path) => symlinkSync(`${path}.victim`, path),
      "link to a file": (path) => {
        writeFileSync(`${path}-victim`, "");
        symlinkSync(`${path}-victim`, path);
      },
      directory: (path) => mkdirSync(path),
      pipe: (path) => assert.equal(spawnSync("mkfifo", [path], { env: { PATH: process.env["PATH"] ?? "" } }).status, 0),
    };
    for (const [what, place] of Object.entries(places)) {
      const dir = tempDir();
      const path = `${dir}/logs.jsonl`;
      place(path);
      const pontem = start(dir);
      for (let i = 0; i < 500; i++) pontem.logger.info("x", { i, pad: "p".repeat(300) });
      assert.ok(pontem.flushSync() > 0, what);
      assert.equal(pontem.stats().logs.written, 0, what);
      assert.match(
        pontem.messages.join(),
        /^ERROR Cannot write to logs\.jsonl in .*(symbolic link|directory|no file) is in (its|the) place/,
        what,
      );
      assert.equal(existsSync(`${path}.victim`), false);
      if (what === "link to a file") assert.equal(readFileSync(`${path}-victim`).length, 0);
      rmSync(path, { recursive: true });
      assert.equal(pontem.flushSync(), 0, what);
      assert.equal(numbers(readFileSync(path, "utf8")).length, 500);
      await pontem.shutdown();
    }
  });

  it("a file or directory that is removed or replaced is made again", async () => {
    const acts: Readonly<Record<string, (dir: string) => void>> = {
      "file removed": (dir) => rmSync(`${dir}/logs.jsonl`),
      "file renamed": (dir) => renameSync(`${dir}/logs.jsonl`, `${dir}/old`),
      "file copied over": (dir) => {
        cpSync(`${dir}/logs.jsonl`, `${dir}/copy`);
        renameSync(`${dir}/copy`, `${dir}/logs.jsonl`);
      },
      "directory removed": (dir) => rmSync(dir, { recursive: true }),
      "directory renamed": (dir) => renameSync(dir, `${dir}-old`),
      "own directory removed": (dir) => {
        rmSync(`${dir}/.pontem`, { recursive: true });
        rmSync(`${dir}/logs.jsonl`);
      },
    };
    for (const [what, act] of Object.entries(acts)) {
      const dir = `${tempDir()}/logs`;
      const pontem = start(dir);
      pontem.logger.info("x", { i: 0 });
      pontem.flushSync();
      act(dir);
      pontem.logger.info("x", { i: 1 });
      assert.equal(pontem.flushSync(), 0, what);
      assert.deepEqual(numbers(readFileSync(`${dir}/logs.jsonl`, "utf8")).filter((i) => i === 1), [1], what);
      await pontem.shutdown();
      assert.deepEqual(pontem.messages, [], what);
      const writers = readdirSync(`${dir}/.pontem/writers`);
      assert.equal(writers.length, 1, what);
      assert.match(readFileSync(`${dir}/.pontem/writers/${writers[0]}/run.json`, "utf8"), /"end":"clean"/);
    }
  });

  it("a copied directory raises no alarm and is written on", async () => {
    const [dir, copy] = [tempDir(), `${tempDir()}/copy`];
    const pontem = start(dir);
    pontem.logger.info("x", { i: 0 });
    pontem.flushSync();
    cpSync(dir, copy, { recursive: true });
    const copied = start(copy, { runRecord: "always" });
    copied.logger.info("x", { i: 1 });
    await copied.shutdown();
    assert.deepEqual(numbers(readFileSync(`${copy}/logs.jsonl`, "utf8")), [0, 1]);
    assert.deepEqual(copied.messages, []);
    await pontem.shutdown();
  });

  it("two instances in one process share a directory", async () => {
    const dir = tempDir();
    const [first, second] = [start(dir), start(dir)];
    for (let i = 0; i < 100; i++) (i % 2 === 0 ? first : second).logger.info("x", { i });
    await Promise.all([first.shutdown(), second.shutdown()]);
    const text = readdirSync(dir).filter((name) => name.startsWith("logs.jsonl")).map((name) => {
      const data = readFileSync(`${dir}/${name}`);
      return (name.endsWith(".gz") ? gunzipSync(data) : data).toString();
    }).join("");
    assert.deepEqual(numbers(text).sort((a, b) => a - b), Array.from({ length: 100 }, (_, i) => i));
  });
});
