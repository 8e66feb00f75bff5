import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_FILE_BYTES } from "../../src/config/load.ts";
import { withFile, World } from "./support.ts";

describe("config: files that are not as they should be", () => {
  const problems: readonly (readonly [string, string | Uint8Array, string])[] = [
    ["nothing", "", "line 1, column 1: the file ends too early"],
    ["half a file", '{\n  "k": 1', "line 2, column 9: the file ends too early"],
    ["two values", "{} {}", "line 1, column 4: nothing more was expected"],
    ["NaN", '{"k": NaN}', "line 1, column 7: a value was expected"],
    ["a list", '["k", 1]', "line 1, column 1: an object was expected at the top"],
    ["a text", '"k"', "line 1, column 1: an object was expected at the top"],
    ["null", "null", "line 1, column 1: an object was expected at the top"],
    ["true", "true", "line 1, column 1: an object was expected at the top"],
    ["no UTF-8", Uint8Array.of(0x7b, 0xff, 0x7d), "line 1, column 2: this is not UTF-8, save the file as UTF-8"],
    ["100,000 brackets", "[".repeat(100_000), "line 1, column 100001: the file ends too early"],
  ];
  for (const [what, content, problem] of problems) {
    it(`${what}: the fallback and one warning`, () => {
      const world = new World();
      world.write("ns.json", content);
      assert.deepEqual([world.config("ns", "k", 5), world.config("ns", "k", 6)], [5, 6]);
      world.config.reload();
      assert.equal(world.config("ns", "k", 7), 7);
      assert.deepEqual(world.diagnostics.take(), [`WARN Invalid JSON in /config/ns.json, using defaults (${problem})`]);
    });

    it(`${what}: the last good values and one warning`, () => {
      const world = withFile("ns.json", '{"k": 1}');
      assert.equal(world.config("ns", "k", 5), 1);
      world.write("ns.json", content);
      for (let i = 0; i < 3; i++) {
        world.config.reload();
        assert.equal(world.config("ns", "k", 5), 1);
      }
      assert.deepEqual(world.diagnostics.take(), [
        `WARN Invalid JSON in /config/ns.json, keeping the last good values (${problem})`,
      ]);
    });
  }

  for (
    const [what, content] of [["a comment", '{"k": 1} // c'], ["a byte order mark", '\ufeff{"k": 1}'], [
      "CRLF",
      '{\r\n"k": 1\r\n}\r\n',
    ]] as const
  ) {
    it(`takes ${what}`, () => {
      const { config, diagnostics } = withFile("ns.json", content);
      assert.equal(config("ns", "k", 5), 1);
      assert.deepEqual(diagnostics.take(), []);
    });
  }

  it("warns again when the problem is another one, or comes back", () => {
    const world = withFile("ns.json", "{");
    const look = (content: string): number => {
      world.write("ns.json", content);
      world.config.reload("ns");
      world.config("ns", "k", 5);
      return world.diagnostics.take().length;
    };
    assert.deepEqual([look("{"), look("{"), look("{]"), look("{]"), look("{}"), look("{]"), look("{]")], [
      1,
      0,
      1,
      0,
      0,
      1,
      0,
    ]);
    world.remove("ns.json");
    world.config.reload("ns");
    world.config("ns", "k", 5);
    assert.deepEqual([look("{]"), look("{]")], [1, 0]);
  });

  it("forgets good values with the file: what is malformed after a removal gives the fallback", () => {
    const world = withFile("ns.json", '{"k": 1}');
    assert.equal(world.config("ns", "k", 5), 1);
    world.remove("ns.json");
    world.config.reload();
    world.config("ns", "k", 5);
    world.write("ns.json", "{");
    world.config.reload();
    assert.equal(world.config("ns", "k", 5), 5);
  });

  it("gives the fallback for a directory in the place of the file", () => {
    const world = new World();
    world.runtime.fs.makeDirectory("/config/ns.json", 0o755);
    for (let i = 0; i < 2; i++) assert.equal(world.config("ns", "k", 5), 5);
    assert.deepEqual(world.diagnostics.take(), [
      "WARN Cannot read /config/ns.json, using defaults (it is a directory, put a file there)",
    ]);
  });

  for (
    const [code, words] of [
      ["EACCES", "permission denied, let this user read the file and enter its directory"],
      ["EIO", "the system answered EIO, check the file and its directory"],
      ["ELOOP", "its symbolic links go round in a circle, mend the link"],
    ] as const
  ) {
    for (const operation of ["statFollow", "openRead", "read"] as const) {
      it(`${code} at ${operation}: the last good values and one warning`, () => {
        const world = withFile("ns.json", '{"k": 1}');
        assert.equal(world.config("ns", "k", 5), 1);
        world.runtime.fs.fail(operation, { code, path: "/config/ns.json" });
        for (let i = 0; i < 3; i++) {
          world.config.reload();
          assert.equal(world.config("ns", "k", 5), 1);
        }
        assert.deepEqual(world.diagnostics.take(), [
          `WARN Cannot read /config/ns.json, keeping the last good values (${words})`,
        ]);
        assert.equal(world.runtime.fs.openHandles, 0);
      });
    }
  }

  it("takes a file that goes away between two steps for an absent one", () => {
    const world = withFile("ns.json", '{"k": 1}');
    world.runtime.fs.fail("openRead", { code: "ENOENT", path: "/config/ns.json" });
    assert.equal(world.config("ns", "k", 5), 5);
    assert.deepEqual(world.diagnostics.take(), []);
  });

  it("names the flag where Deno was not given the permission, and asks for nothing", () => {
    const world = withFile("ns.json", '{"k": 1}');
    world.runtime.host.unreadable.add("/config/ns.json");
    assert.equal(world.operationsOf(() => assert.equal(world.config("ns", "k", 5), 5)), 0);
    assert.deepEqual(world.diagnostics.take(), [
      "WARN Cannot read /config/ns.json, using defaults (run with --allow-read=/config)",
    ]);
    const other = withFile("ns.json", '{"k": 1}');
    other.runtime.fs.fail("statFollow", { code: "NOT_CAPABLE" });
    assert.equal(other.config("ns", "k", 5), 5);
    assert.match(other.diagnostics.take()[0] ?? "", /--allow-read=\/config\)$/);
  });

  it("takes a file of the largest size and none beyond", () => {
    const fill = (bytes: number): string => `{"k": 1, "x": "${"x".repeat(bytes - 17)}"}`;
    const world = withFile("ns.json", fill(MAX_FILE_BYTES));
    assert.equal(world.config("ns", "k", 5), 1);
    world.write("big.json", fill(MAX_FILE_BYTES + 1));
    assert.equal(world.config("big", "k", 5), 5);
    assert.deepEqual(world.diagnostics.take(), [
      "WARN Cannot read /config/big.json, using defaults (it is larger than 1048576 bytes, split it)",
    ]);
  });

  it("says what Python says of an absent file, once, as DEBUG", () => {
    const { config, diagnostics } = withFile("bad.json", "{");
    config("bad", "k");
    config("none", "k");
    config("none", "k");
    config.reload();
    config("none", "k");
    assert.deepEqual(diagnostics.said, [
      "WARN Invalid JSON in /config/bad.json, using defaults (line 1, column 2: the file ends too early)",
      "DEBUG No agent config at /config/none.json, using defaults",
    ]);
  });
});
