/**
 * The types are the test here: `deno check` fails when a line below does not say what it should. `@ts-expect-error`
 * fails it too when the error is not there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import { z } from "zod";
import type { Config } from "../../src/config/config.ts";
import type { JsonObject, JsonValue } from "../../src/config/json_value.ts";

/** True when both types are the same; mere assignability would let `any` and subtypes pass. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

function same<A, B>(_: Same<A, B>): void {}

interface Limits {
  max: number;
  mode: "fast" | "exact";
  tags?: string[];
}

function lookups(config: Config, limits: Limits, maybe: number | undefined): void {
  const none = config("s", "k");
  same<typeof none, JsonValue | undefined>(true);
  const number = config("s", "k", 0.85);
  same<typeof number, number>(true);
  const text = config("s", "k", "x");
  same<typeof text, string>(true);
  const flag = config("s", "k", false);
  same<typeof flag, boolean>(true);
  const literal = config("s", "k", "x" as "x" | 3);
  same<typeof literal, string | number>(true);
  const nothing = config("s", "k", null);
  same<typeof nothing, JsonValue>(true);
  const absent = config("s", "k", undefined);
  same<typeof absent, JsonValue | undefined>(true);
  const perhaps = config("s", "k", maybe);
  same<typeof perhaps, JsonValue | undefined>(true);
  const list = config("s", "k", [1, 2]);
  same<typeof list, readonly number[]>(true);
  const flags = config("s", "k", [true]);
  same<typeof flags, readonly boolean[]>(true);
  const emptyList = config("s", "k", []);
  same<typeof emptyList, readonly JsonValue[]>(true);
  const emptyObject = config("s", "k", {});
  same<typeof emptyObject, JsonObject>(true);
  const object = config("s", "k", { a: 1, b: { c: ["x"] } });
  same<typeof object, { readonly a: number; readonly b: { readonly c: readonly string[] } }>(true);
  const typed = config("s", "k", limits);
  same<typeof typed, { readonly max: number; readonly mode: string; readonly tags?: readonly string[] | undefined }>(
    true,
  );
  const generic = <T extends string | number>(fallback: T) => config("s", "k", fallback);
  const throughGeneric = generic(5);
  same<typeof throughGeneric, number>(true);

  // @ts-expect-error a date is no JSON value
  config("s", "k", new Date());
  // @ts-expect-error nor is a function
  config("s", "k", () => 1);
  // @ts-expect-error nor a map
  config("s", "k", new Map());
  // @ts-expect-error nor a bigint
  config("s", "k", 1n);
  // @ts-expect-error nor an object with a function in it
  config("s", "k", { a: () => 1 });
  // @ts-expect-error a namespace is a text
  config(5, "k");
  // @ts-expect-error and a key is needed
  config("s");
  // @ts-expect-error a list is read-only
  list.push(3);
}

function members(config: Config): void {
  const snapshot = config.snapshot("s");
  const value = snapshot.get("k", 5);
  same<typeof value, number>(true);
  const plain = snapshot.get("k");
  same<typeof plain, JsonValue | undefined>(true);
  const required = snapshot.require("k");
  same<typeof required, JsonValue>(true);
  const all = config.live("s").current().asObject();
  same<typeof all, JsonObject>(true);
  const parsed = config.parse("s", z.object({ a: z.number().default(3), b: z.string().transform(Number) }));
  same<typeof parsed, { a: number; b: number }>(true);
  const stop = config.watch("s", (current, previous) => void current.get(previous.namespace), { intervalMs: 500 });
  same<ReturnType<typeof stop>, void>(true);

  // @ts-expect-error an unknown option
  config.watch("s", () => {}, { interval: 500 });
  // @ts-expect-error no schema
  config.parse("s", {});
}

it("types follow the fallback", () => {
  assert.equal(typeof lookups, "function");
  assert.equal(typeof members, "function");
});
