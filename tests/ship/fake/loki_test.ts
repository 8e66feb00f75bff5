import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type FakeLoki, fakeLoki } from "./loki.ts";
import { GOOD, HOUR, lines, NOW, ns, P, push, ROWS, v, type Value } from "./loki_rows.ts";

async function post(
  loki: FakeLoki,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; body: string; stored: number }> {
  const had = loki.stored.length;
  const response = await fetch(`${loki.url}/loki/api/v1/push`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: body as BodyInit,
  });
  return { status: response.status, body: (await response.text()).trim(), stored: loki.stored.length - had };
}

describe("R16, R27: the fake Loki answers as the real one did", () => {
  let loki: FakeLoki;
  let now = NOW;

  before(async () => {
    loki = await fakeLoki({ now: () => now });
  });

  after(() => loki.close());

  for (const { name, body, status, says, stored, headers } of ROWS) {
    it(name, async () => {
      const one = await fakeLoki({ now: () => NOW });
      const seen = await post(one, body, headers).finally(() => one.close());
      assert.deepEqual([seen.status, seen.stored], [status, stored], seen.body);
      assert.ok(says === undefined ? seen.body === "" : seen.body.includes(says), seen.body);
    });
  }

  it("names of metadata, and the service of a stream without one", async () => {
    await post(loki, push([{}, [ns(now), "h", { "device.id": "d", level: "warn" }]]));
    const stored = loki.stored.at(-1);
    assert.deepEqual(stored?.labels, { service_name: "unknown_service" });
    assert.deepEqual(stored?.metadata, { device_id: "d", level: "warn", detected_level: "warn" });
  });

  it("other methods and paths", async () => {
    assert.equal((await fetch(`${loki.url}/loki/api/v1/push`)).status, 405);
    const unknown = await fetch(`${loki.url}/nowhere`, { method: "POST", body: "{}" });
    assert.deepEqual([unknown.status, (await unknown.text()).trim()], [404, "404 page not found"]);
  });

  it("3 MB three times at once, and once more 3 s later; the burst is never enough for 7 MB", async () => {
    now = NOW + HOUR;
    const at = (i: number): string => push([{ ...P, i: String(i) }, ...lines(30, 100_000)]);
    const seen = [];
    for (let i = 0; i < 3; i++) seen.push((await post(loki, at(i))).status);
    now += 3_000;
    seen.push((await post(loki, at(4))).status);
    assert.deepEqual(seen, [204, 204, 429, 204]);
    const large = push([{ ...P, i: "5" }, ...lines(70, 100_000)]);
    for (let i = 0; i < 2; i++, now += 3_000) assert.equal((await post(loki, large)).status, 429);
  });

  it("an equal batch is stored once while it is in the open block only", async () => {
    const small = push([{ ...P, i: "small" }, ...lines(13, 10_000)]);
    const large = push([{ ...P, i: "large" }, ...lines(39, 10_000)]);
    now += 60_000;
    const seen = [];
    for (const body of [small, small, large, large]) seen.push((await post(loki, body)).stored);
    assert.deepEqual(seen, [13, 0, 39, 39]);
  });
});

describe("R16, R27: the fake Loki with tenants and other limits", () => {
  let loki: FakeLoki;
  const now = NOW;

  before(async () => {
    const stream = { streamBytesPerSecond: 1_024, streamBurstBytes: 10_240 };
    loki = await fakeLoki({
      now: () => now,
      maxBodyBytes: 500_000,
      tenants: {
        any: {},
        blocked260: { blocked: 260 },
        blocked200: { blocked: 200 },
        streamrate: { ...stream, shardStreams: false },
        streamshard: stream,
        fewstreams: { maxStreams: 2 },
        truncate: { truncateLines: true },
        slow: { bytesPerSecond: 10_485, burstBytes: 104_857 },
        plain: { allowMetadata: false },
      },
    });
  });

  after(() => loki.close());

  async function row(tenant: string | undefined, body: string): Promise<readonly [number, number, string]> {
    const seen = await post(loki, body, tenant === undefined ? {} : { "X-Scope-OrgID": tenant });
    return [seen.status, seen.stored, seen.body];
  }

  it("tenants", async () => {
    assert.deepEqual(await row(undefined, push([P, GOOD])), [401, 0, "no org id"]);
    assert.deepEqual(await row("any", push([P, GOOD])), [204, 1, ""]);
    const slash = "tenant ID 'a/b' contains unsupported character '/'";
    assert.deepEqual(await row("a/b", push([P, GOOD])), [400, 0, slash]);
  });

  it("blocked ingestion", async () => {
    const text = "ingestion blocked for user 'blocked260' until '2099-01-01T00:00:00Z' with status code '260'";
    assert.deepEqual(await row("blocked260", push([P, GOOD])), [260, 0, text]);
    assert.deepEqual(await row("blocked200", push([P, GOOD])), [204, 0, ""]);
  });

  it("a stream above its rate", async () => {
    assert.deepEqual(await row("streamrate", push([{ ...P, s: "1" }, ...lines(8, 1_000)])), [204, 8, ""]);
    const [status, stored, text] = await row("streamrate", push([P, ...lines(20, 1_000)]));
    assert.deepEqual([status, stored], [429, 10]);
    assert.match(text, /Per stream rate limit exceeded \(limit: 1KB\/sec\) .* totaling 1000B, consider splitting/);
    assert.match(text, /user 'streamrate', total ignored: 10 out of 20 for stream: /);
    const [whole, none, why] = await row("streamshard", push([P, ...lines(20, 1_000)]));
    assert.deepEqual([whole, none], [429, 0]);
    assert.match(why, /total ignored: 20 out of 20/);
  });

  it("more streams than are allowed", async () => {
    const streams = ["1", "2", "3", "4"].map((s) => [{ ...P, s }, GOOD] as [Record<string, string>, Value]);
    const [status, stored, text] = await row("fewstreams", push(...streams));
    assert.deepEqual([status, stored], [429, 2]);
    const name = '{probe="r", s="4", service_name="probe"}';
    assert.ok(
      text.startsWith(`maximum active stream limit exceeded when trying to create stream ${name}, reduce`),
      text,
    );
    assert.deepEqual((await row("fewstreams", push([{ ...P, s: "5" }, GOOD]))).slice(0, 2), [429, 0]);
  });

  it("a long line where long lines are cut, a burst of 100 kB, a large body, no metadata", async () => {
    assert.deepEqual(await row("truncate", push([P, [ns(NOW), v(300_000)]])), [204, 1, ""]);
    const [status, stored, text] = await row("slow", push([P, ...lines(200, 1_000)]));
    assert.deepEqual([status, stored], [429, 0]);
    assert.match(
      text,
      /for user slow \(limit: 10485 bytes\/sec\) while attempting to ingest '200' lines totaling '200000' bytes/,
    );
    const [large, none, why] = await row("any", `{"streams":[]}${" ".repeat(500_000)}`);
    assert.deepEqual([large, none], [413, 0]);
    assert.match(why, /^request body too large: message size too large than max \(500014 vs 500000\)$/);
    const [refused, zero, because] = await row("plain", push([P, [ns(NOW), "h", { a: "b" }]]));
    assert.deepEqual([refused, zero], [400, 0]);
    assert.match(because, /includes structured metadata, but this feature is disallowed/);
  });
});
