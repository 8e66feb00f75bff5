import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { createPontem } from "../../src/sdk.ts";
import { DIR, end, logMany, look, numbers } from "../emit/support.ts";

describe("a lock that another one takes away while it is made", () => {
  // As the file systems say it: another file is there under the name, or none.
  for (const code of ["ESTALE", "ENOENT"]) {
    it(`(${code}) is waited for, and nothing is thrown into the service`, async () => {
      const machine = new MemoryMachine();
      const runtime = machine.start();
      let times = 0;
      const fs = new Proxy(runtime.fs, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name, target);
          return typeof member !== "function" ? member : (...args: unknown[]): unknown => {
            if (name === "createNew" && args[0] === `${DIR}/.pontem/lock` && times++ === 0) {
              throw Object.assign(new Error(`${code}: taken away`), { code });
            }
            return Reflect.apply(member, target, args) as unknown;
          };
        },
      });
      const pontem = createPontem({
        serviceName: "svc",
        emitDir: DIR,
        diagnostics: () => {},
        runtime: { ...runtime, fs },
      });
      logMany({ pontem }, 0, 1);
      await end({ pontem, machine });
      assert.ok(times > 1, String(times));
      assert.deepEqual(numbers(machine), [0]);
      assert.equal(look(machine).stat(`${DIR}/.pontem/lock`), undefined);
    });
  }
});
