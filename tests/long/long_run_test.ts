// A service that logs 5,000 records a second for long, with files that are rotated and compressed all the time.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { runChild, tempDir } from "../support/runtime.ts";
import { isSoak, keepFigures, sized } from "../support/soak.ts";
import { LOOKS } from "./fixture/pace.ts";
import type { Steady, Told } from "./fixture/steady.ts";

const STEADY = new URL("./fixture/steady.ts", import.meta.url);
const PER_SECOND = 5_000;
/** About the bytes of a record. */
const RECORD_BYTES = 235;
const SECONDS = sized(3, Number(process.env["PONTEM_SOAK_MINUTES"] ?? 10) * 60);
/** A file takes so long to fill. */
const FILE_SECONDS = sized(0.5, 3);
const MIB = 1_048_576;
/** Small new spaces, that are as large as they get at once: V8 lets them grow for minutes, by tens of MiB, which would hide a leak. */
const V8_FLAGS = ["--expose-gc", "--max-semi-space-size=1"];

/** Open files of another process; `undefined` where that cannot be told. Deno itself may not look there. */
function openFiles(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const { status, stdout } = spawnSync("ls", [`/proc/${pid}/fd`], { env: { PATH: process.env["PATH"] ?? "" } });
  return status === 0 ? stdout.toString().trim().split("\n").length : undefined;
}

async function run(steady: Steady, dir: string): Promise<{ readonly told: Told; readonly files: readonly number[] }> {
  const files: number[] = [];
  let looks = 0;
  const { code, stdout, stderr } = await runChild(STEADY, {
    args: [JSON.stringify(steady)],
    env: { PONTEM_EMIT_DIR: dir },
    emitDir: dir,
    runtimeFlags: { node: V8_FLAGS, deno: [`--v8-flags=${V8_FLAGS.join(",")}`] },
    timeoutMs: 120_000 + steady.seconds * 2_000,
    onOutput: (output, pid) => {
      const now = output.split("look\n").length - 1;
      const open = now > looks ? openFiles(pid) : undefined;
      if (open !== undefined) files.push(open);
      looks = now;
    },
  });
  assert.deepEqual([code, stderr], [0, ""]);
  return { told: JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Told, files };
}

/** How much more there is at most in the last three looks than in the second to fourth, when the process is warm. */
function growth(values: readonly number[]): number {
  return Math.max(...values.slice(-3)) - Math.max(...values.slice(1, 4));
}

function mebibytes(values: readonly number[]): string {
  return values.map((value) => (value / 1_048_576).toFixed(1)).join(" ");
}

/** Reads all files of a channel in order, one at a time. */
function eachRecord(dir: string, channel: string, look: (record: Record<string, unknown>) => void): number {
  const stamp = (name: string): number => Number(name.split(".")[2] ?? Infinity);
  const names = readdirSync(dir).filter((name) => name.startsWith(`${channel}.jsonl`));
  for (const name of names.sort((a, b) => stamp(a) - stamp(b))) {
    const data = readFileSync(`${dir}/${name}`);
    const text = (name.endsWith(".gz") ? gunzipSync(data) : data).toString();
    assert.ok(text === "" || text.endsWith("\n"), `torn end of ${name}`);
    for (const line of text.split("\n")) if (line !== "") look(JSON.parse(line) as Record<string, unknown>);
  }
  return names.length;
}

describe("a service that logs for long", () => {
  it(`${PER_SECOND} records a second: all are there, nothing grows, nothing stalls`, async () => {
    const dir = tempDir();
    const maxBytes = Math.round(PER_SECOND * FILE_SECONDS * RECORD_BYTES);
    // At the same time, so that what the machine does besides happens to both.
    const [{ told, files }, idle] = await Promise.all([
      run({ seconds: SECONDS, perSecond: PER_SECOND, maxBytes }, dir),
      run({ seconds: SECONDS, perSecond: 0, maxBytes }, tempDir()),
    ]);
    const { seen, logged, result, stats } = told;

    let next = 0;
    // The system clock may be stepped meanwhile, which is told.
    let own = 0;
    const count = eachRecord(dir, "logs", ({ body, attributes }) => {
      if (body === "system clock was stepped") own++;
      else assert.equal((attributes as { i: number }).i, next++, "lost, doubled or misplaced");
    });
    assert.equal(next, logged);
    assert.equal(logged, SECONDS * PER_SECOND);
    assert.deepEqual(result, { written: logged + own, lost: 0, held: 0 });
    assert.ok(count > SECONDS / FILE_SECONDS / 2, `${count} files`);
    assert.deepEqual([stats.faults, stats.files.removedByRetention], [{}, 0]);
    // All but the active one, which is not there when the last record filled a file.
    assert.ok([count - 1, count].includes(stats.files.compressed), `${stats.files.compressed} of ${count} compressed`);
    let counted = 0;
    eachRecord(dir, "metrics", ({ value }) => counted += Number(value));
    assert.equal(counted, logged);

    const [rss, heap] = [seen.looks.map((look) => look.rss), seen.looks.map((look) => look.heap)];
    const resources = seen.looks.map((look) => look.resources);
    const figures = {
      minutes: SECONDS / 60,
      records: logged,
      lost: result.lost,
      "clock steps": own,
      rotations: stats.files.rotations,
      "rss MiB": mebibytes(rss),
      "rss MiB before collections": mebibytes(seen.looks.map(({ rssBefore }) => rssBefore)),
      "heap MiB": mebibytes(heap),
      "open files": files.join(" "),
      "timers and the like": resources.join(" "),
      "late ms p99.9": seen.lateMs.toFixed(2),
      "idle p99.9": idle.told.seen.lateMs.toFixed(2),
      "late ms most": seen.latestMs.toFixed(1),
      "idle most": idle.told.seen.latestMs.toFixed(1),
    };
    keepFigures("long run", figures);
    const said = JSON.stringify(figures);
    assert.equal(seen.looks.length, LOOKS);
    // A few come and go while something is compressed or synced; one that leaks does so in each rotation.
    assert.ok(files.length < LOOKS || growth(files) <= 8, `open files: ${said}`);
    assert.ok(growth(resources) <= 8, `timers: ${said}`);
    // What follows needs time: a process that has just started still grows, and a busy machine may be late for once.
    if (!isSoak || SECONDS < 120) return;
    assert.ok(growth(rss) <= 12 * MIB, `memory: ${said}`);
    assert.ok(growth(heap) <= 0.5 * MIB, `heap: ${said}`);
    assert.ok(seen.lateMs <= idle.told.seen.lateMs + 5, `event loop: ${said}`);
  });
});
