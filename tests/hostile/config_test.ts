// Config files with anything in them, under any namespace, through an instance.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createPontem } from "../../mod.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { watched } from "../emit/support.ts";
import { many } from "../support/soak.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const KEYS = ["__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "toJSON", "then", "k", ""];

const whole = fc.oneof(
  fc.json(),
  fc.dictionary(fc.constantFrom(...KEYS), fc.jsonValue()).map((value) => JSON.stringify(value)),
  // A key twice, and members that only JSON text can have.
  fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.json()), { maxLength: 8 }).map((pairs) =>
    `{${pairs.map(([key, value]) => `${JSON.stringify(key)}:${value}`)}}`
  ),
  fc.constantFrom("1e999", "-1e999", `${"9".repeat(400)}`, "0.1e-999", "-0", "1E400", "\u0000", "{'k':1}", '{"k":01}')
    .map((value) => `{"k":${value}}`),
);
const deep = fc.tuple(fc.constantFrom("[", '{"k":', '{"__proto__":', "/**/[", "//\n["), fc.nat({ max: 20_000 })).map((
  [open, times],
) => `{"k":${open.repeat(times)}1${(open.endsWith("[") ? "]" : "}").repeat(times)}}`);
const jsonc = fc.tuple(
  whole,
  fc.constantFrom("// c\n", "/* c */", "/*", "\ufeff", "\r\n", "\0", "\u2028", ","),
  fc.nat(),
)
  .map(([text, extra, at]) => text.slice(0, at % (text.length + 1)) + extra + text.slice(at % (text.length + 1)));
const content: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  whole.map(bytes),
  jsonc.map(bytes),
  { weight: 1, arbitrary: deep.map(bytes) },
  fc.tuple(whole, fc.nat()).map(([text, cut]) => bytes(text).slice(0, cut % (text.length + 1))),
  whole.map((text) => bytes(`\ufeff${text}`)),
);
const namespace = fc.oneof(
  { weight: 4, arbitrary: fc.constant("ns") },
  fc.constantFrom(
    "../ns",
    "..",
    ".",
    "a/b",
    "a\\b",
    "ns\0",
    "",
    "/etc/passwd",
    "__proto__",
    "ns.json",
    "a\nb",
    "\ud800",
  ),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.anything() as fc.Arbitrary<string>,
);

/** Is everything in it frozen, and nothing of another prototype than plain objects and arrays have? */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "number" || !Number.isNaN(value);
  return Object.isFrozen(value) && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value)) &&
    Object.values(value).every(isPlain);
}

/** What the file says, where it is an object in plain JSON. */
function parsed(file: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

describe("config files with anything in them", () => {
  it("give values or fallbacks, reach nothing else, and never throw", async () => {
    await many("hostile config", 300, (parameters) => {
      fc.assert(
        fc.property(fc.array(content, { minLength: 1, maxLength: 3 }), namespace, (files, name) => {
          const memory = memoryRuntime();
          const touched = new Set<string>();
          const runtime = watched(memory, ({ paths }) => {
            for (const path of paths) if (!path.startsWith("/logs")) touched.add(path);
          });
          memory.fs.makeDirectory("/config", 0o755);
          const pontem = createPontem({
            serviceName: "svc",
            serviceVersion: "1",
            emitDir: "/logs",
            configDir: "/config",
            runtime,
            diagnostics: () => {},
          });
          const { config } = pontem;
          touched.clear();
          const seen: unknown[] = [];
          const stop = config.watch("ns", (now, before) => seen.push(now.asObject(), before.asObject()));
          for (const file of [...files, bytes('{"k":"good"}')]) {
            const handle = memory.fs.openAppend("/config/ns.json", 0o644);
            handle.truncate(0);
            for (let done = 0; done < file.length;) done += handle.write(file, done, file.length);
            handle.close();
            config.reload();
            const values = config.snapshot("ns").asObject();
            const expected = parsed(file);
            // What is nested too deep is refused, and the last good values stay.
            if (expected !== undefined && file.length < 2_000) assert.deepEqual(values, expected);
            assert.ok(isPlain(values));
            for (const key of KEYS) {
              const value = config("ns", key, "fallback");
              assert.deepEqual(value, Object.hasOwn(values, key) ? values[key] : "fallback");
            }
            // Nothing of another file, whatever the name.
            if (name !== "ns") assert.equal(config(name, "k", "fallback"), "fallback");
            assert.ok(isPlain(config.live(name).current().asObject()));
            memory.machine.clock.advance(1_000);
          }
          assert.equal(config("ns", "k"), "good");
          stop();
          assert.ok(seen.every(isPlain));
          for (const path of touched) assert.match(path, /^\/config(\/[^/]+\.json)?$/);
          assert.deepEqual(Object.keys(Object.prototype), []);
          pontem.logger.info("still here");
          assert.equal(pontem.flushSync(), 0);
        }),
        parameters,
      );
    });
  });
});
