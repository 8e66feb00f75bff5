import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import process from "node:process";
import { logMany, service } from "../emit/support.ts";
import { childCommand, inheritedEnv, runtimeName, tempDir } from "../support/runtime.ts";
import { assertNumbers, type Line } from "./support.ts";

const OUTPUT = new URL("./fixture/output.ts", import.meta.url);
const runtime = runtimeName();
const windows = process.platform === "win32";
const RECORDS = 5_000;
/** Where Node keeps the sources it has stripped of their types. */
const CACHE = tempDir();

/** How Deno may be allowed to reach its output: as promised, and with everything. */
const PERMISSIONS: readonly (readonly string[])[] = runtime === "deno" ? [["--allow-env=PONTEM_*"], ["-A"]] : [[]];

/** Reading ends of the pipe. */
const READ = 'cat >"$DIR/out"';
const READ_LATE = 'while ! grep -q ending "$DIR/err"; do sleep 0.02; done; sleep 0.3; cat >"$DIR/out"';
/** Looks into the pipe only when the process has ended. */
const READ_NOT = 'while [ ! -e "$DIR/code" ]; do sleep 0.02; done; cat >"$DIR/out"';
const CLOSE = "true";

/** A process that has ended, and what went through its pipe. */
interface Piped {
  readonly code: number;
  readonly out: string;
  /** Its standard error, line by line. */
  readonly err: readonly string[];
  /** How long it took, with the start of everything. */
  readonly ms: number;
}

/** Runs the service in a pipe of the shell whose other end is `reader`. */
function piped(ending: string, permissions: readonly string[], reader: string, redirect = "|"): Promise<Piped> {
  const dir = tempDir();
  const command = childCommand(OUTPUT, { args: [ending, String(RECORDS)], denoFlags: permissions });
  const service = '"$@" 2>"$DIR/err"; echo $? >"$DIR/code.new"; mv "$DIR/code.new" "$DIR/code";';
  const shell = `: >"$DIR/err"; { ${service} } ${redirect} ${redirect === "|" ? `{ ${reader}; }` : reader}`;
  const began = performance.now();
  const child = spawn("sh", ["-c", shell, "sh", ...command], {
    env: { ...inheritedEnv(), DIR: dir, NO_COLOR: "1", NODE_COMPILE_CACHE: CACHE },
    stdio: ["ignore", "ignore", "ignore"],
  });
  const text = (name: string): string => existsSync(`${dir}/${name}`) ? readFileSync(`${dir}/${name}`, "utf8") : "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`The service did not end within 60 s\n${text("err")}`));
    }, 60_000);
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      const ms = performance.now() - began;
      resolve({ code: Number(text("code")), out: text("out"), err: text("err").split("\n"), ms });
    });
  });
}

/** The whole lines; the last one may have been cut by the end of the process. */
function wholeLines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

function assertLines({ out, err }: Piped, fatal = 0): void {
  assert.ok(out.endsWith("\n"), out.slice(-100));
  const lines = wholeLines(out).map((line) => JSON.parse(line) as Line & { name?: string; value?: unknown });
  assertNumbers(lines, RECORDS, err.join("\n"));
  assert.deepEqual(lines.flatMap(({ name, value }) => name === undefined ? [] : [[name, value]]), [["open", 3]]);
  assert.equal(lines.filter(({ severityText }) => severityText === "FATAL").length, fatal);
}

interface Counted {
  readonly accepted: number;
  readonly written: number;
  readonly droppedTotal: number;
  readonly waiting: number;
}

/** Lines that may be in the one write that Deno has taken without the permission to open its output anew: nobody learns what became of it. */
const IN_FLIGHT = 41;

/** What the process counted at its exit agrees with what came out of the pipe. */
function assertCounted({ out, err }: Piped, inFlight: number): void {
  const counted = JSON.parse(err.findLast((line) => line.startsWith("{")) ?? "{}") as Counted;
  const lines = wholeLines(out);
  assertNumbers(lines.map((line) => JSON.parse(line) as Line), lines.length, err.join("\n"));
  assert.ok(lines.length > 0 && lines.length < RECORDS, `${lines.length} lines in a pipe that nobody reads`);
  const unknown = counted.written - lines.length;
  assert.ok(unknown >= 0 && unknown <= inFlight, `${lines.length} lines\n${err.join("\n")}`);
  assert.equal(counted.accepted, counted.written + counted.droppedTotal + counted.waiting, err.join("\n"));
}

describe("standard output of a process", { skip: windows }, () => {
  for (const permissions of PERMISSIONS) {
    const how = permissions.join(" ");
    for (const [ending, code] of [["natural", 0], ["exit", 4], ["throw", 1], ["shutdown", 0], ["paced", 0]] as const) {
      if (how === "-A" && code === 0 && ending !== "natural") continue;
      it(`gets every line at "${ending}" ${how}`, async () => {
        const result = await piped(ending, permissions, READ);
        assertLines(result, ending === "throw" ? 1 : 0);
        assert.equal(result.code, code);
      });
    }

    it(`gets every line when it is read late ${how}`, async () => {
      await Promise.all(["natural", "exit"].map(async (ending) => {
        assertLines(await piped(ending, permissions, READ_LATE));
      }));
    });

    it(`lets the process end within its time when nobody reads, and counts ${how}`, async () => {
      // 143 is what a shell makes of SIGTERM.
      const endings = [["natural", 0], ["exit", 4], ["throw", 1], ["shortShutdown", 0], [
        "SIGTERM twice",
        143,
      ]] as const;
      await Promise.all(endings.map(async ([ending, code]) => {
        const result = await piped(ending, permissions, READ_NOT);
        assert.equal(result.code, code, `${ending}\n${result.err.join("\n")}`);
        // That it ended before anybody read is the bound that matters; how soon depends on the machine.
        if (ending !== "shortShutdown") assert.ok(result.ms > 1_900, `${ending}: ${result.ms} ms`);
        // On Deno nothing is called after an error, and nothing anywhere after a signal.
        if (code === 0 || code === 4) assertCounted(result, how.startsWith("--allow-env") ? IN_FLIGHT : 0);
      }));
    });

    it(`does not end the process when it is closed ${how}`, async () => {
      await Promise.all(([["natural", 0], ["paced", 0], ["exit", 4]] as const).map(async ([ending, code]) => {
        assert.equal((await piped(ending, permissions, CLOSE)).code, code, ending);
      }));
    });
  }

  it("is written as a file when it is one", async () => {
    const result = await piped("natural", ["--allow-env=PONTEM_*"], '"$DIR/out"', ">");
    assertLines(result);
    assert.equal(result.code, 0);
  });
});

describe("a signal under a full pipe", () => {
  it("waits once, not for the flush and for the exit again", async () => {
    const svc = service({ emitTarget: "stdout" });
    const { pontem, runtime: { host } } = svc;
    logMany(svc, 0, RECORDS);
    const began = host.now();
    let ended = false;
    void host.end("SIGTERM").then(() => host.end("exit")).then(() => ended = true);
    while (!ended && host.now() - began < 60_000) await host.clock.advanceAsync(10);
    const waited = host.now() - began;
    assert.ok(waited >= 1_990 && waited <= 2_100, `${waited} ms`);
    assert.ok(pontem.stats().logs.waiting > 0);
  });
});
