import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { log, type LogFields, metric, read, sent, type SinkOptions } from "./loki_support.ts";

async function metadata(fields: LogFields, options: SinkOptions = {}): Promise<Readonly<Record<string, string>>> {
  const { push } = await sent([log(0, fields)], options);
  return push.values[0]?.[2] ?? {};
}

describe("R16: structured metadata", () => {
  it("has uid, level and what of the resource is no label", async () => {
    const resource = {
      "service.name": "svc",
      "service.version": "1.2",
      "n": 5,
      "a.b": { c: 1 },
      "none": null,
      "é": "x",
    };
    assert.deepEqual(await metadata({ severity: 14, resource }), {
      uid: "0123456789abcdef:0",
      level: "warn",
      severity_number: "14",
      service_version: "1.2",
      n: "5",
      a_b: '{"c":1}',
      _: "x",
    });
  });

  it("has the levels in lower case", async () => {
    const seen = [];
    for (const severity of [1, 5, 9, 12, 13, 17, 21, 24]) seen.push((await metadata({ severity }))["level"]);
    assert.deepEqual(seen, ["trace", "debug", "info", "info", "warn", "error", "fatal", "fatal"]);
    const { push } = await sent([read('{"hello":"no severity"}')]);
    assert.deepEqual(push.values[0]?.[2], { uid: "0123456789abcdef:0" });
    assert.deepEqual((await sent([metric(5)])).push.values[0]?.[2], { uid: "0123456789abcdef:5" });
  });

  it("has logger and trace, as attributes or parsed where the line is not plain", async () => {
    const ids = { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", span_id: "00f067aa0ba902b7" };
    const trace = `,"traceId":"${ids.trace_id}","spanId":"${ids.span_id}","traceFlags":1`;
    const of = async (fields: LogFields): Promise<unknown[]> => {
      const all = await metadata(fields);
      return [all["logger_name"], all["trace_id"], all["span_id"]];
    };
    const both = [ids.trace_id, ids.span_id];
    const name = { "logger.name": "app.db" };
    assert.deepEqual(await of({}), [undefined, undefined, undefined]);
    assert.deepEqual(await of({ attributes: { a: 1, ...name } }), ["app.db", undefined, undefined]);
    assert.deepEqual(await of({ attributes: name, trace }), ["app.db", ...both]);
    assert.deepEqual(await of({ trace }), [undefined, ...both]);
    assert.deepEqual(await of({ attributes: { ...name, "exception.type": "E" }, trace }), ["app.db", ...both]);
    assert.deepEqual(await of({ attributes: { "logger.name": 'a"\\b\ud800' } }), ['a"\\b\ufffd', undefined, undefined]);
    assert.deepEqual(await of({ attributes: { "logger.name": "x".repeat(300) } }), [
      "x".repeat(256),
      undefined,
      undefined,
    ]);
    // What looks like them inside of something else is not them.
    assert.deepEqual(await of({ attributes: { inner: name } }), [undefined, undefined, undefined]);
    assert.deepEqual(await of({ body: { ...name, attributes: name } }), [undefined, undefined, undefined]);
    assert.deepEqual(await of({ body: `"logger.name":"fake"${trace}` }), [undefined, undefined, undefined]);
    const python =
      `{"timestamp": 1795558933.5, "severityNumber": 9, "body": "x", "attributes": {"logger.name": "py"}, "traceId": "${ids.trace_id}", "spanId": "bad", "resource": {}}`;
    const { push } = await sent([read(python)]);
    assert.deepEqual([push.values[0]?.[2]?.["logger_name"], push.values[0]?.[2]?.["trace_id"]], ["py", ids.trace_id]);
    assert.equal(push.values[0]?.[2]?.["span_id"], undefined);
  });

  it("has attributes when they are asked for; no name twice", async () => {
    const attributes = { "user.id": "u1", ok: true, uid: "fake", service_name: "fake", n: 1.5, "logger.name": "l" };
    const seen = await metadata({ attributes }, { attributes: true });
    assert.equal(seen["user_id"], "u1");
    assert.deepEqual([seen["ok"], seen["n"], seen["uid"], seen["logger_name"]], [
      "true",
      "1.5",
      "0123456789abcdef:0",
      "l",
    ]);
    assert.equal(seen["service_name"], undefined);
    assert.equal((await metadata({ attributes }))["user_id"], undefined);
  });

  it("is bounded in names and bytes, whatever comes together", async () => {
    const map = (name: string, count: number, value: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${name}${i}`, value]));
    const own = { severity: 9, trace: `,"traceId":"${"a".repeat(32)}","spanId":"${"b".repeat(16)}","traceFlags":1` };
    const check = async (count: number, value: string): Promise<readonly [names: number, bytes: number]> => {
      const attributes = { ...map("a", count, value), "logger.name": "€".repeat(300) };
      const fields = { ...own, body: "x".repeat(2_000), attributes, resource: map("r", count, value) };
      const seen = await metadata(fields, { attributes: true, maxLineBytes: 1_024 });
      assert.equal(seen["truncated"], "true");
      const bytes = Object.entries(seen).reduce((sum, pair) => sum + new TextEncoder().encode(pair.join("")).length, 0);
      return [Object.keys(seen).length, bytes];
    };
    assert.deepEqual((await check(300, "v"))[0], 127);
    const [, bytes] = await check(99, "€".repeat(3_000));
    assert.ok(bytes > 20_000 && bytes <= 65_536, String(bytes));
  });

  it("can be left out", async () => {
    const { push } = await sent([log(0)], { structuredMetadata: false });
    assert.equal(push.values[0]?.length, 2);
  });
});

describe("R16: long lines", () => {
  it("are cut and marked", async () => {
    const whole = log(0, { body: "€".repeat(100) });
    const long = log(1, { body: "€".repeat(1_000) });
    const { push: { values } } = await sent([whole, long], { maxLineBytes: 1_024 });
    const [, line = "", own] = values[1] ?? [];
    assert.ok(new TextEncoder().encode(line).length <= 1_024 && new TextEncoder().encode(line).length > 1_018);
    assert.match(line, /^{"timestamp":.*€\.\.\.\[cut, 31[0-9]{2} bytes\]$/);
    assert.equal(own?.["truncated"], "true");
    assert.equal(values[0]?.[1], whole.line);
    assert.equal(values[0]?.[2]?.["truncated"], undefined);
  });

  it("of exactly the limit are whole", async () => {
    const length = new TextEncoder().encode(log(0, { body: "" }).line).length;
    for (const [more, isCut] of [[0, undefined], [1, "true"]] as const) {
      const record = log(0, { body: "x".repeat(262_144 - length + more) });
      const { push } = await sent([record]);
      assert.equal(push.values[0]?.[2]?.["truncated"], isCut);
    }
  });
});
