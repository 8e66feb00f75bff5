import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { type Bridge, type ForeignEvent, PontemFormatter } from "../../mod.ts";
import { MAX_INSTALLED } from "../../src/bridge/installed.ts";
import { started, World } from "../sdk/support.ts";
import { read } from "./wire.ts";

/** A logger of another kind with two destinations. */
class Other {
  readonly lines: string[] = [];
  readonly destinations: ((text: string) => string)[] = [];

  attach(): this {
    this.destinations.push((text) => `plain ${text}`);
    return this;
  }

  log(text: string): void {
    for (const format of this.destinations) this.lines.push(format(text));
  }

  bridge(more: Partial<Bridge> = {}): Bridge {
    return {
      name: "other",
      target: this,
      check: () => {
        if (this.destinations.length === 0) throw new Error("The logger has no destinations: add one before");
      },
      install: (formatter) => {
        const before = [...this.destinations];
        before.forEach((_, i) => this.destinations[i] = (body) => formatter.format({ severityNumber: 9, body }));
        return () => before.forEach((format, i) => this.destinations[i] = format);
      },
      ...more,
    };
  }

  bodies(): string[] {
    return this.lines.splice(0).map((line) => line.startsWith("{") ? `json ${read(line).body}` : line);
  }
}

describe("bridges", () => {
  it("are installed by init and stay after shutdown; the queue is not touched", async () => {
    const other = new Other().attach();
    const world = new World().init({ stdlibLogging: [other.bridge()] });
    other.log("a");
    await world.pontem.shutdown();
    other.log("b");
    assert.deepEqual(other.bodies(), ["json a", "json b"]);
    assert.deepEqual(world.landed(), []);
    assert.equal(world.pontem.stats().logs.accepted, 0);
  });

  it("that cannot be installed make init throw before anything has changed", () => {
    const [good, bare] = [new Other().attach(), new Other()];
    const world = new World();
    assert.throws(() => world.init({ stdlibLogging: [good.bridge(), bare.bridge()] }), /has no destinations/);
    good.log("a");
    assert.deepEqual(good.bodies(), ["plain a"]);
    assert.equal(world.disk.stat("/logs"), undefined);
    world.init();
    world.pontem.logger.info("kept");
    assert.deepEqual(world.bodies(), ["kept"]);
  });

  it("are left alone by a second init, whatever it is given", () => {
    const [one, two] = [new Other().attach(), new Other().attach()];
    const world = started({ stdlibLogging: [one.bridge()] });
    for (const stdlibLogging of [[two.bridge()], 5 as unknown as boolean]) world.init({ stdlibLogging });
    two.log("a");
    assert.deepEqual(two.bodies(), ["plain a"]);
  });

  it("take up what was added later when they are installed again: those of the last time", () => {
    const other = new Other().attach();
    const { pontem } = started({ stdlibLogging: [other.bridge()] });
    other.attach().log("a");
    assert.deepEqual(other.bodies(), ["json a", "plain a"]);
    const uninstall = PontemFormatter.install(undefined, { pontem });
    other.log("b");
    uninstall();
    uninstall();
    other.log("c");
    assert.deepEqual(other.bodies(), ["json b", "json b", "plain c", "plain c"]);
  });

  it("of the same logger take turns, of two instances too; an earlier one that goes takes nothing with it", () => {
    const other = new Other().attach();
    const [one, two] = [started({ serviceName: "one" }), started({ serviceName: "two" })];
    const first = PontemFormatter.install([other.bridge()], { pontem: one.pontem });
    const second = PontemFormatter.install([other.bridge()], { pontem: two.pontem });
    first();
    other.log("a");
    assert.equal(read(other.lines.splice(0)[0] ?? "").resource["service.name"], "two");
    second();
    other.log("b");
    assert.deepEqual(other.bodies(), ["plain b"]);
  });

  it("that cannot be installed are left out and told of, but by init", () => {
    const other = new Other().attach();
    const bad: Bridge = {
      name: "bad",
      install: () => {
        throw new Error("broken");
      },
    };
    const world = started();
    const { pontem } = world;
    const bare = new Other().bridge({ name: "bare" });
    const uninstall = PontemFormatter.install([bad, other.bridge(), bare], { serviceName: "s", pontem });
    other.log("a");
    uninstall();
    other.log("b");
    assert.deepEqual(other.bodies(), ["json a", "plain b"]);
    assert.deepEqual(world.said(), [
      'ERROR pontem.sdk Cannot install the bridge "bad": broken',
      'ERROR pontem.sdk Cannot install the bridge "bare": The logger has no destinations: add one before',
    ]);
    const initialised = new World().init({ stdlibLogging: [other.bridge(), bad] });
    other.log("c");
    assert.deepEqual(other.bodies(), ["json c"]);
    assert.deepEqual(initialised.said(), ['ERROR pontem.sdk Cannot install the bridge "bad": broken']);
  });

  it("are bounded in number", () => {
    const world = started();
    const { pontem } = world;
    const undo: (() => void)[] = [];
    for (let i = 0; i < MAX_INSTALLED; i++) {
      undo.push(PontemFormatter.install([new Other().attach().bridge()], { pontem }));
    }
    const other = new Other().attach();
    PontemFormatter.install([other.bridge()], { pontem });
    other.log("a");
    assert.match(
      world.said().join(),
      /^ERROR pontem\.sdk Cannot install the bridge "other": 1000 others are installed/,
    );
    undo[0]?.();
    PontemFormatter.install([other.bridge()], { pontem });
    other.log("b");
    assert.deepEqual(other.bodies(), ["plain a", "json b"]);
  });

  it("that are taken out by an undo that fails are out, and nobody suffers from it", () => {
    const other = new Other().attach();
    const bad: Bridge = {
      name: "bad",
      install: () => () => {
        throw new Error("broken");
      },
    };
    const uninstall = PontemFormatter.install([other.bridge(), bad], { serviceName: "s" });
    uninstall();
    other.log("a");
    assert.deepEqual(other.bodies(), ["plain a"]);
  });

  it("are checked, and loggers that are none are told what to do", () => {
    const refused = (value: unknown, message: RegExp) => {
      assert.throws(() => new World().init({ stdlibLogging: value as boolean }), { name: "TypeError", message });
    };
    const method = () => {};
    refused(5, /Cannot use option "stdlibLogging": expected true \(the console\), false, or an array/);
    refused([5], /expected a bridge or the console, got 5.*interface Bridge/);
    refused([{ child: method, bindings: method, setBindings: method }], /@pontem\/sdk\/bridge\/pino/);
    refused([{ configure: method, add: method, remove: method, transports: [] }], /pass winston\(logger\)/);
    refused([{ category: ["a"], getChild: method }], /@pontem\/sdk\/bridge\/logtape/);
    refused(Array.from({ length: 65 }, () => new Other().bridge()), /at most 64 bridges/);
    for (const none of [undefined, false, []]) new World().init({ stdlibLogging: none });
  });
});

describe("the SDK's own messages", () => {
  /** A bridge that takes them. */
  function chain(more: Partial<Bridge> = {}) {
    const events: ForeignEvent[] = [];
    const other = new Other().attach();
    return { events, bridge: other.bridge({ write: (event) => void events.push(event), ...more }) };
  }
  const shown = (events: readonly ForeignEvent[]) =>
    events.map(({ severityNumber, loggerName, body }) => `${severityNumber} ${loggerName} ${String(body)}`);

  it("go to the bridged loggers of any level, which decide for themselves, and not to standard error", () => {
    const { events, bridge } = chain();
    const world = started({ stdlibLogging: [bridge] });
    world.init();
    assert.deepEqual(shown(events), [
      "5 pontem.sdk pontem emit dir: /logs",
      "13 pontem.sdk init() already called, ignoring. Call shutdown() first to start again",
    ]);
    assert.deepEqual(world.said(), []);
  });

  it("go by what option diagnostics says about them", () => {
    for (
      const [diagnostics, ownLevel, count] of [
        [{ "pontem": "off" }, undefined, 0],
        [{ "pontem.sdk": "WARN" }, undefined, 1],
        [{ "pontem.sdk": "DEBUG" }, "FATAL", 2],
        [{}, "WARN", 1],
        [{}, "FATAL", 0],
      ] as const
    ) {
      const { events, bridge } = chain({ ownLevel });
      const world = started({ stdlibLogging: [bridge], diagnostics });
      world.init();
      assert.deepEqual([events.length, world.said().length], [count, 0], JSON.stringify(diagnostics));
    }
    const { events, bridge } = chain();
    const told: string[] = [];
    started({ stdlibLogging: [bridge], diagnostics: (name, level) => told.push(`${level} ${name}`) });
    assert.deepEqual([told, events], [["DEBUG pontem.sdk"], []]);
  });

  it("go to standard error when the logger fails, or takes none, or is out", () => {
    const failing = chain({
      write: () => {
        throw new Error("no");
      },
    });
    const world = started({ stdlibLogging: [failing.bridge], diagnostics: { pontem: "WARN" } });
    world.init();
    assert.equal(world.said().length, 1);
    const quiet = started({ stdlibLogging: [new Other().attach().bridge()] });
    quiet.init();
    assert.equal(quiet.said().length, 1);
    const { bridge } = chain();
    const out = started({ stdlibLogging: [bridge] });
    PontemFormatter.install(undefined, { pontem: out.pontem })();
    out.init();
    assert.equal(out.said().length, 1);
  });

  it("do not loop, and are limited in number", () => {
    const world = new World();
    let calls = 0;
    const { bridge } = chain({
      write: () => {
        calls++;
        world.init();
      },
    });
    world.init({ stdlibLogging: [bridge], diagnostics: { pontem: "WARN" } });
    for (let i = 0; i < 100; i++) world.init();
    assert.equal(calls, 20);
  });
});
