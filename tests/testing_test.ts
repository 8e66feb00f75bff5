import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as pontem from "../mod.ts";
import { captureLogs, captureMetrics } from "../src/testing.ts";

describe("captureLogs", () => {
  it("gives what an instance of its own logs, again and again, until it is cleared", () => {
    const { logger, records, clear, clock } = captureLogs();
    logger.info("one", { nested: { a: 1 } });
    assert.deepEqual(records(), [{
      timestamp: "2025-01-15T10:30:00.000000Z",
      severityNumber: 9,
      severityText: "INFO",
      body: "one",
      attributes: { nested: { a: 1 } },
      resource: { "service.name": "test" },
    }]);
    assert.equal(records().length, 1);
    clear();
    assert.deepEqual(records(), []);
    clock.advance(1_500);
    logger.error("two");
    assert.deepEqual(records().map(({ body, timestamp }) => [body, timestamp]), [[
      "two",
      "2025-01-15T10:30:01.500000Z",
    ]]);
  });

  it("takes options of init", () => {
    const { logger, records } = captureLogs(undefined, {
      level: "WARN",
      serviceName: "camera",
      resource: { site: "north" },
    });
    logger.info("off");
    logger.warn("on");
    assert.deepEqual(records().map(({ body, resource }) => [body, resource]), [["on", {
      "service.name": "camera",
      site: "north",
    }]]);
  });

  it("captures the module's own loggers, one capture at a time", async () => {
    for (const body of ["first", "second"]) {
      const { records } = captureLogs(pontem);
      pontem.logger.info(body);
      pontem.getLogger("part").info(body);
      assert.deepEqual(records().map((record) => record.body), [body, body]);
      assert.throws(
        () => captureLogs(pontem, { diagnostics: { pontem: "off" } }),
        /^Error: Cannot capture: the instance is initialised already\. Call its shutdown\(\)/,
      );
      assert.equal(records().length, 2, "the second attempt changed the first");
      await pontem.shutdown();
    }
  });
});

describe("captureMetrics", () => {
  it("gives a record per series and look", () => {
    const { metrics, records, clear } = captureMetrics();
    metrics.count("frames", 2, { camera: 1 });
    metrics.record("size", 5, { unit: "By" });
    assert.deepEqual(records().map(({ name, value }) => [name, value]), [["frames", 2], ["size", {
      count: 1,
      sum: 5,
      min: 5,
      max: 5,
    }]]);
    clear();
    metrics.count("frames", 3, { camera: 1 });
    assert.deepEqual(records().map(({ value }) => value), [3]);
  });
});
