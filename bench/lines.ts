/**
 * Files to read and to ship: records of 290 bytes as the SDK writes them, each with a number of its own.
 *
 * @module
 */
import { appendFileSync, writeFileSync } from "node:fs";

const START_MS = Date.UTC(2026, 0, 1);
const LINES_A_WRITE = 2_000;

/**
 * One record, with its line feed.
 *
 * @param i Its number, the attribute `frame`.
 */
export function line(i: number): string {
  const timestamp = `${new Date(START_MS + i).toISOString().slice(0, -1)}456Z`;
  const severity = i % 1_000 === 500 ? '17,"severityText":"ERROR"' : '9,"severityText":"INFO"';
  return `{"timestamp":"${timestamp}","severityNumber":${severity},"body":"frame processed","attributes":{"camera":"north-${
    i % 7
  }","frame":${i},"latency_ms":12.5,"model":"scoring_v3"},"resource":{"service.name":"bench","service.version":"1.4.2","device.id":"device-0042","host.name":"edge"}}\n`;
}

/**
 * Writes a file of the records `from` up to `to`.
 *
 * @param path The file.
 * @param from The first number.
 * @param to The number after the last.
 * @param step From one number to the next.
 * @returns Its size, in bytes.
 */
export function writeLines(path: string, from: number, to: number, step: number = 1): number {
  writeFileSync(path, "");
  let bytes = 0;
  for (let i = from; i < to;) {
    let text = "";
    for (let n = 0; n < LINES_A_WRITE && i < to; n++, i += step) text += line(i);
    appendFileSync(path, text);
    bytes += text.length;
  }
  return bytes;
}
