// What the project relies on in @std/*, whichever registry it came from. The run's first line says which that was.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { parse } from "@std/jsonc";
import { ensureDir, exists, walk } from "@std/fs";
import { TextLineStream } from "@std/streams";
import { runtimeName, tempDir } from "../support/runtime.ts";

/** The real @std/fs works through Deno's own file system; the project uses it on Deno alone. */
async function fsWorksHere(): Promise<boolean> {
  return runtimeName() === "deno" || await exists(".").catch(() => false);
}
const noFs = await fsWorksHere() ? false : "the real @std/fs runs on Deno alone";

describe("@std/jsonc", () => {
  const values: readonly (readonly [text: string, value: unknown])[] = [
    ['{"a": [1, 2,], // one\n /* two */ "b": "x",}', { a: [1, 2], b: "x" }],
    ['// first\r\n{"a": 1}\r// last', { a: 1 }],
    ['"/* no comment */ // here"', "/* no comment */ // here"],
    ["/* * / ** */ null /**/", null],
    ['"\\u00e9\\n\\\\\\"\\ud83d\\ude00"', 'é\n\\"😀'],
    ["-1.5e3//0", -1500],
    ["[]", []],
    ["{}", {}],
    ["[true, false]", [true, false]],
    ['{"a": 1, "a": 2}', { a: 2 }],
  ];
  for (const [text, value] of values) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parse(text), value));
  }

  const end = "Cannot parse JSONC: unexpected end of JSONC input";
  const unexpected = (token: string, position: number) =>
    `Cannot parse JSONC: unexpected token "${token}" in JSONC at position ${position}`;
  const failures: readonly (readonly [text: string, message: string])[] = [
    ["", end],
    ["// only a comment", end],
    ["[", end],
    ['{"a"', end],
    ['{"a":', end],
    ['{"a": 1', end],
    ["[1 /* open", end],
    ["[]100", unexpected("100", 2)],
    [":", unexpected(":", 0)],
    ["[1,,2]", unexpected(",", 3)],
    ["[,]", unexpected(",", 1)],
    ["{,}", unexpected(",", 1)],
    ["{a: 1}", unexpected("a", 1)],
    ['{"a" 1}', unexpected("1", 5)],
    ['{"a": 1 "b": 2}', unexpected('"b"', 8)],
    ['{"a": 1]', unexpected("]", 7)],
    ["[1}", unexpected("}", 2)],
    ["01", unexpected("01", 0)],
    ["NaN", unexpected("NaN", 0)],
    ["'a'", unexpected("'a'", 0)],
    ['["open]', unexpected('"open]', 1)],
    ['"a\nb"', unexpected('"a\nb"', 0)],
    ["/", unexpected("", 0)],
    ["\ufeff{}", unexpected("\ufeff", 0)],
    [`[${"a".repeat(40)}]`, unexpected(`${"a".repeat(30)}...`, 1)],
  ];
  for (const [text, message] of failures) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parse(text), (error: unknown) => {
        assert.ok(error instanceof SyntaxError);
        assert.equal(error.message, message);
        return true;
      });
    });
  }

  it("makes __proto__ and its like own properties", () => {
    const value = parse('{"__proto__": {"polluted": 1}, "constructor": 2, "toString": 3}') as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ["__proto__", "constructor", "toString"]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(value["polluted"], undefined);
  });

  it("reads all that JSON.stringify writes, with comments in every gap", () => {
    fc.assert(fc.property(fc.json(), (text) => {
      assert.deepEqual(parse(text), JSON.parse(text));
      assert.deepEqual(parse(`/*,*/ ${text} // ]`), JSON.parse(text));
    }));
  });

  it("takes time in proportion to the text", () => {
    const half = 500_000;
    assert.deepEqual(parse(`[${"/**/ ".repeat(half)}1]`), [1]);
    assert.throws(() => parse(`[${"/* ".repeat(half)}`), SyntaxError);
    assert.throws(() => parse(`["${"\\".repeat(half)}`), SyntaxError);
  });
});

describe("@std/streams", () => {
  async function lines(chunks: readonly string[], options?: { allowCR?: boolean }): Promise<string[]> {
    const splitter = new TextLineStream(options);
    const writer = splitter.writable.getWriter();
    const feeding = (async () => {
      for (const chunk of chunks) await writer.write(chunk);
      await writer.close();
    })();
    const found: string[] = [];
    const reader = splitter.readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) found.push(next.value);
    await feeding;
    return found;
  }

  it("splits at LF and CRLF, wherever chunks end", async () => {
    assert.deepEqual(await lines(["a\nb\r\n", "\n", "c\r", "\nd", "e"]), ["a", "b", "", "c", "de"]);
  });

  it("has no empty last line, and none for no text", async () => {
    assert.deepEqual(await lines(["a\n"]), ["a"]);
    assert.deepEqual(await lines([]), []);
    assert.deepEqual(await lines([""]), []);
  });

  it("leaves a lone CR alone unless allowCR is set", async () => {
    assert.deepEqual(await lines(["a\rb\nc\r"]), ["a\rb", "c\r"]);
    assert.deepEqual(await lines(["a\rb\nc\r"], { allowCR: true }), ["a", "b", "c"]);
    assert.deepEqual(await lines(["a\r", "\nb\r", "c"], { allowCR: true }), ["a", "b", "c"]);
  });

  it("gives the same lines for any cut of the text", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r") });
    await fc.assert(fc.asyncProperty(text, fc.boolean(), fc.nat(), async (whole, allowCR, cut) => {
      const at = cut % (whole.length + 1);
      const cutInTwo = await lines([whole.slice(0, at), whole.slice(at)], { allowCR });
      assert.deepEqual(cutInTwo, await lines([whole], { allowCR }));
    }));
  });
});

describe("@std/fs", { skip: noFs }, () => {
  async function paths(root: string, options?: Parameters<typeof walk>[1]): Promise<string[]> {
    const found: string[] = [];
    for await (const entry of walk(root, options)) found.push(entry.path.slice(root.length).replaceAll(sep, "/"));
    return found.sort();
  }

  function tree(): string {
    const root = tempDir();
    mkdirSync(join(root, "a", "b"), { recursive: true });
    for (const file of ["x.log", "a/y.log", "a/b/z.txt"]) writeFileSync(join(root, file), "");
    symlinkSync(join(root, "a"), join(root, "link"));
    return root;
  }

  it("walks a tree", async () => {
    const root = tree();
    assert.deepEqual(await paths(root), ["", "/a", "/a/b", "/a/b/z.txt", "/a/y.log", "/link", "/x.log"]);
    assert.deepEqual(await paths(root, { maxDepth: 1 }), ["", "/a", "/link", "/x.log"]);
    assert.deepEqual(await paths(root, { includeDirs: false, includeSymlinks: false }), [
      "/a/b/z.txt",
      "/a/y.log",
      "/x.log",
    ]);
    assert.deepEqual(await paths(root, { exts: ["log"] }), ["/a/y.log", "/x.log"]);
    assert.deepEqual(await paths(root, { match: [/\.txt$/] }), ["/a/b/z.txt"]);
    assert.deepEqual(await paths(root, { skip: [/[\\/]a$/], includeDirs: false }), ["/link", "/x.log"]);
    assert.deepEqual(await paths(join(root, "link"), { includeFiles: false }), ["", "/b"]);
  });

  it("tells what an entry is", async () => {
    const root = tree();
    const kinds: Record<string, string> = {};
    for await (const { name, isFile, isDirectory, isSymlink } of walk(root, { maxDepth: 1 })) {
      kinds[name] = `${isFile} ${isDirectory} ${isSymlink}`;
    }
    assert.equal(kinds["x.log"], "true false false");
    assert.equal(kinds["a"], "false true false");
    assert.equal(kinds["link"], "false false true");
  });

  it("follows links when told to", async () => {
    const root = tree();
    const followed = await paths(root, { followSymlinks: true, canonicalize: false, includeDirs: false });
    assert.deepEqual(followed, ["/a/b/z.txt", "/a/y.log", "/link/b/z.txt", "/link/y.log", "/x.log"]);
  });

  it("fails on a root that is not there", async () => {
    await assert.rejects(paths(join(tempDir(), "missing")));
  });

  it("tells what exists", async () => {
    const root = tree();
    assert.equal(await exists(join(root, "x.log")), true);
    assert.equal(await exists(pathToFileURL(join(root, "a"))), true);
    assert.equal(await exists(join(root, "missing")), false);
    assert.equal(await exists(join(root, "a"), { isFile: true }), false);
    assert.equal(await exists(join(root, "link"), { isDirectory: true }), true);
    await assert.rejects(exists(root, { isFile: true, isDirectory: true }), TypeError);
  });

  it("makes directories, and refuses where a file is", async () => {
    const root = tree();
    await ensureDir(join(root, "n", "m"));
    await ensureDir(join(root, "n", "m"));
    await ensureDir(join(root, "link"));
    assert.equal(await exists(join(root, "n", "m"), { isDirectory: true }), true);
    await assert.rejects(
      ensureDir(join(root, "x.log")),
      /Failed to ensure directory exists: expected 'dir', got 'file'/,
    );
  });
});
