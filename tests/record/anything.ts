/**
 * Any JavaScript value, hostile ones first: an arbitrary of recipes, so that a failing one can be shown and built again.
 *
 * @module
 */
import * as fc from "fast-check";

/** What one built value does when it is touched, and how it changes behind the logger's back. */
export class Trace {
  /** How often code of the value ran. */
  calls = 0;
  /** Changes to make after the call. */
  readonly mutations: (() => void)[] = [];

  /** Counts, then goes on. */
  ran<T>(value: T): T {
    this.calls++;
    return value;
  }
}

/** Builds a value. */
export type Recipe = (trace: Trace) => unknown;

interface Named {
  readonly [key: string]: Recipe;
}

class Point {
  x = 1;
  #y = 2;
  get y(): number {
    return this.#y;
  }
}

class CodedError extends Error {
  override name = "CodedError";
  code = "E_CODE";
  status = 503;
  self: unknown = this;
}

/** Values that need nothing to be built. */
const LEAVES: Named = {
  "undefined": () => undefined,
  "null": () => null,
  "-0": () => -0,
  "NaN": () => NaN,
  "Infinity": () => Infinity,
  "bigint": () => 2n ** 80n,
  "small bigint": () => -5n,
  "symbol": () => Symbol("s\n"),
  "function": () => function named(): void {},
  "arrow": () => () => {},
  "class": () => Point,
  "instance": () => new Point(),
  "date": () => new Date(0),
  "invalid date": () => new Date(NaN),
  "lone surrogates": () => "\ud800a\udc00",
  "escapes": () => '\u0000\u001f"\\\u2028\u007f\ufeff',
  "astral": () => "😀".repeat(10),
  "bytes": () => new Uint8Array([0, 255, 128]),
  "floats": () => new Float64Array([1.5, NaN]),
  "bigints": () => new BigInt64Array([1n]),
  "buffer": () => new ArrayBuffer(4),
  "view": () => new DataView(new ArrayBuffer(3), 1),
  "regexp": () => /a"b/gi,
  "url": () => new URL("http://a/?b"),
  "promise": () => Promise.resolve(1),
  "weak map": () => new WeakMap(),
  "boxed": () => [Object("s"), Object(1), Object(true), Object(1n), Object(Symbol("b"))],
  "sparse": () => {
    const array: unknown[] = [];
    array[40] = 1;
    return array;
  },
  "array with properties": () => Object.assign([1], { extra: true }),
  "null prototype": () => Object.assign(Object.create(null), { a: 1 }),
  "own __proto__": () => JSON.parse('{"__proto__":{"polluted":1},"constructor":2}'),
  "symbol key": () => ({ [Symbol("k")]: 1, a: 2 }),
  "hidden": () => Object.defineProperty({}, "hidden", { value: 1 }),
  "truncated": () => ({ "pontem.truncated": "mine", "[Truncated]": "mine", "logger.name": "mine" }),
  "error": () => new Error("plain"),
  "coded error": () => new CodedError("coded"),
  "aggregate": () => new AggregateError([new Error("a"), "b", null], "many"),
  "cause cycle": () => {
    const first = new Error("first");
    first.cause = new Error("second", { cause: first });
    return first;
  },
  "error without a stack": () => Object.assign(new Error("x"), { stack: undefined, message: 5, name: { a: 1 } }),
  "dom exception": () => new DOMException("dom", "AbortError"),
  "600 keys": () => Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`key${i}`, i])),
  "600 entries": () => new Map(Array.from({ length: 600 }, (_, i) => [i, i])),
  "colliding keys": () =>
    new Map<unknown, unknown>([[1, "a"], ["1", "b"], [true, "c"], ["true", "d"], [{ a: 1 }, "e"], ['{"a":1}', "f"]]),
  "long keys": () => ({ [`${"k".repeat(3000)}1`]: 1, [`${"k".repeat(3000)}2`]: 2 }),
  "wide keys": () => Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${"\u20ac".repeat(330)}${i}`, 1])),
  "control keys": () =>
    Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`${"\u0001".repeat(300)}${i}`, null])),
  "depth 100": () => Array.from({ length: 100 }).reduce((inner: unknown) => ({ inner }), 1),
  "arrays in arrays": () => Array.from({ length: 100 }).reduce((inner: unknown) => [inner, 1], 1),
  "long text": () => "x".repeat(200_000),
  "long wide text": () => "\u20ac".repeat(70_000),
  "long control text": () => "\u0001".repeat(60_000),
  "long surrogates": () => "\ud800".repeat(50_000),
  "many numbers": () => Array.from({ length: 60_000 }, () => Math.PI),
  "many booleans": () => new Array<boolean>(70_000).fill(false),
  "many dates": () => new Array<Date>(20_000).fill(new Date(0)),
  "many functions": () => new Array<() => void>(20_000).fill(() => {}),
  "many empties": () => new Array<object>(100_000).fill({}),
  "many texts": () => Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`t${i}`, "\u20ac".repeat(300)])),
  "many cycles": () => {
    const array: unknown[] = [];
    for (let i = 0; i < 40_000; i++) array.push(array);
    return array;
  },
  "revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "revoked function": () => {
    const { proxy, revoke } = Proxy.revocable(() => {}, {});
    revoke();
    return proxy;
  },
  "revoked array": () => {
    const { proxy, revoke } = Proxy.revocable([1], {});
    revoke();
    return proxy;
  },
  "endless array": () =>
    Object.defineProperty([1], Symbol.iterator, {
      value: function* () {
        for (;;) yield 1;
      },
    }),
  "endless set": () =>
    Object.defineProperty(new Set([1]), Symbol.iterator, {
      value: function* () {
        for (;;) yield "x";
      },
    }),
  "lying map": () =>
    Object.defineProperty(new Map([[1, 2]]), Symbol.iterator, {
      value: function* () {
        for (;;) yield "no pair";
      },
    }),
};

function thrown(): never {
  throw new TypeError("hostile");
}

/** Values whose code runs when they are read. */
const LIVELY: Named = {
  "getter": (t) => ({
    a: 1,
    get b() {
      return t.ran("got");
    },
  }),
  "throwing getter": (t) => ({
    a: 1,
    get b() {
      return t.ran(thrown());
    },
    c: 3,
  }),
  "getter that throws something odd": () => ({
    get b() {
      throw Proxy.revocable({}, {}).revoke;
    },
  }),
  "toJSON": (t) => ({ toJSON: () => t.ran({ a: 1 }) }),
  "toJSON of itself": (t) => {
    const value = { a: 1, toJSON: () => t.ran(value) };
    return value;
  },
  "toJSON without end": (t) => {
    const make = (): object => ({ toJSON: () => t.ran(make()) });
    return make();
  },
  "toJSON that throws": (t) => ({ toJSON: () => t.ran(thrown()) }),
  "toJSON that changes": (t) => {
    const value: { n: number; more?: object; toJSON: () => unknown } = {
      n: 0,
      toJSON: () => t.ran({ n: value.n++, more: value.more = { value } }),
    };
    return value;
  },
  "toJSON of nothing": (t) => ({ toJSON: () => t.ran(undefined) }),
  "toJSON of an error": (t) => ({ toJSON: () => t.ran(new Error("from toJSON")) }),
  "toJSON getter that throws": (t) => ({
    get toJSON() {
      return t.ran(thrown());
    },
  }),
  "proxy": (t) =>
    new Proxy({ a: 1, b: { c: 2 } } as Record<string, unknown>, {
      get: (target, key) => t.ran(Reflect.get(target, key)),
      ownKeys: (target) => t.ran(Reflect.ownKeys(target)),
      getOwnPropertyDescriptor: (target, key) => t.ran(Reflect.getOwnPropertyDescriptor(target, key)),
      getPrototypeOf: (target) => t.ran(Reflect.getPrototypeOf(target)),
    }),
  "proxy of traps": () =>
    new Proxy({}, {
      get: thrown,
      ownKeys: thrown,
      getOwnPropertyDescriptor: thrown,
      getPrototypeOf: thrown,
      has: thrown,
    }),
  "proxy with a new key each time": (t) => {
    let n = 0;
    return new Proxy({}, {
      ownKeys: () => t.ran([`k${n++}`]),
      getOwnPropertyDescriptor: () => t.ran({ enumerable: true, configurable: true, value: n }),
    });
  },
  "proxy that is an error": (t) =>
    new Proxy(new Error("behind"), { get: (target, key) => t.ran(Reflect.get(target, key)) }),
  "hostile error": (t) =>
    Object.defineProperties(new Error("x"), {
      // First: Node 20 formats the stack, with name and message, when it is replaced.
      stack: { get: () => t.ran(thrown()) },
      message: { get: () => t.ran(thrown()) },
      name: { get: () => t.ran(thrown()) },
      cause: { get: () => t.ran(thrown()) },
      code: { enumerable: true, get: () => t.ran(thrown()) },
    }),
  "hostile date": (t) => Object.assign(new Date(0), { getTime: () => t.ran(thrown()), toISOString: () => t.ran("no") }),
  "hostile regexp": (t) => Object.assign(/x/, { toString: () => t.ran({}) }),
  "hostile box": (t) => {
    const box: object = Object.assign(Object("x") as object, { valueOf: () => t.ran(box) });
    return box;
  },
  "function with a hostile name": (t) => Object.defineProperty(() => {}, "name", { get: () => t.ran(thrown()) }),
  "array with getters": (t) => Object.defineProperty([1, 2, 3], 1, { get: () => t.ran(thrown()), enumerable: true }),
  "later changed": (t) => {
    const value: Record<string, unknown> = { kept: "before", list: [1], date: new Date(5), map: new Map([["k", 1]]) };
    t.mutations.push(() => {
      value["kept"] = "after";
      value["added"] = "after";
      (value["list"] as unknown[]).push("after");
      (value["date"] as Date).setTime(9e12);
      (value["map"] as Map<string, unknown>).set("k", "after");
    });
    return value;
  },
  "later changed bytes": (t) => {
    const bytes = new Uint8Array(9);
    t.mutations.push(() => bytes.fill(255));
    return bytes;
  },
  "later changed error": (t) => {
    const error = new Error("before");
    t.mutations.push(() => error.message = "after");
    return error;
  },
  "frozen": (t) =>
    Object.freeze({
      get a() {
        return t.ran([1]);
      },
    }),
};

/** Every value that the arbitrary starts from, by name. */
export const CATALOGUE: Readonly<Record<string, Recipe>> = { ...LEAVES, ...LIVELY };

interface Spec {
  readonly name: string;
  readonly build: Recipe;
}

const show = (spec: Spec): Spec & { [Symbol.toStringTag]: string } =>
  Object.assign(spec, { [Symbol.toStringTag]: spec.name });

/** Recipes of any value, nested in each other. */
export const anything: fc.Arbitrary<Spec> = fc.letrec<{ value: Spec }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...Object.keys(CATALOGUE)).map((name) => show({ name, build: CATALOGUE[name] as Recipe })),
    fc.oneof(fc.string({ unit: "binary", maxLength: 40 }), fc.double(), fc.boolean(), fc.bigInt()).map((value) =>
      show({ name: typeof value === "bigint" ? `${value}n` : JSON.stringify(value), build: () => value })
    ),
    fc.array(tie("value"), { maxLength: 6 }).map((items) =>
      show({ name: `[${items.map((item) => item.name)}]`, build: (t) => items.map((item) => item.build(t)) })
    ),
    fc.array(fc.tuple(fc.string({ unit: "binary", maxLength: 12 }), tie("value")), { maxLength: 6 }).map((pairs) =>
      show({
        name: `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${item.name}`)}}`,
        build: (t) => Object.fromEntries(pairs.map(([key, item]) => [key, item.build(t)])),
      })
    ),
    tie("value").map((item) => show({ name: `Set(${item.name})`, build: (t) => new Set([item.build(t), 1]) })),
    fc.tuple(tie("value"), tie("value")).map(([key, value]) =>
      show({ name: `Map(${key.name} => ${value.name})`, build: (t) => new Map([[key.build(t), value.build(t)]]) })
    ),
    tie("value").map((item) =>
      show({
        name: `Error(cause ${item.name})`,
        build: (t) => Object.assign(new Error("outer", { cause: item.build(t) }), { type: item.build(t) }),
      })
    ),
  ),
})).value;
