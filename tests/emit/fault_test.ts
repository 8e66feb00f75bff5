import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fault, FaultOperation } from "../../src/adapter/memory/fault.ts";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  assertAccount,
  content,
  DIR,
  end,
  logMany,
  look,
  names,
  numbers,
  read,
  type Service,
  service,
  upTo,
} from "./support.ts";

const ACTIVE = `${DIR}/logs.jsonl`;
const FAULTS: readonly (readonly [string, FaultOperation, Fault])[] = [
  ["writes fail with EIO", "write", { code: "EIO", path: ACTIVE }],
  ["the disk is full", "write", { code: "ENOSPC", path: ACTIVE }],
  ["the quota is used up", "write", { code: "EDQUOT", path: ACTIVE }],
  ["the file system has become read-only", "any", { code: "EROFS" }],
  ["permission was lost", "any", { code: "EACCES" }],
  ["no more files can be opened", "openAppend", { code: "EMFILE" }],
  ["everything fails", "any", { code: "EIO" }],
  ["renames fail", "rename", { code: "EIO" }],
  ["nothing can be looked at", "stat", { code: "EIO" }],
  ["the lock file cannot be made", "createNew", { code: "EACCES" }],
];

/** Logs in small portions while the clock runs. */
async function busy(svc: Service, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    logMany(svc, i, i + 1);
    await svc.machine.clock.advanceAsync(300);
    assertAccount(svc);
  }
}

describe("faults of the disk", () => {
  it("are said when they begin and when they are over, each time, but of one that comes and goes once a minute", async () => {
    const messages: string[] = [];
    const svc = service({
      diagnostics: (_name, level, message) => level === "DEBUG" || messages.push(message.replace(/ in .*/, "")),
    });
    const failAndMend = async (): Promise<void> => {
      const mend = svc.runtime.fs.fail("write", { code: "ENOSPC", path: ACTIVE });
      await busy(svc, 0, 3);
      mend();
      await svc.machine.clock.advanceAsync(6_000);
    };
    for (let again = 0; again < 3; again++) await failAndMend();
    const said = ["Cannot write to logs.jsonl", "Writing logs.jsonl goes on"];
    assert.deepEqual(messages, said);
    await svc.machine.clock.advanceAsync(60_000);
    for (let again = 0; again < 3; again++) await failAndMend();
    assert.deepEqual(messages, [...said, ...said]);
    await end(svc);
  });

  for (const [what, operation, fault] of FAULTS) {
    it(`${what}: the service goes on, records wait, are written in order once it works, and nothing is lost`, async () => {
      const messages: string[] = [];
      const svc = service({
        rotation: { maxBytes: 2_000 },
        retention: { maxFiles: 1_000 },
        diagnostics: (_name, level, message) => level === "DEBUG" || messages.push(`${level} ${message}`),
      });
      await busy(svc, 0, 5);
      const mend = svc.runtime.fs.fail(operation, fault);
      await busy(svc, 5, 40);
      svc.pontem.logger.error("x", { i: 40 });
      svc.pontem.logger.fatal("x", { i: 41 });
      assert.ok(svc.pontem.flushSync() > 0);
      await assert.rejects(drive(svc, svc.pontem.flush()), /Cannot flush: \d+ records could not be written/);
      assert.ok(svc.pontem.stats().logs.waiting > 0);
      assert.equal(svc.pontem.stats().logs.droppedTotal, 0);
      mend();
      await svc.machine.clock.advanceAsync(10_000);
      assert.equal(svc.pontem.stats().logs.waiting, 0);
      await busy(svc, 42, 45);
      await end(svc);
      assert.deepEqual(numbers(svc.machine), upTo(45));
      assert.ok((svc.pontem.stats().faults[fault.code] ?? 0) > 0);
      const level = fault.code === "ENOSPC" || fault.code === "EDQUOT" ? "FATAL" : "ERROR";
      assert.ok(
        messages.some((message) => message.startsWith(`${level} Cannot `) && message.includes(`"${DIR}"`)),
        messages.join("\n"),
      );
      assert.ok(messages.some((message) => /goes on$/.test(message)), messages.join("\n"));
      assert.ok(messages.length <= 12, messages.join("\n"));
    });
  }

  it("a write that takes only a part of a line leaves no torn line once there is room", async () => {
    for (let room = 0; room < 400; room += 23) {
      const svc = service();
      await busy(svc, 0, 3);
      svc.machine.disk.capacity = used(svc.machine) + room;
      await busy(svc, 3, 10);
      assertAccount(svc);
      svc.machine.disk.capacity = Infinity;
      await svc.machine.clock.advanceAsync(10_000);
      await end(svc);
      assert.deepEqual(numbers(svc.machine), upTo(10), `room for ${room} bytes`);
      assert.equal(svc.pontem.stats().files.tornBytes, 0);
    }
  });

  it("a part of a line stays a part when the process ends on a full disk, and the next start cuts it off", async () => {
    const machine = new MemoryMachine();
    const svc = service({ machine });
    await busy(svc, 0, 3);
    machine.disk.capacity = used(machine) + 50;
    logMany(svc, 3, 4);
    svc.pontem.flushSync();
    const { lost, held } = await end(svc, 500);
    assert.equal(lost + held, 1);
    assertAccount(svc);
    machine.disk.capacity = Infinity;
    const next = service({ machine });
    await busy(next, 4, 6);
    await end(next);
    assert.deepEqual(numbers(machine), [0, 1, 2, 4, 5]);
    assert.equal(next.pontem.stats().files.tornBytes, 50);
    const [torn = ""] = names(machine, `${DIR}/.pontem/torn`);
    assert.match(content(machine, `${DIR}/.pontem/torn/${torn}`), /^\{"timestamp":.{37}$/);
  });

  it("an error after a part of a line does not glue the rest to another line", async () => {
    for (const bytes of [1, 40, 150]) {
      const svc = service();
      await busy(svc, 0, 2);
      svc.runtime.fs.limitWrites(bytes);
      svc.runtime.fs.fail("write", { code: "EIO", path: ACTIVE, after: 1, times: 2 });
      await busy(svc, 2, 6);
      await svc.machine.clock.advanceAsync(5_000);
      await end(svc);
      assert.deepEqual(numbers(svc.machine), upTo(6));
    }
  });

  it("short writes are gone on with", async () => {
    const svc = service({ before: ({ fs }) => fs.limitWrites(7) });
    await busy(svc, 0, 10);
    assert.deepEqual(numbers(svc.machine), upTo(10));
    await end(svc);
  });

  it("keeps memory bounded, and reports the loss with the right count once there is room", async () => {
    for (const overflow of ["drain", "drop-oldest", "drop-newest"] as const) {
      const svc = service({ queue: { maxRecords: 100, maxBytes: 1_000_000, overflow } });
      await busy(svc, 0, 2);
      const mend = svc.runtime.fs.fail("write", { code: "ENOSPC", path: ACTIVE });
      for (let i = 2; i < 1_000; i++) {
        if (i % 100 === 50) svc.pontem.logger.error("x", { i });
        else logMany(svc, i, i + 1);
        if (i % 10 === 0) await svc.machine.clock.advanceAsync(100);
        assertAccount(svc);
      }
      const { waiting } = svc.pontem.stats().logs;
      // A block that had left the queue when the fault came waits beside it.
      assert.ok(waiting >= 100 && waiting <= 200, `${overflow}: ${waiting}`);
      mend();
      await svc.machine.clock.advanceAsync(10_000);
      await end(svc);
      const { accepted, written, dropped, droppedTotal } = svc.pontem.stats().logs;
      assert.equal(accepted, written + droppedTotal);
      assert.deepEqual(Object.keys(dropped), ["queue_full"]);
      const found = numbers(svc.machine);
      assert.deepEqual(found, [...found].sort((a, b) => a - b), overflow);
      assert.equal(new Set(found).size, found.length);
      assert.equal(1_000 - found.length, droppedTotal);
      for (let i = 50; i < 1_000; i += 100) assert.ok(found.includes(i), `${overflow}: ERROR ${i} is kept`);
      assert.equal(found.includes(999), overflow !== "drop-newest");
      const reports = read(svc.machine).filter(({ body }) => body === "records were dropped");
      assert.equal(
        reports.reduce((sum, { attributes }) => sum + Number(attributes["pontem.dropped.queue_full"]), 0),
        droppedTotal,
      );
      assert.equal(reports[0]?.severityText, "WARN");
    }
  });

  it("a file or directory that is removed or replaced is noticed, and made again", async () => {
    const acts: Readonly<Record<string, (svc: Service) => void>> = {
      "the file is removed": ({ machine }) => look(machine).remove(ACTIVE),
      "the file is renamed by somebody": ({ machine }) => look(machine).rename(ACTIVE, `${DIR}/taken`),
      "another file is put in its place": ({ machine }) => {
        look(machine).remove(ACTIVE);
        look(machine).createNew(ACTIVE, 0o640).close();
      },
      "the directory is renamed": ({ machine }) => look(machine).rename(DIR, "/moved"),
      "the directory is removed": ({ machine }) => void machine.disk.root.names.delete("logs"),
      "the directory is replaced": ({ machine }) => {
        look(machine).rename(DIR, "/moved");
        look(machine).makeDirectory(DIR, 0o750);
      },
    };
    for (const [what, act] of Object.entries(acts)) {
      const svc = service();
      await busy(svc, 0, 3);
      act(svc);
      await busy(svc, 3, 6);
      assert.deepEqual(numbers(svc.machine).filter((i) => i > 2), [3, 4, 5], what);
      await end(svc);
      assert.equal(svc.pontem.stats().logs.written, 6);
    }
  });

  it("a link or a directory in the place of the active file is refused, and records wait", async () => {
    const machine = new MemoryMachine();
    look(machine).makeDirectory(DIR, 0o750);
    look(machine).createNew("/victim", 0o640).close();
    machine.disk.symlink("/victim", ACTIVE);
    const svc = service({ machine });
    await busy(svc, 0, 3);
    assert.equal(look(machine).stat("/victim")?.size, 0);
    assert.equal(svc.pontem.stats().logs.waiting, 3);
    assert.ok((svc.pontem.stats().faults["ELOOP"] ?? 0) > 0);
    look(machine).remove(ACTIVE);
    look(machine).makeDirectory(ACTIVE, 0o750);
    await busy(svc, 3, 5);
    assert.ok((svc.pontem.stats().faults["EISDIR"] ?? 0) > 0);
    look(machine).removeDirectory(ACTIVE);
    await machine.clock.advanceAsync(10_000);
    await end(svc);
    assert.deepEqual(numbers(machine), upTo(5));
  });

  it("a sync that fails is counted and reported, and the records are there all the same", async () => {
    const svc = service({ durability: "batch" });
    svc.runtime.fs.fail("syncData", { code: "EIO" });
    await busy(svc, 0, 3);
    svc.pontem.logger.fatal("x", { i: 3 });
    await assert.rejects(
      drive(svc, svc.pontem.flush()),
      /Cannot flush: all records are written, but could not be synced/,
    );
    await end(svc);
    assert.deepEqual(numbers(svc.machine), upTo(4));
    assert.ok((svc.pontem.stats().faults["EIO"] ?? 0) > 2);
  });

  it("init throws one error that names directory, reason and remedy, and leaves nothing running", () => {
    for (
      const [code, reason] of [["EACCES", "permission denied"], ["EROFS", "read-only file system"], [
        "NOT_CAPABLE",
        "the permission was not given",
      ]] as const
    ) {
      const machine = new MemoryMachine();
      const timers = machine.clock.timers;
      let listeners = -1;
      assert.throws(
        () =>
          service({
            machine,
            before: ({ fs, host }) => (fs.fail("makeDirectory", { code }), listeners = host.listeners),
          }),
        (error: Error) =>
          error.message.startsWith(`Cannot use the emit directory "${DIR}": ${reason}. `) &&
          /PONTEM_EMIT_DIR/.test(error.message) &&
          /--allow-write/.test(error.message) === (code === "NOT_CAPABLE"),
      );
      assert.equal(machine.clock.timers, timers);
      assert.equal(listeners, 0);
    }
  });
});

function used(machine: MemoryMachine): number {
  return machine.disk.paths().reduce((sum, path) => sum + (look(machine).stat(path)?.size ?? 0), 0);
}

/** Lets the clock run until a promise settles. */
async function drive<T>(svc: Service, work: Promise<T>): Promise<T> {
  let done = false;
  void work.catch(() => {}).finally(() => done = true);
  for (let turn = 0; !done && turn < 100; turn++) await svc.machine.clock.advanceAsync(100);
  return await work;
}
