import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { withFile, World } from "./support.ts";

describe("config: the directory", () => {
  it("is PONTEM_CONFIG_DIR, else the default; an empty variable is unset", () => {
    const world = new World({});
    world.write("/var/lib/pontem/config/ns.json", '{"k": "default"}');
    world.write("/other/ns.json", '{"k": "other"}');
    const { environment } = world.runtime.host;
    assert.equal(world.config("ns", "k"), "default");
    environment.set("PONTEM_CONFIG_DIR", "/other");
    assert.equal(world.config("ns", "k"), "default");
    world.config.reload();
    assert.equal(world.config("ns", "k"), "other");
    environment.set("PONTEM_CONFIG_DIR", "");
    world.config.reload();
    assert.equal(world.config("ns", "k"), "default");
  });

  it("is what init says, before the variable", () => {
    const world = withFile("ns.json", '{"k": "variable"}');
    world.write("/option/ns.json", '{"k": "option"}');
    assert.equal(world.config("ns", "k"), "variable");
    world.control.useDirectory("/option");
    assert.equal(world.config("ns", "k"), "option");
    world.runtime.host.environment.set("PONTEM_CONFIG_DIR", "/elsewhere");
    world.config.reload();
    assert.equal(world.config("ns", "k"), "option");
  });

  it("is fixed by init from the variable, as an absolute path", () => {
    const world = new World({ PONTEM_CONFIG_DIR: "config/./x/.." });
    world.write("/config/ns.json", '{"k": 1}');
    world.control.useDirectory(undefined);
    world.runtime.fs.workingDirectory = "/elsewhere";
    world.runtime.host.environment.delete("PONTEM_CONFIG_DIR");
    assert.equal(world.config("ns", "k"), 1);
  });

  it("keeps cached values where init names the same directory", () => {
    const world = withFile("ns.json", '{"k": 1}');
    const before = world.config.snapshot("ns");
    world.write("ns.json", '{"k": 2}');
    world.control.useDirectory("/config/");
    assert.equal(world.config.snapshot("ns"), before);
  });

  it("holds no good values of another directory", () => {
    const world = withFile("ns.json", '{"k": 1}');
    world.write("/option/ns.json", "{");
    assert.equal(world.config("ns", "k", 5), 1);
    world.control.useDirectory("/option");
    assert.equal(world.config("ns", "k", 5), 5);
    assert.match(world.diagnostics.take()[0] ?? "", /^WARN Invalid JSON in \/option\/ns.json, using defaults/);
  });
});
