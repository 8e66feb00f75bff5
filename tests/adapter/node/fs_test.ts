import assert from "node:assert/strict";
import { constants } from "node:fs";
import { describe, it } from "node:test";
import type { Builtins, FsModule } from "../../../src/adapter/node/builtin.ts";
import { codedError, NodeFileHandle } from "../../../src/adapter/node/file_handle.ts";
import { NodeFileSystem } from "../../../src/adapter/node/fs.ts";

type Calls = Partial<Record<keyof FsModule, (...args: never[]) => unknown>>;

/** A stat as `node:fs` makes it. */
function stat(kind: "file" | "symlink", ino: number): unknown {
  return {
    isFile: () => kind === "file",
    isDirectory: () => false,
    isSymbolicLink: () => kind === "symlink",
    isFIFO: () => false,
    size: 0,
    mtimeMs: 0,
    dev: 1,
    ino,
    nlink: 1,
  };
}

/** A file system over made-up calls. */
function system(calls: Calls, platform: string, withNoFollow: boolean): NodeFileSystem {
  const fs = { constants: { ...constants, O_NOFOLLOW: withNoFollow ? constants.O_NOFOLLOW : undefined }, ...calls };
  const path = { resolve: (text: string) => text };
  return new NodeFileSystem({ fs, path, process: { platform, versions: {} } } as unknown as Builtins);
}

describe("NodeFileSystem without O_NOFOLLOW", () => {
  it("refuses a link it sees", () => {
    const fs = system({ lstatSync: () => stat("symlink", 1) }, "win32", false);
    assert.throws(() => fs.openAppend("C:/x", 0o640), { code: "ELOOP" });
    assert.throws(() => fs.createNew("C:/x", 0o640), { code: "EEXIST" });
  });

  it("closes what turns out to be another file, and opens what does not", () => {
    const closed: number[] = [];
    const opening = (named: number): NodeFileSystem =>
      system(
        {
          lstatSync: () => stat("file", named),
          fstatSync: () => stat("file", 7),
          openSync: () => 33,
          closeSync: (fd: number) => closed.push(fd),
        },
        "win32",
        false,
      );
    assert.throws(() => opening(8).openAppend("C:/x", 0o640), { code: "ESTALE" });
    assert.deepEqual(closed, [33]);
    assert.equal(opening(7).openAppend("C:/x", 0o640).stat().ino, 7);
    assert.deepEqual(closed, [33]);
  });
});

describe("NodeFileSystem.syncDirectory", () => {
  const syncing = (code: string, closed: number[]): NodeFileSystem =>
    system(
      {
        openSync: () => 5,
        fsyncSync: () => {
          throw codedError(code, "fsync");
        },
        closeSync: (fd: number) => closed.push(fd),
      },
      "linux",
      true,
    );

  it("goes on where a directory cannot be synced, and closes it", () => {
    const closed: number[] = [];
    for (const code of ["EINVAL", "ENOTSUP", "EISDIR"]) syncing(code, closed).syncDirectory("/x");
    assert.deepEqual(closed, [5, 5, 5]);
  });

  it("tells a fault of the device, and closes it", () => {
    const closed: number[] = [];
    assert.throws(() => syncing("EIO", closed).syncDirectory("/x"), { code: "EIO" });
    assert.deepEqual(closed, [5]);
  });

  it("does nothing on Windows", () => {
    system({}, "win32", false).syncDirectory("C:/x");
  });
});

describe("NodeFileHandle", () => {
  /** A handle whose write is interrupted so many times first. */
  function interrupted(times: number): { handle: NodeFileHandle; calls: () => number } {
    let calls = 0;
    const writeSync = (): number => {
      calls += 1;
      if (calls <= times) throw codedError("EINTR", "interrupted system call, write");
      return 3;
    };
    return { handle: new NodeFileHandle({ writeSync } as unknown as FsModule, 9), calls: () => calls };
  }

  it("repeats a write that a signal interrupted, and gives up in the end", () => {
    const { handle, calls } = interrupted(3);
    assert.equal(handle.write(new Uint8Array(3), 0, 3), 3);
    assert.equal(calls(), 4);
    assert.throws(() => interrupted(1000).handle.write(new Uint8Array(3), 0, 3), { code: "EINTR" });
  });

  it("passes EAGAIN on, for the caller to wait", () => {
    const writeSync = (): number => {
      throw codedError("EAGAIN", "resource temporarily unavailable, write");
    };
    const handle = new NodeFileHandle({ writeSync } as unknown as FsModule, 9);
    assert.throws(() => handle.write(new Uint8Array(3), 0, 3), { code: "EAGAIN" });
  });

  it("leaves a descriptor open that it does not own", () => {
    const closed: number[] = [];
    const fs = { closeSync: (fd: number) => closed.push(fd) } as unknown as FsModule;
    new NodeFileHandle(fs, 1, false).close();
    new NodeFileHandle(fs, 9).close();
    assert.deepEqual(closed, [9]);
  });
});
