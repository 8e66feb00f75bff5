/**
 * What does a cached config look-up cost beside two `Map.get` with the same keys? Target: at most 3 times as much.
 *
 * Runs as a script: `deno run bench/config_bench.ts`, `bun bench/config_bench.ts`, `node bench/config_bench.ts`; `--json`
 * prints the figures as JSON.
 *
 * @module
 */
import { createConfig } from "../src/config/config.ts";
import { main } from "./harness.ts";
import type { FileHandle, FileStat, FileSystem } from "../src/port/file_system.ts";
import type { Host } from "../src/port/host.ts";

const NAMESPACES = 8;
const KEYS = 16;
const LOOKUPS = 2_000_000;
const ROUNDS = 15;
const TARGET = 3;

/** One file for every namespace, held in memory: a cached look-up never gets here. */
function memoryFile(text: string): Pick<FileSystem, "openRead" | "statFollow" | "resolve"> {
  const bytes = new TextEncoder().encode(text);
  const stat: FileStat = { kind: "file", size: bytes.length, mtimeMs: 0, dev: 1, ino: 1, links: 1 };
  const handle = {
    stat: () => stat,
    read(into: Uint8Array, position: number): number {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
    close(): void {},
  };
  return { openRead: () => handle as unknown as FileHandle, statFollow: () => stat, resolve: (path) => path };
}

const host: Pick<Host, "env" | "now" | "wallClock" | "mayRead"> = {
  env: () => undefined,
  now: () => performance.now(),
  wallClock: () => Date.now(),
  mayRead: () => true,
};

const namespaces = Array.from({ length: NAMESPACES }, (_, i) => `namespace_${i}`);
const keys = Array.from({ length: KEYS }, (_, i) => `confidence_threshold_${i}`);
const text = JSON.stringify(Object.fromEntries(keys.map((key, i) => [key, i + 0.5])));
const silent = { report(): void {}, once(): void {} };
const { config } = createConfig({ fs: memoryFile(text) as FileSystem, host: host as Host, diagnostics: silent });
const maps = new Map(namespaces.map((name) => [name, new Map(keys.map((key, i) => [key, i + 0.5]))]));
const live = config.live("namespace_0");

/** Each returns a sum, so that no engine can drop the work. */
const subjects: Readonly<Record<string, () => number>> = {
  "two Map.get": () => sum((namespace, key) => maps.get(namespace)?.get(key) ?? 0),
  "config(ns, key, number)": () => sum((namespace, key) => config(namespace, key, 0)),
  "config(ns, key)": () => sum((namespace, key) => config(namespace, key) as number),
  "config(ns, absent, number)": () => sum((namespace) => config(namespace, "absent", 0.5)),
  "snapshot(ns).get(key, number)": () => sum((namespace, key) => config.snapshot(namespace).get(key, 0)),
  "live.current().get(key, number)": () => sum((_, key) => live.current().get(key, 0)),
};

function sum(lookup: (namespace: string, key: string) => number): number {
  let total = 0;
  for (let i = 0; i < LOOKUPS; i++) total += lookup(namespaces[i % NAMESPACES] ?? "", keys[(i >> 3) % KEYS] ?? "");
  return total;
}

/** The least of some rounds in turn: what another process takes only ever adds. */
function measure(): Map<string, number> {
  const best = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, subject] of Object.entries(subjects)) {
      const start = performance.now();
      const total = subject();
      const nanoseconds = (performance.now() - start) * 1e6 / LOOKUPS;
      if (!(total > 0)) throw new Error(`"${name}" found nothing. Look at the values of this bench`);
      best.set(name, Math.min(best.get(name) ?? Infinity, nanoseconds));
    }
  }
  return best;
}

main("config look-up", () => {
  const best = measure();
  const floor = best.get("two Map.get") ?? NaN;
  return [
    ...[...best].map(([what, value]) => ({ what, value, unit: "ns" })),
    {
      what: "cached look-up beside two Map.get",
      value: (best.get("config(ns, key, number)") ?? NaN) / floor,
      unit: "x",
      target: TARGET,
    },
  ];
});
