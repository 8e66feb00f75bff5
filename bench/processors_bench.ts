/**
 * What does a processor add to a log call? Each row is a call of four attributes, nanoseconds, up to the queue: below it nothing differs. The
 * queue is emptied between the rounds.
 *
 * Runs as a script: `deno run -A bench/processors_bench.ts`, `bun bench/processors_bench.ts`, `node bench/processors_bench.ts`; `--json`
 * prints the figures as JSON, `--rounds N` sets how often each is measured.
 *
 * @module
 */
import { MemoryMachine } from "../src/adapter/memory/mod.ts";
import { Ledger } from "../src/emit/ledger.ts";
import { NO_LEVELS } from "../src/log/level_table.ts";
import { LogStage } from "../src/log/log_stage.ts";
import { callsite } from "../src/log/processor/callsite.ts";
import { dedupe } from "../src/log/processor/dedupe.ts";
import { fingersCrossed } from "../src/log/processor/fingers_crossed.ts";
import type { Processor } from "../src/log/processor/processor.ts";
import { rateLimit } from "../src/log/processor/rate_limit.ts";
import { redact } from "../src/log/processor/redact.ts";
import { checkRedact } from "../src/log/processor/redactor.ts";
import { sample } from "../src/log/processor/sample.ts";
import { stackInfo } from "../src/log/processor/stack_info.ts";
import { main, rounds, type Row } from "./harness.ts";

/** Calls of a round: fewer than the queue holds, so that nothing is written meanwhile. */
const CALLS = 20_000;
const PATHS = ["password", "user.email", "items[*].price", "**.token", "exception.message"];

interface Subject {
  readonly processors?: readonly Processor[];
  readonly redact?: readonly string[];
}

/** Each with a new processor. */
const subjects: Readonly<Record<string, () => Subject>> = {
  "plain": () => ({}),
  "one that does nothing": () => ({ processors: [(event) => event] }),
  "redact, 5 paths, nothing found": () => ({ redact: PATHS }),
  "redact, 5 paths, one found": () => ({ redact: [...PATHS.slice(1), "camera"] }),
  "redact, one hashed": () => ({ processors: [redact(["camera"], { hash: { key: "key" } })] }),
  "rateLimit, not reached": () => ({ processors: [rateLimit({ max: 1_000_000 })] }),
  "rateLimit, withheld": () => ({ processors: [rateLimit({ max: 1, perMs: 86_400_000 })] }),
  "dedupe, all differ": () => ({ processors: [dedupe()] }),
  "sample, half": () => ({ processors: [sample({ rate: 0.5 })] }),
  "fingersCrossed, passed over": () => ({ processors: [fingersCrossed()] }),
  "fingersCrossed, kept back": () => ({ processors: [fingersCrossed({ level: 9 })] }),
  "stackInfo, not asked": () => ({ processors: [stackInfo()] }),
  "callsite": () => ({ processors: [callsite()] }),
};

function start({ processors = [], redact = [] }: Subject): LogStage {
  const host = new MemoryMachine().start().host;
  host.now = () => performance.timeOrigin + performance.now();
  const stage = new LogStage({ host, ledger: new Ledger(), diagnostics: { report() {}, once() {} } });
  const queue = { maxRecords: 1_000_000, maxBytes: 2 ** 30, overflow: "drop-oldest" } as const;
  const redactor = checkRedact(redact);
  stage.begin({ threshold: 1, levels: NO_LEVELS, debug: undefined, queue, processors, redactor }, 0);
  return stage;
}

/** Nanoseconds a call. */
function round({ logger, queue }: LogStage): number {
  const began = performance.now();
  for (let i = 0; i < CALLS; i++) logger.info("frame processed", { camera: "cam0", frame: i, score: 0.5, ok: true });
  const nanoseconds = (performance.now() - began) * 1e6 / CALLS;
  queue.takeAll();
  return nanoseconds;
}

/** The least of some rounds in turn: what another process takes only ever adds. */
function measure(): Row[] {
  const stages = Object.entries(subjects).map(([what, make]) => ({ what, stage: start(make()), best: Infinity }));
  for (let i = 0; i < rounds(15); i++) {
    for (const subject of stages) subject.best = Math.min(subject.best, round(subject.stage));
  }
  return stages.map(({ what, best }) => ({ what, value: best, unit: "ns" }));
}

main("processors", measure);
