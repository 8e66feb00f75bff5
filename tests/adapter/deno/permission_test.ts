import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { DenoPermissions } from "../../../src/adapter/deno/permission.ts";
import type { DenoNamespace, DenoPermission } from "../../../src/adapter/deno/namespace.ts";
import { runChild, runtimeName, tempDir } from "../../support/runtime.ts";

const SCRIPT = new URL("./fixture/forbidden.ts", import.meta.url);
const ROTATING = new URL("./fixture/rotating.ts", import.meta.url);

/** A namespace that grants what the predicate says. */
function granting(grants: (permission: DenoPermission) => boolean): DenoNamespace {
  const querySync = (permission: DenoPermission): { state: string } => ({
    state: grants(permission) ? "granted" : "prompt",
  });
  return { permissions: { querySync } } as unknown as DenoNamespace;
}

describe("permissions of Deno", () => {
  it("wants every permission below /proc, /sys and /dev, as Deno does", () => {
    const files = new DenoPermissions(granting(({ name }) => name === "read" || name === "write"));
    assert.equal(files.allows("read", "/etc/hostname"), true);
    assert.equal(files.allows("read", "/process/x"), true);
    assert.equal(files.allows("write", "/dev/null"), true);
    for (const path of ["/proc/self/stat", "/proc", "/sys/fs/cgroup/memory.events", "/dev/full"]) {
      assert.equal(files.allows("read", path), false, path);
    }
    assert.equal(new DenoPermissions(granting(() => true)).allows("read", "/proc/self/stat"), true);
  });

  it("asks for the directory, for the path where that does not do, and for the variable", () => {
    const asked: DenoPermission[] = [];
    const permissions = new DenoPermissions(granting((permission) => {
      asked.push(permission);
      return permission.name !== "write" || permission.path !== "/srv/whole/x" && permission.path !== "/srv/none";
    }));
    assert.equal(permissions.allows("write", "/srv/whole/x"), true);
    assert.equal(permissions.allows("write", "/srv/none/x"), true);
    assert.equal(permissions.allows("write", "/x"), true);
    permissions.allowsEnv("PONTEM_EMIT_DIR");
    assert.deepEqual(asked, [
      { name: "write", path: "/srv/whole" },
      { name: "write", path: "/srv/none" },
      { name: "write", path: "/srv/none/x" },
      { name: "write", path: "/" },
      { name: "env", variable: "PONTEM_EMIT_DIR" },
    ]);
  });

  it("asks for the path where the directory has exceptions", () => {
    const permissions = new DenoPermissions(
      {
        permissions: {
          querySync: (permission: DenoPermission) => ({
            state: "path" in permission && permission.path === "/srv/denied" ? "denied" : "granted",
            partial: true,
          }),
        },
      } as unknown as DenoNamespace,
    );
    assert.equal(permissions.allows("read", "/srv/denied"), false);
    assert.equal(permissions.allows("read", "/srv/x"), true);
  });

  it("does not ask for more and more paths while files rotate", async () => {
    if (runtimeName() !== "deno") return;
    const dir = tempDir();
    const { stdout, stderr } = await runChild(ROTATING, { emitDir: dir, env: { PONTEM_EMIT_DIR: dir } });
    assert.equal(stderr, "");
    const { rotations, paths } = JSON.parse(stdout) as { rotations: number; paths: string[] };
    assert.ok(rotations >= 20, stdout);
    assert.ok(paths.includes(dir), stdout);
    assert.deepEqual(paths.filter((path) => path.includes(".jsonl")), []);
  });

  it("wants a permission of its own for the room of a disk", () => {
    const only = (...names: string[]) => new DenoPermissions(granting(({ name }) => names.includes(name)));
    assert.equal(only("read").allowsRoom("/srv/x"), false);
    assert.equal(only("sys").allowsRoom("/srv/x"), false);
    assert.equal(only("read", "sys").allowsRoom("/srv/x"), true);
  });

  it("tells the flag that is missing", () => {
    const permissions = new DenoPermissions(granting(() => false));
    assert.throws(() => permissions.demand("write", "/srv/x"), {
      code: "NOT_CAPABLE",
      message: /"\/srv\/x".*--allow-write=\/srv\/x$/,
    });
  });

  it("takes a question that fails for a no", () => {
    const permissions = new DenoPermissions(granting(() => {
      throw new TypeError("Not a permission");
    }));
    assert.equal(permissions.allows("read", "/work"), false);
  });

  it("never lets Deno itself refuse, which would prompt on a terminal", async () => {
    if (runtimeName() !== "deno") return;
    const dir = tempDir();
    const { stdout, stderr } = await runChild(SCRIPT, {
      args: [`${dir}/x`],
      env: { PONTEM_TEST: "yes", PONTEM_EMPTY: "", HOME: "/root" },
      denoFlags: ["--allow-env=PONTEM_*"],
    });
    assert.equal(stderr, "");
    const { errors, answers } = JSON.parse(stdout);
    assert.equal(Object.keys(errors).length, 15);
    for (const [name, error] of Object.entries(errors)) {
      // An error of Deno's own would be named NotCapable and have no code.
      const { kind, code, message } = error as { kind: string; code: string; message: string };
      assert.deepEqual([kind, code], ["Error", "NOT_CAPABLE"], `${name}: ${message}`);
      assert.match(message, /Run again with --allow-(read|write)=\//);
    }
    assert.deepEqual(answers, {
      identity: ["pid"],
      isAlive: null,
      oomKills: null,
      mayReadPath: false,
      mayReadProc: false,
      room: null,
      home: null,
      allowed: "yes",
      empty: null,
      main: fileURLToPath(SCRIPT),
      version: null,
      rss: true,
      output: "pipe",
      random: 16,
    });
  });

  it("does not prompt on a terminal", () => {
    // Only `script` gives a child a terminal; without it the test before this one has to do.
    if (runtimeName() !== "deno" || !existsSync("/usr/bin/script")) return;
    const command = [process.execPath, "run", "--no-config", "--allow-env=PONTEM_*", fileURLToPath(SCRIPT)].join(" ");
    const { stdout, status } = spawnSync("/usr/bin/script", ["-qec", command, "/dev/null"], {
      encoding: "utf8",
      timeout: 20_000,
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", NO_COLOR: "1" },
    });
    assert.equal(status, 0, stdout);
    assert.ok(!stdout.includes("Allow?"), stdout);
    assert.match(stdout, /"identity":\["pid"\]/);
  });
});
