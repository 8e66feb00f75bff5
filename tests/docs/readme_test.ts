// README.md, taken at its word: its code runs, its names are those that exist, its links lead somewhere.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createPontem, type InitOptions } from "../../mod.ts";
import { checkNames, resolveOptions } from "../../src/option/settings.ts";
import { logRecordSchema, metricRecordSchema } from "../../src/record/schema.ts";
import { captureLogs, memoryRuntime } from "../../src/testing.ts";
import { type ChildResult, runChild, runtimeName, tempDir } from "../support/runtime.ts";

const ROOT = new URL("../../", import.meta.url);
/** Node 20 runs what is built of the project, where `.ts` became `.js`; it strips no types. */
const isBuilt = import.meta.url.endsWith(".js");
const DOCUMENTS = ["README.md", "SCHEMA.md", "CHANGELOG.md", "CONTRIBUTING.md"];
const README = read("README.md");

function read(name: string): string {
  return readFileSync(new URL(name, ROOT), "utf8");
}

/** The TypeScript of a document, block by block. */
function blocks(text: string): string[] {
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1] ?? "");
}

/** What the documents take for granted. */
const PRELUDE = `declare global {
  var frame: unknown;
  function predict(frame: unknown): void;
}
Object.assign(globalThis, { frame: {}, predict: () => {} });
export {};
`;

const { exports } = JSON.parse(read("deno.json")) as { readonly exports: Readonly<Record<string, string>> };

/** Where a package lies here. */
function locate(specifier: string): string {
  const path = exports[specifier.replace(/^(?:jsr:)?@pontem\/sdk/, ".")];
  if (path === undefined) return import.meta.resolve(specifier);
  return new URL(isBuilt ? path.replace(/\.ts$/, ".js") : path, ROOT).href;
}

/** Writes a block as it stands, but for where its imports lie, and returns its path. */
async function writeBlock(dir: string, block: string): Promise<string> {
  const name = isBuilt ? "mjs" : "mts";
  const located = block.replace(/^((?:import .*|} )from )"(.*)";$/gm, (whole, from: string, specifier: string) => {
    return specifier.startsWith("node:") ? whole : `${from}"${locate(specifier)}";`;
  });
  assert.doesNotMatch(located, /from "(?:jsr:|@)/);
  const files: readonly (readonly [string, string])[] = [
    ["prelude", PRELUDE],
    ["main", `import "./prelude.${name}";\n${located}`],
  ];
  for (const [base, text] of files) writeFileSync(join(dir, `${base}.${name}`), await runnable(text));
  return join(dir, `main.${name}`);
}

async function runnable(text: string): Promise<string> {
  if (!isBuilt) return text;
  const { default: ts } = await import("typescript");
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

interface Ran extends ChildResult {
  readonly emitDir: string;
}

/** What a document says of permissions. */
const FLAGS = ["--allow-env", "--allow-read", "--allow-write"];
/** pino and winston look at the system when they are loaded. */
const PEER = /from "(?:pino|winston)"/;

async function runBlock(block: string, denoFlags: readonly string[]): Promise<Ran> {
  const dir = tempDir();
  const emitDir = join(dir, "emit");
  const configDir = join(dir, "config");
  mkdirSync(configDir);
  const script = await writeBlock(dir, block);
  const env = { PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: configDir };
  return { ...await runChild(script, { env, denoFlags }), emitDir };
}

function records(path: string): unknown[] {
  return readFileSync(path, "utf8").trimEnd().split("\n").map((line): unknown => JSON.parse(line));
}

/** Whether this runtime knows `using`; what is built for Node 20 has it lowered. */
function hasUsing(): boolean {
  return runtimeName() !== "node" || isBuilt || Number(process.versions.node.split(".")[0]) >= 24;
}

describe("the quick start", () => {
  const quick = blocks(README).filter((block) => block.includes("predict(frame)"));
  const forms = ["Deno", "Bun", "Node"];

  it("has a form for each runtime", () => {
    assert.equal(quick.length, forms.length);
    assert.match(quick[0] ?? "", /^import \* as pontem from "jsr:@pontem\/sdk";$/m);
    assert.equal(quick[1], quick[0]?.replace("jsr:", ""));
    assert.doesNotMatch(quick[2] ?? "", /\busing\b/);
  });

  for (const [at, form] of forms.entries()) {
    // The README gives the form for Node where there is no `using`.
    if (form !== "Node" && !hasUsing()) continue;
    it(`for ${form} runs as written`, async () => {
      const flags = /with `deno run (.*?) main\.ts`/.exec(README)?.[1]?.split(" ") ?? [];
      assert.deepEqual(flags, FLAGS);
      const { code, stdout, stderr, emitDir } = await runBlock(quick[at] ?? "", flags);
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
      const logs = records(join(emitDir, "logs.jsonl")).map((record) => logRecordSchema.parse(record));
      assert.deepEqual(logs.map(({ body, attributes }) => [body, attributes]), [["model loaded", {
        model: "scoring_v3",
      }]]);
      const metrics = records(join(emitDir, "metrics.jsonl")).map((record) => metricRecordSchema.parse(record));
      assert.deepEqual(metrics.map(({ name, type, unit }) => [name, type, unit]), [
        ["frames_processed", "counter", undefined],
        ["model.inference", "histogram", "s"],
      ]);
      // What the README shows is what lands, but for the time and the duration.
      const shown = (/```jsonl\n(.*?)```/s.exec(README)?.[1] ?? "").trim().split("\n").map((line) =>
        JSON.parse(line) as Shown
      );
      assert.deepEqual([...logs, ...metrics].map(withoutTime), shown.map(withoutTime));
    });
  }
});

interface Shown {
  readonly timestamp: string;
  readonly value?: unknown;
  readonly resource: Readonly<Record<string, unknown>>;
}

function withoutTime({ timestamp: _, value, resource, ...rest }: Shown): unknown {
  // The version is that of a manifest above the script, should there be one.
  return {
    ...rest,
    value: typeof value === "object" ? Object.keys(value ?? {}) : value,
    service: resource["service.name"],
  };
}

describe("TypeScript in the documents", () => {
  for (const document of DOCUMENTS) {
    for (const [at, block] of blocks(read(document)).entries()) {
      if (block.includes("predict(frame)")) continue;
      it(`runs: block ${at + 1} of ${document}`, async () => {
        const { code, stderr } = await runBlock(block, PEER.test(block) ? [...FLAGS, "--allow-sys"] : FLAGS);
        assert.equal(code, 0, stderr);
        // An error that a block logs by the console is a line of its own.
        assert.doesNotMatch(stderr.replace(/^\{.*\}$/gm, ""), /\bat file:/, stderr);
      });
    }
  }

  // Only Deno brings a type checker.
  if (runtimeName() === "deno") {
    it("passes the type check", async () => {
      const scripts: string[] = [];
      for (const block of DOCUMENTS.flatMap((document) => blocks(read(document)))) {
        scripts.push(await writeBlock(tempDir(), block));
      }
      assert.ok(scripts.length > 10);
      const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "JSR_URL"];
      const env = Object.fromEntries(names.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }));
      const args = ["check", `--config=${fileURLToPath(new URL("deno.json", ROOT))}`, ...scripts];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", env });
      assert.equal(status, 0, stderr);
    });
  }
});

/** First cells of the rows of a table, and their second ones. */
function table(heading: string, first: string): Map<string, string> {
  const rows = new Map<string, string>();
  const section = README.slice(README.indexOf(`# ${heading}\n`));
  for (const line of section.split(`| ${first}`).slice(1).flatMap((part) => part.split("\n\n")[0]?.split("\n") ?? [])) {
    const [, name, second] = /^\| `([^`]+)` +\| (.*?) +\|/.exec(line) ?? [];
    if (name !== undefined && second !== undefined) rows.set(name, second);
  }
  return rows;
}

/** Names of a refusal's list. */
function offered(options: unknown): string[] {
  try {
    createPontem(options as InitOptions);
  } catch (error) {
    return /Options: (.*)$/.exec(String(error))?.[1]?.split(", ") ?? [];
  }
  throw new Error("The option was not refused");
}

describe("names in README.md", () => {
  const options = table("Options", "option ");

  it("has exactly the options that exist", () => {
    const names = offered({ serviceName: "s", nope: 1 });
    assert.ok(names.length > 15);
    const nested = ["rotation", "retention", "queue", "levelsFrom", "debug", "redact"].flatMap((option) => {
      const inner = offered({ serviceName: "s", runtime: memoryRuntime(), [option]: { nope: 1 } });
      assert.ok(inner.length > 0);
      return inner.map((name) => `${option}.${name}`);
    });
    assert.deepEqual([...options.keys()].sort(), [...names, ...nested].sort());
  });

  it("has the defaults that are in force", () => {
    const resolve = (options: InitOptions) =>
      resolveOptions(checkNames(options), { env: () => undefined }, {
        report: () => assert.fail(),
        once: () => assert.fail(),
      });
    const settings = { ...resolve({ serviceName: "s" }), debug: resolve({ serviceName: "s", debug: true }).debug };
    // What is in force has another form, or shows only in what it does.
    const elsewhere = ["level", "configDir", "debug", "debug.level", "stdlibLogging", "redact.censor", "redact.remove"];
    let compared = 0;
    for (const [name, shown] of options) {
      const literal = /^`([\d_]+|true|false|".*"|\{\}|\[\])`$/.exec(shown)?.[1];
      if (literal === undefined || elsewhere.includes(name)) continue;
      const wanted: unknown = JSON.parse(literal.replace(/(?<=\d)_/g, "").replace("<serviceName>", "s"));
      const value = name.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], settings);
      assert.deepEqual(value, wanted, name);
      compared++;
    }
    assert.ok(compared >= 18, `only ${compared} defaults were compared`);
    assert.deepEqual([options.get("level"), settings.threshold], ['`"TRACE"`', 1]);
    assert.deepEqual([options.get("debug"), resolve({ serviceName: "s" }).debug], ["`false`", undefined]);
    assert.deepEqual([options.get("debug.level"), settings.debug?.threshold], ['`"DEBUG"`', 5]);
    assert.deepEqual([options.get("stdlibLogging"), settings.bridges], ["`false`", []]);
    const { logger, records } = captureLogs(undefined, { redact: { paths: ["password"] } });
    logger.info("signed in", { password: 1 });
    const shown = [options.get("redact.censor"), options.get("redact.remove")];
    assert.deepEqual(shown, [`\`"${String(records()[0]?.attributes["password"])}"\``, "`false`"]);
  });

  it("has exactly the counters that exist", () => {
    const stats = createPontem({ serviceName: "s", runtime: memoryRuntime(), debug: true }).stats();
    const names = Object.entries(stats).flatMap(([group, counters]) => {
      return group === "faults" ? [group] : Object.keys(counters ?? {}).map((name) => `${group}.${name}`);
    });
    assert.deepEqual([...table("Stats", "key ").keys()], names);
  });

  it("has exactly the environment variables that exist, and the one constant of a build", () => {
    const code = sources(new URL("src/", ROOT)).filter((line) => !/^\s*(?:\/?\*|\/\/)/.test(line)).join("\n");
    const names = (text: string, pattern: RegExp) =>
      [...new Set([...text.matchAll(pattern)].map(([, name]) => name))].sort();
    const read = names(code, /"(PONTEM_[A-Z_]+)"/g);
    assert.ok(read.length > 5);
    assert.deepEqual([...table("Environment variables", "variable ").keys()].sort(), read);
    assert.deepEqual(names(README, /(PONTEM_[A-Z]+(?:_[A-Z]+)*)/g), names(code, /\b(PONTEM_[A-Z]+(?:_[A-Z]+)*)/g));
  });

  it("has exactly the entry points that exist", () => {
    const names = [...table("Entry points", "import ").keys()];
    assert.deepEqual(names.sort(), Object.keys(exports).map((path) => path.replace(".", "@pontem/sdk")).sort());
  });

  it("says no word of what does not exist yet, but that it comes later", () => {
    for (const name of ["integrity:", "pontem tail", "pontem verify", "./integrity", "./verify"]) {
      assert.equal(README.includes(name), false, name);
    }
  });
});

/** Lines of all sources below a folder. */
function sources(folder: URL): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => /(?<!\.d)\.[tj]s$/.test(path))
    .flatMap((path) => readFileSync(new URL(path, folder), "utf8").split("\n"));
}

describe("links", () => {
  for (const document of DOCUMENTS) {
    it(`of ${document} lead somewhere`, () => {
      for (const [, target = ""] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
        if (/^https:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? document : path;
        const there = isBuilt ? file.replace(/\.ts$/, ".js") : file;
        assert.ok(existsSync(new URL(there, ROOT)), `${document}: ${target}`);
        if (anchor !== undefined) assert.ok(anchors(read(file)).has(anchor), `${document}: ${target}`);
      }
    });
  }
});

/** Anchors of a document's headings, as GitHub and JSR make them. */
function anchors(text: string): Set<string> {
  return new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => {
    return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
  }));
}
