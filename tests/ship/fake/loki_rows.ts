/**
 * What a real Loki answered with its default limits, request by request.
 *
 * @module
 */
import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";

/** When the rows were recorded. */
export const NOW: number = Date.parse("2026-11-24T22:22:13Z");
/** An hour in milliseconds. */
export const HOUR: number = 3_600_000;
const DAY = 24 * HOUR;

/** An entry of a push. */
export type Value = readonly unknown[];

/** One row: a request, and what a real Loki answered. */
export interface Row {
  readonly name: string;
  readonly body: string | Uint8Array;
  readonly status: number;
  /** A text of the answer. */
  readonly says?: string;
  /** Entries that were stored. */
  readonly stored: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nanoseconds as text. */
export function ns(ms: number, more = 0): string {
  return String(BigInt(ms) * 1_000_000n + BigInt(more));
}

/** A push of streams. */
export function push(...streams: (readonly [Readonly<Record<string, unknown>>, ...Value[]])[]): string {
  return JSON.stringify({ streams: streams.map(([stream, ...values]) => ({ stream, values })) });
}

/** Labels of the recorded requests. */
export const P: Readonly<Record<string, string>> = { probe: "r", service_name: "probe" };
/** An entry that is always stored. */
export const GOOD: Value = [ns(NOW), "good"];
/** Text of a length. */
export const v = (length: number): string => "v".repeat(length);
const labels = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, "v"]));
const pairs = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`m${i}`, "v"]));
const behind = (count: number): Value[] => Array.from({ length: count }, (_, i) => [ns(NOW - 2 * HOUR - i), `b${i}`]);
/** Entries of a size. */
export const lines = (count: number, bytes: number): Value[] =>
  Array.from({ length: count }, (_, i) => [ns(NOW, i), String(i).padEnd(bytes, "x")]);

const REQUEST = "loghttp.PushRequest";
/** The recorded rows that need no other setting. */
export const ROWS: readonly Row[] = [
  { name: "one entry", body: push([P, GOOD]), status: 204, stored: 1 },
  { name: "metadata, strings", body: push([P, [ns(NOW), "h", { seq: "1" }]]), status: 204, stored: 1 },
  { name: "metadata, a number", body: push([P, [ns(NOW), "h", { seq: 1 }]]), status: 400, says: REQUEST, stored: 0 },
  {
    name: "metadata, nested",
    body: push([P, [ns(NOW), "h", { a: { b: "c" } }]]),
    status: 400,
    says: REQUEST,
    stored: 0,
  },
  { name: "timestamp a number", body: push([P, [NOW, "h"]]), status: 400, says: REQUEST, stored: 0 },
  {
    name: "timestamp RFC 3339",
    body: push([P, ["2026-11-24T22:22:13.085Z", "h"]]),
    status: 400,
    says: REQUEST,
    stored: 0,
  },
  { name: "line not a string", body: push([P, [ns(NOW), { a: 1 }]]), status: 400, says: REQUEST, stored: 0 },
  { name: "empty line", body: push([P, [ns(NOW), ""]]), status: 204, stored: 1 },
  { name: "NUL and newline", body: push([P, [ns(NOW), "a\0b\nc"]]), status: 204, stored: 1 },
  {
    name: "a lone surrogate beside a good entry",
    body: push([P, GOOD, [ns(NOW), "c\ud800d"]]),
    status: 400,
    says: REQUEST,
    stored: 0,
  },
  {
    name: "JSON cut short",
    body: '{"streams":[{"stream":{"a":"b"},"values":[["1","x"',
    status: 400,
    says: REQUEST,
    stored: 0,
  },
  { name: "not JSON", body: "hello", status: 400, says: "readObjectStart: expect { or n, but found h", stored: 0 },
  { name: "empty body", body: "", status: 400, says: "EOF", stored: 0 },
  { name: "{}", body: "{}", status: 422, says: "error at least one valid stream is required for ingestion", stored: 0 },
  { name: "no streams", body: '{"streams":[]}', status: 422, says: "at least one valid stream", stored: 0 },
  { name: "stream without values", body: push([P]), status: 204, stored: 0 },
  { name: "stream {}", body: push([{}, GOOD]), status: 204, stored: 1 },
  {
    name: "label name with a dot",
    body: push([{ "a.b": "c" }, GOOD]),
    status: 400,
    says: "couldn't parse labels",
    stored: 0,
  },
  {
    name: "two streams, one with a dot",
    body: push([{ "a.b": "c" }, GOOD], [P, GOOD]),
    status: 400,
    says: "unexpected character inside braces: '.'",
    stored: 0,
  },
  { name: "label name __x", body: push([{ ...P, __x: "1" }, GOOD]), status: 204, stored: 1 },
  { name: "label value a number", body: push([{ ...P, a: 1 }, GOOD]), status: 204, stored: 1 },
  { name: "label value empty", body: push([{ ...P, a: "" }, GOOD]), status: 204, stored: 1 },
  {
    name: "15 labels and service_name",
    body: push([{ ...labels(15), service_name: "probe" }, GOOD]),
    status: 204,
    stored: 1,
  },
  {
    name: "16 labels and service_name",
    body: push([{ ...labels(15), ...P }, GOOD]),
    status: 400,
    says:
      `entry for stream '{l0="v", l1="v", l10="v", l11="v", l12="v", l13="v", l14="v", l2="v", l3="v", l4="v", l5="v", l6="v", l7="v", l8="v", l9="v", probe="r", service_name="probe"}' has 16 label names; limit 15`,
    stored: 0,
  },
  {
    name: "label name of 1025 B",
    body: push([{ ...P, ["n".repeat(1_025)]: "v" }, GOOD]),
    status: 400,
    says: "has label name too long: 'nnn",
    stored: 0,
  },
  { name: "label value of 2048 B", body: push([{ ...P, a: v(2_048) }, GOOD]), status: 204, stored: 1 },
  {
    name: "label value of 2049 B",
    body: push([{ ...P, a: v(2_049) }, GOOD]),
    status: 400,
    says: "has label value too long: 'vvv",
    stored: 0,
  },
  { name: "line of 262,144 B", body: push([P, [ns(NOW), v(262_144)]]), status: 204, stored: 1 },
  {
    name: "line of 262,145 B between two good ones",
    body: push([P, GOOD, [ns(NOW), v(262_145)], [ns(NOW, 1), "good"]]),
    status: 400,
    says:
      `max entry size '262144' bytes exceeded for stream '{probe="r", service_name="probe"}' while adding an entry with length '262145' bytes`,
    stored: 2,
  },
  {
    name: "metadata of 65,537 B beside a good entry",
    body: push([P, GOOD, [ns(NOW), "m", { m: v(65_536) }]]),
    status: 400,
    says:
      `stream '{probe="r", service_name="probe"}' has structured metadata too large: '65537' bytes, limit: '65536' bytes.`,
    stored: 1,
  },
  {
    name: "129 metadata names beside a good entry",
    body: push([P, GOOD, [ns(NOW), "m", pairs(129)]]),
    status: 400,
    says: "has too many structured metadata labels: '129', limit: '128'.",
    stored: 1,
  },
  {
    name: "8 days old beside a good entry",
    body: push([P, [ns(NOW - 8 * DAY), "old"], GOOD]),
    status: 400,
    says:
      `entry for stream '{probe="r", service_name="probe"}' has timestamp too old: 2026-11-16T22:22:13Z, oldest acceptable timestamp is: 2026-11-17T22:22:13Z`,
    stored: 1,
  },
  { name: "6 days 23 h old", body: push([P, [ns(NOW - 7 * DAY + HOUR), "old"]]), status: 204, stored: 1 },
  {
    name: "11 min in the future beside a good entry",
    body: push([P, [ns(NOW + 660_000), "new"], GOOD]),
    status: 400,
    says: `entry for stream '{probe="r", service_name="probe"}' has timestamp too new: 2026-11-24T22:33:13Z`,
    stored: 1,
  },
  { name: "9 min in the future", body: push([P, [ns(NOW + 540_000), "new"]]), status: 204, stored: 1 },
  { name: "now, then 59 min behind", body: push([P, GOOD, [ns(NOW - 59 * 60_000), "b"]]), status: 204, stored: 2 },
  {
    name: "now, then 61 min behind",
    body: push([P, [ns(NOW + 241), "good"], [ns(NOW + 241 - 61 * 60_000), "b"]]),
    status: 400,
    says:
      `entry with timestamp 2026-11-24 21:21:13.241 +0000 UTC ignored, reason: 'entry too far behind, entry timestamp is: 2026-11-24T21:21:13Z, oldest acceptable timestamp is: 2026-11-24T21:22:13Z',\nuser 'fake', total ignored: 1 out of 2 for stream: {probe="r", service_name="probe"}`,
    stored: 1,
  },
  { name: "the same two, old one first", body: push([P, [ns(NOW - 61 * 60_000), "b"], GOOD]), status: 204, stored: 2 },
  {
    name: "now, then 12 entries 2 h behind, then a good one",
    body: push([P, GOOD, ...behind(12), [ns(NOW, 1), "good"]]),
    status: 400,
    says: `user 'fake', total ignored: 12 out of 14 for stream: {probe="r", service_name="probe"}`,
    stored: 2,
  },
  {
    name: "two streams, the first 8 days old",
    body: push([{ ...P, s: "1" }, [ns(NOW - 8 * DAY), "old"]], [{ ...P, s: "2" }, GOOD]),
    status: 400,
    says: `entry for stream '{probe="r", s="1", service_name="probe"}' has timestamp too old`,
    stored: 1,
  },
  {
    name: "two streams, each 2 h behind its own first",
    body: push([{ ...P, s: "1" }, GOOD, ...behind(1)], [{ ...P, s: "2" }, GOOD, ...behind(1)]),
    status: 400,
    says: `total ignored: 1 out of 2 for stream: {probe="r", s="2", service_name="probe"}`,
    stored: 2,
  },
  { name: "the same entry twice", body: push([P, GOOD, GOOD]), status: 204, stored: 1 },
  { name: "same ns, other line", body: push([P, GOOD, [ns(NOW), "other"]]), status: 204, stored: 2 },
  {
    name: "same ns and line, other metadata",
    body: push([P, [ns(NOW), "h", { seq: "1" }], [ns(NOW), "h", { seq: "2" }]]),
    status: 204,
    stored: 2,
  },
  {
    name: "X-Loki-Backfill-Shard, 8 days old",
    body: push([P, [ns(NOW - 8 * DAY), "old"]]),
    headers: { "X-Loki-Backfill-Shard": "2026-01-01" },
    status: 204,
    stored: 1,
  },
  { name: "gzip", body: gzipSync(push([P, GOOD])), headers: { "Content-Encoding": "gzip" }, status: 204, stored: 1 },
  {
    name: "gzip, cut short",
    body: gzipSync(push([P, GOOD])).subarray(0, 40),
    headers: { "Content-Encoding": "gzip" },
    status: 400,
    says: "unexpected EOF",
    stored: 0,
  },
  {
    name: "gzip announced, plain sent",
    body: push([P, GOOD]),
    headers: { "Content-Encoding": "gzip" },
    status: 400,
    says: "gzip: invalid header",
    stored: 0,
  },
  {
    name: "raw deflate",
    body: deflateRawSync(push([P, GOOD])),
    headers: { "Content-Encoding": "deflate" },
    status: 204,
    stored: 1,
  },
  {
    name: "deflate (zlib)",
    body: deflateSync(push([P, GOOD])),
    headers: { "Content-Encoding": "deflate" },
    status: 400,
    says: "EOF",
    stored: 0,
  },
  {
    name: "Content-Encoding: zstd",
    body: push([P, GOOD]),
    headers: { "Content-Encoding": "zstd" },
    status: 400,
    says: `Content-Encoding "zstd" not supported`,
    stored: 0,
  },
  {
    name: "Content-Type with a charset",
    body: push([P, GOOD]),
    headers: { "Content-Type": "application/json; charset=utf-8" },
    status: 204,
    stored: 1,
  },
  ...["text/plain", "application/x-ndjson"].map((type): Row => ({
    name: `Content-Type: ${type}`,
    body: push([P, GOOD]),
    headers: { "Content-Type": type },
    status: 400,
    says: "snappy: corrupt input",
    stored: 0,
  })),
  { name: "3.9 MB of lines", body: push([P, ...lines(39, 100_000)]), status: 204, stored: 39 },
  {
    name: "4.3 MB of lines",
    body: push([P, ...lines(43, 100_000)]),
    status: 500,
    says: "rpc error: code = ResourceExhausted desc = grpc: received message larger than max (43",
    stored: 0,
  },
  {
    name: "4.3 MB in streams of one push",
    body: push([{ ...P, s: "1" }, ...lines(20, 100_000)], [{ ...P, s: "2" }, ...lines(23, 100_000)]),
    status: 500,
    says: "larger than max",
    stored: 0,
  },
  {
    name: "7 MB (above the burst)",
    body: push([P, ...lines(70, 100_000)]),
    status: 429,
    says:
      "ingestion rate limit exceeded for user fake (limit: 4194304 bytes/sec) while attempting to ingest '70' lines totaling '7000000' bytes, reduce log volume",
    stored: 0,
  },
];
