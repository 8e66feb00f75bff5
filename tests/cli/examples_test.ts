// The command lines that people copy: those of the help, of the systemd unit and of the compose file.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type ConfigSource, GIVE_UP_MS, shipCommand } from "../../src/cli/ship.ts";
import { SHIP_HELP } from "../../src/cli/ship_help.ts";
import { FakeProcess, FakeShipper } from "./support.ts";

const example = (name: string): string => readFileSync(new URL(`../../examples/ship/${name}`, import.meta.url), "utf8");

/** What a command line makes the shipper of; it must be understood. */
async function understood(words: readonly string[]): Promise<ConfigSource> {
  const [, command, ...args] = words;
  assert.equal(command, "ship");
  const process = new FakeProcess();
  const shipper = new FakeShipper();
  shipper.finish("settled");
  let source: ConfigSource | undefined;
  const code = shipCommand(args, process, (from) => {
    source = from;
    return Promise.resolve(shipper);
  });
  process.signal("SIGTERM");
  assert.ok([0, 3].includes(await code));
  assert.ok(source !== undefined);
  return source;
}

/** Takes a command line apart as a shell does with single quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

describe("examples of pontem ship", () => {
  const lines = SHIP_HELP.split("\nExamples:\n")[1]?.split("\n\n")[0]?.split("\n") ?? [];
  it("are in the help", () => assert.ok(lines.length >= 4));
  for (const line of lines) {
    it(`are understood: ${line.trim()}`, async () => {
      await understood(wordsOf(line));
    });
  }

  it("run as a systemd unit that gives it the time it takes to stop, and does not repeat a wrong configuration", async () => {
    const unit = example("pontem-ship.service");
    const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
    assert.deepEqual(await understood(wordsOf(setting("ExecStart"))), { path: "/etc/pontem/ship.jsonc" });
    assert.ok(Number(setting("TimeoutStopSec")) * 1000 > GIVE_UP_MS);
    assert.equal(setting("RestartPreventExitStatus"), "2");
  });

  it("run beside a service with compose", async () => {
    const compose = example("compose.yaml");
    const command = /command: (\["[^\n]*pontem[^\n]*"ship"[^\n]*\])/.exec(compose)?.[1] ?? "[]";
    assert.deepEqual(await understood(JSON.parse(command) as string[]), { path: "/etc/pontem/ship.jsonc" });
    const grace = /stop_grace_period: (\d+)s/.exec(compose)?.[1];
    assert.ok(Number(grace) * 1000 > GIVE_UP_MS);
  });
});
