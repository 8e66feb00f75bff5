/**
 * What every host port must do, as far as one process can tell.
 *
 * @module
 */
import assert from "node:assert/strict";
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
