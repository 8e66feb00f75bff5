import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { checkRuntime } from "../../src/option/runtime_option.ts";
import { createPontem } from "../../src/sdk.ts";

describe("the runtime option", () => {
  it("takes a port set, or none", () => {
    const runtime = memoryRuntime();
    assert.equal(checkRuntime(runtime), runtime);
    assert.equal(checkRuntime(undefined), undefined);
  });

  it("refuses what is none, at createPontem and at init", () => {
    for (const runtime of [null, "deno", {}, { fs: {} }, { fs: {}, host: {} }, () => {}] as unknown[]) {
      const options = { serviceName: "svc", runtime } as Parameters<typeof createPontem>[0];
      assert.throws(() => createPontem(options), {
        name: "TypeError",
        message: /^Cannot use option "runtime": expected a port set with fs, host and compression/,
      });
      const pontem = createPontem();
      assert.throws(() => pontem.init(options as NonNullable<typeof options>), TypeError);
    }
  });
});
