import assert from "node:assert/strict";
import { it } from "node:test";
import { bunRuntime } from "../../src/adapter/bun/mod.ts";
import { denoRuntime } from "../../src/adapter/deno/mod.ts";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { nodeRuntime } from "../../src/adapter/node/mod.ts";
import { runtimeName } from "../support/runtime.ts";
import { runtimeConformance } from "./conformance.ts";
import { memoryWorld, realWorld } from "./world.ts";

const NATIVE = { deno: denoRuntime, bun: bunRuntime, node: nodeRuntime };

runtimeConformance("memory", memoryWorld());
runtimeConformance(runtimeName(), realWorld(NATIVE[runtimeName()]));
// Somebody may hand the adapter of Node to Deno or Bun.
if (runtimeName() !== "node") runtimeConformance(`node on ${runtimeName()}`, realWorld(nodeRuntime));

it("detects the runtime at hand, once", () => {
  const detected = detectRuntime();
  assert.equal(detected.host.runtime, runtimeName());
  assert.equal(detectRuntime(), detected);
});

it("refuses the adapter of Deno elsewhere", () => {
  if (runtimeName() === "deno") return;
  assert.throws(() => denoRuntime(), /Cannot use the adapter "deno".*"runtime"/);
});
