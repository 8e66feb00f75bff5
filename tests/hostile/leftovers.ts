/**
 * Emit directories in any state: what lies in the places that recovery reads, and files of others beside it.
 *
 * @module
 */
import fc from "fast-check";
import { MemoryMachine } from "../../src/testing.ts";
import { DIR, look } from "../emit/support.ts";

/** A line. */
export const WHOLE: string =
  '{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"old",' +
  '"attributes":{},"resource":{"service.name":"old"}}\n';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What may lie in a file. */
const garbage: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.nat({ max: WHOLE.length * 3 }).map((cut) => bytes(WHOLE.repeat(3).slice(0, cut))),
  fc.nat({ max: 70_000 }).map((length) => new Uint8Array(length)),
  fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 200 })).map(([cut, nul]) =>
    bytes(WHOLE.slice(0, cut) + "\0".repeat(nul) + WHOLE)
  ),
  fc.json().map(bytes),
  fc.record({
    id: fc.constantFrom("dead", "0", "../../outside", 5, null),
    pid: fc.constantFrom(1000, 0, -1, 1e99, "1000", 1),
    startTicks: fc.constantFrom("1", 1, null),
    pidNamespace: fc.constantFrom("pid:[1]", "pid:[2]", null),
    bootId: fc.constantFrom("boot-1", "boot-0", {}, null),
    startedAt: fc.constantFrom(0, 1e15, -1, 8.64e15 + 1, NaN),
    service: fc.constantFrom("old", 5, "x\n"),
    locked: fc.constantFrom(true, false, "yes"),
    end: fc.constantFrom("clean", "error", 5, {}),
    errorType: fc.constantFrom("Error", 5, "\n"),
    oomKills: fc.constantFrom(0, -1, "many"),
    last: fc.constantFrom(0, 1e9, 1e12, -1, 1.5, "7", 2 ** 53),
    ino: fc.constantFrom(0, 7, "7"),
  }, { requiredKeys: [] }).map((value) => bytes(JSON.stringify(value))),
);
/** What may lie at a name: something in a file, a directory, a link. */
const entry = fc.oneof(
  { weight: 12, arbitrary: garbage },
  {
    weight: 3,
    arbitrary: fc.constantFrom("directory", "/outside/file", "/outside/full", "/outside/none", "loop"),
  },
);

const IDS = ["dead", "0123456789abcdef", "..."] as const;
/** Names of ours, and so on one that recovery reads. */
const OURS = [
  "logs.jsonl",
  "metrics.jsonl",
  "logs.jsonl.1600000000.gz",
  "logs.jsonl.1600000001",
  "metrics.jsonl.1600000002.gz",
  ".pontem",
  ".pontem/writers",
  ".pontem/writers/dead",
  ".pontem/lease",
  ".pontem/lease.new",
  ".pontem/lock",
  ".pontem/ordinal",
  ".pontem/ordinal.new",
  ".pontem/torn",
  ".pontem/writers/file",
  ...IDS.flatMap((id) =>
    ["logs.jsonl", "metrics.jsonl", "run.json", "run.json.new", "alive", "logs.jsonl.1600000003", "adopted-dead"].map(
      (name) => `.pontem/writers/${id}/${name}`,
    )
  ),
  ".pontem/writers/dead/logs.jsonl.1600000003.gz.tmp",
  ".pontem/writers/dead/adopted-0/logs.jsonl",
] as const;
/** Names that nobody but others gives. */
const FOREIGN = [
  "app.log",
  "logs.jsonl.bak",
  "logs.jsonl.2024-01-01.gz",
  "logs.jsonl.20240101-1.gz",
  "logs.jsonl.99999999999999.gz",
  "logs.jsonl.1600000000.gz.tmp",
  "logs.jsonl.1600000000.zst",
  "logs.jsonl.gz",
  "logs.jsonl.1",
  "logs.jsonl.2.gz",
  "logs.jsonl.1.gz.2.gz",
  "metrics.jsonl.bak",
  "metrics.jsonl.-1",
  "traces.jsonl.1600000000.gz",
  ".pontem/foreign",
  ".pontem/writers/dead/foreign",
  ".pontem/writers/dead/logs.jsonl.bak",
  ".pontem/debug/x",
];
/** Names of others, known ones and made up ones. */
export const foreignName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...FOREIGN),
  fc.tuple(fc.constantFrom("logs.jsonl.", "metrics.jsonl."), fc.string({ unit: fc.constantFrom(..."0169.gzx-") }))
    .map(([start, rest]) => start + rest).filter((name) => !/^\w+\.jsonl\.(\d{1,11}|\d{19})?(\.gz)?$/.test(name)),
);

/** What lies at a name: bytes, `"directory"`, or where a link leads. */
export type Entry = Uint8Array | string;

/** Puts it there, unless something else is in the way. */
export function put(machine: MemoryMachine, path: string, what: Entry): void {
  const fs = look(machine);
  try {
    fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o750);
    if (what === "directory") fs.makeDirectory(`${path}/within`, 0o750);
    else if (typeof what === "string") machine.disk.symlink(what === "loop" ? path : what, path);
    else {
      const file = fs.createNew(path, 0o640);
      for (let done = 0; done < what.length;) done += file.write(what, done, what.length);
      file.close();
    }
  } catch { /* something else lies there, or above it */ }
}

/** Content of files by path, targets of links; directories by their names. */
function tree(machine: MemoryMachine, isWanted: (path: string) => boolean): Map<string, string> {
  const fs = look(machine);
  return new Map(
    machine.disk.paths().filter(isWanted).map((path) => {
      const node = machine.disk.find(path, false);
      return [
        path,
        node.kind === "symlink" ? `-> ${node.target}` : new TextDecoder("latin1").decode(fs.readFile(path)),
      ];
    }),
  );
}

/** Names of others, as they stand in the tree. A writer's directory may move, and what is foreign in it goes along. */
export function shortName(path: string): string {
  return path.includes("/writers/") ? path.slice(path.lastIndexOf("/")) : path;
}

/** What no start may change: files of others, and all that links lead to. */
export function othersIn(machine: MemoryMachine, others: readonly string[]): string[] {
  const isOthers = (path: string): boolean => others.includes(shortName(path)) || path.startsWith("/outside/");
  return [...tree(machine, isOthers)].map(([path, what]) => `${shortName(path)} ${what}`).sort();
}

/** A directory, and who looks at it. */
export interface State {
  /** Places of ours. */
  readonly places: Readonly<Record<string, Entry>>;
  /** Names of others. */
  readonly others: Readonly<Record<string, Uint8Array>>;
  /** Can it be told who is alive? */
  readonly identifiable: boolean;
}

/** Directories. */
export const state: fc.Arbitrary<State> = fc.record({
  places: fc.dictionary(fc.constantFrom(...OURS), entry, { maxKeys: 8, noNullPrototype: true }),
  others: fc.dictionary(foreignName, garbage, { maxKeys: 4, noNullPrototype: true }),
  identifiable: fc.boolean(),
});

/** Makes it. */
export function arrange({ places, others }: State): MemoryMachine {
  const machine = new MemoryMachine();
  // It lives, and whatever says it is its process is taken for alive.
  machine.start();
  put(machine, "/outside/file", bytes(WHOLE));
  put(machine, "/outside/full/logs.jsonl", bytes(WHOLE + "torn"));
  put(machine, "/outside/full/run.json", bytes("{}"));
  put(machine, "/outside/full/logs.jsonl.1600000000", bytes(WHOLE));
  for (const [name, what] of Object.entries({ ...others, ...places })) put(machine, `${DIR}/${name}`, what);
  return machine;
}
