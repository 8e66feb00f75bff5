/**
 * What every host port must do, as far as one process can tell.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import process from "node:process";
import { describe, it } from "node:test";
import { MemoryHost } from "../../src/adapter/memory/host.ts";
import type { Host } from "../../src/port/host.ts";
import type { MakeWorld } from "./world.ts";

/** Waits for a timer or an immediate, on whichever clock the host has. */
async function pass(host: Host, ms: number): Promise<void> {
  if (host instanceof MemoryHost) return await host.clock.advanceAsync(ms);
  await new Promise((resolve) => setTimeout(resolve, ms + 20));
}

/**
 * Runs the suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function hostConformance(name: string, make: MakeWorld): void {
  describe(`host of ${name}`, () => {
    it("has clocks that agree and do not stand still", () => {
      const { runtime: { host } } = make();
      assert.ok(Math.abs(host.now() - host.wallClock()) < 5000);
      assert.ok(Number.isInteger(host.wallClock()));
      const before = host.now();
      host.sleep(5);
      assert.ok(host.now() - before >= 4.9);
      assert.ok(host.now() - before < 1000);
    });

    it("calls a timer once, after its time, and not once it is cancelled", async () => {
      const { runtime: { host } } = make();
      const began = host.now();
      const calls: number[] = [];
      host.setTimer(() => calls.push(host.now() - began), 20);
      const cancelled = host.setTimer(() => calls.push(-1), 5);
      cancelled.cancel();
      cancelled.cancel();
      await pass(host, 30);
      assert.equal(calls.length, 1);
      // Timers of all runtimes may be early by the millisecond they round to.
      assert.ok((calls[0] ?? 0) >= 19, `${calls[0]}`);
    });

    it("calls back soon", async () => {
      const { runtime: { host } } = make();
      let called = false;
      host.setImmediate(() => {
        called = true;
      });
      assert.equal(called, false);
      await pass(host, 0);
      assert.equal(called, true);
    });

    it("makes random text of 16 hexadecimal digits, another one each time", () => {
      const { runtime: { host } } = make();
      const ids = new Set(Array.from({ length: 50 }, () => host.randomId()));
      assert.equal(ids.size, 50);
      for (const id of ids) assert.match(id, /^[0-9a-f]{16}$/);
    });

    it("makes HMAC-SHA-256", () => {
      const { runtime: { host } } = make();
      // RFC 4231, test cases 1 and 2: those whose key and data are text.
      assert.equal(
        host.hmac("\u000b".repeat(20), "Hi There"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      );
      assert.equal(
        host.hmac("Jefe", "what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      );
      const [key, text] = ["k\u00e9y".repeat(40), "\u{1f600}\n"];
      assert.equal(
        host.hmac(key, text),
        createHmac("sha256", Buffer.from(key)).update(Buffer.from(text)).digest("hex"),
      );
    });

    it("has SHA-256", () => {
      const { runtime: { host } } = make();
      // FIPS 180-4, the example of one block.
      assert.equal(
        host.sha256(new TextEncoder().encode("abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      );
    });

    it("has a storage that follows asynchronous work, and others beside it", async () => {
      const { runtime: { host } } = make();
      const [storage, other] = [host.asyncStorage<number>(), host.asyncStorage<number>()];
      assert.equal(storage.getStore(), undefined);
      const work = async (value: number): Promise<void> => {
        assert.equal(storage.getStore(), value);
        await new Promise((resolve) => setTimeout(resolve, 10 - value));
        assert.equal(storage.getStore(), value);
        storage.run(value + 10, () => assert.equal(storage.getStore(), value + 10));
        await Promise.resolve();
        assert.deepEqual([storage.getStore(), other.getStore()], [value, undefined]);
      };
      await Promise.all([1, 5, 9].map((value) => storage.run(value, () => work(value))));
      assert.equal(storage.getStore(), undefined);
      assert.equal(storage.run(1, () => "result"), "result");
      assert.throws(() =>
        storage.run(1, () => {
          throw new RangeError("thrown");
        }), RangeError);
      assert.equal(storage.getStore(), undefined);
    });

    it("knows itself and that it is alive", () => {
      const { runtime: { host } } = make();
      const self = host.identity;
      assert.ok(self.pid > 0);
      assert.deepEqual(host.identity, self);
      const alive = host.isAlive(self);
      // Where it cannot be told, it is not guessed.
      assert.equal(alive, self.startTicks === undefined ? undefined : true);
      if (self.bootId !== undefined) assert.equal(host.isAlive({ ...self, bootId: "another" }), false);
      if (alive === undefined) return;
      assert.equal(
        host.isAlive({ ...self, startTicks: "999999999999" }),
        false,
        "the pid was given to another process",
      );
      assert.equal(host.isAlive({ ...self, pid: 4_194_305 }), false, "there is no such process");
      assert.equal(host.isAlive({ ...self, pidNamespace: "pid:[2]" }), undefined, "another namespace");
      assert.equal(host.isAlive({ ...self, pidNamespace: undefined }), undefined, "an unknown namespace");
    });

    it("installs listeners and takes them away", async () => {
      const { runtime: { host } } = make();
      const count = (): number =>
        [
          "exit",
          "beforeExit",
          "uncaughtExceptionMonitor",
          "unhandledRejection",
          "removeListener",
          "SIGTERM",
          "SIGINT",
          "SIGHUP",
        ]
          .reduce((sum, event) => sum + process.listenerCount(event), 0);
      const before = count();
      const listeners = { exit: () => {}, idle: () => {}, crash: () => {}, signal: () => undefined };
      const remove = [host.onEnd(listeners), host.onEnd(listeners)];
      if (!(host instanceof MemoryHost)) assert.ok(count() > before);
      for (const off of remove) off();
      for (const off of remove) off();
      assert.equal(count(), before);
      await pass(host, 0);
    });

    it("shows values on one line, within bounds, and never throws", () => {
      const { runtime: { host } } = make();
      const cycle: Record<string, unknown> = { a: [1, "x"], deep: { b: { c: { d: { e: { f: 1 } } } } } };
      cycle["self"] = cycle;
      for (const value of [cycle, new Map([[{}, new Set([1])]]), "a\nb", undefined, null, 5n, Symbol("s"), () => {}]) {
        const text = host.inspect(value);
        assert.ok(text !== "" && !text.includes("\n"), text);
      }
      assert.ok(host.inspect("x".repeat(1_000_000)).length < 20_000);
      assert.ok(host.inspect(Array.from({ length: 100_000 }, (_, i) => i)).length < 2_000);
      const hostile = {
        [Symbol.for("nodejs.util.inspect.custom")]: () => {
          throw new RangeError("secret");
        },
      };
      assert.equal(host.inspect(hostile), "[Throws RangeError]");
    });

    it("writes lines to standard error and never throws", () => {
      const { runtime: { host } } = make();
      if (!(host instanceof MemoryHost)) return;
      host.writeError("one");
      host.writeError("two");
      assert.deepEqual(host.errors, ["one", "two"]);
    });

    it("has figures", () => {
      const { runtime: { host } } = make();
      const { rssBytes, heapUsedBytes, cpuSeconds } = host.figures();
      assert.ok(rssBytes > 1e6 && heapUsedBytes > 1e5);
      assert.ok(cpuSeconds === undefined || cpuSeconds >= 0);
    });

    it("counts out-of-memory kills or says that it cannot", () => {
      const { runtime: { host } } = make();
      const kills = host.oomKills();
      assert.ok(kills === undefined || Number.isInteger(kills));
    });

    it("has the kinds of standard output it says", () => {
      const { runtime: { host } } = make();
      const { kind, pendingLands } = host.stdout();
      assert.ok(kind === "file" || kind === "pipe");
      assert.equal(typeof pendingLands, "boolean");
    });

    it("answers about paths without a prompt", () => {
      const { runtime: { host }, dir } = make();
      assert.equal(host.mayRead(dir), true);
      const main = host.mainModule();
      assert.ok(main === undefined || main.startsWith("/"));
    });
  });
}
