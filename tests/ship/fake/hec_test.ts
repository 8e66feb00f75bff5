import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { type BusyCode, type FakeHec, fakeHec } from "./hec.ts";

const EVENT = "/services/collector/event";
const TOKEN = { Authorization: "Splunk good" };
const OK = '{"text":"Success","code":0}';
const CHANNEL = { "X-Splunk-Request-Channel": "01234567-89ab-cdef-0123-456789abcdef" };

/** An event, as it was sent to a real one. */
function event(fields: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ time: 1_795_558_584.123456, host: "dev-1", event: { body: "hello" }, ...fields });
}

interface Request {
  readonly body?: string | Uint8Array | undefined;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function ask(hec: FakeHec, { body, path = EVENT, method = "POST", headers = TOKEN }: Request) {
  const had = hec.stored.length;
  const response = await fetch(hec.url + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: body as BodyInit }),
  });
  return [response.status, await response.text(), hec.stored.length - had];
}

describe("R27: the fake collector answers as Fluent Bit did", () => {
  let hec: FakeHec;

  before(async () => {
    hec = await fakeHec({ mode: "fluent-bit" });
  });

  after(() => hec.close());

  const one = event();
  const json = { ...TOKEN, "Content-Type": "application/json" };
  const packed = { ...TOKEN, "Content-Encoding": "gzip" };
  const rows: readonly (readonly [name: string, request: Request, status: number, body: string, stored: number])[] = [
    ["one event", { body: one }, 200, OK, 1],
    ["three events, concatenated", { body: one.repeat(3) }, 200, OK, 3],
    ["three events, a line each", { body: `${one}\n`.repeat(3) }, 200, OK, 3],
    ["JSON array of two", { body: `[${one},${one}]` }, 200, OK, 1],
    ["Content-Type: application/json", { body: one, headers: json }, 200, OK, 1],
    ["path /services/collector", { body: one, path: "/services/collector" }, 200, OK, 1],
    ["path /services/collector/event/1.0", { body: one, path: `${EVENT}/1.0` }, 200, OK, 1],
    ["X-Splunk-Request-Channel", { body: one, headers: { ...TOKEN, ...CHANNEL } }, 200, OK, 1],
    ["gzip", { body: gzipSync(one), headers: packed }, 200, OK, 1],
    ["gzip announced, plain sent", { body: one, headers: packed }, 200, OK, 1],
    ["wrong token", { body: one, headers: { Authorization: "Splunk x" } }, 403, '{"text":"Invalid token","code":4}', 0],
    [
      "wrong token of the same length",
      { body: one, headers: { Authorization: "Splunk goof" } },
      403,
      '{"text":"Invalid token","code":4}',
      0,
    ],
    ["no Authorization", { body: one, headers: {} }, 401, '{"text":"Token is required","code":2}', 0],
    [
      "Authorization: Bearer",
      { body: one, headers: { Authorization: "Bearer good" } },
      401,
      '{"text":"Invalid authorization","code":3}',
      0,
    ],
    ["not JSON", { body: "hello" }, 200, OK, 1],
    ["good event, then one cut short", { body: one + one.slice(0, 30) }, 200, OK, 1],
    [
      "good event, then garbage, then a good one",
      { body: `${one}garbage${one}` },
      400,
      '{"text":"Invalid data format","code":6}',
      0,
    ],
    ["empty body", { body: "" }, 400, '{"text":"No data","code":5}', 0],
    ["event missing", { body: '{"time":1}' }, 200, OK, 1],
    ["event blank", { body: event({ event: "" }) }, 200, OK, 1],
    ["event a string", { body: event({ event: "x" }) }, 200, OK, 1],
    ["fields nested", { body: event({ fields: { a: { b: "c" } } }) }, 200, OK, 1],
    ["time a string", { body: event({ time: "1795558584.5" }) }, 200, OK, 1],
    ["time missing", { body: event({ time: undefined }) }, 200, OK, 1],
    ["index unknown", { body: event({ index: "nowhere" }) }, 200, OK, 1],
    ["/raw, two lines", { body: "a\nb", path: "/services/collector/raw" }, 200, OK, 1],
    ["/ack", { body: '{"acks":[0]}', path: "/services/collector/ack" }, 400, "error: invalid HTTP endpoint", 0],
    [
      "GET health",
      { path: "/services/collector/health", method: "GET", headers: {} },
      200,
      '{"text":"Success","code":200}',
      0,
    ],
    ["GET event", { method: "GET" }, 400, "error: invalid HTTP endpoint", 0],
    ["unknown path", { body: one, path: "/nowhere" }, 400, "error: invalid HTTP endpoint", 0],
    ["one event of 1 MB", { body: event({ event: "x".repeat(1_000_000) }) }, 200, OK, 1],
    ["5 MB of events", { body: event({ event: "x".repeat(100_000) }).repeat(50) }, 413, "", 0],
  ];
  for (const [name, request, status, body, stored] of rows) {
    it(name, async () => assert.deepEqual(await ask(hec, request), [status, body, stored]));
  }
});

describe("R27: the fake collector refuses by Splunk's table of codes", () => {
  let hec: FakeHec;

  before(async () => {
    hec = await fakeHec({
      tokens: { good: {}, off: { isDisabled: true }, acking: { ackMs: 0 }, lost: { ackMs: Infinity } },
    });
  });

  after(() => hec.close());

  beforeEach(() => {
    hec.busy = undefined;
    hec.forget();
  });

  /** The code of an answer and the event that it names. */
  async function code(request: Request): Promise<readonly unknown[]> {
    const [status, text, stored] = await ask(hec, request);
    const { code, "invalid-event-number": at } = JSON.parse(String(text)) as Record<string, unknown>;
    return at === undefined ? [status, code, stored] : [status, code, stored, at];
  }

  const rows: readonly (readonly [body: string, expected: readonly number[]])[] = [
    [event(), [200, 0, 1]],
    [`${event()}\n ${event({ time: "17.5" })}`, [200, 0, 2]],
    [" ", [400, 5, 0]],
    [event() + "garbage" + event(), [400, 6, 1, 1]],
    [event() + event().slice(0, 30), [400, 6, 1, 1]],
    [`[${event()}]`, [400, 6, 0, 0]],
    [event({ time: "now" }), [400, 6, 0, 0]],
    [event() + event() + event({ index: "nowhere" }), [400, 7, 2, 2]],
    ['{"time":1}', [400, 12, 0, 0]],
    [event({ event: "" }), [400, 13, 0, 0]],
    [event() + event({ event: null }), [400, 13, 1, 1]],
    [event({ fields: { a: { b: "c" } } }), [400, 15, 0, 0]],
    [event({ fields: { a: ["b", "c"] }, event: '"}{\\' }), [200, 0, 1]],
  ];
  for (const [body, expected] of rows) {
    it(`${body.slice(-60)}: ${expected[1]}`, async () => assert.deepEqual(await code({ body }), expected));
  }

  it("tokens", async () => {
    const as = (authorization: string) => code({ body: event(), headers: { Authorization: authorization } });
    assert.deepEqual(await code({ body: event(), headers: {} }), [401, 2, 0]);
    assert.deepEqual(await as("Bearer good"), [401, 3, 0]);
    assert.deepEqual(await as("Splunk unknown"), [403, 4, 0]);
    assert.deepEqual(await as("Splunk off"), [403, 1, 0]);
    hec.setToken("unknown", {});
    assert.deepEqual(await as("Splunk unknown"), [200, 0, 1]);
    hec.setToken("unknown", undefined);
    assert.deepEqual(await as("Splunk unknown"), [403, 4, 0]);
  });

  it("busy, and how it says that it is well", async () => {
    const health = { path: "/services/collector/health", method: "GET", headers: {} };
    assert.deepEqual(await code(health), [200, 17, 0]);
    for (const [busy, status] of [[8, 500], [9, 503], [18, 503], [19, 503], [20, 503], [23, 503]] as const) {
      hec.busy = busy satisfies BusyCode;
      assert.deepEqual(await code({ body: event() }), [status, busy, 0]);
      assert.deepEqual(await code(health), [503, busy, 0]);
    }
  });

  it("too large: 413 and nothing", async () => {
    assert.deepEqual(await ask(hec, { body: event({ event: "x".repeat(1_000_000) }) }), [413, "", 0]);
  });

  it("acknowledgements: a channel, a number, a status that is gone once it was read", async () => {
    const path = "/services/collector/ack";
    const acking = { Authorization: "Splunk acking" };
    const both = { ...acking, ...CHANNEL };
    assert.deepEqual(await code({ body: event(), headers: acking }), [400, 10, 0]);
    const wrong = { ...acking, "X-Splunk-Request-Channel": "me" };
    assert.deepEqual(await code({ body: event(), headers: wrong }), [400, 11, 0]);
    assert.deepEqual(await code({ body: '{"acks":[0]}', path }), [400, 14, 0]);
    for (const id of [0, 1]) {
      const [, text] = await ask(hec, { body: event(), headers: both });
      assert.equal(text, `{"text":"Success","code":0,"ackId":${id}}`);
    }
    const poll = { body: '{"acks":[0,1,2]}', path, headers: both };
    assert.deepEqual((await ask(hec, poll))[1], '{"acks":{"0":true,"1":true,"2":false}}');
    assert.deepEqual((await ask(hec, poll))[1], '{"acks":{"0":false,"1":false,"2":false}}');
    const lost = { Authorization: "Splunk lost", ...CHANNEL };
    await ask(hec, { body: event(), headers: lost });
    assert.deepEqual((await ask(hec, { ...poll, headers: lost }))[1], '{"acks":{"0":false,"1":false,"2":false}}');
  });

  it("without the number of the event, and with nothing stored before it", async () => {
    const other = await fakeHec({ tellsEvent: false, storesBefore: false });
    const answered = await ask(other, { body: event() + event({ event: "" }) }).finally(() => other.close());
    assert.deepEqual(answered, [400, '{"text":"Event field cannot be blank","code":13}', 0]);
  });
});
