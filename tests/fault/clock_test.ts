import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectRuntime } from "../../src/adapter/detect.ts";
import type { Host, Runtime } from "../../src/port/host.ts";
import { createPontem } from "../../src/sdk.ts";
import {
  assertAccount,
  DIR,
  end,
  filesOf,
  look,
  names,
  numbers,
  type Read,
  read,
  ROTATED,
  type Service,
  service,
  upTo,
} from "../emit/support.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";
import { tempDir } from "../support/runtime.ts";
import { read as readFiles } from "./fixture/machine.ts";

const HOUR = 3_600_000;
const ROUNDS = sized(15, 500);
const STEP = "system clock was stepped";

/** Times do not run backwards, but at a record of a step; its difference is that of the steps since the last one. */
function assertTimes(records: readonly Pick<Read, "body" | "timestamp" | "attributes">[], what: string): number[] {
  const steps: number[] = [];
  records.forEach(({ body, timestamp, attributes }, place) => {
    if (body === STEP) return void steps.push(Number(attributes["pontem.clock.step_seconds"]));
    const before = records[place - 1];
    if (before !== undefined) {
      assert.ok(before.timestamp <= timestamp, `${what}: ${before.timestamp}, then ${timestamp}`);
    }
  });
  return steps;
}

/** Stamps of the rotated files there ever were, as they appear. */
class Stamps {
  readonly #first = new Map<string, number>();
  readonly seen: number[] = [];

  look({ machine }: Service, what: string): void {
    for (const path of filesOf(machine)) {
      const stamp = path.split(".")[2];
      const ino = look(machine).stat(path)?.ino ?? 0;
      if (stamp === undefined) continue;
      if (!this.#first.has(stamp)) this.seen.push(Number(stamp));
      assert.equal(this.#first.get(stamp) ?? ino, ino, `${what}: ${path} is another file now`);
      this.#first.set(stamp, ino);
    }
  }
}

describe("a system clock that is stepped by an hour", () => {
  for (const hours of [1, -1]) {
    it(`${hours}: is told once with the difference, and flushing, metrics and rotation go on`, async () => {
      const svc = service({ rotation: { maxBytes: 2_000, everyMs: 1_700 }, retention: { maxFiles: 1_000 } });
      const { pontem, machine: { clock } } = svc;
      const stamps = new Stamps();
      let i = 0;
      const go = async (turns: number): Promise<void> => {
        for (let turn = 0; turn < turns; turn++) {
          pontem.logger.info("x", { i: i++ });
          pontem.metrics.count("turns");
          await clock.advanceAsync(200);
          assert.equal(pontem.stats().logs.waiting, 0, "it is written within the interval");
          stamps.look(svc, String(hours));
        }
      };
      await go(60);
      const before = pontem.stats();
      clock.step(hours * HOUR);
      await go(120);
      const { files, metrics } = pontem.stats();
      assert.ok(files.rotations >= before.files.rotations + 12, "rotation by age goes by the monotonic clock");
      assert.ok(metrics.written >= before.metrics.written + 2, "metrics go on");
      await end(svc);
      stamps.look(svc, String(hours));
      const records = read(svc.machine);
      assert.deepEqual(assertTimes(records, String(hours)), [hours * 3_600]);
      assert.deepEqual(numbers(svc.machine), upTo(180));
      const apart = Date.parse(records.at(-1)?.timestamp ?? "") - Date.parse(records[0]?.timestamp ?? "");
      assert.ok(Math.abs(apart - (hours * HOUR + 179 * 200)) <= 1_000, `${apart} ms`);
      assert.deepEqual(stamps.seen, [...new Set(stamps.seen)].sort((a, b) => a - b), "stamps grow");
    });
  }

  it("back, and a restart: no rotated name is given twice", async () => {
    let svc = service({ rotation: { maxBytes: 2_000 }, retention: { maxFiles: 2 } });
    const stamps = new Stamps();
    for (let run = 0, i = 0; run < 4; run++) {
      for (let n = 0; n < 60; n++) {
        svc.pontem.logger.info("x", { i: i++ });
        await svc.machine.clock.advanceAsync(200);
        stamps.look(svc, `run ${run}`);
      }
      await end(svc);
      stamps.look(svc, `run ${run}`);
      assert.ok(names(svc.machine).filter((name) => name.startsWith("logs.jsonl.")).length <= 2, "retention goes on");
      // As a shipper does: the names that are there no longer tell which were given.
      for (const name of names(svc.machine)) if (ROTATED.test(name)) look(svc.machine).remove(`${DIR}/${name}`);
      svc.machine.clock.step(-HOUR);
      svc = service({ machine: svc.machine, rotation: { maxBytes: 2_000 }, retention: { maxFiles: 2 } });
    }
    await end(svc);
    assert.ok(stamps.seen.length > 10);
    assert.deepEqual(stamps.seen, [...new Set(stamps.seen)].sort((a, b) => a - b), "stamps grow");
  });

  it("at random: times run backwards at the reported steps only, and the steps add up", async () => {
    const from = seed();
    const next = random(from);
    for (let round = 0; round < ROUNDS; round++) {
      const svc = service({ rotation: { maxBytes: 3_000 }, retention: { maxFiles: 1_000 } });
      const stamps = new Stamps();
      const what = `seed ${from}, round ${round}`;
      let stepped = 0;
      let i = 0;
      const go = async (): Promise<void> => {
        svc.pontem.logger.info("x", { i: i++ });
        await svc.machine.clock.advanceAsync(next() * 900);
        stamps.look(svc, what);
      };
      // The first record is the one that the clock starts from.
      await go();
      for (let turn = 0; turn < 40; turn++) {
        if (next() < 0.2) {
          const ms = Math.round((next() < 0.5 ? -1 : 1) * HOUR * next());
          svc.machine.clock.step(ms);
          stepped += ms;
        }
        await go();
        assertAccount(svc);
      }
      // The clocks are compared once a second, at a record.
      for (let turn = 0; turn < 4; turn++) await go();
      await svc.machine.clock.advanceAsync(1_000);
      await go();
      await end(svc);
      const sum = assertTimes(read(svc.machine), what).reduce((all, step) => all + step, 0);
      // A step of 2 ms and less is none: Date is cut to milliseconds.
      assert.ok(Math.abs(sum * 1_000 - stepped) <= 2, `${what}: ${sum * 1_000} of ${stepped} ms`);
      assert.deepEqual(numbers(svc.machine), upTo(i), what);
      assert.deepEqual(stamps.seen, [...new Set(stamps.seen)].sort((a, b) => a - b), what);
    }
    keepFigures("clock steps", { seed: from, rounds: ROUNDS });
  });

  it("is followed on the real clocks of this runtime", async () => {
    const runtime = detectRuntime();
    let stepMs = 0;
    const host = new Proxy(runtime.host, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (name === "wallClock") return (): number => target.wallClock() + stepMs;
        return typeof member === "function" ? member.bind(target) : member;
      },
    }) as Host;
    const stepped: Runtime = { fs: runtime.fs, compression: runtime.compression, host };
    const emitDir = tempDir();
    const pontem = createPontem({
      serviceName: "svc",
      emitDir,
      runtime: stepped,
      rotation: { maxBytes: 2_000 },
      retention: { maxFiles: 1_000 },
      diagnostics: () => {},
      runRecord: false,
    });
    let i = 0;
    /** Logs until a record of the SDK's own comes: the clocks are compared once a second. */
    const go = async (): Promise<void> => {
      const own = pontem.stats().logs.accepted - i;
      while (pontem.stats().logs.accepted === i + own && i < 5_000) {
        pontem.logger.info("x", { i: i++ });
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    pontem.logger.info("x", { i: i++ });
    for (const step of [HOUR, -HOUR]) {
      stepMs += step;
      await go();
    }
    await pontem.shutdown();
    const records = readFiles(emitDir);
    const steps = assertTimes(records, "real clocks");
    // This machine's clock may be stepped meanwhile, by less.
    const large = steps.filter((seconds) => Math.abs(seconds) > 1_800);
    assert.deepEqual(large.map((seconds) => Math.round(seconds / 100) * 100), [3_600, -3_600]);
    const found = records.flatMap(({ attributes }) => typeof attributes["i"] === "number" ? [attributes["i"]] : []);
    assert.deepEqual(found, upTo(i));
  });
});
