// The configuration: what is right has its defaults, what is wrong is told with line, key and what helps.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { checkShipConfig } from "../../src/ship/config.ts";
import { ShipConfigError } from "../../src/ship/config_error.ts";
import { parseShipConfig } from "../../src/ship/config_file.ts";

const LOKI = { type: "loki", url: "http://127.0.0.1:3100" };

function problem(value: unknown): string {
  try {
    checkShipConfig(value);
  } catch (error) {
    assert.ok(error instanceof ShipConfigError);
    return error.message;
  }
  return "";
}

function sinkProblem(sink: Readonly<Record<string, unknown>>): string {
  return problem({ sources: ["/logs"], sinks: [sink] });
}

describe("a configuration", () => {
  it("has a default for everything that may be left out", () => {
    const config = checkShipConfig({ sources: ["/logs"], sinks: [LOKI] });
    assert.deepEqual(
      [config.state, config.deleteAfterShip, config.heartbeatMs, config.startJitterMs, config.caps.keepFreeBytes],
      ["/var/lib/pontem/ship", false, 3_600_000, 5_000, 67_108_864],
    );
    const [sink] = config.sinks;
    assert.deepEqual([sink?.name, sink?.concurrency, sink?.batch], ["loki", 2, {
      maxBytes: 1_000_000,
      maxRecords: 10_000,
      maxAgeMs: 5_000,
    }]);
  });

  it("takes every option that the page of a sink names", () => {
    const examples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
      loki: {
        ...LOKI,
        tenant: "t1",
        labels: { job: "edge" },
        resourceLabels: ["service.name"],
        structuredMetadata: false,
        attributes: true,
        maxLineBytes: 65_536,
        rejectOlderThanMs: 3_600_000,
        accept200: true,
      },
      splunk: {
        type: "splunk",
        url: "https://splunk:8088",
        token: { env: "TOKEN" },
        index: "edge",
        sourcetype: "pontem",
        acks: true,
        batch: { maxBytes: 500_000 },
        timeoutMs: 30_000,
      },
      cloudwatch: {
        type: "cloudwatch",
        region: "eu-west-2",
        group: "g",
        stream: "s",
        create: false,
        retentionDays: 30,
        endpoint: "http://127.0.0.1:5555",
      },
      file: { type: "file", path: "/out.jsonl", maxBytes: 1_000_000, keep: 3 },
    };
    for (const [name, sink] of Object.entries(examples)) {
      const page = readFileSync(new URL(`../../docs/ship/${name}.md`, import.meta.url), "utf8");
      const table = /^\| (?:option|key) .*\n\|[ |-]*\n((?:\|.*\n)+)/m.exec(page)?.[1] ?? "";
      const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, option]) => option ?? "");
      assert.ok(named.length >= 3, name);
      assert.deepEqual(named.filter((option) => !Object.hasOwn(sink, option)), [], name);
      const [taken] = checkShipConfig({ sources: ["/logs"], sinks: [sink] }).sinks;
      for (const option of named) {
        if (option === "batch") continue;
        assert.deepEqual(Object(taken)[option], sink[option], `${name}: ${option}`);
      }
    }
  });

  it("of the specification is taken as it stands", () => {
    const config = parseShipConfig(
      `{
  "sources": ["/var/lib/pontem/services/*/logs"], // directories or globs
  "state": "/var/lib/pontem/ship",
  "sinks": [
    { "type": "loki", "name": "site", "url": "http://loki:3100", "tenant": "t1", "labels": { "job": "edge" } },
    { "type": "splunk", "url": "https://splunk:8088", "token": { "env": "HEC_TOKEN" }, "index": "edge", "sourcetype": "pontem", "minLevel": "WARN" },
    { "type": "cloudwatch", "region": "eu-west-2", "group": "/pontem/edge", "stream": "{device.id}", "endpoint": "http://127.0.0.1:5555" },
    { "type": "otlp", "url": "http://collector:4318", "headers": {}, "metrics": true },
    { "type": "file", "path": "out.jsonl" }, { "type": "stdout" },
  ],
  "summaries": { "intervalMs": 60000 },
  "budget": { "bytesPerSecond": 50000, "bytesPerDay": 20000000 },
  "caps": { "maxBytes": 1000000000, "keepFreeBytes": 67108864 },
  "deleteAfterShip": true,
  "health": { "port": 9464 }
}`,
      { path: "ship.jsonc" },
    );
    assert.deepEqual(config.sinks.map(({ name }) => name), ["site", "splunk", "cloudwatch", "otlp", "file", "stdout"]);
    assert.deepEqual(config.health, { port: 9464, host: "127.0.0.1" });
  });

  const wrong: readonly (readonly [what: string, message: string, pattern: RegExp])[] = [
    ["no sources", problem({ sinks: [LOKI] }), /sources: .*missing/],
    ["no sinks", problem({ sources: ["/logs"], sinks: [] }), /sinks: /],
    [
      "an unknown key",
      problem({ sources: ["/logs"], sinks: [LOKI], deletAfterShip: true }),
      /deletAfterShip: This key is not known/,
    ],
    ["an unknown key of a sink", sinkProblem({ ...LOKI, tennant: "x" }), /sinks\[0\]\.tennant: This key is not known/],
    ["an unknown type", sinkProblem({ type: "elastic" }), /sinks\[0\]\.type: Expected one of "loki"/],
    ["no address", sinkProblem({ type: "loki" }), /sinks\[0\]\.url: .*missing/],
    ["no address at all", sinkProblem({ ...LOKI, url: "loki" }), /sinks\[0\]\.url: Expected an address/],
    ["another protocol", sinkProblem({ ...LOKI, url: "ftp://x" }), /Expected http:\/\/ or https:\/\//],
    ["credentials in the address", sinkProblem({ ...LOKI, url: "http://me:hunter2@x" }), /credentials in the address/],
    [
      "a secret in the clear",
      sinkProblem({ type: "splunk", url: "http://splunk:8088", token: { env: "T" } }),
      /in the clear/,
    ],
    ["a name that is no file name", sinkProblem({ ...LOKI, name: "../x" }), /sinks\[0\]\.name: .*it names files/],
    ["the name of the shipper's own directory", sinkProblem({ ...LOKI, name: "logs" }), /\.name: .*another name/],
    ["a level", sinkProblem({ ...LOKI, minLevel: "LOUD" }), /sinks\[0\]\.minLevel: Expected one of TRACE/],
    ["hours", sinkProblem({ ...LOKI, when: { hours: "night" } }), /sinks\[0\]\.when\.hours/],
    [
      "health beyond this machine",
      problem({ sources: ["/logs"], sinks: [LOKI], health: { port: 1, host: "0.0.0.0" } }),
      /health\.host/,
    ],
    ["a size", problem({ sources: ["/logs"], sinks: [LOKI], caps: { maxBytes: 0 } }), /caps\.maxBytes/],
    [
      "two of a name",
      problem({ sources: ["/logs"], sinks: [LOKI, LOKI] }),
      /sinks\[1\]\.name: Two sinks are called "loki"/,
    ],
  ];
  for (const [what, message, pattern] of wrong) {
    it(`is refused for ${what}, with the key and what helps`, () => {
      assert.match(message, pattern);
      assert.doesNotMatch(message, /hunter2/);
    });
  }

  it("may send a secret in the clear to this machine, or when it says so", () => {
    for (const url of ["http://127.0.0.1:8088", "http://localhost:8088", "http://[::1]:8088", "https://splunk:8088"]) {
      assert.equal(sinkProblem({ type: "splunk", url, token: { env: "T" } }), "", url);
    }
    assert.equal(sinkProblem({ type: "splunk", url: "http://splunk:8088", token: { env: "T" }, insecure: true }), "");
  });

  it("in a file is told with line and column", () => {
    const text =
      '{\n  "sources": ["/logs"],\n  // comment\n  "sinks": [\n    { "type": "loki", "url": "http://x", "tennant": 1 }\n  ]\n}';
    assert.throws(
      () => parseShipConfig(text, { path: "ship.jsonc" }),
      /"ship\.jsonc":\n {2}line 5, column 42: sinks\[0\]\.tennant/,
    );
    assert.throws(() => parseShipConfig('{\n "sources": [', { path: "x" }), /line 2, column 14: .*This is no JSON/);
    assert.throws(() => parseShipConfig("", { path: "x" }), /This is no JSON/);
    assert.doesNotThrow(() =>
      parseShipConfig('\ufeff{"sources":["/logs"],"sinks":[{"type":"stdout"}],}', { path: "x" })
    );
  });
});
