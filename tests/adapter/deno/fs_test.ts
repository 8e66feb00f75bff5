// What Deno's file system does when others are quicker, over made-up calls.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DenoFileSystem } from "../../../src/adapter/deno/fs.ts";
import { codedError } from "../../../src/adapter/node/file_handle.ts";
import type { FileHandle, FileSystem } from "../../../src/port/file_system.ts";

type Arguments = ConstructorParameters<typeof DenoFileSystem>;

/** Files vanish so often before they stay: between the two calls of Node's part, or before Deno's own. */
function system(vanished: readonly ("ESTALE" | "ENOENT" | "EACCES")[]): { fs: DenoFileSystem; opened: () => number } {
  const left = [...vanished];
  let opened = 0;
  const handle = { stat: () => ({ dev: 1, ino: 2 }), close: () => {} } as unknown as FileHandle;
  const inner = {
    openAppend: () => {
      opened++;
      const code = left[0];
      if (code === "ENOENT" || code === undefined) return handle;
      throw codedError(left.shift() ?? "", "gone");
    },
  } as unknown as FileSystem;
  const deno = {
    openSync: () => {
      if (left.shift() === "ENOENT") throw codedError("ENOENT", "gone");
      return { statSync: () => ({ dev: 1, ino: 2 }), close: () => {} };
    },
  } as unknown as Arguments[0];
  const permissions = { demand: () => {} } as unknown as Arguments[2];
  return { fs: new DenoFileSystem(deno, inner, permissions, {} as Arguments[3]), opened: () => opened };
}

describe("DenoFileSystem", () => {
  it("makes a file again that another process removes while it is opened", () => {
    for (const vanished of [[], ["ESTALE"], ["ENOENT"], ["ESTALE", "ENOENT"]] as const) {
      const { fs, opened } = system(vanished);
      fs.openAppend("/x", 0o640);
      assert.equal(opened(), vanished.length + 1);
    }
  });

  it("gives up after three times, and at once for any other reason", () => {
    for (const [vanished, times] of [[["ESTALE", "ESTALE", "ENOENT"], 3], [["EACCES"], 1]] as const) {
      const { fs, opened } = system(vanished);
      assert.throws(() => fs.openAppend("/x", 0o640), { code: vanished.at(-1) });
      assert.equal(opened(), times);
    }
  });
});
