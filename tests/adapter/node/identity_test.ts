import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codedError } from "../../../src/adapter/node/file_handle.ts";
import { parseStatus, ProcessTable } from "../../../src/adapter/node/identity.ts";
import type { Builtins } from "../../../src/adapter/node/builtin.ts";

/** A line of `/proc/<pid>/stat`. */
function line(command: string, state: string, startTicks: string): string {
  const between = Array.from({ length: 18 }, (_, i) => String(i)).join(" ");
  return `42 (${command}) ${state} ${between} ${startTicks} 0 0\n`;
}

interface Machine {
  readonly files?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly kill?: (pid: number) => void;
  readonly mayRead?: (path: string) => boolean;
}

/** A table over a made-up machine, in which this process is 42. */
function table({ files = {}, links = {}, platform = "linux", kill, mayRead = () => true }: Machine): ProcessTable {
  const look = (entries: Readonly<Record<string, string>>) => (path: string): string => {
    const found = entries[path];
    if (found === undefined) throw codedError("ENOENT", path);
    return found;
  };
  const fs = { readFileSync: look(files), readlinkSync: look(links) };
  return new ProcessTable({ fs, process: { pid: 42, platform, kill } } as unknown as Builtins, mayRead);
}

const SELF = {
  "/proc/42/stat": line("deno", "R", "100"),
  "/proc/1/stat": line("init", "S", "1"),
  "/proc/sys/kernel/random/boot_id": "boot-a\n",
};
const LINKS = { "/proc/self/ns/pid": "pid:[7]" };
const HERE = { pidNamespace: "pid:[7]", bootId: "boot-a" };

describe("parseStatus", () => {
  it("reads state and start time whatever the command is", () => {
    for (const command of ["deno", "a b", "(sd-pam)", ") R 1 2 (", "", "x) S 9"]) {
      assert.deepEqual(parseStatus(line(command, "S", "1234")), { state: "S", startTicks: "1234" }, command);
    }
  });

  it("refuses a line of another shape", () => {
    for (const text of ["", "42 (deno) R", "nonsense"]) assert.equal(parseStatus(text), undefined);
  });
});

describe("ProcessTable", () => {
  it("knows itself", () => {
    const expected = { pid: 42, startTicks: "100", pidNamespace: "pid:[7]", bootId: "boot-a" };
    assert.deepEqual(table({ files: SELF, links: LINKS }).self(), expected);
  });

  it("leaves out what it may not or cannot read", () => {
    const nothing = { pid: 42, startTicks: undefined, pidNamespace: undefined, bootId: undefined };
    assert.deepEqual(table({ files: SELF, links: LINKS, mayRead: () => false }).self(), nothing);
    assert.deepEqual(table({}).self(), nothing);
    assert.deepEqual(table({ files: SELF, links: LINKS, platform: "darwin" }).self(), nothing);
  });

  it("tells the living from the dead", () => {
    const processes = table({
      files: { ...SELF, "/proc/50/stat": line("other", "S", "200"), "/proc/51/stat": line("gone", "Z", "200") },
      links: LINKS,
    });
    assert.equal(processes.isAlive({ pid: 50, startTicks: "200", ...HERE }), true);
    assert.equal(processes.isAlive({ pid: 50, ...HERE }), true);
    assert.equal(processes.isAlive({ pid: 50, startTicks: "199", ...HERE }), false, "the pid was used again");
    assert.equal(processes.isAlive({ pid: 51, startTicks: "200", ...HERE }), false, "a zombie");
    assert.equal(processes.isAlive({ pid: 52, ...HERE }), false, "nobody");
    assert.equal(processes.isAlive({ pid: 50, ...HERE, bootId: "boot-b" }), false, "another boot");
    assert.equal(processes.isAlive({ pid: 50, ...HERE, pidNamespace: "pid:[8]" }), undefined);
    assert.equal(processes.isAlive({ pid: 50, bootId: "boot-a" }), undefined);
  });

  it("does not take a hidden process for a dead one", () => {
    const { "/proc/1/stat": _, ...hidden } = SELF;
    assert.equal(table({ files: hidden, links: LINKS }).isAlive({ pid: 50, ...HERE }), undefined);
  });

  it("does not guess where it may not read", () => {
    const mayRead = (path: string): boolean => !path.endsWith("/stat");
    assert.equal(table({ files: SELF, links: LINKS, mayRead }).isAlive({ pid: 50, ...HERE }), undefined);
  });

  it("knows only the dead where there is no /proc", () => {
    const killing = (code: string | undefined): ProcessTable =>
      table({
        platform: "darwin",
        kill: () => {
          if (code !== undefined) throw codedError(code, "kill");
        },
      });
    assert.equal(killing("ESRCH").isAlive({ pid: 50 }), false);
    assert.equal(killing("EPERM").isAlive({ pid: 50 }), undefined);
    assert.equal(killing(undefined).isAlive({ pid: 50 }), undefined);
  });

  it("counts the out-of-memory kills of its own group", () => {
    const events = "low 0\nhigh 0\nmax 3\noom 2\noom_kill 2\noom_group_kill 0\n";
    const group = (cgroup: string, path: string): number | undefined =>
      table({ files: { "/proc/self/cgroup": cgroup, [path]: events } }).oomKills();
    assert.equal(group("0::/system.slice/a.service\n", "/sys/fs/cgroup/system.slice/a.service/memory.events"), 2);
    assert.equal(group("0::/\n", "/sys/fs/cgroup/memory.events"), 2);
    // Both versions at once, as some systems mount them.
    assert.equal(group("5:memory:/x\n0::/y\n", "/sys/fs/cgroup/y/memory.events"), 2);
    assert.equal(group("5:memory:/x\n", "/sys/fs/cgroup/x/memory.events"), undefined);
    assert.equal(group("0::/z\n", "/elsewhere"), undefined);
  });

  it("knows which signals it was started to ignore", () => {
    assert.equal(
      table({ files: { "/proc/self/status": "Name:\tdeno\nSigIgn:\t0000000000001001\n" } }).ignoredSignals(),
      0x1001n,
    );
    assert.equal(table({}).ignoredSignals(), 0n);
  });
});
