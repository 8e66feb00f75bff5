import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_NAMESPACE_BYTES, namespaceFile, namespaceProblem, quoteName } from "../../src/config/namespace.ts";

describe("namespaceProblem", () => {
  for (
    const name of ["scoring", "a.b", "...", ".hidden", "a b", "\u00e9t\u00e9", "\u{1f600}", "__proto__", "ns.json", "~"]
  ) {
    it(`takes ${JSON.stringify(name)}`, () => assert.equal(namespaceProblem(name), undefined));
  }

  const bad: readonly (readonly [unknown, RegExp])[] = [
    ["", /empty/],
    [".", /directory/],
    ["..", /directory/],
    ["../x", /separator/],
    ["/etc/x", /separator/],
    ["a/b", /separator/],
    ["a\\b", /separator/],
    ["a\0b", /control/],
    ["a\nb", /control/],
    ["a\u007fb", /control/],
    ["a\u0085b", /control/],
    ["a\ud800", /surrogate/],
    ["x".repeat(MAX_NAMESPACE_BYTES + 1), /longer than 200 bytes/],
    ["\u00e9".repeat(MAX_NAMESPACE_BYTES / 2 + 1), /longer than 200 bytes/],
    [undefined, /type undefined/],
    [null, /type object/],
    [5, /type number/],
    [Symbol("x"), /type symbol/],
  ];
  for (const [name, problem] of bad) {
    it(`refuses ${typeof name === "string" ? JSON.stringify(name.slice(0, 20)) : String(name)}`, () => {
      assert.match(namespaceProblem(name) ?? "", problem);
    });
  }

  it("takes a name of just the allowed length", () => {
    assert.equal(namespaceProblem("x".repeat(MAX_NAMESPACE_BYTES)), undefined);
    assert.equal(namespaceProblem("\u00e9".repeat(MAX_NAMESPACE_BYTES / 2)), undefined);
  });
});

describe("namespaceFile", () => {
  it("joins directory and name", () => {
    assert.equal(namespaceFile("/etc/pontem", "a"), "/etc/pontem/a.json");
    assert.equal(namespaceFile("/", "a"), "/a.json");
  });
});

describe("quoteName", () => {
  it("keeps a name on one line and short", () => {
    assert.equal(quoteName('a"\n'), '"a\\"\\n"');
    assert.equal(quoteName("x".repeat(1000)).length, 69);
  });
});
