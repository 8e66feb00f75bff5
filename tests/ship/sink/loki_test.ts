import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import type { Lane } from "../../../src/ship/lane.ts";
import { lokiSink } from "../../../src/ship/sink/loki.ts";
import { answer, answering } from "../support_exchange.ts";
import { log, metric, NOW, read, sent, type SinkOptions, sinkWith } from "./loki_support.ts";

describe("a push to Loki", () => {
  it("is one stream with the lines as they stand in the file", async () => {
    const records = [log(0), log(100, { ms: NOW + 1 })];
    const { request, push } = await sent(records, { tenant: "t1" });
    assert.equal(request.url, "http://loki:3100/loki/api/v1/push");
    assert.deepEqual(request.headers, { "Content-Type": "application/json", "X-Scope-OrgID": "t1" });
    assert.equal(request.lane, "live");
    assert.deepEqual(push.stream, { service_name: "svc", device_id: "dev-1", lane: "live" });
    assert.deepEqual(push.values.map(([time, line]) => [time, line]), [
      [`${NOW}000000`, records[0]?.line],
      [`${NOW + 1}000000`, records[1]?.line],
    ]);
  });

  it("goes to the push endpoint, below a path or named whole", async () => {
    for (
      const [url, to] of [
        ["http://loki:3100/", "http://loki:3100/loki/api/v1/push"],
        ["https://gw/site-1/", "https://gw/site-1/loki/api/v1/push"],
        ["https://gw/loki/api/v1/push", "https://gw/loki/api/v1/push"],
        ["https://gw/a?key=1", "https://gw/a/loki/api/v1/push?key=1"],
      ] as const
    ) assert.equal((await sent([log(0)], { url })).request.url, to);
  });

  it("has only text that is well formed: Loki refuses a whole push for half a character", async () => {
    const { push, request } = await sent([read("a\ud800b\u0000")]);
    assert.equal(push.values[0]?.[1], "a\ufffdb\u0000");
    const other = (await sent([log(1, { resource: { "service.name": "\udc00", "x": "\ud800" } })])).request.body;
    assert.doesNotMatch(String(request.body) + String(other), /[^\\]\\ud[89a-f]/i);
  });

  it("R5: is the same to the byte on every attempt, in any batch and after a restart", async () => {
    const records = Array.from({ length: 50 }, (_, i) => log(i * 100, { ms: NOW - i * 1_000, body: { i } }));
    const bodies = [];
    for (let i = 0; i < 3; i++) bodies.push((await sent(records)).request.body);
    assert.equal(new Set(bodies).size, 1);
    const halves = await Promise.all([records.slice(0, 25), records.slice(25)].map((half) => sent(half)));
    const whole = (await sent(records)).push.values;
    assert.deepEqual(halves.reverse().flatMap(({ push }) => push.values), whole);
  });

  it("R16: ascends in time also where a clock was set back; equal times keep their order", async () => {
    const times = [NOW, NOW - 5_000_000, NOW + 1, NOW, NOW - 5_000_000];
    const { push } = await sent(times.map((ms, i) => log(i * 100, { ms })));
    assert.deepEqual(push.values.map(([, , own]) => own?.["uid"]?.split(":")[1]), ["100", "400", "0", "300", "200"]);
  });
});

describe("R16: labels", () => {
  const labels = async (record: StoredRecord, options: SinkOptions = {}, lane: Lane = "live") =>
    (await sent([record], options, lane)).push.stream;

  it("are those of the resource that are allowed, and the lane; metrics have streams of their own", async () => {
    const lane = async (record: StoredRecord, of: Lane) => (await labels(record, {}, of))["lane"];
    assert.equal(await lane(log(0), "error"), "error");
    assert.equal(await lane(log(0), "backlog"), "backlog");
    assert.equal(await lane(log(0), "summary"), "summary");
    assert.equal(await lane(metric(0), "live"), "metrics");
    assert.equal(await lane(metric(0), "backlog"), "metrics_backlog");
    assert.equal(await lane(metric(0), "summary"), "metrics_summary");
    const record = log(0, { resource: { "service.name": "s", "host.name": "h", "device.id": "", "9.b": [1] } });
    assert.deepEqual(await labels(record), { service_name: "s", lane: "live" });
    const resourceLabels = ["host.name", "9.b", "none"];
    const expected = { service_name: "unknown_service", host_name: "h", _9_b: "[1]", lane: "live" };
    assert.deepEqual(await labels(record, { resourceLabels }), expected);
  });

  it("always have a service; what is configured comes first", async () => {
    const text = read("plain text of somebody");
    assert.deepEqual(await labels(text), { service_name: "unknown_service", lane: "live" });
    const options = { labels: { job: "edge", service_name: "legacy" } };
    assert.deepEqual(await labels(text, options), { service_name: "legacy", job: "edge", lane: "live" });
    assert.equal((await labels(log(0), options))["service_name"], "legacy");
  });

  it("have values that are cut, never within a character", async () => {
    const record = log(0, {
      resource: { "service.name": "é".repeat(2_000), "device.id": `x${"\u{1f600}".repeat(600)}` },
    });
    const { service_name, device_id } = await labels(record);
    assert.equal(service_name, "é".repeat(1_024));
    assert.equal(device_id, `x${"\u{1f600}".repeat(511)}`);
  });

  it("keep records of different labels apart, and of the same ones together", () => {
    const sink = sinkWith({ exchange: answering(() => answer(204)) });
    const other = log(0, { resource: { "service.name": "svc", "device.id": "dev-2" } });
    const version = log(0, { resource: { "service.name": "svc", "device.id": "dev-1", "service.version": "2" } });
    assert.notEqual(sink.key(log(0), "live"), sink.key(other, "live"));
    assert.notEqual(sink.key(log(0), "live"), sink.key(log(0), "backlog"));
    assert.equal(sink.key(log(0), "live"), sink.key(version, "live"));
  });
});

describe("R15: sizes", () => {
  it("limits are 1 MB and 10,000 records unless told otherwise", () => {
    const exchange = answering(() => answer(204));
    assert.deepEqual(sinkWith({ exchange }).limits, { maxRecords: 10_000, maxBytes: 1_000_000 });
    const limits = { maxRecords: 5, maxBytes: 100 };
    assert.deepEqual(sinkWith({ exchange, limits }).limits, limits);
  });

  it("of a record is never less than what Loki counts", async () => {
    const records = [
      log(0),
      log(1, { resource: { "service.name": "s", "x.y": "é".repeat(500) } }),
      log(2, { body: "€".repeat(200_000) }),
      log(3, {
        attributes: { "logger.name": "a.b" },
        trace: `,"traceId":"${"a".repeat(32)}","spanId":"${"b".repeat(16)}","traceFlags":1`,
      }),
      metric(4),
      read("text"),
    ];
    const sink = sinkWith({ exchange: answering(() => answer(204)) });
    for (const record of records) {
      const [[, line, own = {}] = ["", ""]] = (await sent([record])).push.values;
      const texts = [line, ...Object.entries(own).flat()];
      const counted = texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0);
      assert.ok(sink.size(record) >= counted, `${sink.size(record)} for ${counted}`);
    }
  });
});

describe("records that are not sent to Loki", () => {
  const exchange = answering(() => answer(204));
  const at = (seconds: number): StoredRecord => read(JSON.stringify({ timestamp: seconds, severityNumber: 9 }));

  it("have a time that no 64 bits of nanoseconds hold", () => {
    const sink = sinkWith({ exchange });
    assert.equal(sink.refuse?.(at(9_223_372_035), NOW), undefined);
    assert.equal(sink.refuse?.(at(-5), NOW), undefined);
    const far = read('{"timestamp":"9999-12-31T23:59:59Z","severityNumber":9}');
    assert.match(sink.refuse?.(far, NOW) ?? "", /beyond what Loki can store: 253402300799 s/);
  });

  it("are too old, where that is configured", () => {
    const old = log(0, { ms: NOW - 1_001 });
    assert.equal(sinkWith({ exchange }).refuse?.(log(0, { ms: 0 }), NOW), undefined);
    const sink = sinkWith({ exchange, rejectOlderThanMs: 1_000 });
    assert.equal(sink.refuse?.(old, NOW), "older than 1000 ms");
    assert.equal(sink.refuse?.(log(0, { ms: NOW - 1_000 }), NOW), undefined);
  });
});

describe("a Loki sink that cannot be", () => {
  const base = { url: "http://loki:3100", exchange: answering(() => answer(204)), host: { wallClock: () => NOW } };
  const names = Array.from({ length: 13 }, (_, i) => `l${i}`);
  const rows: readonly (readonly [name: string, options: Partial<Parameters<typeof lokiSink>[0]>, says: RegExp])[] = [
    ["url", { url: "loki:secret@" + "%" }, /^TypeError: Cannot use option "url" of Loki: expected a URL such as/],
    ["tenant", { tenant: "a/b" }, /RangeError: Cannot use option "tenant" of Loki: .*got "a\/b"/],
    ["dots", { tenant: ".." }, /option "tenant"/],
    ["line", { maxLineBytes: 10 }, /RangeError: .*"maxLineBytes".*from 1024, got 10/],
    ["dotted", { labels: { "a.b": "c" } }, /Cannot use label "a\.b" of Loki: .* Rename it to "a_b"/],
    ["reserved", { labels: { __a: "c" } }, /Cannot use label "__a".*Rename it to "_a"/],
    ["lane", { labels: { lane: "c" } }, /Cannot use label "lane"/],
    ["lane attribute", { resourceLabels: ["lane"] }, /"lane" and empty names cannot be labels/],
    [
      "many",
      { labels: Object.fromEntries([...names, "x"].map((name) => [name, "v"])) },
      /Cannot use 16 labels.*takes 15/,
    ],
  ];
  for (const [name, options, says] of rows) {
    it(name, () => {
      assert.throws(() => lokiSink({ ...base, ...options }), (error: unknown) => says.test(String(error)));
    });
  }

  it("15 labels beside service_name are well", () => {
    assert.equal(lokiSink({ ...base, labels: Object.fromEntries(names.map((name) => [name, "v"])) }).type, "loki");
  });
});
