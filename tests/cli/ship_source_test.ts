// The configuration of the command, from a file or of options, and what Deno has to allow for it.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { UsageError } from "../../src/cli/options.ts";
import { MAX_CONFIG_BYTES, needsOf, readSource } from "../../src/cli/ship_source.ts";
import { startFromSource } from "../../src/cli/ship_start.ts";
import { checkShipConfig } from "../../src/ship/config.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { FakeProcess, FakeShipper } from "./support.ts";

const { fs } = memoryRuntime();

function write(path: string, text: string): void {
  fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o750);
  const file = fs.openAppend(path, 0o640);
  const data = new TextEncoder().encode(text);
  file.truncate(0);
  file.write(data, 0, data.length);
  file.close();
}

function refused(path: string): string {
  try {
    readSource({ path }, fs);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  throw new Error("It was taken");
}

describe("readSource", () => {
  it("reads a file with comments", () => {
    write("/etc/ship.jsonc", '{ // ours\n"sources": ["/a/logs"], "sinks": [{ "type": "stdout" }] }');
    const config = readSource({ path: "/etc/ship.jsonc" }, fs);
    assert.deepEqual([config.sources, config.sinks[0]?.name], [["/a/logs"], "stdout"]);
  });

  it("says what is wrong: no file, a directory, too large, a wrong key with its line, no secret", () => {
    assert.match(
      refused("/etc/none.jsonc"),
      /^Cannot read the configuration "\/etc\/none\.jsonc": it does not exist\. Check the path/,
    );
    assert.match(refused("/etc"), /it is a directory/);
    write("/etc/large.jsonc", " ".repeat(MAX_CONFIG_BYTES + 1));
    assert.match(refused("/etc/large.jsonc"), /it is larger than 1048576 bytes/);
    write("/etc/wrong.jsonc", '{\n"sources": ["/a"],\n"sinks": [{ "type": "splunk", "tokn": "hunter2" }]\n}');
    const wrong = refused("/etc/wrong.jsonc");
    assert.match(wrong, /"\/etc\/wrong\.jsonc"[^]+line 3/);
    assert.match(wrong, /tokn/);
    assert.doesNotMatch(wrong, /hunter2/);
  });

  it("checks what options stand for in the same way", () => {
    const value = { sources: ["/a"], sinks: [{ type: "loki", url: "ftp://x" }] };
    assert.throws(
      () => readSource({ value }, fs),
      (error: Error) => error instanceof UsageError && /url/.test(error.message),
    );
  });
});

describe("needsOf", () => {
  it("names directories, hosts, variables, files and programs", () => {
    const needs = needsOf(
      checkShipConfig({
        sources: ["/var/lib/pontem/services/*/logs", "/srv/a", "/*/logs"],
        state: "/state",
        sinks: [
          {
            type: "loki",
            url: "http://127.0.0.1:3100",
            auth: { basic: { user: "u", password: { env: "LOKI_PW" } } },
            when: { command: ["/usr/bin/on-wifi", "-q"] },
          },
          { type: "splunk", url: "https://splunk.example", token: { file: "/run/t" }, tls: { ca: "/etc/ca.pem" } },
          { type: "cloudwatch", region: "eu-west-2" },
          { type: "file", path: "/out/all.jsonl" },
          { type: "stdout" },
        ],
        health: { port: 9464 },
      }),
      fs,
    );
    assert.deepEqual(needs, {
      read: ["/state", "/var/lib/pontem/services", "/srv/a", "/", "/out", "/run/t", "/etc/ca.pem"],
      write: ["/state", "/var/lib/pontem/services", "/srv/a", "/", "/out"],
      net: ["127.0.0.1:3100", "splunk.example:443", "logs.eu-west-2.amazonaws.com:443", "127.0.0.1:9464"],
      env: ["LOKI_PW"],
      run: ["/usr/bin/on-wifi"],
    });
  });
});

describe("startFromSource", () => {
  it("starts with what was read, and with nothing that is wrong", async () => {
    const process = new FakeProcess();
    const seen: unknown[] = [];
    const start = (...given: unknown[]) => {
      seen.push(given);
      return Promise.resolve(new FakeShipper());
    };
    const value = { sources: ["/a"], sinks: [{ type: "stdout" }] };
    await startFromSource({ value }, process, true, start);
    assert.deepEqual(seen, [[checkShipConfig(value), process, true]]);
    await assert.rejects(startFromSource({ value: {} }, process, true, start), UsageError);
    assert.equal(seen.length, 1);
  });
});
