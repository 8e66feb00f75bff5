// Symbolic links on real files, in each place of ours: nothing outside of the emit directory is ever written, moved or removed.
import assert from "node:assert/strict";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { createPontem, type Pontem } from "../../mod.ts";
import { tempDir } from "../support/runtime.ts";
import { logRecords } from "./support.ts";

const windows = process.platform === "win32";
const COUNT = 40;
const RECORD = '{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"old",' +
  '"attributes":{},"resource":{"service.name":"old"}}\n';

const PLACES = [
  "logs.jsonl",
  "metrics.jsonl",
  "logs.jsonl.1600000000",
  "logs.jsonl.1600000001.gz",
  ".pontem",
  ".pontem/lease",
  ".pontem/lease.new",
  ".pontem/lock",
  ".pontem/ordinal",
  ".pontem/ordinal.new",
  ".pontem/torn",
  ".pontem/torn/0000000000000001-0",
  ".pontem/writers",
  ".pontem/writers/dead",
  ".pontem/writers/dead/logs.jsonl",
  ".pontem/writers/dead/logs.jsonl.1600000002",
  ".pontem/writers/dead/logs.jsonl.1600000003.gz.tmp",
  ".pontem/writers/dead/run.json",
  ".pontem/writers/dead/alive",
  ".pontem/writers/dead/adopted-older",
];
const TARGETS = ["file", "full", "none", "loop"];
const ACTIVE = ["logs.jsonl", "metrics.jsonl"];
/** Where no link may be: the directories of ours, without which there is nothing to start on. */
const NEEDED = [".pontem", ".pontem/writers"];

/** Everything below a directory, links by where they lead. */
function tree(dir: string): string[] {
  return readdirSync(dir).sort().flatMap((name) => {
    const path = `${dir}/${name}`;
    const stat = lstatSync(path);
    if (stat.isDirectory()) return [`${path}/`, ...tree(path)];
    return [`${path} ${stat.isSymbolicLink() ? `-> ${readlinkSync(path)}` : readFileSync(path, "latin1")}`];
  });
}

/** A directory with what one run after another left, a link in it, and what the link leads to. */
function arrange(place: string, target: string): { readonly dir: string; readonly outside: string } {
  const root = tempDir();
  const [dir, outside] = [`${root}/emit`, `${root}/outside`];
  mkdirSync(`${outside}/full/adopted-0`, { recursive: true });
  const names = ["file", "full/logs.jsonl", "full/logs.jsonl.1600000009", "full/adopted-0/logs.jsonl"];
  for (const name of names) writeFileSync(`${outside}/${name}`, RECORD);
  writeFileSync(`${outside}/full/run.json`, '{"id":"full","pid":1,"startedAt":1,"end":"clean"}');
  const path = `${dir}/${place}`;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target === "loop" ? path : `${outside}/${target}`, path);
  if (!NEEDED.includes(place) && !place.startsWith(".pontem/writers")) {
    mkdirSync(`${dir}/.pontem/writers/torn`, { recursive: true });
    writeFileSync(`${dir}/.pontem/writers/torn/logs.jsonl`, `${RECORD}{"torn`);
  }
  return { dir, outside };
}

function start(dir: string): Pontem {
  return createPontem({
    serviceName: "svc",
    emitDir: dir,
    signals: false,
    rotation: { maxBytes: 2_000 },
    retention: { maxFiles: 3, maxAgeMs: 86_400_000 },
    diagnostics: () => {},
  });
}

/** How many records of this run lie in files. */
function count(dir: string): number {
  return readdirSync(dir).filter((name) => name.startsWith("logs.jsonl")).reduce((sum, name) => {
    if (!lstatSync(`${dir}/${name}`).isFile()) return sum;
    const data = readFileSync(`${dir}/${name}`);
    return sum + logRecords(name.endsWith(".gz") ? gunzipSync(data) : data).filter(({ body }) => body === "new").length;
  }, 0);
}

describe("a symbolic link", { skip: windows && "links are a privilege there" }, () => {
  for (const place of PLACES) {
    it(`in the place of ${place} leads nothing out of the directory`, async () => {
      for (const target of TARGETS) {
        const { dir, outside } = arrange(place, target);
        const before = tree(outside);
        const what = `${place} -> ${target}`;
        if (NEEDED.includes(place)) {
          assert.throws(
            () => start(dir),
            /^Error: Cannot use .*: a symbolic link is in the place of the directory ".*pontem/,
            what,
          );
        } else {
          const pontem = start(dir);
          for (let i = 0; i < COUNT; i++) {
            pontem.logger.info("new", { i, pad: "p".repeat(40) });
            if (i % 10 === 0) pontem.flushSync();
          }
          pontem.metrics.count("m");
          // What is in the way of an active file stays there: no use in waiting.
          const timeoutMs = ACTIVE.includes(place) ? 50 : 5_000;
          const { written, lost, held } = await pontem.shutdown({ timeoutMs });
          assert.equal(written + lost + held, COUNT, what);
          assert.equal(written, place === "logs.jsonl" ? 0 : COUNT, what);
          if (!ACTIVE.includes(place)) {
            // Three files of a few records each stay, and the active one.
            const { removedByRetention } = pontem.stats().files;
            const left = count(dir);
            assert.ok(removedByRetention > 0 && left > 4 && left < COUNT, `${what}: ${left} records`);
          }
        }
        assert.deepEqual(tree(outside), before, what);
        rmSync(dirname(dir), { recursive: true });
      }
    });
  }

  it("to the emit directory itself is a way to it like any other", async () => {
    const root = tempDir();
    mkdirSync(`${root}/real`);
    symlinkSync(`${root}/real`, `${root}/link`);
    const pontem = start(`${root}/link`);
    pontem.logger.info("new");
    await pontem.shutdown();
    assert.equal(count(`${root}/real`), 1);
  });
});
