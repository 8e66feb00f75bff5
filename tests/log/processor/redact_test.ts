import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { redact } from "../../../src/log/processor/redact.ts";
import { MAX_PATH_CHARS, MAX_PATH_STEPS, parsePath, type PathStep } from "../../../src/log/processor/redact_path.ts";
import { MAX_CENSOR, MAX_PATHS, type RedactOptions, Redactor } from "../../../src/log/processor/redactor.ts";
import { MAX_MOVES } from "../../../src/log/processor/path_matcher.ts";
import { started } from "../../sdk/support.ts";
import { seed, sized } from "../../support/soak.ts";

const signer = { hmac: (key: string, text: string): string => `${key}:${text}`.padEnd(64, "0") };

/** Attributes after redaction. */
function redacted(paths: readonly string[], attributes: Record<string, unknown>, options?: RedactOptions): unknown {
  return new Redactor(paths, options, "redact()").redacted(attributes, signer);
}

const X = "[Redacted]";

describe("a path", () => {
  const cases: [path: string, before: Record<string, unknown>, after: Record<string, unknown>][] = [
    ["password", { password: 1, a: { Password: 2, list: [{ PASSWORD: [3] }] } }, {
      password: X,
      a: { Password: X, list: [{ PASSWORD: X }] },
    }],
    ["password", { passwords: 1, my_password: 2, "db.password": 3, "password.hint": 4 }, {
      passwords: 1,
      my_password: 2,
      "db.password": X,
      "password.hint": X,
    }],
    ["user.email", { user: { email: 1, Email: 2 }, email: 3, a: { user: { email: 4 } } }, {
      user: { email: X, Email: 2 },
      email: 3,
      a: { user: { email: 4 } },
    }],
    ["user.email", { "user.email": 1, "user.email.verified": 2, "user.emails": 3 }, {
      "user.email": X,
      "user.email.verified": X,
      "user.emails": 3,
    }],
    ["http.request.header.authorization", { http: { "request.header": { authorization: 1 } } }, {
      http: { "request.header": { authorization: X } },
    }],
    ["items[*].price", { items: [{ price: 1, n: 2 }, { price: 3 }, 4], price: 5 }, {
      items: [{ price: X, n: 2 }, { price: X }, 4],
      price: 5,
    }],
    ["items.*.price", { items: { a: { price: 1 }, b: [{ price: 2 }] } }, {
      items: { a: { price: X }, b: [{ price: 2 }] },
    }],
    ["items[0].price", { items: [{ price: 1 }, { price: 2 }] }, { items: [{ price: X }, { price: 2 }] }],
    ['a["b-c"]', { a: { "b-c": 1 }, "a.b-c": 2 }, { a: { "b-c": X }, "a.b-c": X }],
    ["a['b.c']", { a: { "b.c": 1, b: { c: 2 } } }, { a: { "b.c": X, b: { c: 2 } } }],
    ['["password"]', { password: 1, Password: 2, a: { password: 3 } }, {
      password: X,
      Password: 2,
      a: { password: 3 },
    }],
    ['["say \\"hi\\""]', { 'say "hi"': 1 }, { 'say "hi"': X }],
    ["*.token", { token: 1, a: { token: 2, b: { token: 3 } } }, { token: 1, a: { token: X, b: { token: 3 } } }],
    ["**.token", { token: 1, Token: 2, a: [{ b: { token: 3 } }] }, { token: X, Token: 2, a: [{ b: { token: X } }] }],
    ["a.**.z", { z: 0, a: { z: 1, b: { z: 2 } } }, { z: 0, a: { z: X, b: { z: X } } }],
    ["a.**", { a: { b: 1, c: { d: 2 } }, e: 3 }, { a: { b: X, c: X }, e: 3 }],
    ["exception.*", { "exception.type": 1, "exception.stacktrace": 2, exceptional: 3 }, {
      "exception.type": X,
      "exception.stacktrace": X,
      exceptional: 3,
    }],
    ["**", { a: 1, b: { c: 2 } }, { a: X, b: X }],
    [
      "a",
      JSON.parse('{"__proto__":{"a":1},"constructor":{"a":2}}'),
      JSON.parse(`{"__proto__":{"a":"${X}"},"constructor":{"a":"${X}"}}`),
    ],
    ["__proto__", JSON.parse('{"__proto__":{"a":1}}'), JSON.parse(`{"__proto__":"${X}"}`)],
  ];
  for (const [path, before, after] of cases) {
    it(`${path} in ${JSON.stringify(before)}`, () => {
      const copy = structuredClone(before);
      assert.equal(JSON.stringify(redacted([path], before)), JSON.stringify(after));
      assert.equal(JSON.stringify(before), JSON.stringify(copy));
    });
  }

  it("that finds nothing gives back the same object", () => {
    const attributes = { a: { b: [1] } };
    assert.equal(redacted(["c", "a.c", "**.d"], attributes), attributes);
  });

  it("is refused when it is none, with what one looks like", () => {
    for (
      const path of [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a[",
        "a[]",
        "a[b]",
        "a b",
        'a["b',
        "a*",
        "***",
        "x".repeat(MAX_PATH_CHARS + 1),
      ]
    ) {
      assert.throws(
        () => redact([path]),
        (error: Error) => error instanceof TypeError && /"user\.email"/.test(error.message),
        path,
      );
    }
    const steps = Array.from({ length: MAX_PATH_STEPS + 1 }, () => "a").join(".");
    assert.throws(() => redact([steps]), TypeError);
    assert.throws(() => redact([5 as never]), /Cannot use path 5 in redact\(\)/);
    assert.throws(() => redact("password" as never), /expected an array of paths such as "password", got "password"/);
    assert.throws(() => redact(Array.from({ length: MAX_PATHS + 1 }, (_, i) => `a${i}`)), RangeError);
  });
});

describe("what becomes of a value", () => {
  it("is the text of the option", () => {
    assert.deepEqual(redacted(["a"], { a: null }, { censor: "" }), { a: "" });
    assert.deepEqual(redacted(["a"], { a: { b: 1 } }, { censor: "***" }), { a: "***" });
  });

  it("is nothing, but for items, whose neighbours keep their places", () => {
    assert.deepEqual(redacted(["a", "list[1]"], { a: 1, b: { A: 2 }, list: [1, 2, 3] }, { remove: true }), {
      b: {},
      list: [1, null, 3],
    });
  });

  it("is a keyed hash, the same for the same value, and not hashed again", () => {
    const world = started({
      processors: [redact(["id"], { hash: { key: "Jefe" } })],
      redact: { paths: ["id"], hash: { key: "other" } },
    });
    for (const id of ["what do ya want for nothing?", 5, "5", true, null, { a: [1] }]) {
      world.pontem.logger.info("x", { id });
    }
    const ids = world.records().map(({ attributes }) => attributes["id"]);
    // RFC 4231, test case 2.
    assert.equal(ids[0], "hmac:5bdcc146bf60754e");
    for (const id of [ids[1], ids[2], ids[3], ids[5]]) assert.match(String(id), /^hmac:[0-9a-f]{16}$/);
    assert.equal(ids[1], ids[2]);
    assert.equal(ids[4], null);
    assert.equal(new Set(ids).size, 5);
  });

  it("is said in one way only, and an option that cannot be used is named without its secret", () => {
    const bad: [options: unknown, message: RegExp][] = [
      [{ censor: "x", remove: true }, /one of "censor", "remove" and "hash"/],
      [{ censor: 5 }, /option "censor" of redact\(\): expected a text .*, got 5/],
      [{ censor: "x".repeat(MAX_CENSOR + 1) }, /at most 128 characters/],
      [{ remove: "yes" }, /option "remove".*got "yes"/],
      [{ hash: "secret-key" }, /option "hash".*secret text/],
      [{ hash: { key: "" } }, /option "hash"/],
      [{ hash: { key: `secret-key${"x".repeat(5_000)}` } }, /option "hash"/],
      [{ censer: "x" }, /did you mean "censor"/],
      [null, /expected an object/],
    ];
    for (const [options, message] of bad) {
      assert.throws(
        () => redact(["a"], options as RedactOptions),
        (error: Error) => message.test(error.message) && !error.message.includes("secret-key"),
      );
    }
  });
});

describe("a redactor", () => {
  it("gives up on data that is not plain, and then leaves nothing", () => {
    const loop: Record<string, unknown> = {};
    loop["a"] = loop;
    const redactor = new Redactor(["password"], undefined, "redact()");
    assert.throws(() => redactor.redacted(loop, signer), RangeError);
    assert.deepEqual(redactor.redactedSafely(loop, signer), {});
  });

  it("finds keys as well when it has no more room to remember them", () => {
    const redactor = new Redactor(["password", "a.*.c"], undefined, "redact()");
    for (let i = 0; i < MAX_MOVES + 500; i++) {
      const found = redactor.redacted({ [`k${i}`]: { password: 1 }, a: { [`k${i}`]: { c: 1, d: 1 } } }, signer);
      if (i % 100 !== 0 && i < MAX_MOVES) continue;
      assert.deepEqual(found, { [`k${i}`]: { password: X }, a: { [`k${i}`]: { c: X, d: 1 } } });
    }
  });

  it("agrees with matching each path by hand", () => {
    const from = seed();
    console.log(`seed ${from}`);
    const names = fc.constantFrom("a", "b", "A", "0", "1");
    const data = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, depthIdentifier: "tree" },
        fc.nat(9),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(names, tie("tree"), { maxKeys: 4 }),
      ),
    })).tree;
    const steps = fc.array(fc.oneof(names.map((name) => `["${name}"]`), fc.constantFrom("*", "**", "a", "b")), {
      minLength: 1,
      maxLength: 4,
    });
    const path = steps.map((list) =>
      list.reduce((text, step) => text === "" || step.startsWith("[") ? text + step : `${text}.${step}`, "")
    );
    fc.assert(
      fc.property(
        fc.array(path, { minLength: 1, maxLength: 3 }),
        fc.dictionary(names, data, { maxKeys: 4 }),
        (paths, attributes) => {
          const parsed = paths.map((text) => parsePath(text) as readonly PathStep[]);
          assert.equal(JSON.stringify(redacted(paths, attributes)), JSON.stringify(byHand(parsed, attributes, [])));
        },
      ),
      { seed: from, numRuns: sized(1_000, 50_000) },
    );
  });

  it("takes any text as a path or refuses it, and any key in brackets", () => {
    const from = seed();
    console.log(`seed ${from}`);
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        parsePath(text);
        const quoted = parsePath(`["${text.replace(/["\\]/g, "\\$&")}"]`);
        assert.deepEqual(quoted, [{ kind: "name", name: text }]);
      }),
      { seed: from, numRuns: sized(1_000, 50_000) },
    );
  });
});

/** Looks at every place on its own. */
function byHand(paths: readonly (readonly PathStep[])[], value: unknown, at: readonly string[]): unknown {
  if (at.length > 0 && paths.some((path) => matches(path, at))) return X;
  if (Array.isArray(value)) return value.map((item, i) => byHand(paths, item, [...at, String(i)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, byHand(paths, item, [...at, key])]));
}

function matches([step, ...path]: readonly PathStep[], at: readonly string[]): boolean {
  if (step === undefined) return at.length === 0;
  if (step.kind === "deep" && matches(path, at)) return true;
  const [key, ...rest] = at;
  if (key === undefined) return false;
  if (step.kind === "deep") return matches([step, ...path], rest);
  const fits = step.kind === "any" || step.name === (step.kind === "folded" ? key.toLowerCase() : key);
  return fits && matches(path, rest);
}
