/**
 * What does a record cost that is shipped? One finished file to a receiver that takes everything, by Loki's push API with gzip, structured metadata, the
 * timestamp and severity of each record read, and a durable cursor; memory with a backlog of 1 GB; an idle shipper; and calls of a logger in a process
 * whose shipper sends a backlog. Each shipper in a process of its own, the receiver in another; what it received is counted, and no number may be
 * missing or doubled.
 *
 * `--records N` (500,000), `--rounds N` (3), `--seconds N` (60, of idling; calls take at most 10), `--backlog N` (3,500,000 records), `--json`.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Figures, inProcess, main, median, moduleBeside, option, rounds, type Row } from "./harness.ts";
import { writeLines } from "./lines.ts";
import { medians } from "./table.ts";

const RECORDS = option("records", 500_000);
const BACKLOG = option("backlog", 3_500_000);
const IDLE_SECONDS = option("seconds", 60);
/** What a shipper beside calls has to send: more than it can meanwhile. */
const BACKLOG_FILES = 40;
/** As the SDK rotates: 10 MB. */
const RECORDS_A_FILE = 35_000;
const RUN = moduleBeside(import.meta.url, "./ship/run");
const BARE = moduleBeside(import.meta.url, "./ship/bare");
const CALLS = moduleBeside(import.meta.url, "./ship/calls");

interface Sink {
  readonly port: string;
  stop(): void;
}

function startSink(): Promise<Sink> {
  const flags = process.versions["deno"] === undefined ? [] : ["run", "-A", "--no-check"];
  const module = fileURLToPath(moduleBeside(import.meta.url, "./ship/null_sink"));
  const child = spawn(process.execPath, [...flags, module], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.stdout.once("data", (port: Uint8Array) => {
      resolve({ port: port.toString().trim(), stop: () => void child.kill() });
    });
  });
}

/** Ships what is in a new directory; the figures, checked against what was received. */
async function ship(sink: Sink, records: number, recordsAFile: number): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), "pontem-bench-"));
  try {
    mkdirSync(`${directory}/logs`);
    let content = 0;
    for (let from = 0, name = 1_700_000_000; from < records; from += recordsAFile, name++) {
      content += writeLines(`${directory}/logs/logs.jsonl.${name}`, from, Math.min(records, from + recordsAFile));
    }
    const figures = await inProcess(RUN, ["ship", sink.port, String(records), directory]);
    const found = await (await fetch(`http://127.0.0.1:${sink.port}/found`)).json() as Record<string, number>;
    const counts = [figures["isSettled"], figures["acked"], found["records"], found["different"]];
    if (counts.join() !== [1, records, records, records].join()) throw new Error(`settled, acked, received: ${counts}`);
    return { ...figures, content, wire: found["bytes"] ?? NaN };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function idle(sink: Sink): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), "pontem-bench-"));
  try {
    mkdirSync(`${directory}/logs`);
    for (let file = 0; file < 10; file++) {
      writeLines(`${directory}/logs/logs.jsonl.${file + 1}`, file * 100, file * 100 + 100);
    }
    return await inProcess(RUN, ["idle", sink.port, String(IDLE_SECONDS), directory]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** A service that logs, and has a backlog that takes its shipper longer than the measurement. */
async function calls(sink: Sink, mode: "with" | "without"): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), "pontem-bench-"));
  try {
    mkdirSync(`${directory}/logs`);
    for (let file = 0; file < BACKLOG_FILES; file++) {
      writeLines(
        `${directory}/logs/logs.jsonl.${1_700_000_000 + file}`,
        file * RECORDS_A_FILE,
        (file + 1) * RECORDS_A_FILE,
      );
    }
    const figures = await inProcess(CALLS, [mode, sink.port, String(Math.min(10, IDLE_SECONDS)), directory]);
    if ((figures["acked"] ?? 0) > 0 !== (mode === "with")) throw new Error(`${mode}: ${figures["acked"]} acknowledged`);
    await fetch(`http://127.0.0.1:${sink.port}/found`);
    return figures;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What a shipper in the process adds to a call and to the loop. */
async function beside(sink: Sink): Promise<Row[]> {
  const runs: Record<"with" | "without", Figures[]> = { with: [], without: [] };
  for (let round = 0; round < rounds(3); round++) {
    for (const mode of ["without", "with"] as const) runs[mode].push(await calls(sink, mode));
  }
  return (["without", "with"] as const).flatMap((mode) => {
    const of = medians(runs[mode]);
    return [
      { what: `${mode} a shipper: log call, p99.9`, value: of["callUs"] ?? NaN, unit: "us" },
      { what: `${mode} a shipper: loop late, p99.9`, value: of["lateMs"] ?? NaN, unit: "ms" },
    ];
  });
}

async function measure(): Promise<Row[]> {
  const sink = await startSink();
  try {
    const runs: Figures[] = [];
    for (let round = 0; round < rounds(3); round++) runs.push(await ship(sink, RECORDS, RECORDS));
    const of = (name: string): number => median(runs.map((figures) => figures[name] ?? NaN));
    const rows: Row[] = [
      { what: "one finished file: CPU a record", value: of("cpuMs") * 1_000 / RECORDS, unit: "us", target: 3.5 },
      { what: "the same with the start of the runtime", value: of("wholeCpuMs") * 1_000 / RECORDS, unit: "us" },
      { what: "content a second and core", value: of("content") / of("cpuMs") / 1_000, unit: "MB" },
      { what: "content a second of wall time", value: of("content") / of("ms") / 1_000, unit: "MB" },
      { what: "bytes on the wire", value: of("wire") / of("content"), unit: "x" },
      { what: "bytes to the device", value: of("deviceBytes") / of("content"), unit: "x" },
    ];
    if (BACKLOG > 0) {
      const bare = await inProcess(BARE, []);
      const { peakMb = NaN, content = NaN } = await ship(sink, BACKLOG, RECORDS_A_FILE);
      rows.push({
        what: `memory with a backlog of ${(content / 1e6).toFixed(0)} MB, above the bare runtime`,
        value: peakMb - (bare["peakMb"] ?? NaN),
        unit: "MB",
        target: 32,
      });
    }
    const { share = NaN, bytesADay = NaN } = await idle(sink);
    rows.push(
      { what: "idle: CPU", value: share * 100, unit: "%", target: 0.5 },
      { what: "idle: bytes to the device a day", value: bytesADay / 1e6, unit: "MB", target: 40 },
    );
    rows.push(...await beside(sink));
    return rows;
  } finally {
    sink.stop();
  }
}

main("shipping", measure);
