// Progress, on a terminal that is emulated as far as the escapes go, and as lines.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { oneLine } from "../../src/option/check.ts";
import type { ShipHealth, SinkHealth } from "../../src/ship/health.ts";
import { CHANGE_MS, cut, Progress, REDRAW_MS, SUMMARY_MS } from "../../src/ship/terminal.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { shipHealth, sinkHealth } from "./health_support.ts";

/** What was written, with a word for the escape. */
function visible(writes: readonly string[]): string {
  return writes.join("").replaceAll("\u001b", "ESC");
}

/** What stands on a terminal after the writes: knows "up", "to the start", "clear below" and colours. */
function screenOf(writes: readonly string[]): string[] {
  const lines: string[] = [""];
  let row = 0;
  for (const [token] of visible(writes).matchAll(/ESC\[\d*[AJm]|\r|\n|(?:(?!ESC)[^\r\n])+/g)) {
    if (token === "\n") lines[++row] ??= "";
    else if (token === "\r" || token.endsWith("m") && token.startsWith("ESC")) continue;
    else if (token === "ESC[J") lines.splice(row, Infinity, "");
    else if (/^ESC\[\d+A$/.test(token)) row -= Number(token.slice(4, -1));
    else lines[row] += token;
  }
  return lines.slice(0, -1);
}

function show(isTerminal: boolean, columns = 80, hasColours = false) {
  const { host } = memoryRuntime();
  const writes: string[] = [];
  let health: () => ShipHealth = shipHealth;
  const screen = { isTerminal, hasColours, columns: () => columns, write: (text: string) => void writes.push(text) };
  const progress = new Progress({ host, screen, health: () => health() });
  progress.start();
  return {
    host,
    writes,
    progress,
    set: (...sinks: SinkHealth[]) => void (health = () => shipHealth({ sinks })),
    fail: () =>
      void (health = () => {
        throw new Error("EIO");
      }),
  };
}

const withState = (state: "idle" | "sending" | "retrying" | "holding" | "closed", reason?: string, name = "site") =>
  sinkHealth({ name, lanes: { live: { state, sinceMs: 0, failures: 0, reason } } });
const withAcked = (acked: number) => sinkHealth({ records: { ...sinkHealth().records, acked } });

describe("progress on a terminal", () => {
  it("has one line for each sink, drawn in place", () => {
    const { host, writes, set } = show(true, 100);
    set(sinkHealth(), withState("holding", "HTTP 401", "s3"));
    host.advance(REDRAW_MS);
    assert.deepEqual(screenOf(writes), [
      "site  sending   7 acked, 3 pending, 3.4 MB waiting, 1 dead, 2 shed  0/s",
      "s3    holding   7 acked, 3 pending, 3.4 MB waiting, 1 dead, 2 shed  0/s  HTTP 401",
    ]);
    set(withAcked(1_234_567));
    host.advance(REDRAW_MS);
    assert.deepEqual(screenOf(writes), [
      "site  sending   1,234,567 acked, 3 pending, 3.4 MB waiting, 1 dead, 2 shed  0/s",
    ]);
  });

  it("is drawn at most twice a second, and only when something has changed", () => {
    const { host, writes, set } = show(true);
    for (let i = 0; i < 1_000; i++) {
      set(withAcked(i));
      host.advance(10);
    }
    assert.equal(writes.length, 20);
    host.advance(2 * REDRAW_MS + 10_000);
    const settled = writes.length;
    host.advance(60_000);
    assert.equal(writes.length, settled);
  });

  it("shows the rate", () => {
    const { host, writes, set } = show(true);
    for (let i = 0; i <= 20; i++) {
      set(withAcked(100 * i));
      host.advance(REDRAW_MS);
    }
    assert.match(screenOf(writes)[0] ?? "", / {2}200\/s$/);
  });

  it("shows no control of a reason, and no line that is too wide", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff })),
        fc.integer({ min: 24, max: 200 }),
        (units, columns) => {
          const { host, writes, set } = show(true, columns);
          set(withState("holding", String.fromCharCode(...units)));
          host.advance(REDRAW_MS);
          assert.equal(writes.length, 1);
          const [line = ""] = screenOf(writes);
          assert.equal(writes[0], `${line}\n`);
          assert.equal(oneLine(line), line);
          assert.ok([...line].length < columns, line);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("prints lines above, and leaves the last state when it stops", () => {
    const { host, writes, set, progress } = show(true);
    host.advance(REDRAW_MS);
    progress.print("A line\u001b[2J");
    host.advance(REDRAW_MS);
    set(withAcked(8));
    progress.stop();
    progress.print("The end");
    host.advance(60_000);
    assert.deepEqual(screenOf(writes), [
      "A line\\u001b[2J",
      "site  sending   8 acked, 3 pending, 3.4 MB waiting, 1 dead, 2 shed  0/s",
      "The end",
    ]);
    assert.equal(host.clock.timers, 0);
  });

  it("has colours only where they are wanted", () => {
    const plain = show(true);
    plain.set(withState("holding", "HTTP 401"));
    plain.host.advance(REDRAW_MS);
    assert.doesNotMatch(visible(plain.writes), /ESC/);
    const coloured = show(true, 80, true);
    coloured.set(withState("holding", "HTTP 401"), withState("retrying"), withState("idle"));
    coloured.host.advance(REDRAW_MS);
    assert.match(visible(coloured.writes), /^ESC\[31msite.+ESC\[0m\nESC\[33msite.+ESC\[0m\nsite {2}idle .+\n$/);
  });

  it("survives a health that cannot be told", () => {
    const { host, writes, fail, set } = show(true);
    fail();
    host.advance(REDRAW_MS);
    assert.equal(writes.length, 0);
    set(sinkHealth());
    host.advance(REDRAW_MS);
    assert.equal(writes.length, 1);
  });
});

describe("progress elsewhere", () => {
  it("is silent while nothing changes, however long", () => {
    const { host, writes } = show(false);
    host.advance(60 * SUMMARY_MS);
    assert.deepEqual(writes, []);
  });

  it("says a change of state at once, and no escapes", () => {
    const { host, writes, set } = show(false);
    host.advance(REDRAW_MS);
    set(withState("retrying", "connection refused\u001b[2J"));
    host.advance(REDRAW_MS);
    assert.deepEqual(writes, [
      "site: 7 acked, 3 pending, 3.4 MB waiting, 1 dead, 2 shed, retrying: connection refused\\u001b[2J\n",
    ]);
    host.advance(CHANGE_MS);
    set(withState("idle"));
    host.advance(REDRAW_MS);
    assert.equal(writes.length, 2);
    assert.match(writes[1] ?? "", /, idle\n$/);
  });

  it("says figures once a minute while they move", () => {
    const { host, writes, set } = show(false);
    for (let i = 0; i < 600; i++) {
      set(withAcked(i));
      host.advance(1_000);
    }
    assert.ok(writes.length >= 9 && writes.length <= 10, String(writes.length));
  });

  it("does not flood while a sink goes to and fro", () => {
    const { host, writes, set } = show(false);
    for (let i = 0; i < 120; i++) {
      set(i % 2 === 0 ? withState("retrying", "reset") : withState("sending"));
      host.advance(REDRAW_MS);
    }
    assert.ok(writes.length >= 2 && writes.length <= 120 * REDRAW_MS / CHANGE_MS + 1, String(writes.length));
  });

  it("says the last figures when it stops", () => {
    const { host, writes, set, progress } = show(false);
    host.advance(REDRAW_MS);
    set(withAcked(99));
    progress.stop();
    assert.match(writes.join(""), /^site: 99 acked, .+, sending\n$/);
  });
});

describe("cut", () => {
  it("cuts by columns, wide characters counted as two", () => {
    assert.equal(cut("abcdef", 6), "abcdef");
    assert.equal(cut("abcdefg", 6), "abc...");
    assert.equal(cut("\u65e5\u672c\u8a9e", 6), "\u65e5\u672c\u8a9e");
    assert.equal(cut("\u65e5\u672c\u8a9e\u65e5", 6), "\u65e5...");
    assert.equal(cut("\u{1f600}\u{1f600}", 3), "...");
  });
});
