/**
 * Shows what landed in an emit directory: the files, the last records in columns, the counters.
 *
 * @module
 */
import { openAsBlob } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { TextLineStream } from "@std/streams";
import type { Stats } from "../../mod.ts";

const LAST = 10;
const hasColours = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
const COLOURS: Readonly<Record<string, number>> = { TRACE: 90, DEBUG: 90, INFO: 32, WARN: 33, ERROR: 31, FATAL: 35 };

/**
 * Prints files, last records and counters.
 *
 * @param emitDir The emit directory.
 * @param stats The counters.
 */
export async function showLanded(emitDir: string, stats: Stats): Promise<void> {
  const names = (await readdir(emitDir)).filter((name) => /\.jsonl(?:\.\d+(?:\.gz)?)?$/.test(name));
  console.log(`\nFiles in ${emitDir}`);
  for (const name of names.sort(byAge)) {
    const { size } = await stat(join(emitDir, name));
    console.log(`  ${name.padEnd(30)} ${size.toLocaleString("en").padStart(10)} bytes`);
  }
  console.log(`\nLast ${LAST} log records`);
  for (const record of await lastRecords(emitDir, names.filter((name) => name.startsWith("logs")))) {
    const level = coloured(String(record["severityText"]));
    console.log(`  ${time(record)}  ${level} ${plain(record["body"]).padEnd(18)} ${pairs(record["attributes"])}`);
  }
  console.log(`\nLast ${LAST} metric records`);
  for (const record of await lastRecords(emitDir, names.filter((name) => name.startsWith("metrics")))) {
    const name = `${plain(record["name"])} (${plain(record["type"])})`;
    const value = `${plain(record["value"])} ${plain(record["unit"] ?? "")}`;
    console.log(`  ${time(record)}  ${name.padEnd(34)} ${value} ${pairs(record["attributes"])}`);
  }
  console.log("\nStats");
  for (const [name, counters] of Object.entries(stats)) console.log(`  ${name.padEnd(8)} ${pairs(counters)}`);
}

/** Rotated files by their number, the active one last. */
function byAge(a: string, b: string): number {
  const [channelA = "", , stampA = "Infinity"] = a.split(".");
  const [channelB = "", , stampB = "Infinity"] = b.split(".");
  return channelA.localeCompare(channelB) || Number(stampA) - Number(stampB) || 0;
}

async function lastRecords(dir: string, names: readonly string[]): Promise<Record<string, unknown>[]> {
  const last: string[] = [];
  for (const name of names) {
    for await (const line of lines(join(dir, name))) {
      last.push(line);
      if (last.length > LAST) last.shift();
    }
  }
  return last.map((line) => JSON.parse(line) as Record<string, unknown>);
}

async function* lines(path: string): AsyncGenerator<string> {
  const bytes = (await openAsBlob(path)).stream();
  const text = path.endsWith(".gz") ? bytes.pipeThrough(new DecompressionStream("gzip")) : bytes;
  yield* text.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream());
}

function time(record: Readonly<Record<string, unknown>>): string {
  return String(record["timestamp"]).slice(11, 23);
}

function pairs(attributes: unknown): string {
  return Object.entries(attributes ?? {}).map(([key, value]) => `${plain(key)}=${plain(value)}`).join(" ");
}

/** One line of text. Records hold what others sent: on a terminal their control characters must do nothing. */
function plain(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? "";
  const visible = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (unit) => {
    return `\\u{${(unit.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return visible.length > 120 ? `${visible.slice(0, 119)}…` : visible;
}

function coloured(level: string): string {
  const colour = COLOURS[level];
  const text = plain(level).padEnd(5);
  return hasColours && colour !== undefined ? `\u001b[${colour}m${text}\u001b[0m` : text;
}
