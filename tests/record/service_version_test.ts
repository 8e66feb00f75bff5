import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { detectServiceVersion } from "../../src/record/service_version.ts";
import { World } from "../sdk/support.ts";

/** A machine with files, and a service whose main module is `/srv/app/src/main.ts`. */
function machine(files: Readonly<Record<string, string>>, main = "/srv/app/src/main.ts"): World {
  const world = new World();
  const { fs, host } = world.runtime;
  for (const [path, content] of Object.entries(files)) {
    fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o755);
    const bytes = new TextEncoder().encode(content);
    const file = fs.openAppend(path, 0o644);
    if (bytes.length > 0) file.write(bytes, 0, bytes.length);
    file.close();
  }
  host.mainModulePath = main;
  return world;
}

const detect = ({ runtime: { fs, host } }: World, name = "svc") => detectServiceVersion(fs, host, name);
const manifest = (name: string | undefined, version: unknown): string => JSON.stringify({ name, version });

describe("detectServiceVersion", () => {
  it("prefers the manifest whose name is the service's, however far it is", () => {
    const world = machine({
      "/srv/app/src/package.json": manifest("inner", "1.0.0"),
      "/srv/app/deno.json": manifest("app", "2.0.0"),
      "/srv/package.json": manifest("svc", "3.0.0"),
    });
    assert.equal(detect(world), "3.0.0");
  });

  it("else takes the nearest one with a version, of several in a directory the first of deno.json, jsr.json, package.json", () => {
    const world = machine({
      "/srv/app/package.json": manifest("a", "1.0.0"),
      "/srv/app/jsr.json": manifest("b", "2.0.0"),
      "/srv/deno.json": manifest("c", "4.0.0"),
    });
    assert.equal(detect(world), "2.0.0");
    assert.equal(
      detect(machine({ "/srv/app/deno.json": "{}", "/srv/package.json": manifest(undefined, "5.0.0") })),
      "5.0.0",
    );
  });

  it("looks as far as the root", () => {
    assert.equal(detect(machine({ "/package.json": manifest("x", "1.1.1") })), "1.1.1");
  });

  it("compares names without scope, case and kind of separator", () => {
    for (const name of ["@acme/My.Service", "my_service", "MY-SERVICE", "my--service"]) {
      const world = machine({
        "/srv/app/package.json": manifest("near", "9"),
        "/srv/package.json": manifest(name, "1.0.0"),
      });
      assert.equal(detect(world, "my-service"), "1.0.0", name);
    }
  });

  it("falls back on what the build embedded, and on nothing", () => {
    const world = machine({});
    assert.equal(detect(world), undefined);
    world.runtime.host.version = "7.0.0";
    assert.equal(detect(world), "7.0.0");
    world.runtime.host.mainModulePath = undefined;
    assert.equal(detect(world), "7.0.0");
  });

  it("passes over what is no manifest", () => {
    const odd: Readonly<Record<string, string>> = {
      malformed: "{",
      array: "[]",
      null: "null",
      text: '"1.0.0"',
      empty: "",
      "version is a number": manifest("svc", 1),
      "version is empty": manifest("svc", ""),
      "version is too long": manifest("svc", "1".repeat(257)),
      "too large": `${" ".repeat(1_048_577)}${manifest("svc", "6")}`,
    };
    for (const [name, content] of Object.entries(odd)) {
      assert.equal(
        detect(machine({ "/srv/app/deno.json": content, "/srv/package.json": manifest("x", "1.0.0") })),
        "1.0.0",
        name,
      );
    }
  });

  it("passes over what may not be read, or cannot be, without a word", () => {
    const files = { "/srv/app/package.json": manifest("svc", "1.0.0"), "/srv/package.json": manifest("x", "2.0.0") };
    const forbidden = machine(files);
    forbidden.runtime.host.unreadable.add("/srv/app/package.json");
    let touched = 0;
    const { statFollow } = forbidden.runtime.fs;
    forbidden.runtime.fs.statFollow = (path) => {
      if (path === "/srv/app/package.json") touched++;
      return Reflect.apply(statFollow, forbidden.runtime.fs, [path]);
    };
    assert.equal(detect(forbidden), "2.0.0");
    assert.equal(touched, 0, "a path without permission would prompt");
    const failing = machine(files);
    failing.runtime.fs.fail("readFile", { code: "EIO", path: "/srv/app/package.json" });
    assert.equal(detect(failing), "2.0.0");
    assert.deepEqual(failing.said(), []);
  });

  it("takes a directory in the place of a manifest for none", () => {
    const world = machine({ "/srv/app/package.json/x": "", "/srv/package.json": manifest("x", "2.0.0") });
    assert.equal(detect(world), "2.0.0");
  });

  it("stands in records, unless the option gives another", () => {
    const detected = machine({ "/srv/package.json": manifest("svc", "3.0.0") }).init();
    detected.pontem.logger.info("x");
    assert.equal(detected.records()[0]?.resource["service.version"], "3.0.0");
    const given = machine({ "/srv/package.json": manifest("svc", "3.0.0") }).init({ serviceVersion: "4.0.0" });
    given.pontem.logger.info("x");
    assert.equal(given.records()[0]?.resource["service.version"], "4.0.0");
  });
});
