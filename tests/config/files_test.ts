/**
 * The same on real files, through the ports of the runtime that runs the test.
 *
 * @module
 */
import assert from "node:assert/strict";
import * as nodeFs from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { type Config, createConfig } from "../../src/config/config.ts";
import { LIVE_CHECK_MS } from "../../src/config/live.ts";
import { runChild, runtimeName, tempDir } from "../support/runtime.ts";
import { Recorder } from "./support.ts";

/** Real files, and a clock that moves when it is told. */
function realFiles(): { config: Config; directory: string; diagnostics: Recorder; advance: (ms: number) => void } {
  const directory = nodeFs.realpathSync(tempDir({ after }));
  const { host } = memoryRuntime({ env: { PONTEM_CONFIG_DIR: directory } });
  const diagnostics = new Recorder();
  const { config } = createConfig({ fs: detectRuntime().fs, host, diagnostics });
  return { config, directory, diagnostics, advance: (ms) => host.advance(ms) };
}

describe("config on real files", () => {
  it("reads, caches and reloads", () => {
    const { config, directory, diagnostics } = realFiles();
    const file = join(directory, "ns.json");
    nodeFs.writeFileSync(file, '\ufeff{\r\n  // a comment\r\n  "k": [1, "\u00e9"],\r\n}\r\n');
    assert.deepEqual(config("ns", "k"), [1, "\u00e9"]);
    nodeFs.writeFileSync(file, '{"k": 2}');
    assert.deepEqual(config("ns", "k"), [1, "\u00e9"]);
    config.reload();
    assert.equal(config("ns", "k"), 2);
    nodeFs.rmSync(file);
    config.reload();
    assert.equal(config("ns", "k", 5), 5);
    assert.equal(config("\u{1f600} name", "k", 5), 5);
    assert.deepEqual(diagnostics.take(), []);
  });

  it("survives everything that can stand in the place of a file", () => {
    const { config, directory, diagnostics } = realFiles();
    nodeFs.mkdirSync(join(directory, "directory.json"));
    nodeFs.writeFileSync(join(directory, "file.json"), '{"k": 1}');
    nodeFs.writeFileSync(join(directory, "empty.json"), "");
    nodeFs.writeFileSync(join(directory, "large.json"), `{"k": "${"x".repeat(2_000_000)}"}`);
    for (const name of ["directory", "empty", "large", "x".repeat(195), "absent"]) {
      assert.equal(config(name, "k", 5), 5);
    }
    assert.equal(config("file", "k", 5), 1);
    const said = diagnostics.take();
    assert.deepEqual(said.map((line) => /\((.*)\)$/.exec(line)?.[1]), [
      "it is a directory, put a file there",
      "line 1, column 1: the file ends too early",
      "it is larger than 1048576 bytes, split it",
    ]);
  });

  // Deno makes no links without all permissions to read and write.
  it("follows a directory of links that is swapped as a whole", { skip: !canLink() }, () => {
    const { config, directory, advance } = realFiles();
    const told: unknown[] = [];
    const publish = (version: number): void => {
      nodeFs.mkdirSync(join(directory, `v${version}`));
      nodeFs.writeFileSync(join(directory, `v${version}`, "ns.json"), `{"k": ${version}}`);
      nodeFs.symlinkSync(`v${version}`, join(directory, "next"));
      nodeFs.renameSync(join(directory, "next"), join(directory, "data"));
    };
    publish(1);
    nodeFs.symlinkSync("data/ns.json", join(directory, "ns.json"));
    const stop = config.watch("ns", (current, previous) => told.push([current.get("k"), previous.get("k")]));
    publish(2);
    advance(1000);
    publish(3);
    nodeFs.rmSync(join(directory, "v1"), { recursive: true });
    advance(1000);
    stop();
    assert.deepEqual(told, [[2, 1], [3, 2]]);
    nodeFs.symlinkSync("circle.json", join(directory, "circle.json"));
    assert.equal(config("circle", "k", 5), 5);
  });

  it("never shows half of a file that is written bit by bit", () => {
    const { config, directory, advance } = realFiles();
    const file = join(directory, "ns.json");
    const live = config.live("ns");
    const versions = [{ k: "one" }, { k: "two, which is longer" }, { k: "3" }];
    let whole: unknown = {};
    for (const version of versions) {
      const fd = nodeFs.openSync(file, "w");
      for (const char of JSON.stringify(version)) {
        assert.deepEqual(live.current().asObject(), whole);
        nodeFs.writeSync(fd, char);
        advance(LIVE_CHECK_MS);
      }
      nodeFs.closeSync(fd);
      assert.deepEqual(live.current().asObject(), version);
      whole = version;
    }
  });

  it("gives the fallback for a file that this user may not read", { skip: readsEverything() }, () => {
    const { config, directory, diagnostics } = realFiles();
    nodeFs.writeFileSync(join(directory, "ns.json"), '{"k": 1}', { mode: 0o000 });
    assert.equal(config("ns", "k", 5), 5);
    assert.match(diagnostics.take()[0] ?? "", /^WARN Cannot read .*\(permission denied, /);
  });
});

describe("config in a process of its own", () => {
  const directory = nodeFs.realpathSync(tempDir({ after }));
  nodeFs.writeFileSync(join(directory, "ns.json"), '{"k": "from the file"}');
  const script = new URL("./fixture/look_up.ts", import.meta.url);
  const lookUp = async (env: Record<string, string>, denoFlags?: readonly string[]): Promise<Found> => {
    const options = { args: ["ns", "k", "fallback"], env, configDir: directory };
    const child = await runChild(script, denoFlags === undefined ? options : { ...options, denoFlags });
    assert.equal(child.stderr, "");
    assert.equal(child.code, 0);
    return JSON.parse(child.stdout) as Found;
  };

  it("works with the promised permissions, and a watch does not keep it alive", async () => {
    const found = await lookUp({ PONTEM_CONFIG_DIR: directory });
    assert.deepEqual(found, { values: ["from the file", "from the file"], said: [] });
  });

  if (runtimeName() !== "deno") return;

  it("gives the fallback and names the flag where Deno may not read", async () => {
    const found = await lookUp({ PONTEM_CONFIG_DIR: directory }, ["--allow-env=PONTEM_*"]);
    assert.deepEqual(found, {
      values: ["fallback", "fallback"],
      said: [
        `pontem.config WARN Cannot read ${directory}/ns.json, using defaults (run with --allow-read=${directory})`,
      ],
    });
  });

  it(
    "uses the default directory where Deno may not read the variable",
    { skip: runtimeName() !== "deno" },
    async () => {
      // Without any permission flag Deno's node:child_process hands on all permissions of this process.
      const found = await lookUp({ PONTEM_CONFIG_DIR: directory }, ["--allow-sys=uid"]);
      assert.deepEqual(found.values, ["fallback", "fallback"]);
      assert.match(found.said.join(), /--allow-read=\/var\/lib\/pontem\/config\)$/);
    },
  );
});

interface Found {
  readonly values: readonly unknown[];
  readonly said: readonly string[];
}

/** True for root, whom no mode keeps out. */
function readsEverything(): boolean {
  const file = join(tempDir(), "secret");
  nodeFs.writeFileSync(file, "", { mode: 0o000 });
  try {
    nodeFs.readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

function canLink(): boolean {
  const directory = tempDir();
  try {
    nodeFs.symlinkSync("nowhere", join(directory, "link"));
    return true;
  } catch {
    return false;
  }
}
