import * as fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AllowList, CORRELATION_ID, MAX_ALLOWED } from "../../../src/log/context/allow_list.ts";
import {
  MAX_CARRIER_BYTES,
  MAX_VALUE,
  readCarrier,
  writeHeaders,
  writeText,
} from "../../../src/log/context/carrier.ts";
import { started } from "../../sdk/support.ts";
import { seed } from "../../support/soak.ts";

const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function allow(...keys: readonly string[]): AllowList {
  const list = new AllowList();
  for (const key of keys) assert.equal(list.add(key), undefined);
  return list;
}

const never = (): void => assert.fail("something was left out");

describe("the allow-list", () => {
  it("starts with the correlation id and takes 64 keys", () => {
    const list = new AllowList();
    assert.deepEqual([...list.keys()], [CORRELATION_ID]);
    for (let i = 1; i < MAX_ALLOWED; i++) assert.equal(list.add(`k${i}`), undefined);
    assert.equal(list.add("one more"), "64 keys are the most");
    assert.equal(list.add("k1"), undefined);
    assert.equal([...list.keys()].length, MAX_ALLOWED);
  });

  it("refuses what says who wrote a record, and names of objects", () => {
    const list = new AllowList();
    const keys =
      "logger.name service.name service.x device.id pontem.tenant.id exception.type traceparent tracestate baggage " +
      "traceId spanId timestamp severityText body attributes resource __proto__ constructor toString";
    for (const key of keys.split(" ")) {
      assert.match(list.add(key) ?? "", /^".*" is reserved, use a name of your own$/, key);
    }
    for (const odd of ["", "x".repeat(129), 5, null, undefined, {}]) assert.match(list.add(odd) ?? "", /^use a text/);
    assert.deepEqual([...list.keys()], [CORRELATION_ID]);
  });

  it("refuses with one message", () => {
    const world = started();
    const { context } = world.pontem;
    context.allow("service.name", "service.version", "batch");
    assert.deepEqual(world.said(), [
      'WARN pontem.sdk Cannot allow a key of the context: "service.*" is reserved, use a name of your own',
    ]);
    context.bind({ batch: 7, "service.name": "other" });
    assert.equal(context.serialize(), '{"batch":7}');
  });
});

describe("text", () => {
  it("brings allowed keys and the trace, of the kind they were", () => {
    const allowed = allow("n", "on", "other");
    const attributes = { secret: 1, n: -0.5, on: true, correlation_id: 'a"\n\u00e9' };
    const text = writeText(attributes, TRACE, allowed, never);
    assert.deepEqual(readCarrier(text, allowed), {
      attributes: { n: -0.5, on: true, correlation_id: 'a"\n\u00e9' },
      trace: TRACE,
      problem: undefined,
    });
    assert.equal(writeText({}, undefined, allowed, never), "{}");
    assert.deepEqual(readCarrier("{}", allowed), { attributes: {}, trace: undefined, problem: undefined });
  });

  it("is taken up to 1 KiB, values up to 256 characters", () => {
    const list = new AllowList();
    const long = (bytes: number): string => `{"correlation_id":"a1","x":"${"\u00e9".repeat((bytes - 30) / 2)}"}`;
    assert.equal(new TextEncoder().encode(long(1_024)).length, 1_024);
    assert.equal(readCarrier(long(1_024), list).attributes[CORRELATION_ID], "a1");
    assert.deepEqual(readCarrier(long(1_026), list), { attributes: {}, trace: undefined, problem: "too large" });
    const value = (length: number): string => JSON.stringify({ correlation_id: "v".repeat(length) });
    assert.equal(readCarrier(value(MAX_VALUE), list).attributes[CORRELATION_ID], "v".repeat(MAX_VALUE));
    assert.deepEqual(readCarrier(value(MAX_VALUE + 1), list).attributes, {});
  });

  it("brings no objects, no null, no number that JSON has not", () => {
    for (const value of ["{}", "[1]", "null", "1e999"]) {
      const read = readCarrier(`{"correlation_id":${value},"traceparent":"${TRACEPARENT}"}`, new AllowList());
      assert.deepEqual(read, { attributes: {}, trace: TRACE, problem: "malformed" });
    }
    assert.equal(readCarrier('{"traceparent":5}', new AllowList()).problem, "malformed");
  });

  it("that goes out is never more than what is taken; what does not fit is told", () => {
    const keys = Array.from({ length: 40 }, (_, n) => `key${n}`);
    const attributes = Object.fromEntries(keys.map((key) => [key, "v".repeat(100)]));
    let left = 0;
    const allowed = allow(...keys);
    const text = writeText(attributes, TRACE, allowed, () => left++);
    const { attributes: read, problem } = readCarrier(text, allowed);
    assert.ok(text.length <= MAX_CARRIER_BYTES && text.length > 900);
    assert.deepEqual([Object.keys(read).length + left, problem], [40, undefined]);
    const { baggage } = writeHeaders(attributes, undefined, allowed, () => {});
    assert.ok(baggage !== undefined && baggage.length <= MAX_CARRIER_BYTES && baggage.length > 900);

    const world = started();
    world.pontem.context.bind({ correlation_id: ["a list"] });
    assert.deepEqual([world.pontem.context.serialize(), world.pontem.context.headers()], ["{}", {}]);
    assert.match(world.said().join("\n"), /^WARN pontem\.sdk An allowed key of the context was not sent on.*$/);
  });
});

describe("headers", () => {
  const list = allow("a b", "n");

  it("are read from whatever holds them", () => {
    const [traceparent, baggage] = [TRACEPARENT, "correlation_id=a1"];
    const holders: unknown[] = [
      new Headers({ traceparent, baggage }),
      new Map(Object.entries({ traceparent, baggage })),
      { traceparent, baggage },
      { TraceParent: traceparent, BAGGAGE: baggage },
      { traceparent: [traceparent, "x"], baggage: ["other=1", baggage] },
      { get: (name: string) => ({ traceparent, baggage })[name] },
    ];
    for (const holder of holders) {
      assert.deepEqual(readCarrier(holder, list), {
        attributes: { correlation_id: "a1" },
        trace: TRACE,
        problem: undefined,
      });
    }
    assert.deepEqual(readCarrier(new Headers(), list), { attributes: {}, trace: undefined, problem: undefined });
  });

  it("survive what they are not", () => {
    const hostile = new Proxy({}, {
      get: () => {
        throw new Error("hostile");
      },
    });
    for (const odd of [5, null, undefined, true, Symbol("s"), () => {}, hostile, { get: () => hostile.valueOf() }]) {
      assert.deepEqual(readCarrier(odd, list), { attributes: {}, trace: undefined, problem: "malformed" });
    }
    for (const odd of [[], [1], new Date(), { get: 5 }, { get: () => 5 }, { baggage: [{}] }]) {
      assert.deepEqual(readCarrier(odd, list), { attributes: {}, trace: undefined, problem: undefined });
    }
  });

  it("come back as they went out, but that all is text", () => {
    const attributes = { correlation_id: "\u00e9 ;,=%\"'()\\\u{1f600}", "a b": "c", n: 5 };
    const headers = writeHeaders(attributes, TRACE, list, never);
    assert.equal(headers.traceparent, TRACEPARENT);
    // What RFC 9110 lets stand in a header, so that every client takes it.
    assert.match(headers.baggage ?? "", /^[!#-+\--:<-[\]-~,=]+$/);
    assert.deepEqual(readCarrier(new Headers({ ...headers }), list).attributes, { ...attributes, n: "5" });
  });

  it("leave out half a character", () => {
    let left = 0;
    assert.deepEqual({ ...writeHeaders({ correlation_id: "\ud800" }, undefined, list, () => left++) }, {});
    assert.equal(left, 1);
  });

  it("of a large baggage leave the trace", () => {
    const headers = { traceparent: TRACEPARENT, baggage: `correlation_id=a1,other=${"x".repeat(1_024)}` };
    assert.deepEqual(readCarrier(headers, list), { attributes: {}, trace: TRACE, problem: "too large" });
    const large = { traceparent: `01${TRACEPARENT.slice(2)}-${"x".repeat(1_024)}` };
    assert.deepEqual(readCarrier(large, list), { attributes: {}, trace: undefined, problem: "too large" });
  });
});

describe("any carrier", () => {
  const allowed = allow("a", "n");
  const from = seed();

  /** Nothing that the list does not have, nothing that is too long. */
  function assertHarmless(carrier: unknown): void {
    const { attributes, trace } = readCarrier(carrier, allowed);
    for (const [key, value] of Object.entries(attributes)) {
      assert.ok(allowed.has(key), key);
      assert.ok(typeof value === "string" ? value.length <= MAX_VALUE : ["number", "boolean"].includes(typeof value));
    }
    if (trace !== undefined) assert.match(trace.traceId, /^(?!0{32})[0-9a-f]{32}$/);
  }

  it(`brings nothing but allowed keys and never throws (seed ${from})`, () => {
    const part = fc.constantFrom(
      "a",
      "n",
      "=",
      ",",
      ";",
      "%",
      "%41",
      "%ff",
      "__proto__",
      "constructor",
      " ",
      "\t",
      "\0",
      "x".repeat(300),
    );
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.array(part).map((parts) => parts.join("")), fc.json());
    const json = fc.dictionary(fc.oneof(fc.constantFrom("a", "__proto__", "traceparent"), fc.string()), fc.jsonValue());
    fc.assert(
      fc.property(text, json, fc.anything(), (text, values, anything) => {
        for (const carrier of [text, JSON.stringify(values), values, anything, { baggage: text, traceparent: text }]) {
          assertHarmless(carrier);
        }
      }),
      { numRuns: 200, seed: from },
    );
  });

  it(`that was written is read back, whatever the values (seed ${from})`, () => {
    const value = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 40 }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
    );
    fc.assert(
      fc.property(value, value, (a, n) => {
        const attributes = { a, n: Object.is(n, -0) ? 0 : n };
        if (Object.is(a, -0)) attributes.a = 0;
        assert.deepEqual(readCarrier(writeText(attributes, TRACE, allowed, never), allowed).attributes, attributes);
        const headers = writeHeaders(attributes, TRACE, allowed, never);
        assert.deepEqual(readCarrier({ ...headers }, allowed), {
          // All is text in a header, and what is empty is not there.
          attributes: Object.fromEntries(
            Object.entries(attributes).map(([key, value]) => [key, String(value)]).filter(([, text]) => text !== ""),
          ),
          trace: TRACE,
          problem: undefined,
        });
      }),
      { numRuns: 200, seed: from },
    );
  });
});
