// Options, read the same way on every runtime.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { integerOption, type OptionKinds, readOptions, UsageError } from "../../src/cli/options.ts";

const KINDS: OptionKinds = {
  config: { type: "string" },
  sources: { type: "string", multiple: true },
  once: { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

describe("readOptions", () => {
  it("takes values in both forms, names of one letter, positionals and what follows --", () => {
    assert.deepEqual(
      {
        ...readOptions(["--config", "a.jsonc", "--sources=/x", "--sources", "/y", "/z", "-h", "--", "--once"], KINDS)
          .values,
      },
      { config: ["a.jsonc"], sources: ["/x", "/y"], help: [""] },
    );
    assert.deepEqual(readOptions(["/z", "--", "--once"], KINDS).positionals, ["/z", "--once"]);
    assert.deepEqual(readOptions(["--config=-x=y"], KINDS).values["config"], ["-x=y"]);
    assert.deepEqual(readOptions(["--config", "-"], KINDS).values["config"], ["-"]);
  });

  const WRONG: readonly (readonly [args: string[], message: string])[] = [
    [["--confg", "x"], 'Unknown option "--confg": did you mean "--config"?'],
    [["--no-once"], 'Unknown option "--no-once": did you mean "--once"?'],
    [["-x"], 'Unknown option "-x": see "--help"'],
    [["--__proto__"], 'Unknown option "--__proto__": did you mean'],
    [["--constructor=1"], 'Unknown option "--constructor": did you mean'],
    [["--\u001b[2J"], 'Unknown option "--\\u001b[2J": did you mean'],
    [["--once=yes"], 'Option "--once" has no value, got "yes". Write "--once" alone'],
    [["--config"], 'Option "--config" needs a value: write "--config VALUE"'],
    [["--config="], 'Option "--config" needs a value: write "--config VALUE"'],
    [
      ["--config", "--once"],
      'Option "--config" needs a value, got "--once". For a value that begins with "-" write "--config=VALUE"',
    ],
    [["--config", "a", "--config", "b"], 'Option "--config" is given twice: give it once'],
  ];
  for (const [args, message] of WRONG) {
    it(`refuses ${JSON.stringify(args)}`, () => {
      assert.throws(() => readOptions(args, KINDS), (error: Error) => {
        assert.ok(error instanceof UsageError);
        assert.equal(error.message.slice(0, message.length), message);
        return true;
      });
    });
  }
});

describe("integerOption", () => {
  it("takes whole numbers within bounds", () => {
    const read = (text: string) => integerOption({ values: { n: [text] }, positionals: [] }, "n", 1, 100);
    assert.deepEqual(["1", "100", "007"].map(read), [1, 100, 7]);
    assert.equal(integerOption({ values: {}, positionals: [] }, "n", 1, 100), undefined);
    for (const text of ["0", "101", "1.5", "-1", "1e2", "0x10", "", " 1", "9".repeat(16)]) {
      assert.throws(() => read(text), /Option "--n" expects a whole number from 1 to 100, got /, text);
    }
  });
});
