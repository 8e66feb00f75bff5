import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { lokiOutcome, type Push } from "../../../src/ship/sink/loki_outcome.ts";
import { refusal, type RefusedEntry } from "../../../src/ship/sink/loki_refusal.ts";
import { answer, answering, NEVER } from "../support_exchange.ts";
import { batchOf, log, NOW, sinkWith } from "./loki_support.ts";

const SECOND = Math.floor(NOW / 1_000);
const HOUR = 3_600;
const STREAM = `{probe="r", service_name="probe"}`;

/** Entries at times given in seconds from now, in ascending order; their places count from the end. */
function entries(...at: readonly number[]): RefusedEntry[] {
  return at.map((seconds, i) => ({
    place: at.length - 1 - i,
    seconds: SECOND + seconds,
    bytes: 300,
    lineBytes: 100,
  }));
}

function outcome(status: number, body = "", push: Partial<Push> = {}, headers = {}): Outcome {
  const sent = { entries: entries(0, 1, 2), rateLimits: status === 429 ? 1 : 0, accept200: false, ...push };
  return lokiOutcome(answer(status, body, headers), sent, NOW);
}

const LARGER =
  "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (4302167 vs. 4194304)";
const LIMIT =
  "ingestion rate limit exceeded for user slow (limit: 10485 bytes/sec) while attempting to ingest '200' lines totaling '200000' bytes, reduce log volume";
const STREAM_LIMIT =
  `entry with timestamp 2026-11-24 22:22:32.37200001 +0000 UTC ignored, reason: 'Per stream rate limit exceeded (limit: 1KB/sec) while attempting to ingest for stream '${STREAM}' totaling 1000B, consider splitting a stream',\nuser 'streamrate', total ignored: 10 out of 20 for stream: ${STREAM}`;
const PARSE =
  `loghttp.PushRequest.Streams: []loghttp.LogProtoStream: unmarshalerDecoder: Value is string, but can't find closing '"' symbol, error found in #10 byte of ...|password|..., bigger context ...|my password|...`;

describe("R10 to R13: answers of Loki", () => {
  const rows:
    readonly (readonly [name: string, kind: Outcome["kind"], status: number, body?: string, push?: Partial<Push>])[] = [
      ["stored", "ack", 204],
      ["200 unless it is accepted", "hold", 200],
      ["200 where it is accepted", "ack", 200, "", { accept200: true }],
      ["blocked", "hold", 260, "ingestion blocked for user 'a' until '2099-01-01T00:00:00Z' with status code '260'"],
      ["another 2xx", "hold", 202],
      ["a redirect", "hold", 302],
      ["no tenant", "hold", 401, "no org id"],
      ["forbidden", "hold", 403],
      ["unknown path", "hold", 404, "404 page not found"],
      ["wrong method", "hold", 405],
      ["no streams arrived", "hold", 422, "error at least one valid stream is required for ingestion"],
      ["too large", "split", 413, "request body too large: message size too large than max (104857601 vs 104857600)"],
      ["too large between Loki's parts", "split", 500, LARGER],
      ["the same from a gateway", "split", 502, LARGER],
      ["starting", "retry", 500, "empty ring"],
      ["too slow", "retry", 500, "rpc error: code = DeadlineExceeded desc = context deadline exceeded"],
      ["unavailable", "retry", 503],
      ["time out", "retry", 408],
      ["too early", "retry", 425],
      ["rate", "retry", 429, LIMIT],
      ["rate of a stream, a part is stored", "retry", 429, STREAM_LIMIT],
      [
        "streams",
        "retry",
        429,
        "maximum active stream limit exceeded when trying to create stream {}, reduce the number",
      ],
      ["parsing", "split", 400, PARSE],
      [
        "not JSON",
        "split",
        400,
        "readObjectStart: expect { or n, but found h, error found in #1 byte of ...|hello|...",
      ],
      ["label names", "split", 400, "couldn't parse labels: 1:8: parse error: unexpected character inside braces: '.'"],
      ["an unknown text: nothing was stored", "split", 400, "something new"],
      ["no body arrived", "hold", 400, "EOF\n"],
      ["gzip was broken on the way", "hold", 400, "gzip: invalid header"],
      ["the type was lost on the way", "hold", 400, "snappy: corrupt input"],
      ["the encoding is not known", "hold", 400, `Content-Encoding "gzip" not supported`],
      ["the tenant", "hold", 400, "tenant ID 'a/b' contains unsupported character '/'"],
      ["number of labels", "hold", 400, `entry for stream '${STREAM}' has 16 label names; limit 15`],
      ["length of a label's name", "hold", 400, `stream '${STREAM}' has label name too long: 'nnn'`],
      ["length of a label's value", "hold", 400, `stream '${STREAM}' has label value too long: 'vvv'`],
      ["labels that are enforced", "hold", 400, `missing required labels team for user fake for stream ${STREAM}`],
      [
        "metadata is switched off",
        "hold",
        400,
        `stream '${STREAM}' includes structured metadata, but this feature is disallowed.`,
      ],
      ["a page of a proxy", "hold", 400, "<html><head><title>400 Bad Request</title>"],
      ["validation", "dead-letter", 400, `max entry size '262144' bytes exceeded for stream '${STREAM}' while adding`],
      ["validation, in old words", "dead-letter", 400, `Max entry size '262144' bytes exceeded for stream '${STREAM}'`],
    ];
  for (const [name, kind, status, body, push] of rows) {
    it(`${status} ${name}: ${kind}`, () => assert.equal(outcome(status, body, push).kind, kind));
  }

  it("a validated push is settled, with the rest stored", () => {
    const old =
      `entry for stream '${STREAM}' has timestamp too old: 2026-11-16T22:22:13Z, oldest acceptable timestamp is: 2026-11-17T22:22:13Z\n`;
    const seen = outcome(400, old, { entries: entries(-8 * 24 * HOUR, 0, 1) });
    assert.deepEqual(seen, { kind: "dead-letter", records: [2], reason: `HTTP 400: ${old.trim()}`, rest: "acked" });
  });

  it("a reason shows nothing of the lines", () => {
    const seen = outcome(400, PARSE);
    assert.ok(seen.kind === "split");
    assert.match(seen.reason, /^HTTP 400: loghttp\.PushRequest.* symbol$/);
  });

  it("a pause that is asked for is kept", () => {
    const seen = outcome(429, LIMIT, {}, { "Retry-After": "30" });
    assert.deepEqual(seen, { kind: "retry", reason: `HTTP 429: ${LIMIT}`, afterMs: 30_000 });
  });
});

describe("R12: a push that no rate limit will ever let through", () => {
  const large = Array.from({ length: 50 }, (_, i) => ({ place: i, seconds: SECOND, bytes: 1_000, lineBytes: 900 }));

  it("is halved at the third time, if it is larger than what flows in within a second", () => {
    const kind = (rateLimits: number, of = large, body = LIMIT): string =>
      outcome(429, body, { rateLimits, entries: of }).kind;
    assert.deepEqual([1, 2, 3, 4].map((times) => kind(times)), ["retry", "retry", "split", "split"]);
    assert.equal(kind(9, large.slice(0, 10)), "retry");
    assert.equal(kind(9, large.slice(0, 1).map((entry) => ({ ...entry, bytes: 99_999 }))), "retry");
    assert.equal(kind(3, large.slice(0, 2), STREAM_LIMIT), "split");
    assert.equal(kind(3, large.slice(0, 1), STREAM_LIMIT), "retry");
  });

  it("is halved above 1 MB where the limit is not told", () => {
    const huge = large.map((entry) => ({ ...entry, bytes: 20_001 }));
    assert.equal(outcome(429, "slow down", { rateLimits: 3, entries: huge }).kind, "split");
    assert.equal(outcome(429, "slow down", { rateLimits: 3, entries: large }).kind, "retry");
  });

  it("is counted by the sink, for each batch and only in a row", async () => {
    const script = [429, 429, 503, 429, 429, 429, 204];
    const sink = sinkWith({ exchange: answering(() => answer(script.shift() ?? 204, LIMIT)) });
    const batch = batchOf(sink, Array.from({ length: 100 }, (_, i) => log(i)));
    const kinds = [];
    while (script.length > 0) kinds.push((await sink.send(batch, NEVER)).kind);
    assert.deepEqual(kinds, ["retry", "retry", "retry", "retry", "retry", "split", "ack"]);
  });
});

describe("R13: which entries were refused", () => {
  const old = (oldest: string): string =>
    `entry for stream '${STREAM}' has timestamp too old: 2026-11-01T00:00:00Z, oldest acceptable timestamp is: ${oldest}`;
  const behind = (count: number, outOf: number, oldest = "2026-11-24T21:22:13Z"): string =>
    `entry with timestamp 2026-11-24 20:22:13.248 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2026-11-24T20:22:13Z, oldest acceptable timestamp is: ${oldest}',\nuser 'fake', total ignored: ${count} out of ${outOf} for stream: ${STREAM}`;

  it("too old: those before the oldest that is acceptable, and of its second all", () => {
    const at = "2026-11-24T22:22:13Z";
    assert.deepEqual(refusal(old(at), entries(-9, -1, 0, 1, 2)), [4, 3, 2]);
    assert.deepEqual(refusal(`2 errors like: ${old(at)}`, entries(-9, -1, 1)), [2, 1]);
    assert.deepEqual(refusal(`3 errors like: ${old(at)}`, entries(-9, -1, 1)), { count: 3 });
    assert.deepEqual(refusal(old("2020-01-01T00:00:00Z"), entries(0, 1)), { count: 1 });
  });

  it("too new: those from the first that is shown", () => {
    const text = `entry for stream '${STREAM}' has timestamp too new: 2026-11-24T22:33:13Z`;
    assert.deepEqual(refusal(text, entries(0, 659, 660, 900)), [1, 0]);
  });

  it("too long: those above the limit that is told", () => {
    const text = `2 errors like: max entry size '1000' bytes exceeded for stream '${STREAM}' while adding an entry`;
    const long = entries(0, 1, 2, 3).map((entry, i) => ({ ...entry, lineBytes: i % 2 === 0 ? 1_000 : 1_001 }));
    assert.deepEqual(refusal(text, long), [2, 0]);
    const both = `1 errors like: ${old("2026-11-24T22:22:13Z")}; ${text}`;
    assert.deepEqual(refusal(both, long), [3, 2, 0]);
  });

  it("metadata: only how many", () => {
    const text = `stream '${STREAM}' has structured metadata too large: '65537' bytes, limit: '65536' bytes.`;
    assert.deepEqual(refusal(text, entries(0, 1)), { count: 1 });
    assert.deepEqual(refusal(`7 errors like: ${text}`, entries(0, 1)), { count: 2 });
  });

  it("too far behind: the first ones, where number and time agree", () => {
    const sent = entries(-2 * HOUR, -2 * HOUR + 1, -HOUR, 0, 1);
    assert.deepEqual(refusal(behind(2, 5), sent), [4, 3]);
    assert.deepEqual(refusal(behind(3, 5), sent), [4, 3, 2]);
    assert.deepEqual(refusal(behind(4, 5), sent), { count: 4 });
    assert.deepEqual(refusal(behind(1, 5), sent), { count: 1 });
    // One was refused before, and is not spoken of.
    assert.deepEqual(refusal(behind(2, 4), sent), { count: 3 });
    assert.deepEqual(refusal(behind(99, 4), sent), { count: 5 });
    assert.deepEqual(refusal("user 'fake', total ignored: 12 out of 14 for stream: {}", sent), { count: 5 });
  });
});
