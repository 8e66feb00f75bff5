// The configuration that services copy: a service that imports it, and where its records land.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { logRecordSchema } from "../../src/record/schema.ts";
import { runChild, tempDir } from "../support/runtime.ts";
import { wireRecord } from "../bridge/wire.ts";

const SERVICE = new URL("./fixture/logging_service.ts", import.meta.url);

describe("examples/logging_config.ts", () => {
  it("brings the records of all loggers to where they belong, redacted and with their correlation id", async () => {
    const dir = tempDir();
    const env = { PONTEM_EMIT_DIR: join(dir, "logs"), PONTEM_CONFIG_DIR: join(dir, "config"), NO_COLOR: "1" };
    const { stdout, stderr, code } = await runChild(SERVICE, { env, denoFlags: ["-A"] });
    assert.deepEqual([stderr, code], ["", 0]);

    const files = readFileSync(join(dir, "logs", "logs.jsonl"), "utf8").trimEnd().split("\n").map(wireRecord);
    const shown = stdout.trimEnd().split("\n").map(wireRecord);
    const id = { correlation_id: "abc", request_kind: "poll" };
    const hidden = "[Redacted]";
    assert.deepEqual(files.slice(0, 4).map(({ body }) => body), ["direct", "by logtape", "another", "taken"]);
    const [direct, tape, another] = files.map(({ attributes }) => attributes);
    assert.deepEqual(direct, { ...id, "logger.name": "gateway", password: hidden, user: { email: hidden, id: 1 } });
    assert.deepEqual(tape, { ...id, "logger.name": "tape", name: "logtape", password: hidden });
    assert.match(String(another?.["correlation_id"]), /^[0-9a-f]{32}$/);
    assert.deepEqual(Object.fromEntries(shown.map(({ body, attributes }) => [body, attributes])), {
      "by pino": { ...id, password: hidden, "logger.name": "pino" },
      "by winston": { ...id, authorization: hidden },
      "by console": { ...id, password: hidden, "logger.name": "console" },
    });
    for (const { resource } of [...files, ...shown]) assert.equal(resource["service.name"], "edge-gateway");

    assert.ok(files.length < 120, "a loop does not fill the card");
    const home = join(dir, "logs", ".pontem", "debug");
    const debug = readdirSync(home).flatMap((name) => readFileSync(join(home, name), "utf8").trimEnd().split("\n"));
    assert.deepEqual(debug.map((line) => logRecordSchema.parse(JSON.parse(line)).body), ["direct debug"]);
  });
});
