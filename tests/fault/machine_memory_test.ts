import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FaultOperation } from "../../src/adapter/memory/fault.ts";
import type { DenoFile } from "../../src/adapter/deno/namespace.ts";
import { DenoFileHandle } from "../../src/adapter/deno/file_handle.ts";
import { ErrorCodes } from "../../src/adapter/deno/error_code.ts";
import type { FsModule } from "../../src/adapter/node/builtin.ts";
import { NodeFileHandle } from "../../src/adapter/node/file_handle.ts";
import { assertAccount, end, names, numbers, type Service, service, upTo } from "../emit/support.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";

const CODES = [
  ...[
    "ENOSPC",
    "EROFS",
    "EACCES",
    "EPERM",
    "EIO",
    "EMFILE",
    "ENFILE",
    "EDQUOT",
    "EFBIG",
    "ESTALE",
    "ENOENT",
    "ENOTDIR",
  ],
  ...[
    "EISDIR",
    "ELOOP",
    "EINTR",
    "EAGAIN",
    "EBUSY",
    "ENOMEM",
    "ENAMETOOLONG",
    "ENOTSUP",
    "EINVAL",
    "NOT_CAPABLE",
  ],
];
const OPERATIONS: readonly FaultOperation[] = [
  ...[
    "openAppend",
    "createNew",
    "openRead",
    "openUpdate",
    "readFile",
    "stat",
    "statFollow",
    "list",
    "makeDirectory",
  ] as const,
  ...["rename", "link", "remove", "removeDirectory", "syncDirectory", "tryLock", "write", "read", "syncData"] as const,
  ...["truncate", "close", "any"] as const,
];
/** Longest pause between two attempts is 5 s; what could not be compressed is looked at once a minute. */
const ALL_IS_WELL_MS = 65_000;
const ROUNDS = sized(1, 40);
/** So many codes of each round, each time others. */
const CODES_OF_A_ROUND = sized(8, CODES.length);

/** A service that logs, counts and rotates while faults come and go. */
class Play {
  readonly svc: Service;
  readonly #next: () => number;
  #mends: (() => void)[] = [];
  /** That a file is not there which is: who was told so need not clean up. */
  #lied = false;
  logged = 0;

  constructor(next: () => number) {
    this.#next = next;
    const durability = (["os", "error", "batch"] as const)[this.#below(3)] ?? "os";
    this.svc = service({
      durability,
      rotation: { maxBytes: 2_000 },
      retention: { maxFiles: 1_000 },
      metricsIntervalMs: 500,
    });
  }

  #below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  async log(turns: number): Promise<void> {
    const { pontem, machine } = this.svc;
    for (let turn = 0; turn < turns; turn++) {
      for (let n = 1 + this.#below(4); n > 0; n--) {
        const level = this.#next() < 0.1 ? "error" : this.#next() < 0.05 ? "fatal" : "info";
        pontem.logger[level]("x", { i: this.logged++ });
      }
      pontem.metrics.count("turns");
      if (this.#next() < 0.05) pontem.flushSync();
      await machine.clock.advanceAsync(this.#below(400));
      assertAccount(this.svc);
    }
  }

  fail(operation: FaultOperation, code: string): void {
    const times = this.#next() < 0.5 ? 1 + this.#below(5) : Infinity;
    this.#lied ||= code === "ENOENT";
    this.#mends.push(this.svc.runtime.fs.fail(operation, { code, after: this.#below(12), times }));
    if (this.#next() < 0.3) this.svc.runtime.fs.limitWrites(1 + this.#below(300));
  }

  /** All is well again: what waits lands without a call, and nothing is left behind. */
  async finish(): Promise<void> {
    const { svc } = this;
    for (const mend of this.#mends) mend();
    svc.runtime.fs.limitWrites(Infinity);
    await svc.machine.clock.advanceAsync(ALL_IS_WELL_MS);
    const { logs } = svc.pontem.stats();
    assert.deepEqual([logs.waiting, logs.droppedTotal, logs.written], [0, 0, this.logged]);
    await svc.pontem.flush();
    await end(svc);
    assert.deepEqual(numbers(svc.machine), upTo(this.logged));
    const strange = names(svc.machine).filter((name) => !/^(\.pontem|(logs|metrics)\.jsonl(\.\d+\.gz)?)$/.test(name));
    assert.deepEqual(strange, []);
    if (!this.#lied) assert.deepEqual(svc.machine.disk.paths().filter((path) => /\.(new|tmp)$/.test(path)), []);
    assert.deepEqual([svc.machine.clock.timers, svc.runtime.fs.openHandles, svc.runtime.host.listeners], [0, 0, 0]);
  }
}

function shuffled<T>(all: readonly T[], next: () => number): T[] {
  return all.map((one) => [next(), one] as const).sort(([a], [b]) => a - b).map(([, one]) => one);
}

describe("a fault of any operation, with any code, at any moment", () => {
  for (const operation of OPERATIONS) {
    it(`${operation}: nothing is thrown, lost, doubled or left behind, and it goes on by itself`, async () => {
      const from = seed();
      const next = random(from);
      for (let round = 0; round < ROUNDS; round++) {
        for (const code of shuffled(CODES, next).slice(0, CODES_OF_A_ROUND)) {
          const what = `seed ${from}, round ${round}, ${operation} ${code}`;
          try {
            const play = new Play(next);
            await play.log(1 + Math.floor(next() * 8));
            play.fail(operation, code);
            if (next() < 0.3) play.fail("write", CODES[Math.floor(next() * CODES.length)] ?? code);
            await play.log(4 + Math.floor(next() * 12));
            await play.finish();
          } catch (error) {
            throw new Error(what, { cause: error });
          }
        }
      }
      keepFigures(`fault in memory: ${operation}`, { seed: from, plays: ROUNDS * CODES_OF_A_ROUND });
    });
  }
});

describe("a block that flushSync() could not write", () => {
  it("is written by itself once that works, though nothing else waits and nobody logs", async () => {
    const svc = service();
    svc.pontem.logger.info("x", { i: 0 });
    const mend = svc.runtime.fs.fail("write", { code: "EIO" });
    assert.equal(svc.pontem.flushSync(), 1);
    mend();
    await svc.machine.clock.advanceAsync(10_000);
    assert.equal(svc.pontem.stats().logs.waiting, 0);
    await end(svc);
  });
});

describe("a write that takes nothing", () => {
  it("is an error to the adapters: whoever loops over short writes would never return", () => {
    const fs = { writeSync: () => 0, closeSync: () => {} } as unknown as FsModule;
    const node = new NodeFileHandle(fs, 9);
    assert.throws(() => node.write(new Uint8Array(3), 0, 3), { code: "EIO" });
    assert.equal(node.write(new Uint8Array(3), 3, 3), 0);
    const file = { writeSync: () => 0, close: () => {} } as unknown as DenoFile;
    const deno = new DenoFileHandle(node, file, new ErrorCodes(undefined as never));
    assert.throws(() => deno.write(new Uint8Array(3), 0, 3), { code: "EIO" });
  });
});
