import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { type ChildOptions, type ChildResult, runChild, type RuntimeName, tempDir } from "../support/runtime.ts";
import { isSoak, keepFigures, sized } from "../support/soak.ts";
import type { WriterResult, WriterTask } from "./fixture/writer.ts";
import type { Halt } from "./fixture/probe.ts";
import { fileNames, fileText, records } from "./reader.ts";
import { started } from "./started.ts";

const WRITER = new URL("./fixture/writer.ts", import.meta.url);
const MANY = 100_000;
/** How long a lock that nobody gives back is waited for, in milliseconds. */
const LOCK_WAIT_MS = 50;

/** The runtimes of a soak, this one alone otherwise. */
function runtimes(): readonly ChildOptions["runtime"][] {
  // What is built for Node 20 lies apart from what the others run.
  if (!isSoak || import.meta.url.endsWith(".js")) return [undefined];
  const given = JSON.parse(process.env["PONTEM_SOAK_RUNTIMES"] ?? "{}") as Record<string, string>;
  // Node 20 does not run sources.
  const found = Object.entries(given).filter(([name]) => name !== "node20").map(([name, path]) => ({
    name: name.replace(/\d+$/, "") as RuntimeName,
    path,
  }));
  return found.length === 0 ? [undefined] : found;
}

function start(dir: string, task: WriterTask, options: Partial<ChildOptions> = {}): Promise<ChildResult> {
  return runChild(WRITER, {
    args: [JSON.stringify(task)],
    env: { PONTEM_EMIT_DIR: dir },
    // Beside the promised ones: a worker reads its script, and a process that stops or kills itself may.
    denoFlags: ["--allow-env=PONTEM_*", "--allow-read", `--allow-write=${dir}`, "--allow-run"],
    timeoutMs: sized(120_000, 900_000),
    ...options,
  });
}

/** What the writers of a process said; all went well. */
function results({ code, stdout, stderr }: ChildResult, count: number): WriterResult[] {
  assert.deepEqual([code, stderr], [0, ""]);
  const said = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) =>
    JSON.parse(line) as WriterResult
  );
  for (const { name, written, left } of said) assert.deepEqual([written, left], [count, 0], name);
  return said;
}

/** Numbers of each writer in a reader's order; every file is whole and no larger than it may be. */
function byWriter(dir: string, maxBytes: number): Map<string, number[]> {
  for (const name of fileNames(dir)) {
    assert.match(name, /^logs\.jsonl(\.\d{10}\.gz)?$/);
    const bytes = Buffer.byteLength(fileText(`${dir}/${name}`));
    assert.ok(bytes <= maxBytes, `${name}: ${bytes}`);
  }
  const found = new Map<string, number[]>();
  for (const { attributes, resource } of records(dir)) {
    const name = String(resource["service.name"]);
    const numbers = found.get(name) ?? [];
    found.set(name, numbers);
    numbers.push(attributes["i"] as number);
  }
  return found;
}

function assertAll(dir: string, names: readonly string[], count: number, maxBytes: number): void {
  const found = byWriter(dir, maxBytes);
  assert.deepEqual([...found.keys()].sort(), [...names].sort());
  for (const [name, numbers] of found) {
    const wrong = numbers.findIndex((number, at) => number !== at);
    assert.deepEqual([numbers.length, wrong], [count, -1], `${name}: lost, doubled or misplaced at ${wrong}`);
  }
}

/** Nobody holds anything any more, and nothing is left to be finished. */
function assertGivenBack(dir: string): void {
  assert.deepEqual(readdirSync(`${dir}/.pontem`).sort(), ["ordinal", "writers"]);
  for (const id of readdirSync(`${dir}/.pontem/writers`)) {
    const left = readdirSync(`${dir}/.pontem/writers/${id}`);
    assert.deepEqual(left.filter((name) => !/^(run\.json|alive)$/.test(name)), []);
  }
}

describe("writers that share a directory", () => {
  /** One process for each runtime, at least three; the first one has two writers, in threads. */
  function crew(): { readonly names: readonly string[]; readonly runtime: ChildOptions["runtime"] }[] {
    const given = runtimes();
    const size = Math.max(3, given.length);
    return Array.from({ length: size }, (_, i) => ({
      names: i === 0 ? ["thread.a", "thread.b"] : [`process.${i}`],
      runtime: given[i % given.length],
    }));
  }

  it("lose and tear nothing, keep the order of each, and rotate one at a time", async () => {
    const dir = tempDir();
    const count = sized(2_000, 250_000);
    const maxBytes = sized(20_000, 1_000_000);
    const members = crew();
    const began = performance.now();
    const children = await Promise.all(
      members.map(({ names, runtime }) =>
        start(dir, { names, count, maxBytes, maxFiles: MANY, burst: sized(200, 1_000) }, {
          ...(runtime === undefined ? {} : { runtime }),
        })
      ),
    );
    const seconds = Math.round((performance.now() - began) / 100) / 10;
    const said = children.flatMap((child) => results(child, count));
    const names = members.flatMap((member) => member.names);
    assertAll(dir, names, count, maxBytes);
    assertGivenBack(dir);
    // Only a lock that was held for longer than it is waited for may be held twice: its holder was not let run, on a loaded machine.
    const sum = (pick: (result: WriterResult) => number): number => said.reduce((all, one) => all + pick(one), 0);
    const [overlaps, takenAway] = [sum(({ overlaps }) => overlaps), sum(({ takenAway }) => takenAway)];
    assert.ok(overlaps <= takenAway, `${overlaps} overlaps, ${takenAway} times taken away`);
    const rotated = fileNames(dir).filter((name) => name !== "logs.jsonl");
    assert.ok(rotated.length > names.length * count * 100 / maxBytes, String(rotated.length));
    assert.ok(sum(({ held }) => held) > rotated.length);
    const { last } = JSON.parse(readFileSync(`${dir}/.pontem/ordinal`, "utf8")) as { readonly last: number };
    assert.ok(Number(rotated.at(-1)?.split(".")[2]) <= last, `${rotated.at(-1)} ${last}`);
    keepFigures("writers that share a directory", {
      writers: names.length,
      runtimes: new Set(runtimes().map((runtime) => runtime?.path)).size,
      recordsEach: count,
      rotatedFiles: rotated.length,
      overlaps,
      takenAway,
      longestWaitMs: Math.max(...said.map(({ longestWaitMs }) => longestWaitMs)),
      seconds,
    });
  });

  it("keep what retention allows, the newest", async () => {
    const dir = tempDir();
    const task = { count: 1_000, maxBytes: 10_000, maxFiles: 4, burst: 100 };
    const children = await Promise.all(["one", "two"].map((name) => start(dir, { ...task, names: [name] })));
    for (const child of children) results(child, task.count);
    const rotated = fileNames(dir).filter((name) => name !== "logs.jsonl");
    assert.ok(rotated.length > 0 && rotated.length <= task.maxFiles, String(rotated));
    const { last } = JSON.parse(readFileSync(`${dir}/.pontem/ordinal`, "utf8")) as { readonly last: number };
    // Two writers' files may get their names in another order than their stamps.
    for (const name of rotated) assert.ok(last - Number(name.split(".")[2]) < 2 * task.maxFiles, `${name} ${last}`);
    for (const [name, numbers] of byWriter(dir, task.maxBytes)) {
      assert.deepEqual(numbers, numbers.map((_, at) => (numbers[0] ?? 0) + at), name);
    }
    assertGivenBack(dir);
  });
});

describe("a writer that holds the lock", () => {
  const POINTS: readonly Omit<Halt, "signal">[] = [
    // Before it looks who has the active files, and before it says that it has them.
    { name: "stat", path: "/.pontem/lease" },
    { name: "link", path: "/lease" },
    // With a rotation stamp that is not noted yet, and before the full file gets it.
    { name: "rename", path: "/ordinal.new" },
    { name: "rename", path: "/logs.jsonl" },
  ];

  for (const point of POINTS) {
    const signals = sized(point.name === "link", true) ? ["SIGKILL", "SIGSTOP"] as const : ["SIGSTOP"] as const;
    for (const signal of signals) {
      it(`and gets ${signal} before "${point.name}" of "${point.path}" holds up nobody`, async () => {
        const dir = tempDir();
        const task = { count: 400, maxBytes: 4_000, maxFiles: MANY, burst: 10 };
        const halted = { ...task, names: ["victim"], halt: { ...point, signal } };
        const victim = await started("halts", (onOutput) => start(dir, halted, { onOutput }));
        let woken = signal === "SIGKILL";
        const other = await start(dir, { ...task, names: ["other"] }, {
          onOutput: (stdout) => {
            // From here on both write.
            if (!woken && stdout.includes("half")) process.kill(victim.pid, "SIGCONT");
            woken ||= stdout.includes("half");
          },
        });
        const [said] = results(other, task.count);
        const waited = said?.longestWaitMs ?? 0;
        assert.ok(waited <= 2 * LOCK_WAIT_MS, `${waited} ms`);
        assert.ok((said?.takenAway ?? 0) >= 1);
        const ended = await victim.ended;
        if (signal === "SIGSTOP") {
          results(ended, task.count);
          return assertAll(dir, ["victim", "other"], task.count, task.maxBytes);
        }
        assert.equal(ended.signal, "SIGKILL");
        await start(dir, { ...task, names: ["last"] });
        for (const [name, numbers] of byWriter(dir, task.maxBytes)) {
          assert.deepEqual(numbers, numbers.map((_, at) => at), name);
          if (name !== "victim") assert.equal(numbers.length, task.count, name);
        }
        assertGivenBack(dir);
      });
    }
  }
});
