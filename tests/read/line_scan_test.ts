// A block looked at quickly gives what parsing each line gives.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LineBlock } from "../../src/read/line_block.ts";
import { KNOWN, MAX_BLOCK_BYTES, PlainScan, QUICK, quickScan, ROW } from "../../src/read/line_scan.ts";
import { LineParser } from "../../src/read/parse.ts";
import { ResourceCache } from "../../src/read/resource_cache.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { many } from "../support/soak.ts";
import { parseLines } from "./lines.ts";

const MTIME_MS = 1_700_000_000_250;

function place(isOurs: boolean) {
  return { file: { id: "0123456789abcdef", path: "/l", resources: new ResourceCache() }, isOurs, mtimeMs: MTIME_MS };
}

/** Everything that a reader can ask for. */
function told(item: StoredRecord | BadLine): unknown {
  if (!isRecord(item)) return [item.offset, item.bytes, item.reason, new TextDecoder().decode(item.data)];
  const { offset, bytes, line, kind, seconds, nanos, severityNumber, value, resource, resourceStart } = item;
  const isAtResource = resourceStart < 0 || line.slice(resourceStart).startsWith(',"resource":{');
  return [offset, bytes, line, kind, seconds, nanos, severityNumber, value, resource, isAtResource];
}

/** Where it stands and what it counts as. */
function shape(item: StoredRecord | BadLine): readonly [offset: number, what: number | string] {
  return [item.offset, isRecord(item) ? item.severityNumber : item.reason];
}

/** Is it a line of ours by its ends that is broken in between? It is a record until somebody parses it. */
function isBroken(item: StoredRecord | BadLine): boolean {
  return isRecord(item) && item.kind !== "text" && !item.isJson;
}

const json = fc.jsonValue({ maxDepth: 2, stringUnit: "binary" }).map((value) => JSON.stringify(value));
const attributes = fc.oneof(
  fc.dictionary(fc.string({ unit: "binary", maxLength: 8 }), fc.jsonValue({ maxDepth: 1, stringUnit: "binary" }), {
    maxKeys: 4,
  }).map((map) => JSON.stringify(map)),
  fc.constantFrom('{"e":{"timestamp":"now"}}', '{"otherNumber":21}', '{"a":"}},{\\"timestamp\\":\\""}'),
);
const time = fc.tuple(
  fc.oneof(fc.integer({ min: 1970, max: 2037 }), fc.constantFrom(1969, 2038, 2100, 10)).map(String),
  fc.integer({ min: 0, max: 14 }),
  fc.integer({ min: 0, max: 32 }),
  fc.integer({ min: 0, max: 24 }),
  fc.integer({ min: 0, max: 60 }),
  fc.integer({ min: 0, max: 999_999 }),
).map(([year, month, day, hour, minute, micros]) => {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = `${year.padStart(4, "0")}-${two(month)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(minute)}.${String(micros).padStart(6, "0")}Z`;
});
const resource = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('{"service.name":"svc","device.id":"d"}', '{"service.name":"other"}', "{}") },
  attributes,
);
/** A line as this SDK writes it. */
const ours = fc.oneof(
  fc.tuple(time, fc.integer({ min: -1, max: 120 }), json, attributes, resource).map(([time, severity, body, map, of]) =>
    `{"timestamp":"${time}","severityNumber":${severity},"severityText":"X","body":${body},"attributes":${map},"resource":${of}}`
  ),
  fc.tuple(time, attributes, resource).map(([time, map, of]) =>
    `{"timestamp":"${time}","name":"n","type":"counter","value":1,"attributes":${map},"resource":${of}}`
  ),
);
/** A line as others write it. */
const others = fc.tuple(
  fc.constantFrom("severityNumber", "severity\\u004eumber", "otherNumber", "level"),
  fc.constantFrom(":", ": ", " : ", ":\t  "),
  fc.oneof(
    fc.integer({ min: -3, max: 400 }).map(String),
    fc.constantFrom("1.7e1", "17.0", "2E1", "1.9", "21e-1", "0.17e2", "null", '"17"', "[17]", "1e400"),
  ),
  json,
).map(([key, colon, number, body]) => `{"time":1736937000,"${key}"${colon}${number},"body":${body}}`);
const line = fc.oneof(
  { weight: 3, arbitrary: others },
  { weight: 6, arbitrary: ours },
  { weight: 1, arbitrary: fc.tuple(ours, fc.nat({ max: 80 })).map(([text, cut]) => text.slice(cut)) },
  { weight: 1, arbitrary: fc.tuple(ours, fc.integer({ min: 1, max: 80 })).map(([text, cut]) => text.slice(0, -cut)) },
  { weight: 1, arbitrary: ours.map((text) => `${text}\r`) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", " ")) },
  { weight: 1, arbitrary: fc.tuple(ours, ours, fc.nat({ max: 300 })).map(([a, b, cut]) => a.slice(0, cut) + b) },
);

describe("a block of lines", () => {
  it("can be looked at quickly on this runtime", () => {
    assert.ok(quickScan() !== undefined);
  });

  it("gives the records that parsing each line gives, each of them in one of two cursors", async () => {
    const scan = quickScan();
    await many("quick lines", 400, (parameters) => {
      fc.assert(
        fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), fc.boolean(), (lines, isOurs) => {
          const quick = parseLines(lines, { ...place(isOurs), scan });
          const plain = parseLines(lines, { ...place(isOurs), scan: new PlainScan() });
          assert.equal(quick.length, plain.length);
          quick.forEach((item, i) => {
            const other = plain[i];
            assert.ok(other !== undefined);
            if (isBroken(item)) assert.deepEqual([item.offset, item.bytes], [other.offset, other.bytes]);
            else assert.deepEqual(told(item), told(other));
          });
          const severe = (items: (StoredRecord | BadLine)[]) =>
            items.filter((item) => isRecord(item) && item.severityNumber >= 17).map(told);
          assert.deepEqual(
            parseLines(lines, { ...place(isOurs), scan, minSeverity: 17 }).map(told),
            severe(quick),
          );
        }),
        parameters,
      );
    });
  });

  it("gives the same whatever lines are looked at together: two cursors must not leave a line to each other", () => {
    const good = (severity: number) =>
      `{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":${severity},"body":"x","attributes":{},"resource":{"service.name":"a"}}`;
    const broken = good(21).replace('"body":"x"', '"body":x');
    const long = good(9).replace('"x"', JSON.stringify("y".repeat(MAX_BLOCK_BYTES)));
    const all = [good(9), long, broken, good(17), long, good(9), broken.slice(0, 100), "z".repeat(131_000), broken];
    const whole = parseLines(all, place(true)).map(shape);
    for (let cut = 1; cut < all.length; cut++) {
      const before = new TextEncoder().encode(`${all.slice(0, cut).join("\n")}\n`).length;
      const parts = [
        ...parseLines(all.slice(0, cut), place(true)),
        ...parseLines(all.slice(cut), { ...place(true), offset: before }),
      ];
      assert.deepEqual(parts.map(shape), whole, String(cut));
    }
    const errors = parseLines(all, { ...place(true), minSeverity: 17 }).map(shape);
    assert.deepEqual(errors, whole.filter(([, severity]) => Number(severity) >= 17));
    assert.equal(errors.length, 3);
  });

  it("is looked at with the last resource known, and again from a line with another one", () => {
    const scan = quickScan();
    assert.ok(scan !== undefined);
    const of = (resource: string) =>
      `{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"body":"x","attributes":{},"resource":${resource}}\n`;
    const [a, b] = [of('{"service.name":"a"}'), of('{"service.name":"b"}')];
    scan.take(new TextEncoder().encode(a + a + b + a));
    const tail = new TextEncoder().encode(',"resource":{"service.name":"a"}}');
    const flags = (count: number) => Array.from({ length: count }, (_, row) => scan.rows[row * ROW + 5]);
    assert.deepEqual(flags(scan.scan(0, 0, tail)), [QUICK | KNOWN, QUICK | KNOWN, QUICK]);
    assert.equal(scan.next, a.length * 3);
    assert.deepEqual(flags(scan.scan(scan.next, 0, tail)), [QUICK | KNOWN]);
    assert.equal(scan.next, a.length * 4);
  });

  it("may have more lines than there are rows, and be larger than what is looked at quickly", () => {
    for (const lines of [Array<string>(5_000).fill("x"), ["y".repeat(MAX_BLOCK_BYTES), "z"]]) {
      const items = parseLines(lines, place(false));
      assert.deepEqual(items.map((item) => isRecord(item) ? item.line : item), lines);
    }
  });

  it("ends where it ends, also in the middle of a line, whatever was looked at before", () => {
    const before = "{".repeat(200_000);
    for (const scan of [quickScan(), new PlainScan()]) {
      for (const text of ["x", "x\ny", "z".repeat(MAX_BLOCK_BYTES)]) {
        const items: (StoredRecord | BadLine)[] = [];
        const parser = new LineParser(scan);
        parser.parse(new LineBlock(0, new TextEncoder().encode(`${before}\n`)), place(false), 0, items);
        parser.parse(new LineBlock(0, new TextEncoder().encode(text)), place(false), 0, items);
        assert.deepEqual(items.map((item) => isRecord(item) ? item.line : item), [before, ...text.split("\n")]);
      }
    }
  });

  it("cannot be read once it was given up, and its buffer is used again", () => {
    const line = (text: string) => [new TextEncoder().encode(text.padEnd(60_000)), Uint8Array.of(10)];
    const block = LineBlock.join(0, line("one"));
    const { buffer } = block.bytes;
    const items: (StoredRecord | BadLine)[] = [];
    new LineParser().parse(block, place(false), 0, items);
    block.giveUp();
    block.giveUp();
    assert.throws(() => block.bytes, /given up/);
    const next = LineBlock.join(0, line("two"));
    const other = LineBlock.join(0, line("three"));
    assert.equal(next.bytes.buffer, buffer);
    assert.notEqual(other.bytes.buffer, buffer);
    assert.equal(next.text(0, 3), "two");
  });
});
