import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { keepFigures, sized } from "../support/soak.ts";
import { runtimeName } from "../support/runtime.ts";
import { Machine, missing, type Needs, numbers, read, reported } from "./fixture/machine.ts";

/** What a machine does to a service. */
interface Case extends Needs {
  /** A line of shell before the service starts. @default {"true"} */
  readonly setUp?: string;
  /** What becomes the service. @default {'exec "$@"'} */
  readonly start?: string;
  /** Makes the fault. */
  readonly make: string;
  /** Ends the fault. @default {"true"} */
  readonly mend?: string;
  /** Error codes of which one must show in `stats()`; none: the service must not notice anything. @default {[]} */
  readonly codes?: readonly string[];
  /**
   * Which records must be there: every one but those that were counted as dropped; or those since the fault, where files were
   * taken away with what was in them.
   */
  readonly left: "all" | "since";
  /** What is read at the end, oldest first: emit directories and files, below `$ROOT`. @default {["found"]} */
  readonly where?: readonly string[];
  /** Rotate often, where the fault is met in rotation. @default {false} */
  readonly rotates?: boolean;
}

/** So many records are logged while it lasts: more than may wait. */
const DURING = sized(1_200, 40_000);
/** So many records have been logged when the fault begins. */
const BEFORE = 300;
/** Room for every ERROR that is logged meanwhile, and for little else. */
const MAX_RECORDS = sized(150, 1_000);
const MAX_BYTES = sized(100_000, 500_000);
/** A block of lines that had left the queue when the fault came waits beside it. */
const BLOCK_RECORDS = 450;
/** The longest stall of the event loop that a fault may bring; this machine may be loaded, in the long form little else runs. */
const STALL_MS = sized(2_000, 500);

/** Root may do what the mode of a directory forbids. */
const OBEY_MODES =
  'if [ "$(id -u)" = 0 ]; then exec setpriv --bounding-set=-dac_override,-dac_read_search "$@"; else exec "$@"; fi';

const CASES: Readonly<Record<string, Case>> = {
  "the disk is full": {
    mounts: true,
    setUp: 'mount -t tmpfs -o size=512k none "$DIR"',
    make: 'dd if=/dev/zero of="$DIR/fill" bs=1k 2>/dev/null || true',
    mend: 'rm "$DIR/fill"',
    codes: ["ENOSPC"],
    left: "all",
  },
  "the file system becomes read-only": {
    mounts: true,
    rotates: true,
    make: 'mount --bind "$DIR" "$DIR" && mount -o remount,bind,ro "$DIR"',
    mend: 'umount "$DIR"',
    codes: ["EROFS"],
    left: "all",
  },
  "the directory may not be entered any more": {
    programs: ["setpriv"],
    start: OBEY_MODES,
    make: 'chmod 000 "$DIR"',
    mend: 'chmod 750 "$DIR"',
    codes: ["EACCES"],
    left: "all",
  },
  "only .pontem may not be written any more": {
    programs: ["setpriv"],
    start: OBEY_MODES,
    rotates: true,
    make: 'chmod 500 "$DIR/.pontem" "$DIR"/.pontem/*',
    mend: 'chmod 750 "$DIR/.pontem" "$DIR"/.pontem/*',
    codes: ["EACCES"],
    left: "all",
  },
  "no more files can be opened": {
    programs: ["prlimit"],
    rotates: true,
    make: "prlimit --pid $pid --nofile=3:",
    mend: "prlimit --pid $pid --nofile=1024:",
    codes: ["EMFILE"],
    left: "all",
  },
  "files may not grow any more": {
    programs: ["prlimit"],
    // The limit is a signal, which ends a program on Deno as it ends any other one.
    start: 'trap "" XFSZ; exec "$@"',
    make: "prlimit --pid $pid --fsize=65536:",
    mend: "prlimit --pid $pid --fsize=unlimited:",
    codes: ["EFBIG"],
    left: "all",
  },
  "the directory is removed": {
    make: 'mv "$DIR" "$ROOT/gone" && rm -r "$ROOT/gone"',
    left: "since",
  },
  "the directory is moved away, and an empty one put in its place": {
    make: 'mv "$DIR" "$ROOT/old" && mkdir "$DIR"',
    where: ["old", "found"],
    left: "all",
  },
  "a file is put in the place of the directory": {
    make: 'mv "$DIR" "$ROOT/old" && true >"$DIR"',
    mend: 'rm "$DIR" && mv "$ROOT/old" "$DIR"',
    codes: ["ENOTDIR", "EEXIST"],
    left: "all",
  },
  "a link that leads nowhere is put in the place of the directory": {
    make: 'mv "$DIR" "$ROOT/old" && ln -s nowhere "$DIR"',
    mend: 'rm "$DIR" && mv "$ROOT/old" "$DIR"',
    codes: ["ENOENT", "EEXIST", "ELOOP"],
    left: "all",
  },
  "a link to the directory is put in its place": {
    make: 'mv "$DIR" "$ROOT/old" && ln -s old "$DIR"',
    left: "all",
  },
  "the active file is removed": {
    make: 'rm "$DIR/logs.jsonl"',
    left: "since",
  },
  "the active file is copied and truncated": {
    make: 'cp "$DIR/logs.jsonl" "$ROOT/copy" && true >"$DIR/logs.jsonl"',
    left: "since",
  },
  "the active file is replaced": {
    make: 'mv "$DIR/logs.jsonl" "$ROOT/old" && true >"$DIR/logs.jsonl"',
    where: ["old", "found"],
    left: "all",
  },
  "a pipe that nobody reads is put in the place of the active file": {
    make: 'mv "$DIR/logs.jsonl" "$ROOT/old" && mkfifo "$DIR/logs.jsonl"',
    mend: 'rm "$DIR/logs.jsonl" && mv "$ROOT/old" "$DIR/logs.jsonl"',
    codes: ["ENOTSUP"],
    left: "all",
  },
  "a link to another file is put in the place of the active file": {
    make: 'true >"$ROOT/victim" && mv "$DIR/logs.jsonl" "$ROOT/old" && ln -s ../victim "$DIR/logs.jsonl"',
    mend: 'rm "$DIR/logs.jsonl" && mv "$ROOT/old" "$DIR/logs.jsonl" && [ ! -s "$ROOT/victim" ]',
    codes: ["ELOOP"],
    left: "all",
  },
};

async function play(what: string, fault: Case): Promise<void> {
  const { setUp = "true", start = 'exec "$@"', make, mend = "true", codes = [], left, where = ["found"], rotates } =
    fault;
  const options = {
    serviceName: "svc",
    runRecord: false,
    queue: { maxRecords: MAX_RECORDS, maxBytes: MAX_BYTES },
    rotation: { maxBytes: rotates === true ? 20_000 : 1_000_000_000 },
    retention: { maxFiles: 100_000 },
  } as const;
  const machine = new Machine(options, fault, setUp, start);
  await machine.until("the first records", ({ i, stats }) => i >= BEFORE && stats.logs.written > 0);
  const { noted = 0, i: count } = await machine.strike(make, DURING);
  if (codes.length > 0) {
    await machine.until("the fault", ({ stats }) => codes.some((code) => code in stats.faults));
  }
  await machine.still(mend);
  // Nothing is logged any more: writing goes on by itself.
  await machine.until("what waits", ({ stats }) => stats.logs.waiting === 0);
  const told = await machine.end();
  const { stats: { logs, files }, uncaught, mostWaiting, mostBytes, longestGapMs, messages, closed } = told;
  const seen = JSON.stringify({ ...told, messages: messages.slice(0, 20) });

  assert.equal(uncaught, 0, seen);
  assert.equal(closed?.lost, logs.droppedTotal, seen);
  assert.equal(closed?.held, 0, seen);
  assert.equal(logs.accepted, logs.written + logs.droppedTotal, seen);
  assert.equal(logs.droppedTotal, logs.dropped["queue_full"] ?? 0, seen);
  assert.ok(mostWaiting <= MAX_RECORDS + BLOCK_RECORDS && mostBytes <= MAX_BYTES, seen);
  assert.ok(longestGapMs < STALL_MS, seen);
  // A fault is said once, and that it is over.
  assert.ok(messages.length <= 5, seen);
  // What landed in part is written again: nothing was torn.
  assert.equal(files.tornBytes, 0, seen);

  const found = where.flatMap((name) => read(`${machine.root}/${name}`));
  const there = numbers(found);
  assert.deepEqual(there, [...new Set(there)].sort((a, b) => a - b), "doubled or out of order");
  assert.equal(numbers(read(`${machine.root}/found`)).at(-1), count - 1, "written where the directory is now");
  if (codes.length === 0) assert.deepEqual([logs.droppedTotal, messages], [0, []], seen);
  if (left === "all") {
    // A record of the SDK's own about a step of this machine's clock may have been given up like any other.
    const own = logs.accepted - count - (found.length - there.length);
    assert.ok(own >= 0 && own <= 2, seen);
    assert.equal(there.length + logs.droppedTotal, count + own, seen);
    assert.equal(found.length, logs.written, seen);
    assert.equal(reported(found, "queue_full"), logs.droppedTotal, seen);
    for (let i = 50; i < count; i += 100) assert.ok(there.includes(i), `ERROR ${i} is missing, ${seen}`);
  } else {
    const first = there[0] ?? 0;
    assert.ok(first > 0 && first <= noted, `from ${first} on, ${seen}`);
    assert.equal(there.length, count - first, seen);
  }
  keepFigures(`fault: ${what} (${runtimeName()})`, {
    records: count,
    dropped: logs.droppedTotal,
    tornBytes: files.tornBytes,
    mostWaiting,
    longestGapMs: Math.round(longestGapMs * 10) / 10,
  });
}

/** Cases run side by side in so many lanes: each waits more than it works. */
const LANES = sized(5, 1);
const runs = new Map<string, Promise<void>>();

/** The run of a case; the first one asked for starts them all. */
function run(what: string): Promise<void> | undefined {
  const lanes: Promise<unknown>[] = Array.from({ length: LANES }, () => Promise.resolve());
  const cases = runs.size > 0 ? [] : Object.entries(CASES).filter(([, fault]) => missing(fault) === false);
  cases.forEach(([name, fault], place) => {
    const begun = lanes[place % LANES]?.then(() => play(name, fault)) ?? Promise.reject();
    runs.set(name, begun);
    lanes[place % LANES] = begun.catch(() => {});
  });
  return runs.get(what);
}

describe("a service on a machine that fails it", () => {
  // Where one case is picked by its name, the others run all the same.
  after(async () => void await Promise.allSettled(runs.values()));
  for (const [what, fault] of Object.entries(CASES)) {
    it(`goes on when ${what}`, { skip: missing(fault) }, () => run(what));
  }
});

describe("a service whose config directory", () => {
  it("goes, comes back, is broken or cannot be read has the last good values or the fallbacks, and goes on logging", {
    skip: missing({ programs: ["setpriv"] }),
  }, async () => {
    const options = { serviceName: "svc", runRecord: false } as const;
    const machine = new Machine(options, {}, 'echo "{\\"limit\\": 1}" >"$CONFIG/machine.json"', OBEY_MODES);
    const becomes = (limit: number) => machine.until(`limit ${limit}`, (told) => told.limit === limit);
    const says = (what: RegExp, limit: number) =>
      machine.until(
        String(what),
        (told) => told.messages.some((message) => what.test(message)) && told.limit === limit,
      );
    await becomes(1);
    await machine.shell('mv "$CONFIG" "$ROOT/away"');
    await becomes(-1);
    await machine.shell('mkdir "$CONFIG" && echo "{\\"limit\\": 2}" >"$CONFIG/machine.json"');
    await becomes(2);
    await machine.shell('echo "{\\"limit\\":" >"$CONFIG/machine.json"');
    await says(/^WARN Invalid JSON in .*keeping the last good values/, 2);
    await machine.shell('chmod 000 "$CONFIG"');
    await says(/^WARN Cannot read .*permission denied/, 2);
    await machine.shell('chmod 750 "$CONFIG"; mv "$CONFIG" "$ROOT/broken"; ln -s away "$CONFIG"');
    await becomes(1);
    await machine.shell('rm "$CONFIG"; true >"$CONFIG"');
    await becomes(-1);
    await machine.strike("true", 100);
    const { uncaught, i, stats: { logs } } = await machine.end();
    assert.deepEqual([uncaught, logs.droppedTotal], [0, 0]);
    assert.deepEqual(numbers(read(`${machine.root}/found`)), Array.from({ length: i }, (_, n) => n));
  });
});
