// The official examples of OTLP's JSON (open-telemetry/opentelemetry-proto, examples/logs.json and metrics.json; Apache License 2.0):
// records that say the same must become the same, but for what a record of ours has more. The examples write 64-bit integers as numbers and
// ids in capitals, which readers take; writers are to use text (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import { logsOf, metricsOf } from "../fake/otlp_shape.ts";
import { answer, answering, NEVER } from "../support_exchange.ts";
import { NOW, read } from "./loki_support.ts";

const TIME = '"timestamp":"2018-12-13T14:51:00.300000Z"';
const RESOURCE = '"resource":{"service.name":"my.service"}}';
const NANOS = "1544712660300000000";

/** What is sent for lines, as text. */
async function bodyOf(...lines: string[]): Promise<string> {
  const bodies: string[] = [];
  const exchange = answering(({ body }) => {
    bodies.push(String(body));
    return answer(200);
  });
  const sink = otlpSink({ url: "http://collector:4318", exchange, host: { wallClock: () => NOW } });
  const records = lines.map((line, i) => read(line, i, true));
  const key = records[0] === undefined ? "" : sink.key(records[0], "live");
  await sink.send({ records, lane: "live", key }, NEVER);
  return bodies.join();
}

describe("R17: the official examples of OTLP", () => {
  it("a log record", async () => {
    const line = `{${TIME},"severityNumber":9,"severityText":"Information","body":"Example log record","attributes":{` +
      '"string.attribute":"some string","boolean.attribute":true,"int.attribute":10,"double.attribute":637.704,' +
      '"array.attribute":["many","values"],"map.attribute":{"some.map.key":"some value"},"logger.name":"my.library"},' +
      `"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174",${RESOURCE}`;
    const text = await bodyOf(line);
    const [record] = logsOf(JSON.parse(text));
    assert.ok(record !== undefined);
    const { attributes, severityNumber, ...rest } = record;
    assert.deepEqual(rest, {
      timeUnixNano: NANOS,
      observedTimeUnixNano: NANOS,
      severityText: "Information",
      traceId: "5B8EFFF798038103D269B633813FC60C".toLowerCase(),
      spanId: "EEE19B7EC3C1B174".toLowerCase(),
      body: { stringValue: "Example log record" },
      resource: [{ key: "service.name", value: { stringValue: "my.service" } }],
      scope: "my.library",
    });
    assert.deepEqual(attributes.slice(0, 6), [
      { key: "string.attribute", value: { stringValue: "some string" } },
      { key: "boolean.attribute", value: { boolValue: true } },
      { key: "int.attribute", value: { intValue: "10" } },
      { key: "double.attribute", value: { doubleValue: 637.704 } },
      {
        key: "array.attribute",
        value: { arrayValue: { values: [{ stringValue: "many" }, { stringValue: "values" }] } },
      },
      {
        key: "map.attribute",
        value: { kvlistValue: { values: [{ key: "some.map.key", value: { stringValue: "some value" } }] } },
      },
    ]);
    // What the example has not, and only that.
    assert.deepEqual(attributes.slice(6).map(({ key }) => key), ["logger.name", "log.record.uid"]);
    assert.equal(severityNumber, 9);
    assertIntegersAreText(text);
  });

  it("a counter, a gauge and a histogram", async () => {
    const text = await bodyOf(
      `{${TIME},"name":"my.counter","type":"counter","value":5,"unit":"1","attributes":{"my.counter.attr":"some value"},${RESOURCE}`,
      `{${TIME},"name":"my.gauge","type":"gauge","value":10,"unit":"1","attributes":{"my.gauge.attr":"some value"},${RESOURCE}`,
      // The example has three counts for one boundary, which its own protocol does not allow; here they are two.
      `{${TIME},"name":"my.histogram","type":"histogram","value":{"count":2,"sum":3,"min":1,"max":2,"buckets":{"boundaries":[1],"counts":[1,1]}},"unit":"1","attributes":{"my.histogram.attr":"some value"},${RESOURCE}`,
    );
    const common = {
      unit: "1",
      description: "",
      resource: [{ key: "service.name", value: { stringValue: "my.service" } }],
      scope: "@pontem/sdk",
    };
    // The start of an interval is not in a record.
    const point = (name: string) => ({
      startTimeUnixNano: "0",
      timeUnixNano: NANOS,
      attributes: [{ key: name, value: { stringValue: "some value" } }],
    });
    assert.deepEqual(metricsOf(JSON.parse(text)), [
      {
        ...common,
        name: "my.counter",
        sum: {
          aggregationTemporality: 1,
          isMonotonic: true,
          dataPoints: [{ ...point("my.counter.attr"), asDouble: 5 }],
        },
      },
      { ...common, name: "my.gauge", gauge: { dataPoints: [{ ...point("my.gauge.attr"), asDouble: 10 }] } },
      {
        ...common,
        name: "my.histogram",
        histogram: {
          aggregationTemporality: 1,
          dataPoints: [{
            ...point("my.histogram.attr"),
            count: "2",
            sum: 3,
            bucketCounts: ["1", "1"],
            explicitBounds: [1],
            min: 1,
            max: 2,
          }],
        },
      },
    ]);
    assertIntegersAreText(text);
  });
});

function assertIntegersAreText(text: string): void {
  assert.doesNotMatch(text, /"(?:timeUnixNano|observedTimeUnixNano|intValue|asInt|count)":[^"]/);
  assert.doesNotMatch(text, /"bucketCounts":\[\d/);
}
