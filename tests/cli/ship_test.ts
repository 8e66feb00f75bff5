// `pontem ship` in memory: what it understands, and when it ends with which code.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { UsageError } from "../../src/cli/options.ts";
import { type ConfigSource, GIVE_UP_MS, shipCommand, STOP_MS } from "../../src/cli/ship.ts";
import { SHIP_FLAGS } from "../../src/cli/ship_flags.ts";
import { SHIP_HELP } from "../../src/cli/ship_help.ts";
import { FakeProcess, FakeShipper, run } from "./support.ts";

const CONFIG = ["--config", "ship.jsonc"];
const TICKS = 20;

/** Starts the command over a shipper that does as told. */
function begin(...args: string[]) {
  const process = new FakeProcess();
  const shipper = new FakeShipper();
  const code = shipCommand(args, process, () => Promise.resolve(shipper));
  return { process, shipper, code };
}

async function settle(): Promise<void> {
  for (let i = 0; i < TICKS; i++) await undefined;
}

/** The configuration that a command line stands for. */
async function sourceOf(...args: string[]): Promise<ConfigSource> {
  let source: ConfigSource | undefined;
  const shipper = new FakeShipper();
  shipper.finish("settled");
  await shipCommand([...args, "--once"], new FakeProcess(), (from) => {
    source = from;
    return Promise.resolve(shipper);
  });
  assert.ok(source !== undefined);
  return source;
}

describe("pontem ship: how it ends", () => {
  it("ends 0 with --once when every record is settled", async () => {
    const { process, shipper, code } = begin(...CONFIG, "--once");
    shipper.finish("settled");
    assert.equal(await code, 0);
    assert.deepEqual(shipper.stops, [STOP_MS]);
    assert.equal(process.listeners, 0);
    assert.equal(process.runtime.host.clock.timers, 0);
  });

  it("ends 3 with --once when some are held or dead", async () => {
    const { shipper, code } = begin(...CONFIG, "--once");
    shipper.finish("held");
    assert.equal(await code, 3);
  });

  it("ends 3 when --timeout is over first", async () => {
    const { process, shipper, code } = begin(...CONFIG, "--once", "--timeout", "60000");
    await settle();
    process.runtime.host.advance(59_999);
    await settle();
    assert.deepEqual(shipper.stops, []);
    process.runtime.host.advance(1);
    assert.equal(await code, 3);
    assert.match(process.errors, /Time is up/);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`R4: stops within 5 s on ${signal}, and ends 0`, async () => {
      const { process, shipper, code } = begin(...CONFIG);
      await settle();
      process.signal(signal);
      assert.equal(await code, 0);
      assert.deepEqual(shipper.stops, [5_000]);
      assert.deepEqual(process.exits, []);
      assert.match(process.errors, new RegExp(`${signal}: stops`));
    });
  }

  it("ends 3 when --once is interrupted: not everything is settled", async () => {
    const { process, code } = begin(...CONFIG, "--once");
    process.signal("SIGTERM");
    assert.equal(await code, 3);
  });

  it("hears a signal that comes before the shipper is there", async () => {
    const process = new FakeProcess();
    const shipper = new FakeShipper();
    let started: (shipper: FakeShipper) => void = () => {};
    const code = shipCommand(CONFIG, process, () => new Promise((resolve) => started = resolve));
    process.signal("SIGTERM");
    started(shipper);
    assert.equal(await code, 0);
    assert.equal(shipper.stops.length, 1);
  });

  it("ends at once on a second signal", async () => {
    const { process, shipper } = begin(...CONFIG);
    shipper.stopping = undefined;
    await settle();
    process.signal("SIGTERM");
    await settle();
    process.signal("SIGINT");
    assert.deepEqual(process.exits, [130]);
    process.signal("SIGTERM");
    assert.deepEqual(process.exits, [130, 143]);
  });

  it("leaves a shipper that does not stop", async () => {
    const { process, shipper, code } = begin(...CONFIG);
    shipper.stopping = undefined;
    await settle();
    process.signal("SIGTERM");
    await settle();
    process.runtime.host.advance(GIVE_UP_MS);
    assert.equal(await code, 1);
    assert.match(process.errors, /did not stop within 6 s/);
  });

  it("stays alive for as long as it takes", async () => {
    const { process, code } = begin(...CONFIG, "--quiet");
    await settle();
    const { host } = process.runtime;
    for (let hour = 0; hour < 48; hour++) {
      assert.equal(host.clock.timers, 1);
      host.advance(3_600_000);
    }
    process.signal("SIGINT");
    assert.equal(await code, 0);
    assert.equal(host.clock.timers, 0);
  });

  it("fails with what made the shipper fail", async () => {
    const { process, shipper, code } = begin(...CONFIG, "--once");
    shipper.fail(new Error("Cannot write the checkpoint"));
    await assert.rejects(code, /Cannot write the checkpoint/);
    assert.equal(process.listeners, 0);
    assert.equal(process.runtime.host.clock.timers, 0);
  });

  it("shows progress, and none with --quiet", async () => {
    const loud = begin(...CONFIG, "--once");
    loud.shipper.finish("settled");
    await loud.code;
    assert.match(loud.process.errors, /^pontem ship \d+\.\d+\.\d+: sends what is there\n/);
    const quiet = begin(...CONFIG, "--once", "--quiet");
    quiet.shipper.finish("settled");
    await quiet.code;
    assert.equal(quiet.process.errors, "");
  });
});

describe("pontem ship: what it is given", () => {
  it("takes a configuration file", async () => {
    assert.deepEqual(await sourceOf("--config", "/etc/pontem/ship.jsonc"), { path: "/etc/pontem/ship.jsonc" });
  });

  it("makes a configuration of options; what a shell makes of a glob are sources", async () => {
    const source = await sourceOf(
      ...["--sources", "/a/logs", "/b/logs", "--sources", "/c/*", "--state", "/s", "--sink", "loki"],
      ...["--url", "http://127.0.0.1:3100", "--tenant", "t1", "--min-level", "WARN", "--metrics", "--insecure"],
      ...["--token-env", "TOKEN", "--delete-after-ship", "--health-port", "9464"],
    );
    assert.deepEqual(source, {
      value: {
        sources: ["/a/logs", "/c/*", "/b/logs"],
        state: "/s",
        sinks: [{
          type: "loki",
          url: "http://127.0.0.1:3100",
          tenant: "t1",
          minLevel: "WARN",
          metrics: true,
          insecure: true,
          auth: { bearer: { env: "TOKEN" } },
        }],
        deleteAfterShip: true,
        health: { port: 9464 },
      },
    });
  });

  it("puts credentials where the sink has them", async () => {
    const sink = async (...args: string[]) => {
      const { value } = await sourceOf("--sources", "/a", "--sink", ...args) as { value: { sinks: unknown[] } };
      return value.sinks[0];
    };
    assert.deepEqual(await sink("splunk", "--token-file", "/run/t"), { type: "splunk", token: { file: "/run/t" } });
    assert.deepEqual(await sink("otlp", "--user", "u", "--password-env", "PW"), {
      type: "otlp",
      auth: { basic: { user: "u", password: { env: "PW" } } },
    });
  });

  const WRONG: readonly (readonly [args: string[], message: RegExp])[] = [
    [[], /Nothing to ship: give "--config FILE"/],
    [["--sink", "stdout"], /Nothing to ship/],
    [["--sources", "/a"], /Nowhere to ship to: give "--sink TYPE"/],
    [["--config", "a", "--sink", "stdout"], /"--config" and "--sink" exclude each other/],
    [["--config", "a", "b"], /Unknown argument "b"/],
    [["--timeout", "5", "--config", "a"], /"--timeout" needs "--once"/],
    [["--timeout", "soon", "--once", "--config", "a"], /"--timeout" expects a whole number/],
    [
      ["--health-port", "70000", "--sources", "/a", "--sink", "stdout"],
      /"--health-port" expects a whole number from 1 to 65535/,
    ],
    [["--user", "u", "--sources", "/a", "--sink", "loki"], /"--user" and "--password-env" .+ belong together/],
    [["--token-env", "A", "--token-file", "b", "--sources", "/a", "--sink", "loki"], /exclude each other/],
    [
      ["--token-env", "A", "--user", "u", "--password-env", "P", "--sources", "/a", "--sink", "loki"],
      /exclude each other/,
    ],
    [
      ["--token", "hunter2", "--sources", "/a", "--sink", "loki"],
      /Unknown option "--token": did you mean "--token-env"/,
    ],
  ];
  for (const [args, message] of WRONG) {
    it(`refuses: ${args.join(" ")}`, async () => {
      const { code, process } = await run("ship", ...args);
      assert.match(process.errors, message);
      assert.equal(code, 2);
      assert.doesNotMatch(process.errors, /hunter2/);
      await assert.rejects(shipCommand(args, process), UsageError);
    });
  }

  it("explains every option", async () => {
    const { code, process } = await run("ship", "--help");
    assert.deepEqual([code, process.output], [0, SHIP_HELP]);
    const options = [...Object.keys(SHIP_FLAGS), "config", "once", "timeout", "quiet", "help"];
    // Those that only name a part of a receiver share a line.
    const missing = options.filter((name) => !SHIP_HELP.includes(`--${name}`));
    assert.deepEqual(missing, []);
    for (const line of SHIP_HELP.split("\n")) assert.ok(line.length <= 140, line);
  });
});

describe("pontem", () => {
  it("gives its version and its commands", async () => {
    assert.match((await run("--version")).process.output, /^\d+\.\d+\.\d+\n$/);
    assert.match((await run("-h")).process.output, /^ {2}ship /m);
    const { code, process } = await run();
    assert.equal(code, 2);
    assert.match(process.errors, /^ {2}ship /m);
  });

  it("names the nearest command and option", async () => {
    const command = await run("shop\u001b[2J");
    assert.equal(command.code, 2);
    assert.match(command.process.errors, /^pontem: Unknown command "shop\\u001b\[2J": did you mean "ship"\?/);
    const option = await run("--verson");
    assert.equal(option.code, 2);
    assert.match(option.process.errors, /did you mean "--version"\?/);
    assert.equal((await run("toString")).code, 2);
  });
});
