import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { createPontem } from "../../src/sdk.ts";
import { fileNames, records, runRecords } from "../processes/reader.ts";
import { started } from "../processes/started.ts";
import { runChild, tempDir } from "../support/runtime.ts";
import { keepFigures, sized } from "../support/soak.ts";

const script = (name: string): URL => new URL(`./fixture/${name}.ts`, import.meta.url);
const NOTHING = Buffer.alloc(0);

/** A log line whose cut may fall within a character, an escape, a key. */
function line(i: number): string {
  return JSON.stringify({
    timestamp: "2025-01-15T10:30:00.123456Z",
    severityNumber: 9,
    severityText: "INFO",
    body: "grüße \u{1F34E}\n",
    attributes: { i },
    resource: { "service.name": "svc" },
  }) + "\n";
}

/** Everywhere a line can be torn: the active files, and those of a writer that died, some of which another dead writer had taken over. */
const PLACES: readonly string[] = [
  "logs.jsonl",
  "metrics.jsonl",
  ".pontem/writers/00000000000000aa/logs.jsonl",
  ".pontem/writers/00000000000000aa/logs.jsonl.1700000000",
  ".pontem/writers/00000000000000aa/adopted-00000000000000bb/logs.jsonl",
];

/** A directory as a loss of power may leave it: in each place two whole lines, then `tail`. */
function lay(dir: string, tail: Uint8Array, places: readonly string[] = PLACES): void {
  mkdirSync(`${dir}/.pontem/writers/00000000000000aa/adopted-00000000000000bb`, { recursive: true });
  places.forEach((place, at) => {
    writeFileSync(`${dir}/${place}`, Buffer.concat([Buffer.from(line(2 * at) + line(2 * at + 1)), tail]));
  });
}

interface Healed {
  /** Numbers of the log records that are left, those of the start that healed last. */
  readonly found: readonly unknown[];
  /** What was kept aside. */
  readonly kept: readonly string[];
  readonly tornBytes: number;
  readonly messages: readonly string[];
}

/** Starts, logs one record, ends. */
async function heal(dir: string): Promise<Healed> {
  const messages: string[] = [];
  const pontem = createPontem({
    serviceName: "svc",
    emitDir: dir,
    signals: false,
    diagnostics: (_name, level, message) => level === "DEBUG" || messages.push(`${level} ${message}`),
  });
  pontem.logger.info("next", { i: 100 });
  await pontem.shutdown({ timeoutMs: 60_000 });
  const torn = `${dir}/.pontem/torn`;
  return {
    found: [...records(dir)].map(({ attributes }) => attributes["i"]),
    kept: existsSync(torn) ? readdirSync(torn).map((name) => readFileSync(`${torn}/${name}`).toString("latin1")) : [],
    tornBytes: pontem.stats().files.tornBytes,
    messages,
  };
}

describe("a torn last line on the real disk", () => {
  it("cut at any byte, with or without NUL bytes behind it, is cut off, kept aside, counted, and never glued", async () => {
    const whole = Buffer.from(line(50));
    let cuts = 0;
    for (let cut = 1; cut < whole.length; cut += sized(11, 1)) {
      const dir = tempDir();
      const part = whole.subarray(0, cut);
      const tail = Buffer.concat([part, Buffer.alloc([0, 1, 4_096][cut % 3] ?? 0)]);
      lay(dir, tail);
      const { found, kept, tornBytes, messages } = await heal(dir);
      const what = `cut after ${cut} of ${whole.length} bytes, ${tail.length - cut} NUL bytes`;
      assert.deepEqual([...found].sort(), [0, 1, 100, 4, 5, 6, 7, 8, 9], what);
      assert.equal(found.at(-1), 100, what);
      assert.deepEqual([...records(dir, "metrics")].length, 2, what);
      assert.deepEqual(kept, PLACES.map(() => part.toString("latin1")), what);
      assert.equal(tornBytes, PLACES.length * tail.length, what);
      assert.equal(messages.length, PLACES.length, what);
      assert.deepEqual(readdirSync(`${dir}/.pontem/writers`).length, 1, what);
      cuts++;
    }
    assert.ok(cuts > 10);
    keepFigures("torn last line", { cuts, places: PLACES.length });
  });

  it("is found once: the next start has nothing to heal, and appends to the same file", async () => {
    const dir = tempDir();
    lay(dir, Buffer.from('{"timestamp":'));
    await heal(dir);
    const { found, tornBytes, messages, kept } = await heal(dir);
    assert.deepEqual([found.length, tornBytes, messages, kept.length], [10, 0, [], PLACES.length]);
  });

  const part = Buffer.from('\0\0{"timestamp":"20');
  const nul = Buffer.alloc(70_000);
  const tails: Readonly<Record<string, readonly [tail: Buffer, kept: Buffer]>> = {
    "NUL bytes only": [nul, NOTHING],
    "NUL bytes before and after a piece of a line": [Buffer.concat([part, nul]), part],
    "a piece longer than what is kept": [Buffer.alloc(1_200_000, "a"), Buffer.alloc(1_048_576, "a")],
    "a piece that is a whole record but for its newline": [
      Buffer.from(line(51).slice(0, -1)),
      Buffer.from(line(51).slice(0, -1)),
    ],
  };
  for (const [what, [tail, kept]] of Object.entries(tails)) {
    it(`of ${what}`, async () => {
      const dir = tempDir();
      lay(dir, tail, PLACES.slice(0, 1));
      const healed = await heal(dir);
      assert.deepEqual(healed.found, [0, 1, 100]);
      assert.equal(healed.tornBytes, tail.length);
      assert.deepEqual(healed.kept, kept.length === 0 ? [] : [kept.toString("latin1")]);
    });
  }

  it("of a file that has no whole line, or nothing at all, leaves no empty line and no empty rotated file", async () => {
    for (const content of [NOTHING, nul, part]) {
      const dir = tempDir();
      lay(dir, NOTHING, []);
      for (const place of PLACES) writeFileSync(`${dir}/${place}`, content);
      const { found, tornBytes } = await heal(dir);
      assert.deepEqual(found, [100]);
      assert.deepEqual(fileNames(dir), ["logs.jsonl"]);
      assert.equal(statSync(`${dir}/metrics.jsonl`).size, 0);
      assert.equal(tornBytes, PLACES.length * content.length);
    }
  });

  it("of processes that were killed stands in the record about their runs", async () => {
    const dir = tempDir();
    const child = {
      emitDir: dir,
      env: { PONTEM_EMIT_DIR: dir },
      denoFlags: ["--allow-env=PONTEM_*", `--allow-read=${dir}`, `--allow-write=${dir}`, "--allow-run"],
    };
    const args = (run: number): string[] => [JSON.stringify({ run, maxBytes: 50_000_000, maxFiles: 100 })];
    const holder = await started(
      "promised 7;",
      (onOutput) => runChild(script("endless"), { ...child, args: args(0), onOutput }),
    );
    await runChild(script("endless"), {
      ...child,
      args: args(1),
      signalAfter: { text: "promised 119;", signal: "SIGKILL" },
    });
    process.kill(holder.pid, "SIGKILL");
    await holder.ended;

    const [id] = readdirSync(`${dir}/.pontem/writers`).filter((name) =>
      existsSync(`${dir}/.pontem/writers/${name}/logs.jsonl`)
    );
    const torn = Buffer.from(line(50)).subarray(0, 60);
    // SIGKILL may have cut a write short: what it left of a line is torn too.
    const tornBytes = ["logs.jsonl", `.pontem/writers/${id}/logs.jsonl`].map((place) => {
      appendFileSync(`${dir}/${place}`, torn);
      const content = readFileSync(`${dir}/${place}`);
      return content.length - (content.lastIndexOf("\n") + 1);
    });
    const { code, stdout, stderr } = await runChild(script("once"), { ...child, args: ["100"] });
    assert.equal(code, 0, stderr);
    const cut = [...stderr.matchAll(/Cut a torn end of (\d+) bytes/g)].map(([, bytes]) => Number(bytes));
    assert.deepEqual(cut.sort(), [...tornBytes].sort(), stderr);
    const files = JSON.parse(stdout) as { readonly tornBytes: number; readonly adopted: number };
    const tornInAll = tornBytes.reduce((sum, bytes) => sum + bytes, 0);
    assert.deepEqual([files.tornBytes, files.adopted], [tornInAll, 2], "logs and metrics of the one without a lease");
    const told = runRecords(dir).map(({ attributes }) => attributes);
    assert.deepEqual(told.map((attributes) => attributes["pontem.run.service"]), ["run-0", "run-1"]);
    assert.equal(told.reduce((sum, attributes) => sum + Number(attributes["pontem.run.torn_bytes"]), 0), tornInAll);
    for (const run of ["run-0", "run-1"]) {
      const numbers = [...records(dir)].filter(({ body, resource }) =>
        body === "endless" && resource["service.name"] === run
      ).map(({ attributes }) => attributes["i"]);
      assert.ok(numbers.length > 7);
      assert.deepEqual(numbers, numbers.map((_, i) => i), run);
    }
  });
});
