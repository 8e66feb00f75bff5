import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { createPontem } from "../../src/sdk.ts";
import { type ChildOptions, type ChildResult, runChild, tempDir } from "../support/runtime.ts";
import { keepFigures, sized } from "../support/soak.ts";
import type { DebugTask } from "./fixture/debug_writer.ts";

const WRITER = new URL("./fixture/debug_writer.ts", import.meta.url);
/** More than any of these tests writes. */
const PLENTY = 2 ** 30;

function run(emitDir: string, task: DebugTask, options: Partial<ChildOptions> = {}): Promise<ChildResult> {
  return runChild(WRITER, {
    args: [JSON.stringify(task)],
    env: { PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: emitDir },
    emitDir,
    timeoutMs: sized(60_000, 600_000),
    ...options,
  });
}

function segments(dir: string): string[] {
  return readdirSync(`${dir}/.pontem/debug`).sort();
}

/** Numbers of each service in its order; each line but a torn last one of a killed writer is whole. */
function home(dir: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  const part = (name: string): number => Number(/-(\d+)\.jsonl$/.exec(name.slice(32))?.[1] ?? 0);
  const names = segments(dir).sort((a, b) =>
    a.slice(0, 18) < b.slice(0, 18) ? -1 : a.slice(0, 18) > b.slice(0, 18) ? 1 : part(a) - part(b)
  );
  for (const name of names) {
    const text = readFileSync(`${dir}/.pontem/debug/${name}`, "utf8");
    for (const line of text.slice(0, text.lastIndexOf("\n") + 1).split("\n").slice(0, -1)) {
      const { attributes, resource, severityNumber } = JSON.parse(line);
      assert.equal(severityNumber, 5);
      const service = String(resource["service.name"]);
      found.set(service, [...found.get(service) ?? [], attributes.i as number]);
    }
  }
  return found;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe("DEBUG at home on real files", () => {
  it("has the names and modes that the memory says, and logs.jsonl has none of it", async () => {
    const dir = tempDir();
    const pontem = createPontem({ serviceName: "svc", emitDir: dir, debug: true, signals: false });
    pontem.logger.debug("home");
    pontem.logger.info("shipped");
    await pontem.shutdown();
    const [name = "", ...others] = segments(dir);
    assert.match(name, /^debug-\d{8}T\d\dZ-[0-9a-f]{16}\.jsonl$/);
    assert.deepEqual(others, []);
    assert.deepEqual(readdirSync(`${dir}/.pontem/writers`), [name.slice(19, 35)]);
    const read = (path: string): string => readFileSync(`${dir}/${path}`, "utf8");
    assert.match(read(`.pontem/debug/${name}`), /^\{.*"body":"home".*\}\n$/);
    assert.match(read("logs.jsonl"), /^\{.*"body":"shipped".*\}\n$/);
    if (process.platform !== "win32") {
      // Asking for the umask takes a permission on Deno; a file made with all bits tells it as well.
      writeFileSync(`${dir}/all`, "", { mode: 0o777 });
      const mask = ~lstatSync(`${dir}/all`).mode;
      assert.equal(lstatSync(`${dir}/.pontem/debug/${name}`).mode & 0o777, 0o640 & ~mask);
      assert.equal(lstatSync(`${dir}/.pontem/debug`).mode & 0o777, 0o750 & ~mask);
    }
  });

  it("is there after a natural end, with the permissions that are promised, and levels that are followed keep nothing alive", async () => {
    const [dir, configDir] = [tempDir(), tempDir()];
    const until = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(`${configDir}/logging.json`, JSON.stringify({ levels: { level: "FATAL", until } }));
    const env = { PONTEM_EMIT_DIR: dir, PONTEM_CONFIG_DIR: configDir };
    const task = { name: "leaves", count: 250, maxBytes: PLENTY, leave: true };
    const { code, stderr } = await run(dir, task, { env, configDir });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.equal(existsSync(`${dir}/logs.jsonl`), false);
    assert.deepEqual(home(dir).get("leaves"), range(0, 250));
  });

  it("is there after kill -9 up to what was written, and the next run leaves it as it is", async () => {
    const dir = tempDir();
    const runs = sized(1, 20);
    for (let number = 0; number < runs; number++) {
      const name = `victim.${number}`;
      const task = { name, count: 1_000_000, maxBytes: PLENTY };
      const { signal, stdout } = await run(dir, task, { signalAfter: { text: "landed 1499", signal: "SIGKILL" } });
      assert.equal(signal, "SIGKILL");
      const said = [...stdout.matchAll(/landed (\d+)\n/g)].map(([, text]) => Number(text));
      const last = said.at(-1) ?? 0;
      const before = segments(dir).map((file) => [file, statSync(`${dir}/.pontem/debug/${file}`).size]);
      const numbers = home(dir).get(name) ?? [];
      assert.deepEqual(numbers, range(0, numbers.length));
      assert.ok(numbers.length > last, `${numbers.length} of ${last}`);
      await run(dir, { name: `next.${number}`, count: 100, maxBytes: PLENTY });
      const after = new Map(segments(dir).map((file) => [file, statSync(`${dir}/.pontem/debug/${file}`).size]));
      for (const [file, size] of before) assert.equal(after.get(String(file)), size);
      assert.deepEqual(home(dir).get(`next.${number}`), range(0, 100));
    }
    keepFigures("DEBUG at home, kill -9", { runs });
  });

  it("of processes that share a directory is all there, each in its own files", async () => {
    const dir = tempDir();
    const count = sized(1_000, 100_000);
    const names = ["one", "two"];
    const ended = await Promise.all(names.map((name) => run(dir, { name, count, maxBytes: PLENTY })));
    for (const { code, stderr } of ended) assert.deepEqual([code, stderr], [0, ""]);
    for (const name of names) assert.deepEqual(home(dir).get(name), range(0, count), name);
  });

  it("of processes that share a directory stays within the bound, but for what one more may write meanwhile, and the newest stay", async () => {
    const dir = tempDir();
    const maxBytes = 131_072;
    const names = ["one", "two"];
    const count = sized(2_000, 50_000);
    let most = 0;
    const look = (): void => {
      let bytes = 0;
      const before = segments(dir);
      for (const name of before) {
        bytes += statSync(`${dir}/.pontem/debug/${name}`, { throwIfNoEntry: false })?.size ?? 0;
      }
      // What was removed while the others were measured was not there together with what came for it.
      if (segments(dir).join() === before.join()) most = Math.max(most, bytes);
    };
    const ended = await Promise.all(names.map((name) => run(dir, { name, count, maxBytes }, { onOutput: look })));
    for (const { code, stderr } of ended) assert.deepEqual([code, stderr], [0, ""]);
    look();
    // Each makes room for an eighth before it writes on; two that look in the same moment both write into it.
    assert.ok(most <= maxBytes * 1.25, String(most));
    const found = home(dir);
    assert.ok(found.size > 0);
    for (const [name, numbers] of found) {
      assert.deepEqual(numbers, range(numbers[0] ?? 0, (numbers[0] ?? 0) + numbers.length), name);
    }
    const stats = ended.map(({ stdout }) =>
      JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { removed: number; written: number }
    );
    assert.ok(stats.reduce((sum, { removed }) => sum + removed, 0) > 5);
    for (const { written } of stats) assert.equal(written, count);
  });
});
