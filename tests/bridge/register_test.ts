import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runChild, tempDir } from "../support/runtime.ts";
import { read } from "./wire.ts";

/** Node 20 runs what is built of the project. */
const SUFFIX = import.meta.url.endsWith(".js") ? "js" : "ts";
const REGISTER = fileURLToPath(new URL(`../../src/register.${SUFFIX}`, import.meta.url));
const PROGRAM = new URL(`fixture/program.${SUFFIX}`, import.meta.url);

/** Runs a program that knows nothing of the SDK. */
function run(args: readonly string[], env: Readonly<Record<string, string>>, emitDir = tempDir()) {
  return runChild(PROGRAM, {
    args,
    emitDir,
    env,
    runtimeFlags: {
      deno: [`--preload=${REGISTER}`],
      bun: ["--preload", REGISTER],
      node: ["--import", new URL(`file://${REGISTER}`).href],
    },
  });
}

function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

describe("register", () => {
  it("makes wire lines of what a program says, on the same streams, and ends as it would", async () => {
    const dir = tempDir();
    const env = { PONTEM_SERVICE_NAME: "old-program", PONTEM_EMIT_DIR: dir, PONTEM_DEVICE_ID: "d-1" };
    const { stdout, stderr, code } = await run(["3"], env, dir);
    assert.equal(code, 3, stderr);
    const out = linesOf(stdout).map(read);
    assert.deepEqual(out.map(({ severityText, body, attributes }) => [severityText, body, attributes["port"]]), [
      ["INFO", "started on 80", 80],
    ]);
    assert.equal(out[0]?.resource["service.name"], "old-program");
    assert.equal(out[0]?.resource["device.id"], "d-1");
    const err = linesOf(stderr).map(read);
    assert.deepEqual(err.map(({ severityText, body }) => [severityText, body]), [["ERROR", "went wrong"]]);
    assert.equal(err[0]?.attributes["exception.message"], "no such camera");
  });

  it("records an error that nobody catches, and the program dies of it", async () => {
    const dir = tempDir();
    const env = { PONTEM_SERVICE_NAME: "old-program", PONTEM_EMIT_DIR: dir };
    const { stderr, code } = await run(["throw"], env, dir);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /nobody catches me/);
    const [record] = linesOf(readFileSync(`${dir}/logs.jsonl`, "utf8")).map(read);
    assert.equal(record?.severityText, "FATAL");
    assert.equal(record?.attributes["exception.message"], "nobody catches me");
  });

  it("does nothing without a service name but say so in one line", async () => {
    const dir = tempDir();
    const { stdout, stderr, code } = await run(["0"], { PONTEM_EMIT_DIR: `${dir}/emit` }, dir);
    assert.equal(code, 0);
    assert.match(stdout, /^started on 80 \{\s+port: 80/);
    assert.match(stderr, /^WARN pontem\.sdk @pontem\/sdk\/register does nothing: PONTEM_SERVICE_NAME .*\nwent wrong/);
    assert.equal(existsSync(`${dir}/emit`), false);
  });

  it("does nothing where init fails but say why in one line", async () => {
    const dir = tempDir();
    for (
      const [env, reason] of [
        [{ PONTEM_SERVICE_NAME: "a/b", PONTEM_EMIT_DIR: dir }, /does nothing: Cannot use option "serviceName"/],
        [
          { PONTEM_SERVICE_NAME: "svc", PONTEM_EMIT_DIR: "/dev/null/emit" },
          /does nothing: Cannot .*"\/dev\/null\/emit"/,
        ],
      ] as const
    ) {
      const { stdout, stderr, code } = await run(["0"], env, dir);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^started on 80/);
      const [first = "", second = ""] = stderr.split("\n");
      assert.match(first, reason);
      assert.match(second, /^went wrong/);
    }
  });
});
