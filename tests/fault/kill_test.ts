import assert from "node:assert/strict";
import { lstatSync, readdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileNames, records } from "../processes/reader.ts";
import { started } from "../processes/started.ts";
import { runChild, tempDir } from "../support/runtime.ts";
import { isSoak, keepFigures, random, seed, sized } from "../support/soak.ts";
import type { Endless } from "./fixture/endless.ts";
import { assertForeign, putForeign } from "./foreign.ts";

const script = (name: string): URL => new URL(`./fixture/${name}.ts`, import.meta.url);
/** Never reached. */
const MANY = 100_000;

/** One life: where it is killed. */
interface Life extends Endless {
  /** Killed by the parent so long after its first words; the bound of one that kills itself. */
  readonly killAfterMs: number;
}

/** What is known of a life that is over. */
interface Death {
  readonly life: Life;
  /** Did `init` return? */
  readonly started: boolean;
  /** Highest number that must be in a file, -1: none. */
  readonly promised: number;
}

/** Lives in a directory, one after the other. */
interface Round {
  readonly kills: number;
  /** Rotated files that stay. */
  readonly maxFiles: number;
  /** Does another process hold the lease all the while? */
  readonly shared: boolean;
}

/** Draws a life: killed by the clock at any moment, at one of the first operations (start-up and recovery, several in a row), or at a later one. */
function* lives({ kills, maxFiles }: Round, next: () => number): Generator<Life> {
  const between = (from: number, to: number): number => Math.floor(from + next() * (to - from));
  for (let run = 0, atStart = 0; run < kills; run++, atStart--) {
    const maxBytes = [6_000, 20_000, 400_000][between(0, 3)] ?? 6_000;
    const kind = next();
    if (atStart <= 0 && kind > 0.6) atStart = between(1, 5);
    const life = { run, maxBytes, maxFiles };
    if (atStart > 0) yield { ...life, dieAfter: between(1, 130), killAfterMs: 300 };
    else if (kind > 0.3) yield { ...life, dieAfter: Math.round(60 * 40 ** next()), killAfterMs: 300 };
    else yield { ...life, killAfterMs: between(0, 150) };
  }
}

async function live(dir: string, { killAfterMs, ...life }: Life): Promise<Death> {
  const { signal, stdout, stderr } = await runChild(script("endless"), {
    emitDir: dir,
    args: [JSON.stringify(life)],
    killAfterMs,
    env: { PONTEM_EMIT_DIR: dir },
    // The right to kill itself, beside the promised ones.
    denoFlags: ["--allow-env=PONTEM_*", `--allow-read=${dir}`, `--allow-write=${dir}`, "--allow-run"],
  });
  assert.equal(signal, "SIGKILL", stderr);
  assert.equal(stderr.replace(/^.*Cut a torn end of .*\n/gm, ""), "");
  const promised = Number([...stdout.matchAll(/promised (\d+);/g)].at(-1)?.[1] ?? -1);
  return { life: { ...life, killAfterMs }, started: stdout.includes("started\n"), promised };
}

/** What came of a round. */
interface Played {
  /** Log records of the killed that are there. */
  readonly written: number;
  /** Those that were promised. */
  readonly promised: number;
  /** Ends that were reported once more. */
  readonly reportedAgain: number;
}

/** Plays a round and checks what is left. */
async function play(round: Round, from: number): Promise<Played> {
  const dir = tempDir();
  const what = (more: unknown = ""): string => `seed ${from}, ${JSON.stringify(round)} ${JSON.stringify(more)}`;
  const child = { emitDir: dir, env: { PONTEM_EMIT_DIR: dir } };
  putForeign(dir);
  const holder = !round.shared ? undefined : await started(
    "started",
    (onOutput) => runChild(script("holder"), { ...child, args: [dir], onOutput, timeoutMs: 600_000 }),
  );
  const deaths: Death[] = [];
  for (const life of lives(round, random(from))) deaths.push(await live(dir, life));
  writeFileSync(`${dir}/stop`, "");
  const held = await holder?.ended;
  const { code, stderr } = await runChild(script("once"), { ...child, args: [String(round.maxFiles)] });
  assert.equal(code, 0, what(stderr));

  const numbers = new Map<string, number[]>();
  const reported = new Map<string, number>();
  const order: number[] = [];
  for (const { body, attributes, resource } of records(dir)) {
    const service = String(resource["service.name"]);
    if (body.startsWith("previous run did not end cleanly")) {
      const run = String(attributes["pontem.run.service"]);
      reported.set(run, (reported.get(run) ?? 0) + 1);
    } else if (body === "endless" || body === "holder") {
      const known = numbers.get(service) ?? [];
      numbers.set(service, known);
      known.push(attributes["i"] as number);
      if (body === "endless") order.push(Number(service.slice("run-".length)));
    }
  }
  assert.deepEqual(order, [...order].sort((a, b) => a - b), what("a later run before an earlier one"));
  const first = order[0] ?? Infinity;
  let again = 0;
  for (const { life, started: was, promised } of deaths) {
    const found = numbers.get(`run-${life.run}`) ?? [];
    // Retention takes whole files, and so the start of the oldest run that is left.
    const gone = round.maxFiles === MANY ? 0 : life.run < first ? promised + 1 : life.run === first ? found[0] ?? 0 : 0;
    assert.deepEqual(found, found.map((_, i) => gone + i), what({ life, found: "lost, doubled or misplaced" }));
    assert.ok(gone + found.length > promised, what({ life, promised, found: found.length }));
    if (round.maxFiles !== MANY) continue;
    const times = reported.get(`run-${life.run}`) ?? 0;
    // A start that is killed between writing the report and forgetting the run leaves it to be reported again, with all others of that start.
    const killedAtStart = deaths.slice(life.run + 1).findIndex((later) => later.started);
    const most = 1 + (killedAtStart === -1 ? deaths.length - life.run - 1 : killedAtStart);
    assert.ok(times >= (was ? 1 : 0) && times <= most, what({ life, reported: times, most }));
    again += Math.max(0, times - 1);
  }
  assertMetrics(dir, what);
  assert.equal(held?.code ?? 0, 0, what(held?.stderr));
  if (held !== undefined) {
    const mine = numbers.get("holder") ?? [];
    assert.deepEqual(mine, mine.map((_, i) => i), what("holder"));
    const { written, lost, held: waiting } = JSON.parse(held.stdout.split("\n")[1] ?? "{}") as Record<string, number>;
    assert.deepEqual([lost, waiting], [0, 0]);
    assert.ok((written ?? 0) >= mine.length && mine.length > 0, what({ written, found: mine.length }));
  }
  for (const channel of ["logs", "metrics"] as const) {
    const rotated = fileNames(dir, channel).filter((name) => name !== `${channel}.jsonl`);
    for (const name of rotated) assert.match(name, /\.\d{10}\.gz$/, what());
    assert.ok(rotated.length <= round.maxFiles, what(rotated));
  }
  assertForeign(dir, what());
  assertFinished(dir, what);
  return {
    written: order.length,
    promised: deaths.reduce((sum, { promised }) => sum + promised + 1, 0),
    reportedAgain: again,
  };
}

function assertMetrics(dir: string, what: (more: unknown) => string): void {
  const last = new Map<unknown, number>();
  for (const { name, value, resource } of records(dir, "metrics")) {
    if (name !== "endless") continue;
    const run = resource["service.name"];
    assert.ok(value > (last.get(run) ?? -1), what({ metric: value, run }));
    last.set(run, value);
  }
}

/** Nothing is left to be finished, but for markers: one without a file beside it may be that of a process that is starting. */
function assertFinished(dir: string, what: (more: unknown) => string): void {
  const own = readdirSync(`${dir}/.pontem`).filter((name) => !name.endsWith(".new"));
  assert.deepEqual(own.filter((name) => !/^(foreign|ordinal|torn|writers)$/.test(name)), [], what("leftovers"));
  for (const id of readdirSync(`${dir}/.pontem/writers`)) {
    const inside = readdirSync(`${dir}/.pontem/writers/${id}`);
    assert.deepEqual(inside.filter((name) => !/^(run\.json|alive|run\.json\.new)$/.test(name)), [], what("leftovers"));
    assert.ok(lstatSync(`${dir}/.pontem/writers/${id}`).isDirectory());
  }
}

describe("kill -9 at random points", () => {
  const rounds: Readonly<Record<string, Round>> = {
    "of one process after the other": { kills: sized(5, 25), maxFiles: MANY, shared: false },
    "with little retention": { kills: sized(2, 25), maxFiles: 3, shared: false },
    "of writers beside the holder of the lease": { kills: sized(3, 25), maxFiles: MANY, shared: true },
  };
  for (const [name, round] of Object.entries(rounds)) {
    it(`tears, doubles and misplaces nothing, and keeps what was promised: ${name}`, async () => {
      const from = seed();
      const figures = { rounds: 0, kills: 0, written: 0, promised: 0, reportedAgain: 0 };
      const times = sized(1, 14);
      for (let time = 0; time < times; time++) {
        const { written, promised, reportedAgain } = await play(round, from + time);
        figures.rounds++;
        figures.kills += round.kills;
        figures.written += written;
        figures.promised += promised;
        figures.reportedAgain += reportedAgain;
      }
      assert.ok(figures.promised > 0 || !isSoak, `seed ${from}`);
      keepFigures(`kill -9 ${name}`, { ...figures, seed: from });
    });
  }
});
