import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { inheritedEnv, runChild, runtimeName, tempDir } from "../support/runtime.ts";
import { keepFigures, sized } from "../support/soak.ts";
import { assertWhole, end, type Ended, type EndOptions } from "./support.ts";

const SERVICE = new URL("./fixture/service.ts", import.meta.url);
const BARE = new URL("./fixture/bare.ts", import.meta.url);
const RECORDS = 10_000;
const ROUNDS = sized(1, 20);
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
const CRASHES = ["throw", "throwLater", "reject", "rejectLater"];
const runtime = runtimeName();
const CALM = [
  "natural",
  "exitCode",
  "exit",
  "exitLater",
  "shutdown",
  "shutdownThen",
  ...(runtime === "deno" ? ["denoExit"] : []),
];

const binaries = new Map<URL, string>();

/** A script as one file, made by the Bun that runs this test out of a copy of itself: nothing is downloaded. */
function compiled(script: URL): string {
  let binary = binaries.get(script);
  if (binary === undefined) {
    const dir = tempDir();
    binary = `${dir}/program`;
    const args = ["build", "--compile", fileURLToPath(script), "--outfile", binary];
    execFileSync(process.execPath, args, { cwd: dir, env: inheritedEnv(), stdio: "pipe" });
    binaries.set(script, binary);
  }
  return binary;
}

/** What runs: the sources, and on Bun also the binary that is compiled of them. */
const PROGRAMS: readonly (readonly [string, (script: URL) => EndOptions])[] = [
  [runtime, () => ({})],
  ...(runtime === "bun" ? [["the compiled binary", (script: URL) => ({ program: compiled(script) })] as const] : []),
];

function assertEnd(ours: Ended, bare: Ended, crashed: boolean): void {
  assertWhole(ours, RECORDS);
  assert.match(ours.stderr, new RegExp(`^written 0, waiting ${RECORDS}$`, "m"), "a flush ran before the end");
  assert.deepEqual([ours.code, ours.signal], [bare.code, bare.signal], ours.stderr);
  assert.equal(ours.stderr.includes("Thrown"), bare.stderr.includes("Thrown"), ours.stderr);
  const fatal = ours.logs.filter(({ severityText }) => severityText === "FATAL");
  assert.equal(fatal.length, crashed ? 1 : 0);
  assert.deepEqual(ours.ends, [crashed ? "error" : "clean"]);
  if (!crashed) return;
  assert.equal(ours.logs.at(-1), fatal[0]);
  assert.equal(fatal[0]?.body, "Thrown");
  assert.equal(fatal[0]?.attributes["exception.type"], "RangeError");
  assert.match(String(fatal[0]?.attributes["exception.stacktrace"]), /RangeError: Thrown\n +at .+/);
}

for (const [name, program] of PROGRAMS) {
  describe(`every end of the process keeps every record: ${name}`, () => {
    const run = (script: URL, ending: string, options: EndOptions): Promise<Ended> =>
      end(script, { ...program(script), ...options, args: [ending, String(RECORDS)] });

    async function repeated(ending: string, options: EndOptions = {}): Promise<void> {
      for (let round = 0; round < ROUNDS; round++) {
        const [ours, bare] = await Promise.all([run(SERVICE, ending, options), run(BARE, ending, options)]);
        assertEnd(ours, bare, CRASHES.includes(ending));
      }
      keepFigures(`exit: ${ending} on ${name}`, { runs: ROUNDS, records: ROUNDS * RECORDS, lost: 0 });
    }

    for (const ending of [...CALM, ...CRASHES]) {
      it(`"${ending}", with the exit code as it is without the SDK`, () => repeated(ending));
    }

    for (const signal of SIGNALS) {
      it(`${signal} from outside, and the process ends by it`, () =>
        repeated("live", { signalAfter: { text: "ready", signal } }));

      it(`${signal} in the turn of the last record`, () => repeated(signal));
    }
  });
}

describe("the end of the process", () => {
  it("is told right by the next start", async () => {
    const dir = tempDir();
    const run = (ending: string, options: EndOptions = {}): Promise<Ended> =>
      end(SERVICE, { ...options, dir, args: [ending, "10", "again"] });
    await run("natural");
    await run("throw");
    await run("live", { signalAfter: { text: "ready", signal: "SIGTERM" } });
    await run("live", { signalAfter: { text: "ready", signal: "SIGKILL" } });
    const { logs } = await run("natural");
    const outcomes = logs.filter(({ body }) => body.startsWith("previous run")).map(({ attributes }) =>
      attributes["pontem.run.outcome"]
    );
    // Without a permission for /proc a Deno process cannot tell a kill from a loss of power.
    assert.deepEqual(outcomes, ["clean", "uncaught error", "clean", runtime === "deno" ? "unknown" : "killed"]);
  });

  it("comes in its time though nothing can be written, when shutdown is waited for", async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/logs.jsonl`);
    const { code, stderr } = await runChild(SERVICE, {
      args: ["shutdownThen", "1000"],
      emitDir: dir,
      env: { PONTEM_EMIT_DIR: dir },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /a directory is in the place of the file/);
  });
});
