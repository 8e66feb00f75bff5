// An emit directory in any state: what a start makes of it, and what it leaves alone.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseRotated } from "../../src/emit/layout.ts";
import { MemoryMachine } from "../../src/testing.ts";
import { content, DIR, end, logMany, look, names, type Read, type Service, service, upTo } from "../emit/support.ts";
import { arrange, type Entry, foreignName, othersIn, put, shortName, state, WHOLE } from "./leftovers.ts";
import { many } from "../support/soak.ts";

/** Files of log records that a reader can read, in its order. */
function readable(machine: MemoryMachine): string[] {
  const place = (name: string): number => name === "logs.jsonl" ? Infinity : parseRotated(name)?.ordinal ?? NaN;
  const found = names(machine).filter((name) => name.startsWith("logs.jsonl") && !Number.isNaN(place(name)));
  return found.sort((a, b) => place(a) - place(b)).map((name) => `${DIR}/${name}`).filter((path) => {
    try {
      return look(machine).stat(path)?.kind === "file" && content(machine, path) !== "";
    } catch {
      return false;
    }
  });
}

/** The attribute `i` of each record of a run, in order; what an earlier run left is no record, or of no run. */
function numbersOf(machine: MemoryMachine, run: number): unknown[] {
  const lines = readable(machine).flatMap((path) => content(machine, path).split("\n"));
  return lines.flatMap((line) => {
    try {
      const { attributes } = JSON.parse(line) as Read;
      return attributes["run"] === run ? [attributes["i"]] : [];
    } catch {
      return [];
    }
  });
}

/** What ends in a line feed. */
function wholeLines(what: Entry | undefined): string {
  return typeof what === "object" ? new TextDecoder().decode(what.subarray(0, what.lastIndexOf(10) + 1)) : "";
}

/** A run of 30 records. Gives false when the directory is refused, with the error that says so. */
async function runOn(machine: MemoryMachine, run: number, identifiable: boolean): Promise<boolean> {
  let svc: Service;
  try {
    svc = service({
      machine,
      process: { identifiable },
      serviceName: `run-${run}`,
      rotation: { maxBytes: 2_000 },
      retention: { maxFiles: 1_000 },
    });
  } catch (error) {
    assert.match(String(error), /^Error: Cannot use the emit directory "\/logs": /);
    return false;
  }
  logMany(svc, 0, 30, { run });
  const { written, lost, held } = await end(svc);
  svc.runtime.kill();
  assert.equal(written + lost + held, 30);
  return written === 30;
}

describe("an emit directory in any state", () => {
  it("is started on: new records are whole, old lines stay, what is not ours is untouched", async () => {
    let [full, blocked] = [0, 0];
    await many("hostile leftovers", 200, async (parameters) => {
      await fc.assert(
        fc.asyncProperty(state, async (made) => {
          const machine = arrange(made);
          const others = Object.keys(made.others).map((name) => shortName(`${DIR}/${name}`));
          const before = othersIn(machine, others);
          const kind = look(machine).stat(`${DIR}/logs.jsonl`)?.kind ?? "file";
          const oldLines = kind === "file" ? wholeLines(made.places["logs.jsonl"]) : "";
          for (let run = 0; run < 2; run++) {
            const isWritten = await runOn(machine, run, made.identifiable);
            assert.deepEqual(othersIn(machine, others), before);
            if (kind !== "file" || !isWritten) {
              blocked++;
              assert.ok(kind !== "file" || isInTheWay(machine), "nothing was in the way");
              return;
            }
            assert.deepEqual(numbersOf(machine, run), upTo(30));
          }
          full++;
          const all = readable(machine).map((path) => content(machine, path)).join("");
          assert.ok(all.includes(oldLines), "whole lines of an earlier run are gone");
        }),
        parameters,
      );
    });
    assert.ok(full > blocked && blocked > 0, `${full} written, ${blocked} blocked`);
  });

  it("keeps names of others through rotation and the tightest retention", async () => {
    await many("names of others", 100, async (parameters) => {
      await fc.assert(
        fc.asyncProperty(fc.array(foreignName, { minLength: 1, maxLength: 5 }), fc.boolean(), async (others, gzip) => {
          const machine = new MemoryMachine();
          for (const name of others) put(machine, `${DIR}/${name}`, new TextEncoder().encode(WHOLE));
          const before = othersIn(machine, others.map((name) => shortName(`${DIR}/${name}`)));
          const svc = service({
            machine,
            rotation: { maxBytes: 1_000, gzip },
            retention: { maxFiles: 1, maxAgeMs: 1, maxTotalBytes: 1 },
          });
          for (let i = 0; i < 20; i++) {
            logMany(svc, i, i + 1);
            await machine.clock.advanceAsync(1_000);
          }
          await end(svc);
          assert.ok(svc.pontem.stats().files.removedByRetention > 0);
          assert.deepEqual(othersIn(machine, others.map((name) => shortName(`${DIR}/${name}`))), before);
          const ours = names(machine).filter((name) => name.startsWith("logs.jsonl.") && !others.includes(name));
          assert.equal(ours.length, 1);
        }),
        parameters,
      );
    });
  });
});

/** Is something else in the place of a directory of ours, or a directory in that of a file that every run replaces? */
function isInTheWay(machine: MemoryMachine): boolean {
  const kind = (name: string): string | undefined => look(machine).stat(`${DIR}/.pontem${name}`)?.kind;
  const files = ["/lease", "/lease.new", "/ordinal", "/ordinal.new"];
  return kind("") !== "directory" || kind("/writers") !== "directory" ||
    files.some((name) => kind(name) === "directory");
}
