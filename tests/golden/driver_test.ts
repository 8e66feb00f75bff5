import { describe, it, test } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { linesOf } from "./driver/collect.ts";
import { compare } from "./driver/compare.ts";
import { compareLines } from "./driver/compare_lines.ts";
import { compareValue } from "./driver/compare_value.ts";
import { JsonNumber, parseJson, toJson, writeJson } from "./driver/json.ts";
import { loadCases } from "./driver/load.ts";
import { percent } from "./driver/percent.ts";
import { type Outcome, runCases, whySkipped } from "./driver/run_case.ts";
import { objectOf } from "./driver/types.ts";
import { plainExpectation, plainLine } from "./translate/plain.ts";
import { model, translate } from "./translate/translate.ts";
import type { Expectation } from "./translate/expectation.ts";

const WRONG = loadCases(new URL("wrong.json", import.meta.url));
const RUN = {
  startedMs: Date.parse("2025-01-15T10:30:00Z"),
  endedMs: Date.parse("2025-01-15T10:30:01Z"),
  directory: "/tmp/x",
};
const RECORD =
  `{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"b","attributes":{},"resource":{"service.name":"svc"}}`;
const PYTHON_RECORD =
  `{"severityNumber":9,"severityText":"INFO","body":"b","attributes":{},"timestamp":"<epoch float>","resource":{"service.name":"svc"}}`;

describe("the comparison fails where it should", () => {
  let outcomes: Promise<Map<string, Outcome>> | undefined;

  /** All at once: each takes a process. */
  function runWrong(): Promise<Map<string, Outcome>> {
    const seen = new Map<string, Outcome>();
    return runCases(WRONG, 3, (outcome) => void seen.set(outcome.id, outcome)).then(() => seen);
  }

  for (const { id } of WRONG) {
    it(id, async () => {
      outcomes ??= runWrong();
      const outcome = (await outcomes).get(id);
      assert.ok(outcome !== undefined && outcome.problems.length > 0, "a wrong case passes");
      assert.doesNotMatch(outcome.problems.join(), /driver failed|has to learn/);
    });
  }
});

describe("a line", () => {
  const expected = plainLine(objectOf(parseJson(PYTHON_RECORD)));
  const problems = (raw: string) => compareLines([{ kind: "line", line: expected }], linesOf(`${raw}\n`), RUN, "file");

  it("passes in the documented form", () => {
    assert.deepEqual(problems(RECORD), []);
  });
  for (
    const [what, raw] of [
      ["a timestamp that is no ISO text", RECORD.replace(/"2025[^"]*"/, "1736937000.123456")],
      ["a timestamp in milliseconds", RECORD.replace(".123456Z", ".123Z")],
      ["a timestamp before the run", RECORD.replace("10:30:00", "10:29:00")],
      ["a timestamp after the run", RECORD.replace("10:30:00", "11:30:00")],
      ["another order of keys", PYTHON_RECORD.replace("<epoch float>", "2025-01-15T10:30:00.123456Z")],
      ["one key more", RECORD.replace('"body"', '"more":1,"body"')],
      ["a key twice", RECORD.replace('"body"', '"body":"b","body"')],
      ["escapes without need", RECORD.replace('"b"', '"\\u0062"')],
      ["a number that is not JavaScript's text", RECORD.replace(":9,", ":9.0,")],
      ["no line feed", `${RECORD}\n${RECORD.slice(0, 20)}`],
    ] as const
  ) {
    it(`fails with ${what}`, () => {
      assert.notDeepEqual(problems(raw), []);
    });
  }
});

describe("files of records", () => {
  const expectation = (maxBytes: number, maxFiles: number, finished: boolean): Expectation => ({
    ...plainExpectation(new Map()),
    channels: [{
      directory: "emit",
      name: "logs",
      items: Array.from(
        { length: 4 },
        () => ({ kind: "line" as const, line: plainLine(objectOf(parseJson(PYTHON_RECORD))) }),
      ),
      maxBytes,
      maxFiles,
      finished,
      order: "exact",
    }],
  });
  const problems = (expected: Expectation, files: Readonly<Record<string, number>>): string[] => {
    const found = Object.entries(files).map(([path, n]) =>
      [path, { path, lines: linesOf(`${RECORD}\n`.repeat(n)) }] as const
    );
    return compare(expected, { out: [], stdout: "", stderr: "", exit: 0 }, {
      files: new Map(found),
      empty: [],
      torn: [],
    }, RUN);
  };
  const size = RECORD.length + 1;
  const ofTwo = expectation(2 * size, 5, true);

  it("pass when each is full", () => {
    assert.deepEqual(problems(ofTwo, { "emit/logs.jsonl.1736937000.gz": 2, "emit/logs.jsonl": 2 }), []);
  });
  it("fail when one is too large", () => {
    assert.match(
      problems(ofTwo, { "emit/logs.jsonl.1736937000.gz": 3, "emit/logs.jsonl": 1 }).join(),
      /at most \d+ are allowed/,
    );
  });
  it("fail when one is rotated before it is full", () => {
    assert.match(problems(ofTwo, { "emit/logs.jsonl.1736937000.gz": 1, "emit/logs.jsonl": 3 }).join(), /had room/);
  });
  it("fail when one is left uncompressed or aside after the end", () => {
    assert.match(problems(ofTwo, { "emit/logs.jsonl.1736937000": 2, "emit/logs.jsonl": 2 }).join(), /not compressed/);
    assert.match(
      problems(ofTwo, { "emit/.pontem/writers/a/logs.jsonl": 2, "emit/logs.jsonl": 2 }).join(),
      /left behind/,
    );
  });
  it("may lack the oldest records only where there are as many as are kept", () => {
    assert.deepEqual(
      problems(expectation(2 * size, 1, true), { "emit/logs.jsonl.1736937000.gz": 2, "emit/logs.jsonl": 1 }),
      [],
    );
    assert.match(problems(ofTwo, { "emit/logs.jsonl.1736937000.gz": 2, "emit/logs.jsonl": 1 }).join(), /missing/);
    assert.match(
      problems(expectation(size, 1, true), { "emit/logs.jsonl.1.gz": 1, "emit/logs.jsonl.2.gz": 1 }).join(),
      /at most 1 are kept/,
    );
  });
});

describe("rules", () => {
  const golden = (steps: string, expect = "{}", see: readonly string[] = []) => ({
    id: "t",
    topic: "t",
    steps: parseJson(steps) as never[],
    expect: objectOf(parseJson(expect)),
    see,
  });

  it("are noted where they make a difference, and else what Python did stands", () => {
    const plain = golden(
      '[["init",{"service_name":"svc"}],["log","info","b"]]',
      `{"files":{"emit/logs.jsonl":[${PYTHON_RECORD}]}}`,
    );
    assert.deepEqual(translate(plain, true).rules, []);
    assert.deepEqual(model(golden('[["log","info","b"],["init",{"service_name":"svc"}]]'), true).rules, [
      "before-init",
    ]);
    assert.deepEqual(model(golden('[["init",{"service_name":"a/b"}]]'), true).rules, ["service-name", "uncaught"]);
  });
  it("keep a record that Python loses", () => {
    const { channels } = model(
      golden('[["init",{"service_name":"svc"}],["attempt",["log","info","b",{"v":{"$value":"cycle"}}]]]'),
      true,
    );
    assert.equal(channels.find(({ name }) => name === "logs")?.items.length, 1);
  });
  it("refuse a step that the driver does not know", () => {
    assert.throws(() => model(golden('[["dance"]]'), true), /has to learn it/);
  });
  it("leave out what only Python has, by name", () => {
    assert.match(whySkipped(golden('[["attempt",["fork",[]]]]')) ?? "", /Python only/);
    assert.match(whySkipped(golden('[["in_except",{},[["dict_config",{}]]]]')) ?? "", /Python only/);
    assert.equal(whySkipped(golden('[["shutdown"]]')), undefined);
  });
});

test("texts are filled in as Python does", () => {
  const filled = (text: string, ...args: readonly unknown[]) => percent(text, args);
  assert.equal(
    filled("%s %d %i %5.1f|%-3s|%03d %x %r %%", "a", 3.9, -1, 1.5, "b", 7, 255, "q"),
    "a 3 -1   1.5|b  |007 ff 'q' %",
  );
  assert.equal(filled("%(a)s %(b)r", { a: null, b: [true, "x"] }), "None [True, 'x']");
  for (
    const [text, ...args] of [["%s"], ["x", 1], ["%d", "x"], ["%(a)s", "x"], ["%(a)s", { b: 1 }], ["%y", 1], ["%", 1]]
  ) {
    assert.throws(() => filled(String(text), ...args), TypeError, String(text));
  }
});

test("JSON of any value comes back as it was", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    assert.deepEqual(JSON.parse(writeJson(parseJson(text))), JSON.parse(text));
    // -0 has no text of its own in JSON.
    assert.equal(writeJson(toJson(JSON.parse(text))), JSON.stringify(JSON.parse(text)));
  }));
});

test("JSON keeps what JSON.parse forgets", () => {
  const text = '{"b":1.0,"2":1e+16,"1":12345678901234567890,"__proto__":-0.0}';
  assert.equal(writeJson(parseJson(text)), text);
  assert.throws(() => parseJson('{"a":1,"a":2}'), /twice/);
  assert.throws(() => parseJson('{"a":NaN}'), /No JSON/);
  assert.equal(writeJson(parseJson('{"a":NaN,"a":-Infinity}', { lenient: true })), '{"a":-Infinity}');
  for (const bad of ["", "{", "[1,]", '{"a"}', "01", "1 2", '"\n"', "tru"]) {
    assert.throws(() => parseJson(bad), SyntaxError, bad);
  }
});

test("numbers are compared by their value, and large ones nearly", () => {
  const differs = (a: string, b: string) => compareValue(new JsonNumber(a), new JsonNumber(b), RUN).length > 0;
  assert.equal(differs("7.0", "7"), false);
  assert.equal(differs("1e+16", "10000000000000000"), false);
  assert.equal(differs("0.1", "0.2"), true);
  assert.equal(differs("9007199254740991", "9007199254740990"), true);
});
