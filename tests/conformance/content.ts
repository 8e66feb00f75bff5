/**
 * What every file system port must do with the content of files.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MakeWorld } from "./world.ts";
import { bytes, put, text, throwsCode } from "./world.ts";

/**
 * Runs the suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function contentConformance(name: string, make: MakeWorld): void {
  describe(`files of ${name}`, () => {
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
      throwsCode("EEXIST", () => fs.createNew(dir, 0o600));
      assert.equal(fs.stat(`${dir}/nowhere`), undefined);
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
      const { runtime: { fs }, dir, symlink } = make();
      put(fs.openAppend(`${dir}/f`, 0o640), "0123456789");
      const file = fs.openUpdate(`${dir}/f`);
      put(file, "ab");
      file.truncate(5);
      assert.equal(file.stat().size, 5);
      file.close();
      assert.equal(text(fs.readFile(`${dir}/f`)), "ab234");
      throwsCode("ENOENT", () => fs.openUpdate(`${dir}/none`));
      symlink(`${dir}/f`, `${dir}/link`);
      throwsCode("ELOOP", () => fs.openUpdate(`${dir}/link`));
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
  });
}
