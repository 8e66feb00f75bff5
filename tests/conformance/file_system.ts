/**
 * What every file system port must do.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileHandle } from "../../src/port/file_system.ts";
import { errorCode } from "../../src/port/file_system.ts";
import type { MakeWorld } from "./world.ts";
import { bytes, text } from "./world.ts";

function put(handle: FileHandle, content: string): void {
  const data = bytes(content);
  for (let start = 0; start < data.byteLength;) start += handle.write(data, start, data.byteLength);
}

function throwsCode(code: string, call: () => unknown): void {
  assert.throws(call, (error) => {
    assert.equal(errorCode(error), code);
    assert.ok(error instanceof Error);
    return true;
  });
}

/**
 * Runs the suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function fileSystemConformance(name: string, make: MakeWorld): void {
  describe(`file system of ${name}`, () => {
    describe("openAppend", () => {
      it("creates with the mode it is given and appends", () => {
        const { runtime: { fs }, dir, mode } = make();
        const path = `${dir}/logs.jsonl`;
        const first = fs.openAppend(path, 0o640);
        put(first, "one\n");
        first.close();
        const second = fs.openAppend(path, 0o640);
        put(second, "two\n");
        second.close();
        assert.equal(text(fs.readFile(path)), "one\ntwo\n");
        assert.equal(mode(path), 0o640);
      });

      it("lets two handles append without clobbering", () => {
        const { runtime: { fs }, dir } = make();
        const a = fs.openAppend(`${dir}/f`, 0o640);
        const b = fs.openAppend(`${dir}/f`, 0o640);
        put(a, "a1");
        put(b, "b1");
        put(a, "a2");
        a.close();
        b.close();
        assert.equal(text(fs.readFile(`${dir}/f`)), "a1b1a2");
      });

      it("reads what it wrote, from any position, and goes on appending", () => {
        const { runtime: { fs }, dir } = make();
        const file = fs.openAppend(`${dir}/f`, 0o640);
        put(file, "0123456789");
        const into = new Uint8Array(4);
        assert.equal(file.read(into, 3), 4);
        assert.equal(text(into), "3456");
        assert.equal(file.read(into, 8), 2);
        assert.equal(file.read(into, 10), 0);
        put(file, "x");
        file.close();
        assert.equal(text(fs.readFile(`${dir}/f`)), "0123456789x");
      });

      it("writes the part of the buffer it is told", async () => {
        const { runtime: { fs }, dir } = make();
        const file = fs.openAppend(`${dir}/f`, 0o640);
        const data = bytes("abcdefgh");
        assert.equal(file.write(data, 2, 5), 3);
        assert.equal(file.write(data, 4, 4), 0);
        assert.equal(await file.writeAsync(data, 6, 8), 2);
        file.close();
        assert.equal(text(fs.readFile(`${dir}/f`)), "cdegh");
      });

      it("refuses a symbolic link, dangling or not, and makes nothing behind it", () => {
        const { runtime: { fs }, dir, symlink } = make();
        fs.openAppend(`${dir}/target`, 0o640).close();
        symlink(`${dir}/target`, `${dir}/link`);
        symlink(`${dir}/nowhere`, `${dir}/dangling`);
        throwsCode("ELOOP", () => fs.openAppend(`${dir}/link`, 0o640));
        throwsCode("ELOOP", () => fs.openAppend(`${dir}/dangling`, 0o640));
        assert.equal(fs.stat(`${dir}/nowhere`), undefined);
      });

      it("refuses a directory and a missing one", () => {
        const { runtime: { fs }, dir } = make();
        throwsCode("EISDIR", () => fs.openAppend(dir, 0o640));
        throwsCode("ENOENT", () => fs.openAppend(`${dir}/none/f`, 0o640));
        fs.openAppend(`${dir}/file`, 0o640).close();
        throwsCode("ENOTDIR", () => fs.openAppend(`${dir}/file/f`, 0o640));
      });
    });

    it("creates only what is not there", () => {
      const { runtime: { fs }, dir, mode, symlink } = make();
      const file = fs.createNew(`${dir}/new`, 0o600);
      put(file, "abc");
      const into = new Uint8Array(3);
      assert.equal(file.read(into, 0), 3);
      assert.equal(text(into), "abc");
      file.close();
      assert.equal(mode(`${dir}/new`), 0o600);
      throwsCode("EEXIST", () => fs.createNew(`${dir}/new`, 0o600));
      symlink(`${dir}/nowhere`, `${dir}/dangling`);
      throwsCode("EEXIST", () => fs.createNew(`${dir}/dangling`, 0o600));
    });

    it("reads without the right to write", () => {
      const { runtime: { fs }, dir } = make();
      put(fs.openAppend(`${dir}/f`, 0o640), "abc");
      const file = fs.openRead(`${dir}/f`);
      throwsCode("EBADF", () => file.write(bytes("x"), 0, 1));
      file.close();
      throwsCode("ENOENT", () => fs.openRead(`${dir}/none`));
      throwsCode("ENOENT", () => fs.readFile(`${dir}/none`));
      throwsCode("EISDIR", () => fs.readFile(dir));
    });

    it("updates in place and cuts", () => {
      const { runtime: { fs }, dir } = make();
      put(fs.openAppend(`${dir}/f`, 0o640), "0123456789");
      const file = fs.openUpdate(`${dir}/f`);
      put(file, "ab");
      file.truncate(5);
      assert.equal(file.stat().size, 5);
      file.close();
      assert.equal(text(fs.readFile(`${dir}/f`)), "ab234");
      throwsCode("ENOENT", () => fs.openUpdate(`${dir}/none`));
    });

    it("appends at the end after a cut", () => {
      const { runtime: { fs }, dir } = make();
      const file = fs.openAppend(`${dir}/f`, 0o640);
      put(file, "0123");
      file.truncate(1);
      put(file, "x");
      file.close();
      assert.equal(text(fs.readFile(`${dir}/f`)), "0x");
    });

    it("syncs, at once and later", async () => {
      const { runtime: { fs }, dir } = make();
      const file = fs.openAppend(`${dir}/f`, 0o640);
      put(file, "abc");
      file.syncData();
      await file.syncDataAsync();
      fs.syncDirectory(dir);
      throwsCode("ENOENT", () => fs.syncDirectory(`${dir}/none`));
      file.close();
    });

    it("closes twice and refuses everything then, whoever has the number now", async () => {
      const { runtime: { fs }, dir } = make();
      const closed = fs.openAppend(`${dir}/closed`, 0o640);
      closed.close();
      closed.close();
      const other = fs.openAppend(`${dir}/other`, 0o640);
      throwsCode("EBADF", () => closed.write(bytes("x"), 0, 1));
      throwsCode("EBADF", () => closed.read(new Uint8Array(1), 0));
      throwsCode("EBADF", () => closed.stat());
      throwsCode("EBADF", () => closed.syncData());
      throwsCode("EBADF", () => closed.truncate(0));
      await assert.rejects(() => closed.writeAsync(bytes("x"), 0, 1), { code: "EBADF" });
      await assert.rejects(() => closed.syncDataAsync(), { code: "EBADF" });
      other.close();
      assert.equal(fs.stat(`${dir}/other`)?.size, 0);
    });

    it("stats an entry, and nothing where nothing is", () => {
      const { runtime: { fs }, dir, symlink } = make();
      const file = fs.openAppend(`${dir}/f`, 0o640);
      put(file, "abc");
      symlink("f", `${dir}/link`);
      const stat = fs.stat(`${dir}/f`);
      assert.equal(stat?.kind, "file");
      assert.equal(stat.size, 3);
      assert.equal(stat.links, 1);
      assert.ok(stat.mtimeMs > 1_500_000_000_000 && stat.mtimeMs < 4_000_000_000_000);
      assert.equal(fs.stat(dir)?.kind, "directory");
      assert.equal(fs.stat(`${dir}/link`)?.kind, "symlink");
      assert.equal(fs.statFollow(`${dir}/link`)?.ino, stat.ino);
      assert.equal(fs.stat(`${dir}/none`), undefined);
      assert.equal(fs.stat(`${dir}/f/below`), undefined);
      assert.equal(fs.statFollow(`${dir}/none`), undefined);
      assert.deepEqual(file.stat(), stat);
      file.close();
    });

    it("lists names", () => {
      const { runtime: { fs }, dir } = make();
      assert.deepEqual(fs.list(dir), []);
      fs.openAppend(`${dir}/b`, 0o640).close();
      fs.makeDirectory(`${dir}/a`, 0o750);
      assert.deepEqual(fs.list(dir).sort(), ["a", "b"]);
      throwsCode("ENOENT", () => fs.list(`${dir}/none`));
      throwsCode("ENOTDIR", () => fs.list(`${dir}/b`));
    });

    it("makes directories with their parents", () => {
      const { runtime: { fs }, dir, mode } = make();
      fs.makeDirectory(`${dir}/a/b/c`, 0o750);
      fs.makeDirectory(`${dir}/a/b/c`, 0o750);
      assert.equal(fs.stat(`${dir}/a/b/c`)?.kind, "directory");
      assert.equal(mode(`${dir}/a`), 0o750);
      assert.equal(mode(`${dir}/a/b/c`), 0o750);
      fs.openAppend(`${dir}/f`, 0o640).close();
      throwsCode("EEXIST", () => fs.makeDirectory(`${dir}/f`, 0o750));
      throwsCode("ENOTDIR", () => fs.makeDirectory(`${dir}/f/x`, 0o750));
    });

    it("renames under an open handle, which goes on writing to the same file", () => {
      const { runtime: { fs }, dir } = make();
      const file = fs.openAppend(`${dir}/active`, 0o640);
      put(file, "1");
      fs.rename(`${dir}/active`, `${dir}/rotated`);
      put(file, "2");
      assert.equal(fs.stat(`${dir}/active`), undefined);
      assert.equal(fs.stat(`${dir}/rotated`)?.ino, file.stat().ino);
      file.close();
      assert.equal(text(fs.readFile(`${dir}/rotated`)), "12");
      throwsCode("ENOENT", () => fs.rename(`${dir}/active`, `${dir}/x`));
    });

    it("replaces by renaming, a file and never a directory with something in it", () => {
      const { runtime: { fs }, dir } = make();
      put(fs.openAppend(`${dir}/a`, 0o640), "a");
      put(fs.openAppend(`${dir}/b`, 0o640), "b");
      fs.rename(`${dir}/a`, `${dir}/b`);
      assert.equal(text(fs.readFile(`${dir}/b`)), "a");
      fs.makeDirectory(`${dir}/d/e`, 0o750);
      throwsCode("EISDIR", () => fs.rename(`${dir}/b`, `${dir}/d`));
      assert.equal(text(fs.readFile(`${dir}/b`)), "a");
    });

    it("links without ever overwriting", () => {
      const { runtime: { fs }, dir } = make();
      put(fs.openAppend(`${dir}/a`, 0o640), "a");
      fs.link(`${dir}/a`, `${dir}/b`);
      assert.equal(fs.stat(`${dir}/b`)?.ino, fs.stat(`${dir}/a`)?.ino);
      assert.equal(fs.stat(`${dir}/a`)?.links, 2);
      throwsCode("EEXIST", () => fs.link(`${dir}/a`, `${dir}/b`));
      throwsCode("ENOENT", () => fs.link(`${dir}/none`, `${dir}/c`));
      fs.remove(`${dir}/a`);
      assert.equal(text(fs.readFile(`${dir}/b`)), "a");
      assert.equal(fs.stat(`${dir}/b`)?.links, 1);
    });

    it("removes a name; an open file lives on", () => {
      const { runtime: { fs }, dir, symlink } = make();
      const file = fs.openAppend(`${dir}/f`, 0o640);
      put(file, "abc");
      fs.remove(`${dir}/f`);
      assert.equal(file.stat().links, 0);
      put(file, "def");
      assert.equal(file.stat().size, 6);
      file.close();
      assert.deepEqual(fs.list(dir), []);
      throwsCode("ENOENT", () => fs.remove(`${dir}/f`));
      symlink("nowhere", `${dir}/link`);
      fs.remove(`${dir}/link`);
      assert.equal(fs.stat(`${dir}/link`), undefined);
    });

    it("removes directories with their own method only, and only empty ones", () => {
      const { runtime: { fs }, dir } = make();
      fs.makeDirectory(`${dir}/d/e`, 0o750);
      throwsCode("EISDIR", () => fs.remove(`${dir}/d/e`));
      throwsCode("ENOTEMPTY", () => fs.removeDirectory(`${dir}/d`));
      fs.removeDirectory(`${dir}/d/e`);
      fs.removeDirectory(`${dir}/d`);
      assert.deepEqual(fs.list(dir), []);
      throwsCode("ENOENT", () => fs.removeDirectory(`${dir}/d`));
      fs.openAppend(`${dir}/f`, 0o640).close();
      throwsCode("ENOTDIR", () => fs.removeDirectory(`${dir}/f`));
    });

    it("resolves paths", () => {
      const { runtime: { fs } } = make();
      assert.equal(fs.resolve("/a/./b/../c/"), "/a/c");
      assert.equal(fs.resolve("/.."), "/");
      const relative = fs.resolve("x/y");
      assert.ok(relative.startsWith("/") && relative.endsWith("/x/y"));
      assert.equal(fs.resolve("."), relative.slice(0, -4) || "/");
    });

    it("follows a loop of links no further than it must", () => {
      const { runtime: { fs }, dir, symlink } = make();
      symlink("two", `${dir}/one`);
      symlink("one", `${dir}/two`);
      throwsCode("ELOOP", () => fs.openRead(`${dir}/one`));
      assert.equal(fs.stat(`${dir}/one`)?.kind, "symlink");
    });

    it("takes a lock once, where there are locks, and gives it back", () => {
      const { runtime: { fs }, dir } = make();
      const lock = fs.tryLock(`${dir}/lock`);
      if (lock === undefined) return;
      assert.ok(lock !== "held");
      assert.equal(fs.tryLock(`${dir}/lock`), "held");
      put(lock, "owner");
      assert.equal(text(fs.readFile(`${dir}/lock`)), "owner");
      lock.close();
      lock.close();
      const again = fs.tryLock(`${dir}/lock`);
      assert.ok(again !== undefined && again !== "held");
      again.close();
    });
  });
}
