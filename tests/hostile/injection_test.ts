// Text that would be a record, end a line, or draw on a terminal, in every place a text can have.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createPontem } from "../../mod.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { logRecords, metricRecords } from "./support.ts";
import { many } from "../support/soak.ts";

/** A line that would pass for a record. */
const FORGED =
  '{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":21,"severityText":"FATAL","body":"forged",' +
  '"attributes":{},"resource":{"service.name":"bank"}}';

const piece = fc.oneof(
  fc.constantFrom("\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\u000b", "\u000c", "\0", "\ufeff", "\u001b[2J"),
  fc.constantFrom("\u001b]8;;http://a\u0007", "\ud800", "\udc00", "\ud83d\ude00", '"', "\\", '"}', "\\u000a", "\\n"),
  fc.constantFrom(FORGED, `\n${FORGED}\n`, '","body":"forged', '"},"resource":{"service.name":"bank"}}\n', "\u202e"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
/** Keys that have no meaning of their own. */
const key = text.map((said) => `k${said}`);

describe("text that is made to forge records", () => {
  it("comes back as the text it was, in one line", async () => {
    await many("log injection", 500, (parameters) => {
      const texts = fc.array(text, { minLength: 6, maxLength: 6 });
      fc.assert(
        fc.property(
          texts,
          key,
          key,
          fc.boolean(),
          ([a = "", b = "", c = "", d = "", e = "", f = ""], k, l, isError) => {
            // What is no version at all is refused: tests/option.
            const version = `v${d}`.replaceAll("\0", "").slice(0, 256);
            const runtime = memoryRuntime({ env: { PONTEM_DEVICE_ID: `d${e}` } });
            const pontem = createPontem({
              serviceName: "svc",
              serviceVersion: version,
              resource: { [l]: c },
              emitDir: "/logs",
              runtime,
              diagnostics: () => {},
            });
            const error = Object.assign(new Error(b), { name: `Odd${c}`, stack: `at${d}`, code: e });
            if (isError) pontem.logger.error(a, { [k]: f, error });
            else pontem.logger.info(a, { [k]: f, nested: { [l]: [b, new Map([[c, d]])] } });
            pontem.getLogger(f).warn(error);
            pontem.metrics.count(`m${a}`, 1, { [k]: b });
            pontem.metrics.record(`m${c}`, 1, { unit: `u${d}`, [k]: e });
            pontem.flushSync();

            const [first, second, ...rest] = logRecords(runtime.fs.readFile("/logs/logs.jsonl"));
            assert.deepEqual(rest, []);
            assert.equal(first?.body, a);
            assert.equal(first.attributes[k], f);
            if (isError) assert.equal(first.attributes["exception.message"], b);
            else assert.deepEqual(first.attributes["nested"], { [l]: [b, { [c]: d }] });
            assert.equal(second?.body, b === "" ? error.name : b);
            assert.equal(second.attributes["logger.name"], f);
            assert.equal(second.attributes["exception.type"], `Odd${c}`);
            assert.equal(second.attributes["exception.code"], e);
            assert.match(String(second.attributes["exception.stacktrace"]), /^at/);
            for (const { resource } of [first, second]) {
              assert.deepEqual(resource, {
                ...resource,
                "service.name": "svc",
                "service.version": version,
                "device.id": `d${e}`,
                [l]: c,
              });
            }
            const metrics = metricRecords(runtime.fs.readFile("/logs/metrics.jsonl"));
            assert.deepEqual(metrics.map(({ name, unit, attributes }) => [name, unit, attributes]), [
              [`m${a}`, undefined, { [k]: b }],
              [`m${c}`, `u${d}`, { [k]: e }],
            ]);
          },
        ),
        parameters,
      );
    });
  });
});
