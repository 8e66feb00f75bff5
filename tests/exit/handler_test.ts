import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runtimeName } from "../support/runtime.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";
import { assertNumbers, assertWhole, end, type Ended, type EndOptions } from "./support.ts";

const HANDLER = new URL("./fixture/handler.ts", import.meta.url);
const RECORDS = 10_000;
/** So many that their flush takes a while: 0.1 to 0.3 s here. */
const MANY = 50_000;
const ROUNDS = sized(2, 50);

function run(
  what: string,
  records: number | "bare",
  options: EndOptions & { readonly delay?: number } = {},
): Promise<Ended> {
  return end(HANDLER, { ...options, args: [what, String(records), String(options.delay ?? 0)] });
}

function bodies({ logs }: Ended): string[] {
  return logs.map(({ body }) => body).filter((body) => body !== "x");
}

describe("a further signal during the flush", () => {
  const from = seed();
  const next = random(from);

  for (const what of ["SIGTERM, SIGTERM", "SIGINT, SIGTERM"]) {
    it(`${what}: the process ends at once, by a signal, with everything written`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const delay = Math.floor(next() * 40);
        const ended = await run(what, MANY, { delay });
        const said = `seed ${from}, delay ${delay} ms\n${ended.stderr}`;
        assert.ok(what.split(", ").includes(String(ended.signal)), `${ended.code} ${ended.signal}, ${said}`);
        assertNumbers(ended.logs, MANY, said);
        assert.deepEqual(ended.ends, ["clean"], said);
      }
      keepFigures(`exit: ${what} on ${runtimeName()}`, { runs: ROUNDS, records: ROUNDS * MANY, lost: 0, seed: from });
    });
  }

  it("a hail of SIGTERM cuts nothing off", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const ended = await run("storm", MANY, { signalAfter: { text: "ready", signal: "SIGTERM", everyMs: 5 } });
      assert.deepEqual([ended.code, ended.signal], [null, "SIGTERM"], ended.stderr);
      assertWhole(ended, MANY);
    }
    keepFigures(`exit: hail of SIGTERM on ${runtimeName()}`, { runs: ROUNDS, records: ROUNDS * MANY, lost: 0 });
  });
});

/** What the service does, its exit code, and what its handlers log. */
const OWN: readonly (readonly [what: string, code: number, logged: readonly string[]])[] = [
  ["own", 7, []],
  ["ownOnce", 7, []],
  ["ownShutdown", 7, []],
  ["ownTwice", 7, ["handled 1", "handled 2"]],
  ["exitInShutdown", 7, ["stopping"]],
  ["exitAtOnceInShutdown", 7, ["stopping"]],
  ["hook", 0, ["late"]],
];

describe("a handler of the service's own keeps its way", () => {
  for (const [what, code, logged] of OWN) {
    it(`"${what}"`, async () => {
      const ended = await run(what, RECORDS);
      assertWhole(ended, RECORDS);
      assert.deepEqual([ended.code, ended.signal], [code, null], ended.stderr);
      assert.deepEqual(bodies(ended), logged);
      assert.deepEqual(ended.ends, ["clean"]);
    });
  }

  it("a signal that the service handles does not stop the flush of another one", async () => {
    const ended = await run("ownOther", MANY);
    assertWhole(ended, MANY);
    assert.deepEqual([ended.code, ended.signal], [null, "SIGINT"], ended.stderr);
  });
});

const HANDLED: readonly (readonly [what: string, logged: readonly string[]])[] = [
  ["handledThrow", ["handled", "goes on"]],
  ["handledRejection", ["handled", "goes on"]],
  ["captured", ["handled", "goes on"]],
  ["exitInHandler", ["handled"]],
  ...(runtimeName() === "deno" ? [["denoRejection", ["handled", "goes on"]] as const] : []),
];

describe("an error that the service handles is no crash", () => {
  for (const [what, logged] of HANDLED) {
    it(`"${what}"`, async () => {
      const [ended, bare] = await Promise.all([run(what, RECORDS), run(what, "bare")]);
      assertWhole(ended, RECORDS);
      assert.deepEqual([ended.code, ended.signal, ended.stderr], [bare.code, bare.signal, bare.stderr]);
      // No FATAL record among them.
      assert.deepEqual(bodies(ended), logged);
      assert.deepEqual(ended.ends, ["clean"]);
    });
  }
});
