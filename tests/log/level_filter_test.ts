import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { LevelFilter, MAX_NAMES } from "../../src/log/level_filter.ts";

describe("LevelFilter", () => {
  it("gives loggers of one name one cell", () => {
    const filter = new LevelFilter();
    assert.equal(filter.cell("a"), filter.cell("a"));
    assert.notEqual(filter.cell("a"), filter.cell("b"));
    assert.equal(filter.cell(undefined), filter.root);
    assert.notEqual(filter.cell("__proto__"), filter.cell("constructor"));
  });

  it("carries the instance's level to names without one of their own, those made later too", () => {
    const filter = new LevelFilter();
    const [a, b] = [filter.cell("a"), filter.cell("b")];
    filter.set(b, "ERROR");
    filter.set(filter.root, "WARN");
    assert.deepEqual([a.threshold, b.threshold, filter.cell("c").threshold], [13, 17, 13]);
  });

  it("changes nothing for what is no level", () => {
    const filter = new LevelFilter();
    assert.equal(filter.set(filter.root, "LOUD"), false);
    assert.equal(filter.root.threshold, 1);
  });

  it(`keeps ${MAX_NAMES} names; further ones follow the instance`, () => {
    const filter = new LevelFilter();
    for (let i = 0; i < MAX_NAMES; i++) filter.cell(`name${i}`);
    assert.equal(filter.cell("one more"), filter.root);
    assert.notEqual(filter.cell("name0"), filter.root);
  });
});
