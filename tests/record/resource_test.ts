import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { makeResource, MAX_RESOURCE_BYTES, resourceText } from "../../src/record/resource.ts";
import { started, World } from "../sdk/support.ts";

const AGENT = { PONTEM_DEVICE_ID: "device-7", PONTEM_TENANT_ID: "acme", PONTEM_CONFIG_VERSION: "42" };

describe("makeResource", () => {
  const host = (env: Readonly<Record<string, string>>) => ({ env: (name: string) => env[name] });

  it("has the service first, then what the agent set, then the options' own", () => {
    const resource = makeResource(host(AGENT), "svc", "1.2.3", { site: "north", "host.name": "h" });
    assert.deepEqual(Object.entries(resource), [
      ["service.name", "svc"],
      ["service.version", "1.2.3"],
      ["device.id", "device-7"],
      ["pontem.tenant.id", "acme"],
      ["pontem.config.version", "42"],
      ["site", "north"],
      ["host.name", "h"],
    ]);
  });

  it("lets options win over the environment, but not over the service's name", () => {
    const resource = makeResource(host(AGENT), "svc", undefined, {
      "device.id": "mine",
      "service.name": "other",
      "service.version": "9",
    });
    assert.equal(resource["device.id"], "mine");
    assert.equal(resource["service.name"], "svc");
    assert.equal(resource["service.version"], "9");
  });

  it("leaves out what is not known", () => {
    assert.deepEqual({ ...makeResource(host({}), "svc", undefined, {}) }, { "service.name": "svc" });
  });
});

describe("resourceText", () => {
  it("takes any value", () => {
    const text = resourceText(JSON.parse('{"service.name":"s","__proto__":1,"list":[1,null]}'));
    assert.equal(text, '{"service.name":"s","__proto__":1,"list":[1,null]}');
  });

  it("bounds its bytes, counted as UTF-8", () => {
    const room = MAX_RESOURCE_BYTES - '{"k":""}'.length;
    assert.equal(resourceText({ k: "x".repeat(room) }).length, MAX_RESOURCE_BYTES);
    assert.throws(() => resourceText({ k: "x".repeat(room + 1) }), {
      name: "RangeError",
      message: /^Cannot use the resource: .*16384 bytes.*pass fewer or shorter/,
    });
    assert.throws(() => resourceText({ k: "\u20ac".repeat(room / 2) }), RangeError);
    assert.throws(() => resourceText({ k: "x".repeat(1_000_000) }), RangeError);
  });
});

describe("the resource of an instance", () => {
  it("stands in every record, of logs and of metrics, as it was at init", () => {
    const resource: Record<string, unknown> = { site: "north", nested: { list: [1] } };
    const world = new World({ env: AGENT }).init({ serviceVersion: "1.0.0", resource });
    resource["site"] = "changed";
    (resource["nested"] as { list: number[] }).list.push(2);
    world.runtime.host.environment.set("PONTEM_DEVICE_ID", "changed");
    world.pontem.logger.info("x");
    world.pontem.metrics.count("n");
    const expected = {
      "service.name": "svc",
      "service.version": "1.0.0",
      "device.id": "device-7",
      "pontem.tenant.id": "acme",
      "pontem.config.version": "42",
      "site": "north",
      "nested": { list: [1] },
    };
    assert.deepEqual(world.records()[0]?.resource, expected);
    assert.deepEqual(JSON.parse(world.landed("metrics.jsonl")[0] ?? "").resource, expected);
  });

  it("counts an empty variable as unset", () => {
    const world = new World({ env: { ...AGENT, PONTEM_DEVICE_ID: "" } }).init();
    world.pontem.logger.info("x");
    assert.equal("device.id" in (world.records()[0]?.resource ?? {}), false);
  });

  it("is refused before anything has changed when it is too large", () => {
    const world = new World();
    world.pontem.logger.info("held");
    assert.throws(() => world.init({ resource: { k: "x".repeat(20_000) } }), RangeError);
    assert.deepEqual(world.runtime.fs.stat("/logs"), undefined);
    assert.deepEqual(world.init().bodies(), ["held"]);
  });

  it("leaves room for the attributes, however wide its characters are", () => {
    const world = started({ resource: { k: "\u20ac".repeat(5_000) } });
    world.pontem.logger.info("x", { long: "y".repeat(131_000), more: "z".repeat(131_000) });
    const bytes = new TextEncoder().encode(world.lines()[0]).length;
    assert.ok(bytes <= 262_144, `${bytes}`);
  });
});
