// The version in the code is that of the manifest.
import { it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { VERSION } from "../src/version.ts";

it("VERSION is the version of deno.json", () => {
  const { version } = JSON.parse(readFileSync(new URL("../deno.json", import.meta.url), "utf8")) as { version: string };
  assert.equal(VERSION, version);
});
