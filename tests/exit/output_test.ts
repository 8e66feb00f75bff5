import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtimeName, tempDir } from "../support/runtime.ts";

const OUTPUT = fileURLToPath(new URL("./fixture/output.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const runtime = runtimeName();
const windows = process.platform === "win32";
const ENV = ["PATH", "HOME", "TMPDIR", "TMP", "TEMP", "JSR_URL", "DENO_DIR", "XDG_CACHE_HOME"];

/** How Deno may be allowed to reach its output: as promised, and with everything. */
const PERMISSIONS: readonly (readonly string[])[] = runtime === "deno" ? [["--allow-env=PONTEM_*"], ["-A"]] : [[]];

/** Runs the service in a pipe of the shell, whose other end is `reader`; settles when the service has ended. */
function piped(
  args: readonly string[],
  permissions: readonly string[],
  reader: string,
  redirect = "|",
): Promise<{ readonly code: number; readonly ms: number; readonly out: () => string }> {
  const dir = tempDir();
  const script = import.meta.url.endsWith(".js") ? OUTPUT.replace(/\.ts$/, ".js") : OUTPUT;
  const command = [
    process.execPath,
    ...(runtime === "deno" ? ["run", "--no-prompt", `--config=${CONFIG}`, ...permissions] : []),
    script,
    ...args,
  ];
  const env = Object.fromEntries(
    ENV.flatMap((name) => process.env[name] === undefined ? [] : [[name, process.env[name]]]),
  );
  const shell = `{ "$@"; echo $? >"$DIR/code.new"; mv "$DIR/code.new" "$DIR/code"; } ${redirect} ${reader}`;
  const began = performance.now();
  const child = spawn("sh", ["-c", shell, "sh", ...command], {
    env: { ...env, DIR: dir, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "ignore"],
  });
  return new Promise((resolve, reject) => {
    const out = (): string => existsSync(`${dir}/out`) ? readFileSync(`${dir}/out`, "utf8") : "";
    let ended = false;
    child.on("close", () => ended = true);
    const poll = setInterval(() => {
      const ms = performance.now() - began;
      if (existsSync(`${dir}/code`)) {
        clearInterval(poll);
        const code = Number(readFileSync(`${dir}/code`, "utf8"));
        // A reader that sleeps on is of no use any more; one that reads is waited for.
        if (reader.startsWith("sleep")) return void (child.kill("SIGKILL"), resolve({ code, ms, out }));
        const wait = setInterval(() => {
          if (!ended) return;
          clearInterval(wait);
          resolve({ code, ms, out });
        }, 5);
      } else if (ms > 30_000) {
        clearInterval(poll);
        child.kill("SIGKILL");
        reject(new Error("The service did not end within 30 s"));
      }
    }, 5);
  });
}

function assertLines(text: string, count: number, fatal = 0): void {
  assert.ok(text.endsWith("\n"), text.slice(-100));
  const lines = text.split("\n").slice(0, -1).map((line) =>
    JSON.parse(line) as { name?: string; value?: number; severityText?: string; attributes: { i?: number } }
  );
  const numbers = lines.flatMap(({ attributes }) => attributes.i === undefined ? [] : [attributes.i]);
  assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i));
  assert.deepEqual(lines.filter(({ name }) => name !== undefined).map(({ name, value }) => [name, value]), [[
    "open",
    3,
  ]]);
  assert.equal(lines.filter(({ severityText }) => severityText === "FATAL").length, fatal);
}

describe("standard output of a process", { skip: windows }, () => {
  for (const permissions of PERMISSIONS) {
    const how = permissions.join(" ");
    for (const [ending, code] of [["natural", 0], ["exit", 4], ["throw", 1], ["shutdown", 0], ["paced", 0]] as const) {
      if (how === "-A" && code === 0 && ending !== "natural") continue;
      it(`gets every line at "${ending}" ${how}`, async () => {
        const result = await piped([ending, "5000"], permissions, 'cat >"$DIR/out"');
        assertLines(result.out(), 5_000, ending === "throw" ? 1 : 0);
        assert.equal(result.code, code);
      });
    }

    it(`gets every line when it is read late ${how}`, async () => {
      await Promise.all(["natural", "exit"].map(async (ending) => {
        const result = await piped([ending, "5000"], permissions, '{ sleep 0.7; cat >"$DIR/out"; }');
        assertLines(result.out(), 5_000);
      }));
    });

    it(`lets the process end within its time when nobody reads ${how}`, async () => {
      const endings = ([["natural", 0], ["exit", 4], ["throw", 1]] as const)
        // A Deno that may not open its output anew has given the write to a thread, which keeps the process alive until somebody reads.
        .filter(([ending]) => ending !== "natural" || permissions[0] !== "--allow-env=PONTEM_*");
      await Promise.all(endings.map(async ([ending, code]) => {
        const result = await piped([ending, "5000"], permissions, "sleep 20");
        assert.equal(result.code, code, ending);
        assert.ok(result.ms > 1_500 && result.ms < 8_000, `${ending}: ${result.ms} ms`);
      }));
    });

    it(`does not end the process when it is closed ${how}`, async () => {
      await Promise.all(([["natural", 0], ["paced", 0], ["exit", 4]] as const).map(async ([ending, code]) => {
        assert.equal((await piped([ending, "20000"], permissions, "true")).code, code, ending);
      }));
    });
  }

  it("is written as a file when it is one", async () => {
    const result = await piped(["natural", "5000"], ["--allow-env=PONTEM_*"], '"$DIR/out"', ">");
    assertLines(result.out(), 5_000);
    assert.equal(result.code, 0);
  });
});
