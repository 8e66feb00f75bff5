// What Deno has to allow.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { denoNamespace, isGranted } from "../../src/adapter/deno/namespace.ts";
import { demandPermissions, missingFlags } from "../../src/cli/permissions.ts";
import { runtimeName } from "../support/runtime.ts";

/** Without permissions, or with all of them, there is nothing to refuse. */
const isOpen = runtimeName() !== "deno" || isGranted(denoNamespace(), { name: "net" });

const NEEDS = {
  read: ["/etc/pontem", "/var/lib/pontem"],
  write: ["/var/lib/pontem"],
  net: ["loki:3100", "loki:3100", "127.0.0.1:9464"],
  env: ["LOKI_PW"],
  run: ["/usr/bin/on-wifi"],
};

describe("missingFlags", () => {
  it("names exactly what is missing, each once", () => {
    assert.deepEqual(missingFlags(NEEDS, () => true), []);
    assert.deepEqual(missingFlags(NEEDS, () => false), [
      "--allow-read=/etc/pontem,/var/lib/pontem",
      "--allow-write=/var/lib/pontem",
      "--allow-net=loki:3100,127.0.0.1:9464",
      "--allow-env=LOKI_PW",
      "--allow-run=/usr/bin/on-wifi",
    ]);
    const some = missingFlags(NEEDS, (permission) => permission.name !== "net" || permission.host !== "loki:3100");
    assert.deepEqual(some, ["--allow-net=loki:3100"]);
  });
});

describe("demandPermissions", () => {
  it("asks nobody but Deno", () => {
    demandPermissions("node", NEEDS);
    demandPermissions("bun", NEEDS);
  });

  it("asks Deno without a prompt", { skip: isOpen && "everything is allowed here" }, () => {
    demandPermissions("deno", { read: [], write: [], net: ["127.0.0.1:1"], env: ["PONTEM_X"], run: [] });
    assert.throws(
      () => demandPermissions("deno", { read: [], write: [], net: ["pontem.invalid:1"], env: ["LOKI_PW"], run: [] }),
      /^Error: Deno does not allow what shipping needs\. Run again with --allow-net=pontem\.invalid:1 --allow-env=LOKI_PW$/,
    );
  });
});
