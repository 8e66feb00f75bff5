// Where @std/* comes from, against registries on the loopback: one that refuses, one that hangs, one that answers.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chooseRegistry, closingNote, JSR, probe, STAND_INS, withRegistry } from "../../tools/jsr.ts";
import { manifestEntry, staleDocuments } from "../../tools/registry.ts";
import { linkPackages } from "../../tools/std_links.ts";
import { bestVersion, getPackages, pinnedPackages } from "../../tools/std_packages.ts";
import { runChild, runtimeName, tempDir } from "../support/runtime.ts";

/** A test run sets JSR_URL where JSR does not answer; on Deno the tests may reach the loopback only. */
const noJsr = runtimeName() === "deno" || (process.env["JSR_URL"] ?? "") !== "";

/** Serves on the loopback for as long as the body runs. */
async function serving<T>(server: Server, body: (url: string) => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

function answering<T>(listener: RequestListener, body: (url: string) => Promise<T>): Promise<T> {
  return serving(createServer(listener), body);
}

/** The files of a small registry: `first` imports `second` by a range, as packages of std do. */
function smallRegistry(): Map<string, string> {
  const files = new Map<string, string>();
  const add = (name: string, version: string, sources: Record<string, string>) => {
    const manifest: Record<string, unknown> = {};
    const exports: Record<string, string> = { ".": "./mod.ts" };
    for (const [path, source] of Object.entries(sources)) {
      manifest[path] = manifestEntry(new TextEncoder().encode(source));
      files.set(`/@std/${name}/${version}${path}`, source);
      if (path !== "/mod.ts") exports[`.${path.replace(".ts", "")}`] = `.${path}`;
    }
    files.set(`/@std/${name}/${version}_meta.json`, JSON.stringify({ manifest, exports, moduleGraph2: {} }));
  };
  add("first", "1.0.0", {
    "/mod.ts": 'export { first } from "./lib/inner.ts";\nexport type { Two } from "jsr:@std/second@^1.1.0/deep";\n',
    "/lib/inner.ts":
      'import { two } from "jsr:@std/second@^1.1.0/deep";\nexport const first: string = `first+${two}`;\n',
  });
  add("second", "1.2.0", {
    "/mod.ts": "export const unused: number = 0;\n",
    "/deep.ts": 'export type Two = string;\nexport const two: Two = "second";\n',
  });
  const versions = { "1.0.9": {}, "1.2.0": {}, "1.3.0": { yanked: true }, "2.0.0": {}, "1.4.0-rc.1": {} };
  files.set("/@std/second/meta.json", JSON.stringify({ scope: "std", name: "second", latest: "2.0.0", versions }));
  const first = { scope: "std", name: "first", latest: "1.0.0", versions: { "1.0.0": {} } };
  files.set("/@std/first/meta.json", JSON.stringify(first));
  files.set("/@std/jsonc/meta.json", JSON.stringify({ scope: "std", name: "jsonc", versions: {} }));
  return files;
}

function serve(files: ReadonlyMap<string, string>): RequestListener {
  return (request, response) => {
    const text = files.get(request.url ?? "");
    const type = request.url?.endsWith(".json") ? "application/json" : "application/typescript";
    response.writeHead(text === undefined ? 404 : 200, { "content-type": type }).end(text ?? "");
  };
}

/** A port that nobody listens on. */
function closedPort(): Promise<string> {
  return serving(createTcpServer(), (url) => Promise.resolve(url));
}

describe("probe", () => {
  it("takes a registry that answers", async () => {
    assert.equal(await answering(serve(smallRegistry()), (url) => probe(url)), undefined);
  });

  it("refuses a closed port", async () => {
    assert.match(await probe(await closedPort()) ?? "used", /./);
  });

  it("refuses a name that does not resolve", async () => {
    assert.match(await probe("http://registry.invalid/") ?? "used", /./);
  });

  it("gives up on a registry that never answers, within its bound", async () => {
    const started = performance.now();
    assert.equal(await serving(createTcpServer(), (url) => probe(url, 300)), "no answer within 300 ms");
    assert.ok(performance.now() - started < 2_500);
  });

  it("gives up on a body that never ends, within its bound", async () => {
    const slow: RequestListener = (_request, response) => void response.writeHead(200).write("{");
    assert.equal(await answering(slow, (url) => probe(url, 300)), "no answer within 300 ms");
  });

  it("gives up on a body without bound", async () => {
    const endless: RequestListener = (_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(" ".repeat(65_536)));
      };
      response.writeHead(200).on("drain", more).on("error", () => {});
      more();
    };
    assert.match(await answering(endless, (url) => probe(url, 10_000)) ?? "used", /something else than JSON/);
  });

  const bad: readonly (readonly [what: string, status: number, body: string, reason: RegExp])[] = [
    ["an error", 503, "{}", /status 503/],
    ["a page", 200, "<html>please log in</html>", /something else than JSON/],
    ["JSON of another kind", 200, '{"ok": true}', /something else than package versions/],
    ["nothing", 200, "", /something else than JSON/],
    ["null", 200, "null", /something else than package versions/],
  ];
  for (const [what, status, body, reason] of bad) {
    it(`refuses a registry that answers with ${what}`, async () => {
      const listener: RequestListener = (_request, response) => void response.writeHead(status).end(body);
      assert.match(await answering(listener, (url) => probe(url)) ?? "used", reason);
    });
  }
});

describe("chooseRegistry", () => {
  it("lets a JSR_URL that is set win, without a probe", async () => {
    let asked = 0;
    const count: RequestListener = (_request, response) => {
      asked++;
      response.end("{}");
    };
    await answering(count, async (jsr) => {
      const chosen = await chooseRegistry({ JSR_URL: "http://mirror.invalid" }, { jsr });
      assert.equal(chosen.url, "http://mirror.invalid/");
      assert.equal(closingNote(chosen), undefined);
      assert.equal(asked, 0);
    });
  });

  it("uses JSR where it answers", async () => {
    await answering(serve(smallRegistry()), async (jsr) => {
      const chosen = await chooseRegistry({ JSR_URL: "" }, { jsr });
      assert.deepEqual([chosen.url, chosen.standIns, closingNote(chosen)], [jsr, false, undefined]);
      assert.match(chosen.said, /comes from JSR/);
    });
  });

  it("uses the stand-ins where JSR refuses, and says so in one line and at the end", async () => {
    const chosen = await chooseRegistry({}, { jsr: await closedPort() });
    assert.deepEqual([chosen.url, chosen.standIns], [STAND_INS, true]);
    assert.match(chosen.said, /^@std\/\* comes from the stand-ins in .*$/);
    assert.match(closingNote(chosen) ?? "", /stand-ins/);
  });

  it("uses the stand-ins where JSR hangs", async () => {
    const chosen = await serving(createTcpServer(), (jsr) => chooseRegistry({}, { jsr, timeoutMs: 200 }));
    assert.equal(chosen.url, STAND_INS);
    assert.match(chosen.said, /no answer within 200 ms/);
  });

  it("knows the stand-ins when they come by JSR_URL", async () => {
    assert.equal((await chooseRegistry({ JSR_URL: STAND_INS })).standIns, true);
    assert.equal((await chooseRegistry({ JSR_URL: STAND_INS.slice(0, -1) })).standIns, true);
  });

  it("refuses a JSR_URL that is no address", async () => {
    await assert.rejects(
      chooseRegistry({ JSR_URL: "tests/offline/jsr" }),
      /Cannot use "tests\/offline\/jsr" of JSR_URL/,
    );
  });

  it("sets JSR_URL for commands only where it is not JSR itself", () => {
    const registry = { url: STAND_INS, standIns: true, said: "" };
    assert.deepEqual(withRegistry({ A: "1", B: undefined }, registry), { A: "1", JSR_URL: STAND_INS });
    assert.deepEqual(withRegistry({ A: "1", JSR_URL: "" }, { ...registry, url: JSR }), { A: "1" });
  });
});

describe("getPackages", () => {
  const pins = new Map([["first", "1.0.0"]]);

  it("fetches a package with what it imports, and Bun and Node can import it", async () => {
    const root = tempDir();
    const packages = await answering(serve(smallRegistry()), (url) => getPackages({ url }, pins, join(root, "cache")));
    assert.deepEqual(packages.map(({ name, version }) => [name, version]), [["first", "1.0.0"], ["second", "1.2.0"]]);
    // A second time is harmless: what is right is left alone.
    await linkPackages(packages, join(root, "node_modules"));
    await linkPackages(packages, join(root, "node_modules"));
    const inner = await readFile(join(root, "node_modules/@std/first/src/lib/inner.ts"), "utf8");
    assert.match(inner, /from "@std\/second\/deep"/);
    // Deno reads a registry by itself, and Node 20 no TypeScript.
    if (runtimeName() === "deno" || import.meta.url.endsWith(".js")) return;
    const script = join(root, "use.ts");
    await writeFile(script, 'import { first } from "@std/first";\nconsole.log(first);\n');
    assert.deepEqual(await runChild(script, { cwd: root }), {
      code: 0,
      signal: null,
      stdout: "first+second\n",
      stderr: "",
    });
  });

  it(
    "reads the same registry as Deno does",
    { skip: runtimeName() !== "deno" && "only Deno reads registries" },
    async () => {
      const root = tempDir();
      writeFileSync(join(root, "use.ts"), 'import { first } from "jsr:@std/first@1.0.0";\nconsole.log(first);\n');
      writeFileSync(join(root, "deno.json"), '{"lock": false}');
      await answering(serve(smallRegistry()), async (url) => {
        const env = { JSR_URL: url, DENO_DIR: join(root, "deno") };
        const runtimeFlags = { deno: ["--quiet", `--config=${join(root, "deno.json")}`] };
        const { stdout, stderr } = await runChild(join(root, "use.ts"), { env, config: false, runtimeFlags });
        assert.deepEqual([stdout, stderr], ["first+second\n", ""]);
      });
    },
  );

  it("refuses a file that differs from its checksum", async () => {
    const files = smallRegistry().set("/@std/second/1.2.0/deep.ts", 'export const two: string = "forged";\n');
    const got = answering(serve(files), (url) => getPackages({ url }, pins, tempDir()));
    await assert.rejects(got, /Cannot use "http.*deep\.ts": it differs from its checksum/);
  });

  it("refuses a manifest that names files outside of the package", async () => {
    const meta = { manifest: { "/../../evil.ts": { size: 0, checksum: "" } }, exports: {} };
    const files = smallRegistry().set("/@std/first/1.0.0_meta.json", JSON.stringify(meta));
    const got = answering(serve(files), (url) => getPackages({ url }, pins, tempDir()));
    await assert.rejects(got, /lies outside of it/);
  });

  it("says what is missing", async () => {
    const missing = new Map([["third", "1.0.0"]]);
    const got = answering(serve(smallRegistry()), (url) => getPackages({ url }, missing, tempDir()));
    await assert.rejects(got, /Cannot fetch ".*third\/1\.0\.0_meta\.json": status 404/);
  });

  it("reads a registry in a folder where it lies", async () => {
    const { imports } = JSON.parse(await readFile(new URL("../../deno.json", import.meta.url), "utf8")) as {
      imports: Record<string, string>;
    };
    const packages = await getPackages({ url: STAND_INS }, pinnedPackages(imports), "/nowhere");
    assert.deepEqual(packages.map(({ name }) => name).sort(), ["fs", "jsonc", "streams"]);
    for (const { folder } of packages) assert.ok(folder.startsWith(fileURLToPath(STAND_INS)));
  });

  it("uses the real JSR", { skip: noJsr && "JSR is not used in this run" }, async () => {
    const packages = await getPackages({ url: JSR }, new Map([["jsonc", "1.0.2"]]), tempDir());
    assert.ok(packages.some(({ name }) => name === "json"));
  });
});

describe("pinnedPackages", () => {
  it("takes exact versions of std, and refuses ranges", () => {
    const pins = pinnedPackages({ a: "jsr:@std/jsonc@1.0.2", b: "npm:zod@4.6.7", c: "jsr:@other/x@1.0.0" });
    assert.deepEqual([...pins], [["jsonc", "1.0.2"]]);
    assert.throws(() => pinnedPackages({ a: "jsr:@std/jsonc@^1.0.2" }), RangeError);
  });
});

describe("bestVersion", () => {
  const versions = ["0.1.0", "0.2.0", "0.2.9", "1.0.0", "1.9.0", "1.10.0", "1.2.3", "2.0.0", "2.1.0-rc.1"];
  const cases: readonly (readonly [range: string, best: string])[] = [
    ["^1.0.0", "1.10.0"],
    ["^1.2", "1.10.0"],
    ["1", "1.10.0"],
    ["1.9", "1.9.0"],
    ["1.2.3", "1.2.3"],
    ["^2.0.0", "2.0.0"],
    ["^0.2.0", "0.2.9"],
    ["^0.1.0", "0.1.0"],
  ];
  for (const [range, best] of cases) {
    it(`takes ${best} for ${range}`, () => assert.equal(bestVersion(versions, range), best));
  }
  it("refuses what it does not know, and what is not there", () => {
    for (const range of ["*", "~1.2.0", ">=1", "^3.0.0", "", "^1.11.0"]) {
      assert.throws(() => bestVersion(versions, range), RangeError);
    }
  });
});

describe("the stand-in registry", () => {
  it("has sizes and checksums that fit its sources", async () => {
    assert.deepEqual(await staleDocuments(fileURLToPath(STAND_INS)), []);
  });

  it("has the versions that deno.json names", async () => {
    const { imports } = JSON.parse(await readFile(new URL("../../deno.json", import.meta.url), "utf8")) as {
      imports: Record<string, string>;
    };
    for (const [name, version] of pinnedPackages(imports)) {
      const meta = JSON.parse(await readFile(new URL(`@std/${name}/meta.json`, STAND_INS), "utf8")) as {
        latest: string;
      };
      assert.equal(meta.latest, version, name);
    }
  });

  it("is found stale once a source changes", async () => {
    const folder = tempDir();
    mkdirSync(join(folder, "@std", "x", "1.0.0"), { recursive: true });
    writeFileSync(join(folder, "@std", "x", "1.0.0", "mod.ts"), "");
    assert.deepEqual((await staleDocuments(folder)).length, 2);
  });
});
