import * as fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatMember, formatTraceparent, parseBaggage, parseTraceparent } from "../../../src/log/context/w3c.ts";
import { seed } from "../../support/soak.ts";

const [TRACE_ID, SPAN_ID] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const GOOD = `00-${TRACE_ID}-${SPAN_ID}-01`;
const IDS = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 };

describe("traceparent", () => {
  it("is taken as the specification has it", () => {
    assert.deepEqual(parseTraceparent(GOOD), IDS);
    assert.deepEqual(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-ff`), { ...IDS, traceFlags: 255 });
    assert.deepEqual(parseTraceparent(` ${GOOD} `), IDS, "space around it");
    // Versions to come: their first 55 characters.
    assert.deepEqual(parseTraceparent(`01-${TRACE_ID}-${SPAN_ID}-01`), IDS);
    assert.deepEqual(parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`), IDS);
  });

  it("is refused otherwise", () => {
    const wrong = [
      "",
      "00",
      GOOD.toUpperCase(),
      GOOD.slice(0, -1),
      `${GOOD}0`,
      `${GOOD}-`,
      `${GOOD}-extra`,
      `ff-${TRACE_ID}-${SPAN_ID}-01`,
      `0-${TRACE_ID}-${SPAN_ID}-01`,
      `cc-${TRACE_ID}-${SPAN_ID}-01.what`,
      `00-${"0".repeat(32)}-${SPAN_ID}-01`,
      `00-${TRACE_ID}-${"0".repeat(16)}-01`,
      `00-${TRACE_ID}-${SPAN_ID}-0g`,
      `00_${TRACE_ID}_${SPAN_ID}_01`,
      `00-${SPAN_ID}-${TRACE_ID}-01`,
      `${GOOD}, ${GOOD}`,
      `x${GOOD}`,
    ];
    for (const text of wrong) assert.equal(parseTraceparent(text), undefined, text);
  });

  it("goes out as it came in, of version 00", () => {
    for (let traceFlags = 0; traceFlags < 256; traceFlags++) {
      assert.deepEqual(parseTraceparent(formatTraceparent({ ...IDS, traceFlags })), { ...IDS, traceFlags });
    }
    assert.equal(formatTraceparent(IDS), GOOD);
  });
});

describe("baggage", () => {
  it("is taken as OpenTelemetry's propagator takes it", () => {
    const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ["", {}],
      ["a=1", { a: "1" }],
      ["a=1,b=2", { a: "1", b: "2" }],
      [" a =\t1 , b = 2 ;p=q;r", { a: "1", b: "2" }],
      ["a=1;p=2,3", { a: "1" }],
      ["a=1,a=2", { a: "2" }],
      ["a=b=c", { a: "b=c" }],
      ["a=,b= ;p", {}],
      ["a=%20x%2C%3B%C3%A9", { a: " x,;\u00e9" }],
      ["a%20b=1", { "a b": "1" }],
      ["a=1+1", { a: "1+1" }],
      // Malformed members are skipped, the others stay.
      ["=1,a,;,,%=1,b=%,c=%ff,d=1", { d: "1" }],
    ];
    for (const [text, expected] of cases) assert.deepEqual(Object.fromEntries(parseBaggage(text)), expected, text);
  });

  it("goes out percent-encoded, its key as a token", () => {
    assert.equal(formatMember("correlation_id", "a1"), "correlation_id=a1");
    assert.equal(formatMember("a (b)", "1,2;3 (4)"), "a%20%28b%29=1%2C2%3B3%20(4)");
    assert.equal(formatMember("a", "\udc00"), undefined);
  });

  const from = seed();
  it(`comes back as it went out (seed ${from})`, () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(fc.dictionary(text, text, { noNullPrototype: true }), (values) => {
        const entries = Object.entries(values);
        const header = entries.map(([key, value]) => formatMember(key, value)).join(",");
        assert.deepEqual([...parseBaggage(header)], entries);
        assert.match(header, /^[!#-+\--:<-[\]-~,=]*$/);
      }),
      { seed: from },
    );
  });

  it(`of any text is read without a throw (seed ${from})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        parseBaggage(text);
        parseTraceparent(text);
      }),
      { seed: from },
    );
  });
});
