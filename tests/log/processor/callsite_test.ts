import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { callsite, type CallsiteOptions } from "../../../src/log/processor/callsite.ts";
import { fingersCrossed } from "../../../src/log/processor/fingers_crossed.ts";
import { parseStack, serviceFrames } from "../../../src/log/processor/stack.ts";
import { stackInfo } from "../../../src/log/processor/stack_info.ts";
import { started, type World } from "../../sdk/support.ts";

const HERE = fileURLToPath(import.meta.url);

/** Line of the caller, as the runtime itself says it. */
function lineOfCaller(): number {
  const lines = String(new Error().stack).split("\n").filter((line) => line.includes("callsite_test"));
  return Number(/:(\d+):\d+\)?$/.exec(lines[1] ?? "")?.[1]);
}

function logsThroughWrapper(world: World, body: string): void {
  world.pontem.logger.info(body);
}

describe("callsite", () => {
  it("adds file, line and function of the call, whatever the way", () => {
    const world = started({ processors: [(event) => event, callsite()] });
    const { logger } = world.pontem;
    const lines: number[] = [];
    function measure(): void {
      lines.push(lineOfCaller());
      logger.info("info");
      lines.push(lineOfCaller());
      logger.log("WARN", "log");
      lines.push(lineOfCaller());
      logger.bind({ a: 1 }).error(new Error("x"), () => ({ b: 2 }));
      lines.push(lineOfCaller());
      logger.operation("work").end();
    }
    measure();
    const records = world.records();
    // Each call stands one line below.
    assert.deepEqual(records.map(({ attributes }) => attributes["code.line.number"]), lines.map((line) => line + 1));
    for (const { attributes } of records) {
      assert.equal(attributes["code.file.path"], HERE);
      assert.equal(attributes["code.function.name"], "measure");
    }
  });

  it("passes over frames of the service's own", () => {
    const world = started({ processors: [callsite({ frames: 1 })] });
    (function caller(): void {
      logsThroughWrapper(world, "x");
    })();
    assert.equal(world.records()[0]?.attributes["code.function.name"], "caller");
  });

  it("leaves the call's own attributes, and the engine's limit on stacks", () => {
    const settings = Error as unknown as { stackTraceLimit: number };
    const before = settings.stackTraceLimit;
    const world = started({ processors: [callsite()] });
    assert.equal(world.attributesOf({ "code.function.name": "mine" })["code.function.name"], "mine");
    assert.equal(settings.stackTraceLimit, before);
  });

  it("finds the call below many frames", () => {
    const world = started({ processors: [callsite()] });
    const deep = (n: number): void => n === 0 ? world.pontem.logger.info("x") : void [n].forEach(() => deep(n - 1));
    deep(50);
    assert.equal(world.records()[0]?.attributes["code.file.path"], HERE);
  });

  it("adds nothing where the caller is not on the stack: held before init, released", async () => {
    const world = started();
    await world.pontem.shutdown();
    world.pontem.logger.info("held");
    world.init({ processors: [fingersCrossed(), callsite()] });
    world.pontem.logger.debug("kept back");
    world.pontem.logger.error("now");
    assert.deepEqual(world.records().map(({ body, attributes }) => [body, "code.file.path" in attributes]), [
      ["held", false],
      ["kept back", false],
      ["now", true],
    ]);
  });

  it("refuses what it cannot use", () => {
    assert.throws(() => callsite({ frames: -1 }), /"callsite\.frames": expected a whole number from 0 to 32, got -1/);
    assert.throws(() => callsite({ depth: 1 } as CallsiteOptions), /Unknown option "depth"/);
  });
});

describe("stackInfo", () => {
  it("turns true into the stack, the call first, and takes false away", () => {
    const world = started({ processors: [stackInfo()] });
    (function asks(): void {
      world.pontem.logger.info("x", { stack_info: true });
    })();
    world.pontem.logger.info("x", { stack_info: false });
    world.pontem.logger.info("x", { stack_info: "text" });
    const [stack, none, text] = world.records().map(({ attributes }) => attributes["stack_info"]);
    const [title, first] = String(stack).split("\n");
    assert.equal(title, "Stack (most recent call first):");
    assert.match(first ?? "", /^ {4}.*asks.*callsite_test\.[tj]s:\d+:\d+/);
    assert.doesNotMatch(String(stack), /src\/log\//);
    assert.equal(none, undefined);
    assert.equal(text, "text");
  });

  it("says nothing of the stack of init for a record from before", async () => {
    const world = started();
    await world.pontem.shutdown();
    world.pontem.logger.info("held", { stack_info: true });
    world.init({ processors: [stackInfo()] });
    assert.deepEqual(world.records()[0]?.attributes, {});
  });
});

describe("where the SDK is one file with the service", () => {
  const stack = (entry: string): string =>
    [
      "Error",
      "    at currentStack (file:///srv/app.mjs:1:1)",
      "    at process2 (file:///srv/app.mjs:2:1)",
      "    at Chain.put (file:///srv/app.mjs:3:1)",
      "    at LogCore.put (file:///srv/app.mjs:4:1)",
      `    at ${entry} (file:///srv/app.mjs:5:1)`,
      "    at handle (file:///srv/app.mjs:600:7)",
      "    at log (file:///srv/app.mjs:700:7)",
      "    at node:internal/timers:1:1",
    ].join("\n");

  for (const entry of ["Logger.info", "info", "Logger.log", "Object.end", "Object.end [as [Symbol.dispose]]"]) {
    it(`the call is what is below ${entry}`, () => {
      assert.deepEqual(serviceFrames(parseStack(stack(entry))).map(({ line }) => line), [600, 700]);
    });
  }

  it("there is none where no name tells", () => {
    assert.deepEqual(serviceFrames(parseStack("Error\n    at a (/srv/a.js:1:1)\n    at b (/srv/a.js:2:1)")), []);
    assert.deepEqual(serviceFrames([]), []);
  });
});

describe("parseStack", () => {
  const cases: [stack: string, functionName: string | undefined, file: string, line: number][] = [
    ["Error\n    at run (file:///srv/a%20b.ts:3:7)", "run", "/srv/a b.ts", 3],
    ["Error: x\n    at file:///srv/a.ts:3:7", undefined, "/srv/a.ts", 3],
    ["Error\n    at async Job.run (/srv/a.js:10:1)", "Job.run", "/srv/a.js", 10],
    ["Error\n    at new Job (file:///C:/srv/a.ts:1:1)", "Job", "C:/srv/a.ts", 1],
    ["Error\n    at https://jsr.io/@a/b/1.0.0/mod.ts:5:2", undefined, "https://jsr.io/@a/b/1.0.0/mod.ts", 5],
    ["Error\n    at Object.<anonymous> (/srv/a.js:1:2)", "Object.<anonymous>", "/srv/a.js", 1],
    ["Error\n    at <anonymous> (/srv/a.js:1:2)", undefined, "/srv/a.js", 1],
    ["run@/srv/a.js:3:7\n@/srv/b.js:1:1", "run", "/srv/a.js", 3],
    ["/srv/a.js:3:7", undefined, "/srv/a.js", 3],
    ["run@file:///srv/node_modules/@a/b.js:3:7", "run", "/srv/node_modules/@a/b.js", 3],
  ];
  for (const [stack, functionName, file, line] of cases) {
    it(`reads ${JSON.stringify(stack)}`, () => {
      const [frame] = parseStack(stack);
      assert.deepEqual([frame?.functionName, frame?.file, frame?.line], [functionName, file, line]);
    });
  }

  it("takes anything", () => {
    for (const odd of [undefined, null, 5, {}, "", "Error", [{}], "x".repeat(100_000)]) {
      assert.deepEqual(parseStack(odd), []);
    }
  });
});
