/**
 * What every file system port must do with names.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MakeWorld } from "./world.ts";
import { put, text, throwsCode } from "./world.ts";

/**
 * Runs the suite.
 *
 * @param name Of the adapter.
 * @param make Makes a fresh world.
 */
export function namesConformance(name: string, make: MakeWorld): void {
  describe(`names of ${name}`, () => {
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

    it("tells the room of the disk that a path is on, where it can be told", () => {
      const { runtime: { fs }, dir, symlink, hasRoom } = make();
      fs.openAppend(`${dir}/f`, 0o640).close();
      symlink("f", `${dir}/link`);
      for (const path of [dir, `${dir}/f`, `${dir}/link`]) {
        const room = fs.room(path);
        if (!hasRoom) assert.equal(room, undefined, path);
        else assert.ok(Number.isSafeInteger(room?.freeBytes) && (room?.freeBytes ?? 0) > 0, path);
      }
      assert.equal(fs.room(`${dir}/none`), undefined);
      assert.equal(fs.room(`${dir}/f/below`), undefined);
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

    it("removes off the thread as well", async () => {
      const { runtime: { fs }, dir } = make();
      put(fs.openAppend(`${dir}/f`, 0o640), "abc");
      await fs.removeAsync(`${dir}/f`);
      assert.deepEqual(fs.list(dir), []);
      await assert.rejects(fs.removeAsync(`${dir}/f`), { code: "ENOENT" });
      fs.makeDirectory(`${dir}/d`, 0o750);
      await assert.rejects(fs.removeAsync(`${dir}/d`), { code: "EISDIR" });
      assert.deepEqual(fs.list(dir), ["d"]);
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
