// The demo as `deno task demo` runs it: what it says, and what lands.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { showLanded } from "../../examples/host_monitor/landed.ts";
import type { Stats } from "../../mod.ts";
import { logRecordSchema, metricRecordSchema } from "../../src/record/schema.ts";
import { type ChildOptions, type ChildResult, runChild, tempDir } from "../support/runtime.ts";

const DEMO = new URL("../../examples/host_monitor.ts", import.meta.url);

/** The permissions that deno.json's task gives. */
function taskFlags(): string[] {
  const { tasks } = JSON.parse(readFileSync(new URL("../../deno.json", import.meta.url), "utf8")) as {
    readonly tasks: { readonly demo: { readonly command: string } };
  };
  const [, flags] = /\bdeno run ((?:-\S+ )+)examples\/host_monitor\.ts$/.exec(tasks.demo.command) ?? [];
  assert.ok(flags !== undefined, tasks.demo.command);
  return flags.trim().split(" ");
}

function demo(args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> {
  return runChild(DEMO, { denoFlags: taskFlags(), ...options, args });
}

function landed(emitDir: string, channel: string): unknown[] {
  const ordinal = (name: string) => Number(name.split(".")[2] ?? Infinity);
  const names = readdirSync(emitDir).filter((name) => name.startsWith(`${channel}.jsonl`));
  return names.sort((a, b) => ordinal(a) - ordinal(b) || 0).flatMap((name) => {
    const bytes = readFileSync(join(emitDir, name));
    const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
    return text.trimEnd().split("\n").map((line): unknown => JSON.parse(line));
  });
}

describe("the demo", () => {
  it("watches the host, rotates, compresses, and shows what landed", async () => {
    const dir = tempDir();
    const { code, stdout, stderr } = await demo(["--seconds", "1.5", "--dir", dir]);
    assert.deepEqual([code, stderr], [0, ""]);
    const emitDir = join(dir, "logs");

    const logs = landed(emitDir, "logs").map((record) => logRecordSchema.parse(record));
    assert.ok(
      readdirSync(emitDir).some((name) => /^logs\.jsonl\.\d+\.gz$/.test(name)),
      "a file was rotated and compressed",
    );
    const changes = logs.filter(({ body }) => body === "threshold changed").map(({ attributes }) => attributes);
    assert.deepEqual(changes, [{ "logger.name": "monitor", from: 90, to: 2 }]);
    const host = logs.findLast(({ body }) => body === "host")?.attributes;
    assert.ok(Array.isArray(host?.["busy"]) && host["busy"].length > 0);

    const metrics = landed(emitDir, "metrics").map((record) => metricRecordSchema.parse(record));
    const names = new Set(metrics.map(({ name }) => name));
    for (
      const name of ["passes", "pass.duration", "system.cpu.busy", "system.memory.usage", "system.filesystem.usage"]
    ) {
      assert.ok(names.has(name), name);
    }

    const written = Number(/^Stopped: (\d+) records written, 0 lost$/m.exec(stdout)?.[1]);
    assert.equal(logs.length, written, "no file was removed in so short a time, so all records are there");
    assert.match(stdout, /^ {2}logs\.jsonl\.\d+\.gz +[\d,]+ bytes$/m);
    assert.match(stdout, /^ {2}\d\d:\d\d:\d\d\.\d{3} {2}INFO {2}host +logger\.name=monitor load=/m);
    assert.match(
      stdout,
      new RegExp(`^ {2}logs +accepted=${written} written=${written} dropped=\\{\\} droppedTotal=0 waiting=0 `, "m"),
    );
    assert.match(stdout, /^ {2}files +bytesWritten=\d+ rotations=[1-9]\d* compressed=[1-9]/m);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, "no control character, no colour");
  });

  it("ends cleanly at Ctrl-C, with the same summary", async () => {
    const dir = tempDir();
    const { code, signal, stdout, stderr } = await demo(["--seconds", "60", "--dir", dir], {
      signalAfter: { text: "Watching this host", signal: "SIGINT" },
    });
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: "" });
    assert.match(stdout, /^Stopped: \d+ records written, 0 lost$/m);
    assert.match(stdout, /^Stats$/m);
    const bodies = landed(join(dir, "logs"), "logs").map((record) => logRecordSchema.parse(record).body);
    assert.ok(bodies.includes("stopping"));
  });

  it("says where the files are when no directory was given", async () => {
    const { code, stdout } = await demo(["--seconds", "0.1"], { env: { TMPDIR: tempDir() } });
    assert.equal(code, 0);
    assert.match(stdout, /^The files stay in .*pontem-demo-\w+$/m);
  });

  it("refuses a time that is none", async () => {
    const { code, stderr } = await demo(["--seconds", "soon"]);
    assert.deepEqual([code, stderr], [2, 'Cannot run for "soon" seconds. Pass --seconds with a number up to 86400\n']);
  });

  it("shows records of others without letting them move the cursor", async () => {
    const dir = tempDir();
    const record = { timestamp: "2025-01-15T10:30:00.123456Z", severityText: "INFO", attributes: { "\n": "\u009b" } };
    writeFileSync(join(dir, "logs.jsonl"), `${JSON.stringify({ ...record, body: "\u001b[2J\r\u202e\u0085x" })}\n`);
    const said: string[] = [];
    const { log } = console;
    console.log = (text: string) => void said.push(text);
    try {
      await showLanded(dir, {} as Stats);
    } finally {
      console.log = log;
    }
    assert.ok(said.some((line) => line.includes("\\u{1b}[2J\\u{d}\\u{202e}\\u{85}x \\u{a}=\\u{9b}")), said.join("\n"));
  });
});
