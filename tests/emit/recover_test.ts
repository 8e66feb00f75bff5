import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  content,
  DIR,
  end,
  logMany,
  look,
  names,
  numbers,
  type Read,
  read,
  type Service,
  service,
  upTo,
} from "./support.ts";

/** A run whose end is played by `finish`, and the run records of the next start. */
async function afterRun(
  finish: (svc: Service) => void | Promise<void>,
  runRecord: "unclean" | "always" | false = "unclean",
): Promise<{ readonly records: readonly Read[]; readonly next: Service }> {
  const machine = new MemoryMachine();
  const svc = service({ machine });
  logMany(svc, 0, 3);
  await svc.pontem.flush();
  await machine.clock.advanceAsync(1_000);
  await finish(svc);
  await machine.clock.advanceAsync(60_000);
  const next = service({ machine, runRecord });
  await end(next);
  return { records: read(machine).filter(({ body }) => body.startsWith("previous run")), next };
}

describe("the record of the previous run", () => {
  const kill = ({ runtime }: Service): void => runtime.kill();
  const endings: Readonly<Record<string, (svc: Service) => void | Promise<void>>> = {
    "killed": kill,
    "power loss or reboot": ({ machine }) => machine.powerLoss({ names: "all" }),
    "uncaught error": async ({ runtime }) => {
      await runtime.host.end("crash", new RangeError("Out of range"));
      runtime.kill();
    },
  };

  for (const outcome of ["killed", "power loss or reboot", "uncaught error"]) {
    it(`says "${outcome}"`, async () => {
      const { records, next } = await afterRun(endings[outcome] ?? kill);
      assert.equal(records.length, 1);
      const [record] = records;
      assert.equal(record?.body, `previous run did not end cleanly: ${outcome}`);
      assert.equal(record?.severityText, "WARN");
      const { attributes } = record ?? { attributes: {} };
      assert.equal(attributes["pontem.run.outcome"], outcome);
      assert.equal(attributes["pontem.run.service"], "svc");
      assert.equal(attributes["pontem.run.pid"], 1000);
      assert.equal(attributes["pontem.run.started"], "2025-01-15T10:30:00.000Z");
      assert.equal(attributes["pontem.run.last_write_age_seconds"], outcome === "uncaught error" ? 60 : 61);
      assert.equal(attributes["pontem.run.recovered_files"], 0);
      assert.equal(attributes["pontem.run.error"], outcome === "uncaught error" ? "RangeError" : undefined);
      assert.equal(attributes["logger.name"], "pontem.sdk");
      assert.equal(next.pontem.stats().logs.droppedTotal, 0);
    });
  }

  it('says "out of memory" when the cgroup counted a kill since the start', async () => {
    for (
      const [before, after, outcome] of [[2, 3, "out of memory"], [2, 2, "killed"], [undefined, 3, "killed"], [
        2,
        undefined,
        "killed",
      ]] as const
    ) {
      const machine = new MemoryMachine();
      const svc = service({ machine, before: ({ host }) => void (host.oomKillCount = before) });
      await svc.pontem.flush();
      svc.runtime.kill();
      await end(service({ machine, runRecord: "unclean", before: ({ host }) => void (host.oomKillCount = after) }));
      assert.deepEqual(
        read(machine).map(({ attributes }) => attributes["pontem.run.outcome"]),
        [outcome],
        `${before} ${after}`,
      );
    }
  });

  it('says "unknown" when neither boot nor process can be told', async () => {
    const machine = new MemoryMachine();
    const svc = service({ machine, process: { identifiable: false } });
    svc.runtime.kill();
    await end(service({ machine, process: { identifiable: false }, runRecord: "unclean" }));
    assert.deepEqual(read(machine).map(({ body }) => body), ["previous run did not end cleanly: unknown"]);
  });

  it("is written for clean ends only when asked for, and never when refused", async () => {
    const cleanly = async (svc: Service): Promise<void> => {
      await end(svc);
      svc.runtime.kill();
    };
    assert.deepEqual((await afterRun(cleanly)).records, []);
    const exit = await afterRun(async ({ runtime }) => {
      await runtime.host.end("exit");
      runtime.kill();
    });
    assert.deepEqual(exit.records, []);
    const [always] = (await afterRun(cleanly, "always")).records;
    assert.deepEqual([always?.body, always?.severityText], ["previous run ended cleanly", "INFO"]);
    assert.deepEqual((await afterRun(kill, false)).records, []);
  });

  it("is written for the first start only", async () => {
    const machine = new MemoryMachine();
    service({ machine }).runtime.kill();
    await end(service({ machine, runRecord: "unclean" }));
    await end(service({ machine, runRecord: "unclean" }));
    assert.equal(read(machine).length, 1);
  });

  it("does not come of a writer that lives, nor of a copied directory", async () => {
    const machine = new MemoryMachine();
    const first = service({ machine, runRecord: "unclean" });
    logMany(first, 0, 1);
    await first.pontem.flush();
    await end(service({ machine, runRecord: "unclean" }));
    copy(machine, DIR, "/copy");
    const copied = service({ machine, runRecord: "unclean", emitDir: "/copy" });
    logMany(copied, 1, 2);
    await end(copied);
    await end(first);
    assert.deepEqual(read(machine).map(({ body }) => body), ["x"]);
    assert.deepEqual(
      content(machine, "/copy/logs.jsonl").trimEnd().split("\n").map((line) => (JSON.parse(line) as Read).body),
      ["x", "x"],
    );
  });

  it("comes of a writer that dies while another one runs, once, and tells how many files were taken over", async () => {
    const machine = new MemoryMachine();
    const first = service({ machine, runRecord: "unclean" });
    const second = service({ machine, serviceName: "second" });
    logMany(second, 0, 2);
    await second.pontem.flush();
    second.runtime.kill();
    await machine.clock.advanceAsync(200_000);
    await end(first);
    const records = read(machine).filter(({ body }) => body.startsWith("previous run"));
    assert.equal(records.length, 1);
    assert.equal(records[0]?.attributes["pontem.run.service"], "second");
    assert.equal(records[0]?.attributes["pontem.run.recovered_files"], 1);
    assert.deepEqual(numbers(machine), [0, 1]);
  });
});

describe("a torn end", () => {
  for (
    const [what, tail, torn] of [["a cut line", '{"timestamp":"2025', '{"timestamp":"2025'], [
      "NUL bytes",
      "\0".repeat(5_000),
      undefined,
    ], ["both", `{"a${"\0".repeat(70_000)}`, '{"a']] as const
  ) {
    it(`of ${what} is cut off, kept aside, counted, and never glued to the next record`, async () => {
      const machine = new MemoryMachine();
      const first = service({ machine });
      logMany(first, 0, 2);
      await end(first);
      append(machine, `${DIR}/logs.jsonl`, tail);
      const messages: string[] = [];
      const next = service({
        machine,
        diagnostics: (_name, level, message) => level === "DEBUG" || messages.push(`${level} ${message}`),
      });
      logMany(next, 2, 3);
      await end(next);
      assert.deepEqual(numbers(machine), [0, 1, 2]);
      assert.equal(next.pontem.stats().files.tornBytes, tail.length);
      const kept = names(machine, `${DIR}/.pontem/torn`);
      assert.deepEqual(
        kept.map((name) => content(machine, `${DIR}/.pontem/torn/${name}`)),
        torn === undefined ? [] : [torn],
      );
      assert.deepEqual(messages, [
        `WARN Cut a torn end of ${tail.length} bytes off a file in "${DIR}" and kept it in ".pontem/torn"`,
      ]);
    });
  }

  it("is found by any number of bytes at the end of a file of any size, and nothing else is cut", async () => {
    for (const line of [10, 65_536, 65_537, 200_000]) {
      for (const cut of [1, 65_535, 65_536, 131_073]) {
        const machine = new MemoryMachine();
        const fs = look(machine);
        fs.makeDirectory(DIR, 0o750);
        append(machine, `${DIR}/logs.jsonl`, `${"a".repeat(line - 1)}\n${"b".repeat(cut)}`);
        await end(service({ machine }));
        assert.equal(fs.stat(`${DIR}/logs.jsonl`)?.size, line, `${line} ${cut}`);
      }
    }
  });

  it("that is the whole file leaves an empty one", async () => {
    const machine = new MemoryMachine();
    look(machine).makeDirectory(DIR, 0o750);
    append(machine, `${DIR}/logs.jsonl`, "no line at all");
    const svc = service({ machine });
    logMany(svc, 0, 1);
    await end(svc);
    assert.deepEqual(numbers(machine), [0]);
  });

  it("is kept sixteen times, the newest", async () => {
    const machine = new MemoryMachine();
    for (let i = 0; i < 20; i++) {
      const svc = service({ machine });
      logMany(svc, i, i + 1);
      await end(svc);
      append(machine, `${DIR}/logs.jsonl`, `torn ${i}`);
      await machine.clock.advanceAsync(1_000);
    }
    await end(service({ machine }));
    const kept = names(machine, `${DIR}/.pontem/torn`).map((name) => content(machine, `${DIR}/.pontem/torn/${name}`));
    assert.deepEqual(kept, upTo(20).slice(4).map((i) => `torn ${i}`));
    assert.deepEqual(numbers(machine), upTo(20));
  });
});

function append(machine: MemoryMachine, path: string, text: string): void {
  const handle = look(machine).openAppend(path, 0o640);
  const bytes = new TextEncoder().encode(text);
  handle.write(bytes, 0, bytes.length);
  handle.close();
}

function copy(machine: MemoryMachine, from: string, to: string): void {
  const fs = look(machine);
  fs.makeDirectory(to, 0o750);
  for (const name of fs.list(from)) {
    const stat = fs.stat(`${from}/${name}`);
    if (stat?.kind === "directory") copy(machine, `${from}/${name}`, `${to}/${name}`);
    else append(machine, `${to}/${name}`, new TextDecoder().decode(fs.readFile(`${from}/${name}`)));
  }
}
