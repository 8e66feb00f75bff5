/**
 * What does a service pay for starting with the SDK? Time to import `.`, and to start an instance, in fresh processes; memory of an idle
 * initialised instance above a bare process; size of the transfer. Beside pino and OpenTelemetry (logs and metrics) where
 * `deno task bench:peers --install` has put them.
 *
 * Sources cost more than the JavaScript that a registry delivers, and on Node much more memory, because it loads what strips the types: the
 * targets are the bundle's.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle, packedKb } from "./import/size.ts";
import { type Figures, inProcess, main, moduleBeside, rounds, type Row } from "./harness.ts";
import { peersInstalled } from "./peers/load.ts";
import { medians } from "./table.ts";

const MEASURE = moduleBeside(import.meta.url, "./import/measure");
const ENTRY = fileURLToPath(moduleBeside(import.meta.url, "../mod"));
const OPEN_TELEMETRY = ["@opentelemetry/api", "@opentelemetry/sdk-metrics", "@opentelemetry/sdk-logs"];

/** Arguments of each candidate. */
type Candidates = Readonly<Record<string, readonly string[]>>;

async function measure(): Promise<Row[]> {
  const alone: Candidates = { bare: ["bare", "-"], "this SDK": ["sdk", "-"] };
  if (!peersInstalled()) {
    console.error("Without pino and OpenTelemetry: run `deno task bench:peers --install` first");
    return rows(await start(alone));
  }
  // Below the project, so that the bundle finds what it leaves out.
  const cache = join(dirname(ENTRY), ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "bundle-"));
  try {
    const file = join(folder, "sdk.mjs");
    writeFileSync(file, bundle(ENTRY, false));
    const all = { ...alone, "bundle": ["sdk", file], "pino": ["pino", "-"], "OpenTelemetry": ["opentelemetry", "-"] };
    return [...rows(await start(all)), ...sizes()];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function start(candidates: Candidates): Promise<Map<string, Figures>> {
  const runs = new Map<string, Figures[]>(Object.keys(candidates).map((name) => [name, []]));
  for (let round = 0; round < rounds(9); round++) {
    for (const [name, args] of Object.entries(candidates)) runs.get(name)?.push(await inProcess(MEASURE, args));
  }
  return new Map([...runs].map(([name, all]) => [name, medians(all)]));
}

function rows(results: ReadonlyMap<string, Figures>): Row[] {
  const of = (name: string, figure: string): number => results.get(name)?.[figure] ?? NaN;
  const bare = of("bare", "rssMb");
  const names = [...results.keys()].filter((name) => name !== "bare");
  const pino = Math.round(of("pino", "importMs") * 10) / 10;
  return [
    ...names.map((name) => ({
      what: `${name}: import`,
      value: of(name, "importMs"),
      unit: "ms",
      target: name === "bundle" ? pino : undefined,
    })),
    ...names.map((name) => ({ what: `${name}: init`, value: of(name, "initMs"), unit: "ms" })),
    ...names.map((name) => ({
      what: `${name}: idle instance above a bare process`,
      value: of(name, "rssMb") - bare,
      unit: "MB",
      target: name === (results.has("bundle") ? "bundle" : "this SDK") ? 3 : undefined,
    })),
  ];
}

function sizes(): Row[] {
  return [
    { what: "this SDK: minified and packed, without @std/jsonc", value: packedKb(ENTRY), unit: "KB", target: 30 },
    { what: "pino: minified and packed", value: packedKb(["pino"]), unit: "KB" },
    { what: "OpenTelemetry: minified and packed", value: packedKb(OPEN_TELEMETRY), unit: "KB" },
  ];
}

main("start", measure);
