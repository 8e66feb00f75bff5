import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { histogramText, metricEnd, metricHead, metricStart, metricTail } from "../../src/record/metric_record.ts";
import { timestampText } from "../../src/record/timestamp.ts";

describe("the text of a metric record", () => {
  it("is the documented line when its parts are joined", () => {
    const line = metricStart(timestampText(1_736_937_001_000_000)) + metricHead("detections", "counter") + "47" +
      metricTail(undefined, '{"class_name":"apple"}') + metricEnd('{"service.name":"my-service"}');
    assert.equal(
      line,
      '{"timestamp":"2025-01-15T10:30:01.000000Z","name":"detections","type":"counter","value":47,' +
        '"attributes":{"class_name":"apple"},"resource":{"service.name":"my-service"}}\n',
    );
  });

  it("has the unit after the value, and only where there is one", () => {
    assert.equal(metricTail("ms", "{}"), ',"unit":"ms","attributes":{},"resource":');
    assert.equal(metricTail(undefined, "{}"), ',"attributes":{},"resource":');
  });

  it("quotes names and units, and cuts long ones", () => {
    assert.equal(metricHead('a"b\n', "gauge"), ',"name":"a\\"b\\n","type":"gauge","value":');
    assert.ok(metricHead("n".repeat(5_000), "gauge").length < 1_100);
    assert.match(metricTail("u".repeat(5_000), "{}"), /\[Truncated: 5000 bytes\]","attributes"/);
  });

  it("has buckets in a histogram only with counts", () => {
    const figures = { count: 3, sum: 6.5, min: 0, max: 4 };
    assert.equal(histogramText(figures, ""), '{"count":3,"sum":6.5,"min":0,"max":4}');
    assert.equal(
      histogramText(figures, "[1,2]", [1, 0, 2]),
      '{"count":3,"sum":6.5,"min":0,"max":4,"buckets":{"boundaries":[1,2],"counts":[1,0,2]}}',
    );
  });
});
