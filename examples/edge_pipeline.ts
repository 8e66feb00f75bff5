/**
 * An edge pipeline in two processes: this one ingests readings, puts them into windows and asks a rule; a child process syncs what came of it.
 * Each batch has a correlation id that stands in every record of it, in both processes, though the batches run at the same time and no stage
 * is handed the id.
 *
 * ```sh
 * deno run --allow-env --allow-read --allow-write --allow-sys --allow-run examples/edge_pipeline.ts
 * bun examples/edge_pipeline.ts --batches 10
 * node examples/edge_pipeline.ts --dir /tmp/pipeline
 * ```
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as pontem from "../mod.ts"; // In a project of your own: "@pontem/sdk".

const WINDOW = 4;
const LIMIT_CELSIUS = 39;

/** Mean of some readings in a row. */
interface Window {
  readonly from: number;
  readonly celsius: number;
}

/** What goes to the other process: the work and, as text, the context it belongs to. */
interface Message {
  readonly context: string;
  readonly events: readonly Window[];
}

const { values } = parseArgs({
  options: {
    batches: { type: "string", default: "5" },
    dir: { type: "string" },
    sync: { type: "boolean", default: false },
  },
});
const batches = Number(values.batches);
if (!Number.isInteger(batches) || batches < 1 || batches > 1_000) {
  console.error(
    `Cannot run ${JSON.stringify(values.batches)} batches. Pass --batches with a whole number from 1 to 1000`,
  );
  process.exit(2);
}
const dir = values.dir === undefined ? await mkdtemp(join(tmpdir(), "pontem-pipeline-")) : resolve(values.dir);
const { context } = pontem;
// Both processes: beside the correlation id, the number of the run may come and go.
context.allow("run");

if (values.sync) await sync();
else await pipeline();

/** The first process. */
async function pipeline(): Promise<void> {
  pontem.init({ serviceName: "edge", emitDir: join(dir, "edge") });
  // Outside of every `run`: for all that this process does, and, by its environment, for the child.
  context.bind({ run: context.correlationId().slice(0, 8) });
  const child = startSync();
  const ids = Array.from({ length: batches }, () => context.correlationId());
  await Promise.all(ids.map((id, batch) => context.run({ correlation_id: id }, () => work(batch, child))));
  child.stdin?.end();
  const [code] = await once(child, "close") as [number | null];
  pontem.logger.info("finished", { batches, code });
  const { written, lost } = await pontem.shutdown();
  console.log(`${batches} batches done, ${written} records written here, ${lost} lost; the child ended with ${code}`);
  await show(ids[0] ?? "");
  if (values.dir === undefined) console.log(`\nThe files stay in ${dir}`);
}

/** One batch, from ingest to sync. */
async function work(batch: number, child: ChildProcess): Promise<void> {
  const events: Window[] = [];
  for await (const window of windows(ingest(batch))) {
    if (rule(window)) events.push(window);
  }
  const message: Message = { context: context.serialize(), events };
  child.stdin?.write(`${JSON.stringify(message)}\n`);
  pontem.getLogger("edge.queue").info("handed on", { events: events.length });
}

/** Reads a sensor, some readings at a time. */
async function* ingest(batch: number): AsyncGenerator<number> {
  const logger = pontem.getLogger("edge.ingest");
  for (let at = 0; at < 12; at++) {
    await sleep(1);
    yield 35 + 8 * Math.sin(batch + at / 2);
  }
  logger.info("ingested", { batch, readings: 12 });
}

/** Means of {@link WINDOW} readings each. */
async function* windows(readings: AsyncIterable<number>): AsyncGenerator<Window> {
  const logger = pontem.getLogger("edge.window");
  let open: number[] = [];
  let from = 0;
  for await (const reading of readings) {
    open.push(reading);
    if (open.length < WINDOW) continue;
    const celsius = open.reduce((sum, one) => sum + one, 0) / WINDOW;
    logger.debug("window closed", { from, celsius });
    yield { from, celsius };
    from += WINDOW;
    open = [];
  }
}

/** Is it too hot? */
function rule({ from, celsius }: Window): boolean {
  const isHot = celsius > LIMIT_CELSIUS;
  if (isHot) pontem.getLogger("edge.rule").warn("rule fired", { from, celsius, limit: LIMIT_CELSIUS });
  return isHot;
}

/** Starts this script again, as the second process. */
function startSync(): ChildProcess {
  const script = fileURLToPath(import.meta.url);
  const flags = process.versions["deno"] === undefined
    ? process.execArgv
    : ["run", "--no-prompt", "--allow-env", "--allow-read", "--allow-write", "--allow-sys"];
  return spawn(process.execPath, [...flags, script, "--sync", "--dir", dir], {
    env: { ...process.env, PONTEM_CONTEXT: context.serialize() },
    stdio: ["pipe", "inherit", "inherit"],
  });
}

/** The second process: a message a line. */
async function sync(): Promise<void> {
  pontem.init({ serviceName: "sync", emitDir: join(dir, "sync") });
  const logger = pontem.getLogger("sync.upload");
  const jobs: Promise<void>[] = [];
  for await (const line of createInterface({ input: process.stdin })) {
    const { context: text, events } = JSON.parse(line) as Message;
    jobs.push(context.run({}, async () => {
      context.restore(text);
      logger.info("upload begun", { events: events.length });
      await sleep(5 * Math.random());
      logger.info("synced", { events: events.length });
    }));
  }
  await Promise.all(jobs);
  await pontem.shutdown();
}

/** As much of a record as is shown. */
interface Shown {
  readonly timestamp: string;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: { readonly "service.name": string };
}

/** Shows the records of one correlation id, of both processes, in the order of time. */
async function show(id: string): Promise<void> {
  const texts = await Promise.all(["edge", "sync"].map((name) => readFile(join(dir, name, "logs.jsonl"), "utf8")));
  const records = texts.flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line) as Shown)
    .filter(({ attributes }) => attributes["correlation_id"] === id)
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  console.log(`\nRecords of the batch ${id}`);
  for (const { timestamp, severityText, body, attributes, resource } of records) {
    const { correlation_id: _, "logger.name": name, ...rest } = attributes;
    const pairs = Object.entries(rest).map(([key, value]) =>
      `${key}=${typeof value === "number" ? +value.toFixed(2) : value}`
    );
    const where = `${resource["service.name"]} ${name}`.padEnd(20);
    console.log(
      `  ${timestamp.slice(11, 23)}  ${where} ${severityText.padEnd(5)} ${body.padEnd(14)} ${pairs.join(" ")}`,
    );
  }
}
