import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { type LevelCell, LevelFilter, type LevelSettings, MAX_NAMES, MAX_SHARED } from "../../src/log/level_filter.ts";
import { type LevelTable, NO_LEVELS } from "../../src/log/level_table.ts";

/** A table of prefixes. */
function table(prefixes: Readonly<Record<string, number>>, level?: number): LevelTable {
  return { level, prefixes: new Map(Object.entries(prefixes)) };
}

/** A filter of an instance that has begun. */
function begun(settings: Partial<LevelSettings> = {}): LevelFilter {
  const filter = new LevelFilter();
  filter.begin({ threshold: 1, levels: NO_LEVELS, low: undefined, ...settings });
  return filter;
}

/** Both thresholds of a cell. */
function both({ low, threshold }: LevelCell): number[] {
  return [low, threshold];
}

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
    assert.deepEqual([a, b, filter.cell("c")].map(both), [[13, 13], [17, 17], [13, 13]]);
  });

  it("changes nothing for what is no level", () => {
    const filter = new LevelFilter();
    assert.equal(filter.set(filter.root, "LOUD"), false);
    assert.equal(filter.root.threshold, 1);
  });

  it("takes the longest prefix, for loggers made before and after", () => {
    const filter = new LevelFilter();
    const early = ["net", "net.http", "net.http.client", "network", "other"].map((name) => filter.cell(name));
    filter.begin({ threshold: 9, levels: table({ net: 13, "net.http": 5 }), low: undefined });
    assert.deepEqual(early.map(({ threshold }) => threshold), [13, 5, 5, 9, 9]);
    const late = ["net:tcp", "net/udp", "net.http/2", "net-x", "a.net"].map((name) => filter.cell(name).threshold);
    assert.deepEqual(late, [13, 13, 5, 9, 9]);
  });

  it("ranks setLevel() above config, config above the option, the option above the instance's level", () => {
    const filter = begun({ threshold: 9, levels: table({ a: 13, "a.b": 17 }) });
    const [a, ab, c] = [filter.cell("a"), filter.cell("a.b"), filter.cell("c")];
    assert.deepEqual([a, ab, c].map(({ threshold }) => threshold), [13, 17, 9]);
    filter.follow(table({ a: 5 }, 21));
    assert.deepEqual([a, ab, c].map(({ threshold }) => threshold), [5, 5, 21]);
    filter.set(ab, "TRACE");
    filter.set(filter.root, "WARN");
    assert.deepEqual([a, ab, c].map(({ threshold }) => threshold), [5, 1, 13]);
    filter.follow(NO_LEVELS);
    assert.deepEqual([a, ab, c].map(({ threshold }) => threshold), [13, 1, 13]);
    // A new run: what was said of the instance is over, what was said of a name stays.
    filter.begin({ threshold: 9, levels: NO_LEVELS, low: undefined });
    assert.deepEqual([a, ab, c].map(({ threshold }) => threshold), [9, 1, 9]);
  });

  it("with a home for the low ones has a threshold of its own for them, unless a name has a level", () => {
    const filter = begun({ threshold: 13, levels: table({ loud: 1, quiet: 17 }), low: 5 });
    const [loud, quiet, plain] = [filter.cell("loud"), filter.cell("quiet"), filter.cell("plain")];
    assert.deepEqual([filter.root, loud, quiet, plain].map(both), [[5, 13], [1, 1], [17, 17], [5, 13]]);
    filter.set(plain, "INFO");
    assert.deepEqual(both(plain), [9, 9]);
    filter.set(filter.root, "FATAL");
    assert.deepEqual(both(filter.root), [5, 21]);
    // Who asks for TRACE while running wants to see it.
    filter.follow(table({}, 1));
    filter.begin({ threshold: 13, levels: NO_LEVELS, low: 5 });
    assert.deepEqual(both(filter.root), [1, 1]);
    filter.end();
    assert.deepEqual([both(filter.root), both(plain), both(quiet)], [[13, 13], [9, 9], [13, 13]]);
  });

  it(`keeps ${MAX_NAMES} names; further ones follow the instance, or their prefix`, () => {
    const filter = begun({ levels: table({ net: 13, "net.http": 17 }) });
    for (let i = 0; i < MAX_NAMES; i++) filter.cell(`name${i}`);
    const [rest, first] = [filter.cell("one more"), filter.cell("name0")];
    assert.equal(filter.cell("and another"), rest);
    filter.set(filter.root, "WARN");
    assert.deepEqual([rest, first].map(both), [[13, 13], [13, 13]]);
    // It is for all that share, but not for the instance.
    filter.set(rest, "FATAL");
    assert.deepEqual([rest, first, filter.root].map(both), [[21, 21], [13, 13], [13, 13]]);
    const [tcp, http] = [filter.cell("net.tcp"), filter.cell("net.http.client")];
    assert.deepEqual([tcp.threshold, http.threshold], [13, 17]);
    assert.equal(filter.cell("net.udp"), tcp);
    filter.follow(table({ net: 5 }));
    assert.deepEqual([tcp.threshold, http.threshold], [5, 5]);
    filter.follow(NO_LEVELS);
    filter.begin({ threshold: 21, levels: NO_LEVELS, low: undefined });
    assert.deepEqual([tcp.threshold, http.threshold, filter.cell("net.tcp")], [21, 21, rest]);
  });

  it(`shares ${MAX_SHARED} cells among them, however often config brings other prefixes`, () => {
    const filter = begun();
    for (let i = 0; i < MAX_NAMES; i++) filter.cell(`name${i}`);
    for (let i = 0; i < MAX_SHARED; i++) {
      filter.follow(table({ [`p${i}`]: 5 }));
      assert.equal(filter.cell(`p${i}.x`).threshold, 5);
    }
    filter.follow(table({ late: 5 }));
    assert.equal(filter.cell("late.x").threshold, 1);
    assert.equal(filter.cell("late.x"), filter.cell("none"));
  });
});
