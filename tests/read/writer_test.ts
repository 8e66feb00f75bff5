// Services that write, rotate, compress and are killed while they are read: every line that is there once.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { createPontem } from "../../mod.ts";
import type { Endless } from "../fault/fixture/endless.ts";
import { runChild, tempDir } from "../support/runtime.ts";
import { Reader } from "./reader.ts";

const ENDLESS = new URL("../fault/fixture/endless.ts", import.meta.url);

/** All whole lines in a directory, looked at in another way. */
function linesIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.includes(".jsonl")).flatMap((name) => {
    const data = readFileSync(`${dir}/${name}`);
    return (name.endsWith(".gz") ? gunzipSync(data) : data).toString().split("\n").slice(0, -1);
  });
}

describe("a service that is read while it writes", () => {
  it("R6: a service that rotates and compresses: every record once, looked at often or seldom, with restarts", async () => {
    for (const every of [1, 7, 1_000]) {
      const dir = tempDir();
      const pontem = createPontem({
        serviceName: "svc",
        emitDir: dir,
        rotation: { maxBytes: 20_000 },
        retention: { maxFiles: 1_000 },
        runRecord: false,
      });
      const reader = new Reader(dir);
      const count = 2_000;
      for (let i = 0; i < count; i++) {
        pontem.logger.info("x", { i });
        if (i % 100 !== 99) continue;
        pontem.flushSync();
        await new Promise((resolve) => setTimeout(resolve));
        if ((i / 100) % every < 1) await reader.read();
        if (i % 500 === 499) reader.restart();
      }
      await pontem.shutdown();
      await reader.read();
      await reader.read();
      assert.deepEqual([reader.bad, reader.messages], [[], []]);
      reader.assertOnce(count);
    }
  });

  it("R6: and is killed, again and again: all lines that are there once, read all the time or now and then", async () => {
    const dir = tempDir();
    const often = new Reader(dir);
    const seldom = new Reader(dir);
    for (let run = 0; run < 2; run++) {
      const told: Endless = { run, maxBytes: 10_000, maxFiles: 10_000 };
      let isOver = false;
      const ended = runChild(ENDLESS, {
        args: [JSON.stringify(told)],
        env: { PONTEM_EMIT_DIR: dir },
        emitDir: dir,
        signalAfter: { text: "promised 119;", signal: "SIGKILL" },
      }).finally(() => isOver = true);
      while (!isOver) {
        await often.read();
        await wait(5);
      }
      await ended;
      await seldom.read();
      if (run === 0) seldom.restart();
    }
    // Who starts next finishes what the others left behind.
    const pontem = createPontem({
      serviceName: "last",
      emitDir: dir,
      runRecord: false,
      retention: { maxFiles: 10_000 },
    });
    pontem.logger.info("last");
    await pontem.shutdown();
    const there = linesIn(dir).sort();
    assert.ok(there.length > 100 && readdirSync(dir).length > 5, `${there.length} lines`);
    for (const reader of [often, seldom]) {
      await reader.read();
      await reader.read();
      assert.deepEqual(reader.records.map(({ line }) => line).sort(), there);
      assert.equal(new Set(reader.uids()).size, there.length);
      assert.deepEqual(reader.messages, []);
    }
  });
});
