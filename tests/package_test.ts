// What the package promises by its manifests.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
/** Node 20 runs what is built of the project, where a package.json stands and `.ts` became `.js`. */
const isBuilt = import.meta.url.endsWith(".js");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly importMap: string;
  readonly lock: boolean;
  readonly tasks: Readonly<Record<string, string | { readonly command: string }>>;
  readonly publish: { readonly include: readonly string[] };
}

function manifest(name: string): Manifest {
  return JSON.parse(readFileSync(new URL(name, ROOT), "utf8")) as Manifest;
}

const deno = manifest("deno.json");

describe("deno.json and jsr.json", () => {
  it("say the same", () => {
    const jsr = manifest("jsr.json");
    for (const key of ["name", "version", "license", "exports"] as const) {
      assert.deepEqual(jsr[key], deno[key], key);
    }
    // Without it `deno publish --config jsr.json` resolves none of the imports.
    assert.equal(jsr.importMap, "./deno.json");
  });

  it("pin every dependency exactly, and leave no lock file", () => {
    for (const [name, target] of Object.entries(deno.imports)) {
      assert.match(target, /^(?:npm|jsr):(?:@[a-z0-9-]+\/)?[a-z0-9-]+@\d+\.\d+\.\d+$/, name);
    }
    assert.equal(deno.lock, false);
    assert.equal(existsSync(new URL("deno.lock", ROOT)), false);
  });

  it("have the tasks that people and CI call", () => {
    const wanted = [
      ...["demo", "test", "test:deno", "test:bun", "test:node", "soak", "ok", "bench", "golden"],
      ...["registry", "registry:check", "build:npm"],
    ];
    assert.deepEqual(wanted.filter((name) => !(name in deno.tasks)), []);
  });

  it("publish the same files, and no test, tool or cache", () => {
    const { include } = manifest("jsr.json").publish;
    assert.ok(include.includes("LICENSE"));
    const strangers = include.filter((path) => !/^(?:mod\.ts|src|(?:deno|jsr)\.json|[A-Z]+\.md|LICENSE)$/.test(path));
    assert.deepEqual(strangers, []);
    // A dry run with the stand-in registry takes what it imports for a part of the package, and refuses if it is not
    // included. jsr.json is what publishes.
    assert.deepEqual(deno.publish.include, [...include, "tests/offline/jsr/@std/jsonc/*/*.ts"]);
    assert.match(JSON.stringify(deno.tasks["publish"]), /--config jsr\.json/);
  });
});

describe("the project", () => {
  it(
    "has no package.json at the top, which would change how Deno resolves",
    { skip: isBuilt && "the built one" },
    () => {
      assert.equal(existsSync(new URL("package.json", ROOT)), false);
    },
  );

  it("is under the Apache license 2.0", () => {
    assert.equal(deno.license, "Apache-2.0");
    const text = readFileSync(new URL("LICENSE", ROOT), "utf8");
    assert.match(text, /Apache License\s+Version 2\.0, January 2004/);
    assert.match(text, /END OF TERMS AND CONDITIONS/);
  });
});

describe("entry points", () => {
  for (const [name, path] of Object.entries(deno.exports)) {
    it(`${name} can be imported on every runtime`, async () => {
      const url = new URL(isBuilt ? path.replace(/\.ts$/, ".js") : path, ROOT);
      const module: Record<string, unknown> = await import(url.href);
      assert.notDeepEqual(Object.keys(module), []);
    });
  }

  it("are found by the package's name once it is installed", { skip: !isBuilt && "run on what is built" }, async () => {
    for (const name of Object.keys(deno.exports)) {
      const specifier = `@pontem/sdk${name.slice(1)}`;
      const module: Record<string, unknown> = await import(specifier);
      assert.notDeepEqual(Object.keys(module), [], specifier);
    }
  });

  it(
    "come with declarations that a consumer can compile with",
    { skip: !isBuilt && "run on what is built" },
    async () => {
      const { default: ts } = await import("typescript");
      // The package as installed: node_modules/@pontem/sdk below a folder with the consumer's own file.
      const consumer = fileURLToPath(new URL("../../../consumer.ts", ROOT));
      const names = Object.keys(deno.exports).map((name) => `@pontem/sdk${name.slice(1)}`);
      writeFileSync(consumer, names.map((name, at) => `export * as entry${at} from "${name}";\n`).join(""));
      const program = ts.createProgram([consumer], {
        strict: true,
        noEmit: true,
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.NodeNext,
        lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
        types: [],
      });
      const own = program.getSourceFiles().filter(({ fileName }) => /pontem\/sdk\/|\/consumer\.ts$/.test(fileName));
      const problems = own.flatMap((file) => [
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
      ]);
      const said = problems.map(({ file, messageText }) =>
        `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`
      );
      assert.deepEqual(said, []);
      assert.ok(own.length > names.length);
    },
  );
});
