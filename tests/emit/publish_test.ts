import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  content,
  DIR,
  end,
  filesOf,
  gunzip,
  logMany,
  look,
  names,
  numbers,
  type Operation,
  service,
  upTo,
} from "./support.ts";

const SMALL = { rotation: { maxBytes: 400 }, retention: { maxFiles: 1_000 } };

function put(machine: MemoryMachine, name: string, data: string | Uint8Array): void {
  const fs = look(machine);
  fs.makeDirectory(DIR, 0o750);
  const handle = fs.createNew(`${DIR}/${name}`, 0o640);
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  handle.write(bytes, 0, bytes.length);
  handle.close();
}

/** A compressed file with this content. */
async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

describe("publishing a rotated file", () => {
  it("syncs before it renames, syncs the compressed file before it has its name, and removes the plain one last", async () => {
    const operations: Operation[] = [];
    const svc = service({ ...SMALL, watch: (operation) => operations.push(operation) });
    operations.length = 0;
    logMany(svc, 0, 1, { pad: "p".repeat(400) });
    svc.pontem.flushSync();
    await svc.machine.clock.settle();
    const at = (name: string, ...paths: (string | RegExp)[]): number => {
      const found = operations.findIndex((operation) =>
        operation.name === name &&
        paths.every((path, i) =>
          typeof path === "string" ? operation.paths[i] === path : path.test(operation.paths[i] ?? "")
        )
      );
      assert.ok(found >= 0, `${name} ${paths}\n${operations.map(({ name, paths }) => `${name} ${paths}`).join("\n")}`);
      return found;
    };
    const order = [
      at("write", `${DIR}/logs.jsonl`),
      at("syncData", `${DIR}/logs.jsonl`),
      at("rename", `${DIR}/logs.jsonl`, /writers\/\w+\/logs\.jsonl\.\d+$/),
      at("createNew", /logs\.jsonl\.\d+\.gz\.tmp$/),
      at("syncDataAsync", /logs\.jsonl\.\d+\.gz\.tmp$/),
      at("link", /\.gz\.tmp$/, /^\/logs\/logs\.jsonl\.\d+\.gz$/),
      operations.findLastIndex(({ name, paths }) => name === "syncDirectory" && paths[0] === DIR),
      at("removeAsync", /writers\/\w+\/logs\.jsonl\.\d+$/),
    ];
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
    await end(svc);
  });

  it("begins in a turn of its own, not within the call that filled the file", async () => {
    const operations: Operation[] = [];
    const svc = service({ ...SMALL, watch: (operation) => operations.push(operation) });
    logMany(svc, 0, 1, { pad: "p".repeat(400) });
    svc.pontem.flushSync();
    assert.deepEqual(operations.filter(({ paths }) => /jsonl\.\d+\.gz/.test(paths.join())), []);
    operations.length = 0;
    for (let turn = 0; turn < 50; turn++) await undefined;
    assert.deepEqual(operations, []);
    await svc.machine.clock.settle();
    assert.ok(operations.length > 0);
    await end(svc);
  });

  it("writes one gzip member with the same content", async () => {
    const svc = service({ rotation: { maxBytes: 650_000 } });
    for (let i = 0; i < 4_000; i++) logMany(svc, i, i + 1, { pad: `${i * 7919}` });
    svc.pontem.flushSync();
    await end(svc);
    const [path = ""] = filesOf(svc.machine);
    const data = look(svc.machine).readFile(path);
    const text = content(svc.machine, path);
    // Several members would each have a header: only the length of the first one's content would be in the trailer.
    assert.equal(new DataView(data.buffer, data.byteOffset).getUint32(data.length - 4, true), text.length);
    assert.ok(text.length > 600_000 && data.length < text.length / 4, `${text.length} -> ${data.length}`);
    const stream = new Blob([data.slice()]).stream().pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(stream).text(), text);
    assert.deepEqual(numbers(svc.machine), upTo(4_000));
  });

  it("leaves rotated files plain when compression is off, and compresses them once it is on", async () => {
    const machine = new MemoryMachine();
    const plain = service({ ...SMALL, rotation: { maxBytes: 400, gzip: false }, machine });
    for (let i = 0; i < 4; i++) {
      logMany(plain, i, i + 1, { pad: "p".repeat(300) });
      plain.pontem.flushSync();
    }
    await end(plain);
    assert.equal(names(machine).filter((name) => /^logs\.jsonl\.\d+$/.test(name)).length, 4);
    assert.deepEqual(numbers(machine), upTo(4));
    await end(service({ ...SMALL, machine }));
    assert.equal(names(machine).filter((name) => /^logs\.jsonl\.\d+\.gz$/.test(name)).length, 4);
    assert.deepEqual(numbers(machine), upTo(4));
  });

  it("works on a file system without hard links", async () => {
    const svc = service({ ...SMALL, before: ({ fs }) => void fs.fail("link", { code: "EPERM" }) });
    logMany(svc, 0, 5, { pad: "p".repeat(300) });
    await end(svc);
    assert.deepEqual(numbers(svc.machine), upTo(5));
    assert.ok(filesOf(svc.machine).length >= 5);
  });

  it("tries again what it could not do, without a new rotation, and does not do it twice", async () => {
    for (
      const [operation, path] of [["createNew", /\.gz\.tmp$/], ["syncData", /\.gz\.tmp$/], ["link", /./], [
        "syncDirectory",
        DIR,
      ], ["remove", /jsonl\.\d+(\.gz\.tmp)?$/]] as const
    ) {
      const svc = service(SMALL);
      const mend = svc.runtime.fs.fail(operation, { code: "EIO", path });
      const linkless = operation === "link"
        ? svc.runtime.fs.fail("rename", { code: "EIO", path: /\.gz\.tmp$/ })
        : undefined;
      logMany(svc, 0, 1, { pad: "p".repeat(400) });
      svc.pontem.flushSync();
      await svc.machine.clock.advanceAsync(5_000);
      assert.ok((svc.pontem.stats().faults["EIO"] ?? 0) > 0, operation);
      mend();
      linkless?.();
      await svc.machine.clock.advanceAsync(120_000);
      assert.deepEqual(
        names(svc.machine).filter((name) => name !== ".pontem").map((name) => name.replace(/\d{10}/, "N")),
        ["logs.jsonl.N.gz"],
        operation,
      );
      assert.deepEqual(svc.machine.disk.paths().filter((name) => /writers.*jsonl/.test(name)), [], operation);
      assert.deepEqual(numbers(svc.machine), upTo(1), operation);
      await end(svc);
    }
  });

  it("does not wait for a compression at exit; the next start finishes it", async () => {
    const machine = new MemoryMachine();
    const svc = service({ ...SMALL, machine });
    logMany(svc, 0, 1, { pad: "p".repeat(400) });
    svc.pontem.flushSync();
    await svc.runtime.host.end("exit");
    svc.runtime.kill();
    assert.deepEqual(filesOf(machine), []);
    await end(service({ ...SMALL, machine }));
    assert.deepEqual(numbers(machine), upTo(1));
  });
});

describe("leftovers of the Python SDK", () => {
  const line = (i: number): string =>
    `{"severityNumber":9,"severityText":"INFO","body":"x","attributes":{"i":${i}},"timestamp":1795558388.2,"resource":{}}\n`;
  const STAMP = "1795558389207348900";

  it("a plain rotated file is compressed under its own stamp", async () => {
    const machine = new MemoryMachine();
    put(machine, `logs.jsonl.${STAMP}`, line(0) + line(1));
    put(machine, `metrics.jsonl.${STAMP}`, "{}\n");
    await end(service({ machine }));
    assert.deepEqual(names(machine), [".pontem", `logs.jsonl.${STAMP}.gz`, `metrics.jsonl.${STAMP}.gz`]);
    assert.deepEqual(numbers(machine), [0, 1]);
  });

  it("beside a half written .gz the plain file counts", async () => {
    const machine = new MemoryMachine();
    put(machine, `logs.jsonl.${STAMP}`, line(0) + line(1));
    put(machine, `logs.jsonl.${STAMP}.gz`, (await gzip(line(0) + line(1))).subarray(0, 30));
    await end(service({ machine }));
    assert.deepEqual(names(machine), [".pontem", `logs.jsonl.${STAMP}.gz`]);
    assert.deepEqual(numbers(machine), [0, 1]);
  });

  it("beside a whole .gz of the same content the plain file goes", async () => {
    const machine = new MemoryMachine();
    const whole = await gzip(line(0) + line(1));
    put(machine, `logs.jsonl.${STAMP}`, line(0) + line(1));
    put(machine, `logs.jsonl.${STAMP}.gz`, whole);
    await end(service({ machine }));
    assert.deepEqual(names(machine), [".pontem", `logs.jsonl.${STAMP}.gz`]);
    assert.deepEqual(look(machine).readFile(`${DIR}/logs.jsonl.${STAMP}.gz`), whole);
  });

  it("beside a whole .gz of another content, of the same length even, both stay", async () => {
    const machine = new MemoryMachine();
    put(machine, `logs.jsonl.${STAMP}`, line(1));
    put(machine, `logs.jsonl.${STAMP}.gz`, await gzip(line(0)));
    await end(service({ machine }));
    assert.equal(names(machine).filter((name) => name.endsWith(".gz")).length, 2);
    assert.deepEqual(numbers(machine), [0, 1]);
  });

  it("its active file with a torn end is healed and appended to", async () => {
    const machine = new MemoryMachine();
    put(machine, "logs.jsonl", line(0) + '{"severityNumber":9,"sever');
    const svc = service({ machine });
    logMany(svc, 1, 2);
    await end(svc);
    assert.deepEqual(numbers(machine), [0, 1]);
    assert.equal(svc.pontem.stats().files.tornBytes, 26);
  });
});

describe("gunzip of the tests", () => {
  it("refuses half a file", async () => {
    const whole = await gzip("x".repeat(1_000));
    assert.throws(() => gunzip(whole.subarray(0, whole.length - 5)));
  });
});
