import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import type { JsonObject } from "../../src/config/json_value.ts";
import { parseSnapshot } from "../../src/config/parse.ts";
import { Snapshot } from "../../src/config/snapshot.ts";
import type { StandardSchema, StandardSchemaIssue } from "../../src/config/standard_schema.ts";

const silent = { otherKind(): void {}, badKey(): void {} };

function snapshotOf(root: JsonObject): Snapshot {
  return new Snapshot("scoring", "/config/scoring.json", root, silent);
}

/** A schema of no library, which answers as told. */
function schemaThat(validate: (value: unknown) => unknown): StandardSchema<unknown, string> {
  return { "~standard": { version: 1, vendor: "test", validate: validate as never } };
}

function failing(...issues: StandardSchemaIssue[]): StandardSchema<unknown, string> {
  return schemaThat(() => ({ issues }));
}

describe("parseSnapshot", () => {
  it("gives what a zod schema makes of the values, typed", () => {
    const schema = z.object({ threshold: z.number().default(0.85), mode: z.enum(["fast", "exact"]) });
    const scoring = parseSnapshot(snapshotOf({ mode: "fast", other: 1 }), schema);
    const mode: "fast" | "exact" = scoring.mode;
    const threshold: number = scoring.threshold;
    assert.deepEqual({ mode, threshold }, { mode: "fast", threshold: 0.85 });
  });

  it("gives the output of a transform", () => {
    const schema = z.object({ url: z.string().transform((text) => new URL(text)) });
    const url: URL = parseSnapshot(snapshotOf({ url: "http://loki:3100" }), schema).url;
    assert.equal(url.port, "3100");
  });

  it("hands every key on as data, __proto__ too", () => {
    const root = JSON.parse('{"__proto__": {"admin": true}}') as JsonObject;
    const seen = parseSnapshot(snapshotOf(root), schemaThat((value) => ({ value })));
    assert.equal(Object.hasOwn(seen as unknown as object, "__proto__"), true);
    assert.equal((seen as unknown as { admin?: boolean }).admin, undefined);
  });

  it("names namespace, path and expectation, and no value", () => {
    const schema = z.object({ limits: z.array(z.object({ max: z.number() })), mode: z.enum(["fast", "exact"]) });
    const root = { limits: [{ max: 1 }, { max: "hunter2" }], mode: "hunter3" };
    assert.throws(() => parseSnapshot(snapshotOf(root), schema), (error: Error) => {
      assert.match(error.message, /^Values of config namespace "scoring" do not fit: /);
      assert.match(error.message, /"limits\[1\]\.max": .*expected number/);
      assert.match(error.message, /"mode": .*"fast"\|"exact"/);
      assert.doesNotMatch(error.message, /hunter/);
      return true;
    });
  });

  for (
    const [message, shown] of [
      ['Expected number but received "hunter2"', "Expected number but received <value>"],
      ["must be a number (was 'hunter2')", "must be a number (was <value>)"],
      ["hunter2 is no number", "<value> is no number"],
    ] as const
  ) {
    it(`cuts the value out of ${JSON.stringify(message)}`, () => {
      const schema = failing({ message, path: ["limits", { key: "max" }] });
      assert.throws(() => parseSnapshot(snapshotOf({ limits: { max: "hunter2" } }), schema), {
        message:
          `Values of config namespace "scoring" do not fit: "limits.max": ${shown}. Correct its file or the schema`,
      });
    });
  }

  it("cuts a number out and leaves the words for kinds", () => {
    const schema = failing(
      { message: "Expected string, received 31337", path: ["a"] },
      { message: "Expected number, received string", path: ["b"] },
    );
    assert.throws(
      () => parseSnapshot(snapshotOf({ a: 31337, b: "string" }), schema),
      /"a": Expected string, received <value>; "b": Expected number, received string\./,
    );
  });

  it("tells a few issues and how many more there are", () => {
    const issues = Array.from({ length: 8 }, (_, i) => ({ message: "m".repeat(1000), path: [i] }));
    assert.throws(() => parseSnapshot(snapshotOf({}), failing(...issues)), (error: Error) => {
      assert.match(error.message, /"\[4\]": m+; and 3 more\./);
      assert.ok(error.message.length < 1500);
      return true;
    });
  });

  it("takes an issue without a path", () => {
    assert.throws(
      () => parseSnapshot(snapshotOf({}), failing({ message: "Nothing fits" })),
      /do not fit: Nothing fits\./,
    );
  });

  it("refuses an asynchronous schema, and its rejection ends nobody", async () => {
    const asynchronous = z.object({}).refine(() => Promise.resolve(true));
    assert.throws(() => parseSnapshot(snapshotOf({}), asynchronous), {
      name: "TypeError",
      message: /asynchronous schema/,
    });
    const rejecting = schemaThat(() => Promise.reject(new Error("late")));
    assert.throws(() => parseSnapshot(snapshotOf({}), rejecting), TypeError);
    await new Promise((resolve) => setTimeout(resolve, 0));
  });

  it("hands on what a schema throws as the cause", () => {
    const cause = new RangeError("secret");
    const schema = schemaThat(() => {
      throw cause;
    });
    assert.throws(() => parseSnapshot(snapshotOf({}), schema), (error: Error) => {
      assert.equal(error.cause, cause);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });

  for (const none of [undefined, null, 5, {}, { "~standard": {} }, () => true]) {
    it(`refuses ${JSON.stringify(none) ?? typeof none} as schema`, () => {
      assert.throws(() => parseSnapshot(snapshotOf({}), none as never), {
        name: "TypeError",
        message: /no Standard Schema/,
      });
    });
  }
});
