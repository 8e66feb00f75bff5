import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { InitOptions } from "../../src/option/init_options.ts";
import { resolveOptions } from "../../src/option/settings.ts";
import { World } from "../sdk/support.ts";

function resolve(options: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string>> = {}) {
  const said: string[] = [];
  const diagnostics = {
    report: (name: string, level: string, text: string) => said.push(`${level} ${name} ${text}`),
    once: () => assert.fail(),
  };
  // The port promises that an empty variable is unset; the adapters' conformance suite holds them to it.
  const settings = resolveOptions({ serviceName: "svc", ...options }, {
    env: (name) => env[name] === "" ? undefined : env[name],
  }, diagnostics);
  return { ...settings, said };
}

describe("the defaults", () => {
  it("are those of the documentation", () => {
    assert.deepEqual(resolve({}), {
      serviceName: "svc",
      serviceVersion: undefined,
      resource: {},
      emitTarget: "file",
      emitDir: "/var/lib/pontem/services/svc/logs",
      configDir: undefined,
      threshold: 1,
      levels: { prefixes: new Map(), until: undefined },
      levelsFrom: undefined,
      debug: undefined,
      rotation: { maxBytes: 10_485_760, everyMs: undefined, gzip: true },
      retention: { maxFiles: 5, maxAgeMs: undefined, maxTotalBytes: undefined },
      flushIntervalMs: 200,
      metricsIntervalMs: 10_000,
      queue: { maxRecords: 10_000, maxBytes: 8_388_608, overflow: "drain" },
      durability: "error",
      processors: [],
      redactor: undefined,
      signals: true,
      cardinalityLimit: 2_000,
      runtimeMetrics: false,
      runRecord: "unclean",
      crashRecord: true,
      bridges: [],
      said: [],
    });
  });

  it("of the flash profile are gentler on the card, and single options still win", () => {
    const flash = resolve({ profile: "flash" });
    assert.deepEqual([flash.rotation.maxBytes, flash.retention.maxFiles, flash.metricsIntervalMs, flash.durability], [
      1_048_576,
      3,
      60_000,
      "os",
    ]);
    const mixed = resolve({
      profile: "flash",
      rotation: { maxBytes: 5 },
      retention: { maxFiles: 9 },
      metricsIntervalMs: 7,
      durability: "batch",
    });
    assert.deepEqual([mixed.rotation.maxBytes, mixed.retention.maxFiles, mixed.metricsIntervalMs, mixed.durability], [
      5,
      9,
      7,
      "batch",
    ]);
  });

  it("stand in for options that are undefined", () => {
    const given = Object.fromEntries(
      Object.keys(resolve({})).filter((name) => name !== "serviceName").map((name) => [name, undefined]),
    );
    assert.deepEqual(resolve(given), resolve({}));
  });
});

describe("serviceName", () => {
  it("takes the letters of a path segment", () => {
    for (const serviceName of ["a", "A-b_c.9", "...", "x".repeat(128)]) {
      assert.equal(resolve({ serviceName }).serviceName, serviceName);
    }
  });

  it("refuses everything else with the remedy", () => {
    for (
      const serviceName of [undefined, null, "", ".", "..", "a/b", "../x", "a b", "a\n", "é", "x".repeat(129), 5, {}, [
        "svc",
      ]]
    ) {
      assert.throws(() => resolve({ serviceName }), {
        name: "TypeError",
        message:
          /^Cannot use option "serviceName": expected 1 to 128 characters .*init\(\{ serviceName: "my-service" \}\)$/,
      });
    }
    for (const options of [undefined, {}]) {
      assert.throws(() => new World().pontem.init(options as unknown as InitOptions), /"serviceName".*got undefined/);
    }
    for (const options of [null, "svc", [], 5]) {
      assert.throws(() => new World().pontem.init(options as unknown as InitOptions), {
        name: "TypeError",
        message: /^Cannot use init\(\): expected an object/,
      });
    }
  });
});

describe("each option", () => {
  const text = [5, null, {}, "a\0b", "x".repeat(5_000)];
  const whole = ["5", 1.5, NaN, null, {}, true];
  const flag = ["true", 0, 1, null, {}];
  const group = [null, 5, "x", [], true];
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    serviceVersion: text,
    resource: group,
    emitTarget: ["FILE", "", 5, null, "stderr"],
    emitDir: text,
    configDir: text,
    level: ["loud", "", 0, 25, 1.5, null, {}, true],
    profile: ["fast", "", 5, null, false],
    rotation: group,
    "rotation.maxBytes": whole,
    "rotation.everyMs": whole,
    "rotation.gzip": flag,
    retention: group,
    "retention.maxFiles": whole,
    "retention.maxAgeMs": whole,
    "retention.maxTotalBytes": whole,
    flushIntervalMs: whole,
    metricsIntervalMs: whole,
    queue: group,
    "queue.maxRecords": whole,
    "queue.maxBytes": whole,
    "queue.overflow": ["drop", "", 5, null],
    durability: ["fsync", "", 5, null, true],
    signals: flag,
    cardinalityLimit: whole,
    runtimeMetrics: flag,
    runRecord: ["never", "", true, 5, null],
    crashRecord: flag,
  };
  const outside: Readonly<Record<string, readonly number[]>> = {
    "rotation.maxBytes": [0, -1, 2 ** 41],
    "rotation.everyMs": [0, 2 ** 50],
    "retention.maxFiles": [0, 100_001],
    "retention.maxAgeMs": [0, 2 ** 50],
    "retention.maxTotalBytes": [0, 2 ** 51],
    flushIntervalMs: [0, -5, 86_400_001],
    metricsIntervalMs: [0, 86_400_001],
    "queue.maxRecords": [0, 1_000_001],
    "queue.maxBytes": [1_023, 2 ** 31],
    cardinalityLimit: [0, 1_000_001],
  };

  const put = (path: string, value: unknown): Record<string, unknown> => {
    const [name = "", inner] = path.split(".");
    return inner === undefined ? { [name]: value } : { [name]: { [inner]: value } };
  };

  for (const [path, values] of Object.entries(wrong)) {
    it(`${path} of another kind is refused by its name`, () => {
      for (const value of values) {
        assert.throws(() => resolve(put(path, value)), (error: Error) => {
          assert.equal(error.name, "TypeError");
          assert.match(
            error.message,
            new RegExp(
              `^Cannot use option "${
                path.replace(".", "\\.")
              }": expected .*, got |^Cannot use option "${path}": expected`,
            ),
          );
          return true;
        }, `${path} ${String(value).slice(0, 20)}`);
      }
    });
  }
  for (const [path, values] of Object.entries(outside)) {
    it(`${path} out of bounds is refused`, () => {
      for (const value of values) {
        assert.throws(() => resolve(put(path, value)), {
          name: "RangeError",
          message: new RegExp(`"${path.replace(".", "\\.")}": expected .* got ${value}`),
        });
      }
    });
  }

  it("that does not exist is refused with the nearest one, at every level", () => {
    const init = (options: unknown) => () => new World().pontem.init(options as InitOptions);
    assert.throws(
      init({ serviceName: "svc", emit_dir: "/x" }),
      /^TypeError: Unknown option "emit_dir" in init\(\): did you mean "emitDir"\?/,
    );
    assert.throws(init({ service_name: "svc" }), /did you mean "serviceName"\?/);
    assert.throws(
      init({ serviceName: "svc", rotation: { maxbytes: 1 } }),
      /Unknown option "maxbytes" in option "rotation": did you mean "maxBytes"\?/,
    );
    assert.throws(init({ serviceName: "svc", retention: { files: 1 } }), /did you mean "maxFiles"\?/);
    assert.throws(init({ serviceName: "svc", queue: { size: 1 } }), /Unknown option "size" in option "queue"/);
  });
});

describe("option before variable before default", () => {
  it("of the directory", () => {
    const env = { PONTEM_EMIT_DIR: "/env" };
    assert.equal(resolve({ emitDir: "/option" }, env).emitDir, "/option");
    assert.equal(resolve({}, env).emitDir, "/env");
    assert.equal(resolve({}, { PONTEM_EMIT_DIR: "" }).emitDir, "/var/lib/pontem/services/svc/logs");
  });

  it("of the target, whose variable may have any case; an unknown one warns and means file", () => {
    assert.equal(resolve({ emitTarget: "file" }, { PONTEM_EMIT_TARGET: "stdout" }).emitTarget, "file");
    for (const value of ["stdout", "STDOUT", "StdOut"]) {
      assert.equal(resolve({}, { PONTEM_EMIT_TARGET: value }).emitTarget, "stdout");
    }
    assert.equal(resolve({}, { PONTEM_EMIT_TARGET: "FILE" }).emitTarget, "file");
    const unknown = resolve({}, { PONTEM_EMIT_TARGET: "kafka-secret" });
    assert.equal(unknown.emitTarget, "file");
    assert.match(unknown.said[0] ?? "", /^WARN pontem\.emit Unknown PONTEM_EMIT_TARGET, .*use "file" or "stdout"/);
    assert.ok(!unknown.said.join().includes("secret"), "a message echoes a value");
    assert.deepEqual(resolve({}, { PONTEM_EMIT_TARGET: "" }).said, []);
  });

  it("of the level; an unknown one warns and means all", () => {
    assert.equal(resolve({ level: "error" }, { PONTEM_LOG_LEVEL: "debug" }).threshold, 17);
    for (const [value, threshold] of [["debug", 5], ["WARNING", 13], ["Critical", 21], ["12", 12], ["", 1]] as const) {
      assert.equal(resolve({}, { PONTEM_LOG_LEVEL: value }).threshold, threshold);
    }
    for (const value of ["loud", "0", "25", "1.5", "-1", "secret"]) {
      const { threshold, said } = resolve({}, { PONTEM_LOG_LEVEL: value });
      assert.equal(threshold, 1);
      assert.match(said.join(), /^WARN pontem\.sdk Unknown PONTEM_LOG_LEVEL, taking all levels: use one of TRACE/);
      assert.ok(!said.join().includes("secret"));
    }
  });

  it("reaches the records", () => {
    const world = new World({ env: { PONTEM_LOG_LEVEL: "warn", PONTEM_EMIT_DIR: "/from-env" } });
    world.pontem.init({ serviceName: "svc", runtime: world.runtime });
    world.pontem.logger.info("off");
    world.pontem.logger.warn("on");
    world.pontem.flushSync();
    assert.equal(world.landed("logs.jsonl", "/from-env").length, 1);
  });
});
